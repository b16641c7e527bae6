"""Brings a charter file into the database: units with groups and aliases, posts, the 17 named people, duties.

Lives in duties because it fills roster and duties at once. Idempotent: the same content changes no row.
A file that does not fit changes nothing and raises `yamlfile.Problem` (line and reason, Chinese).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.db import IntegrityError, models, transaction
from simple_history.utils import bulk_create_with_history

from apps.common import audit, request_cache
from apps.common.workflow import save_with_history
from apps.common.yamlfile import Problem
from apps.roster.enums import BasisKind, PostKind
from apps.roster.models import Appointment, Charter, Person, Post, Unit, UnitAlias
from apps.roster.selectors import today
from apps.roster.services import follow_posts, initials

from .charter_file import CharterFile, DutyLine, PostLine, UnitLine, read
from .models import Duty

WHY = "导入章程"
# Where each kind of post stands in lists; within a kind the charter's own order follows.
_BASE = {
    PostKind.CONVENER: 0,
    PostKind.MEMBER: 0,
    PostKind.OFFICE_DIRECTOR: 1000,
    PostKind.OFFICE_DEPUTY: 1100,
    PostKind.OFFICE_MEMBER: 1200,
    PostKind.LIAISON_B: 2300,
}


@dataclass(frozen=True, slots=True)
class ImportResult:
    """What an import did: whether anything changed, and how many units, duties and people there are now."""

    changed: bool
    units: int
    duties: int
    people: int


def import_charter(source: str | Path, *, by: Any) -> ImportResult:
    """Import a charter file (a Path) or its text (a str). Raises Problem; then nothing has changed."""
    found = read(source)
    try:
        with transaction.atomic():
            changed = _apply(found, by)
    except ValidationError as error:
        raise Problem(0, error.messages[0]) from error
    except IntegrityError as error:
        raise Problem(0, "文件与库中已有的资料冲突（名称或编号重复），没有导入。") from error
    request_cache.forget("units")
    request_cache.forget("unit_names")
    return ImportResult(changed, len(found.units), len(found.duties), len(found.roster))


def _apply(found: CharterFile, by: Any) -> bool:
    charter = Charter.objects.select_for_update().first()
    if charter is not None and charter.sha256 == found.sha256:
        return False
    units = _put_units(found, by, first=charter is None)
    charter = charter or Charter()
    charter.title, charter.document_number = found.title, found.document_number
    charter.issued_on, charter.data, charter.sha256 = found.issued_on, found.data, found.sha256
    save_with_history(charter, by=by, why=WHY)
    posts = _put_posts(found, units, by)
    _put_holders(found, posts, units, by)
    _put_duties(found, units, by)
    detail = {"sha256": found.sha256, "units": len(found.units), "duties": len(found.duties)}
    audit.record(by=by, verb="import_charter", label=WHY, obj=charter, detail=detail)
    follow_posts()
    return True


def _add(rows: Iterable[models.Model], model: type[models.Model], by: Any) -> None:
    fresh = list(rows)
    for row in fresh:
        row.clean_fields(exclude=[f.name for f in model._meta.fields if f.is_relation])
    if fresh:
        bulk_create_with_history(fresh, model, default_user=by, default_change_reason=WHY)


def _put_units(found: CharterFile, by: Any, *, first: bool) -> dict[str, Unit]:
    known = {unit.code: unit for unit in Unit.objects.select_for_update()}
    strangers = {line.code for line in found.units} ^ {u.code for u in known.values() if u.left_on is None}
    if strangers and not first:
        raise Problem(
            0, f"成员单位与库中不同（{min(strangers)}）：增减成员单位须经会议确定，不能用导入代替。"
        )
    new = [line for line in found.units if line.code not in known]
    groups = {line.code: Group(name=line.code) for line in new}
    Group.objects.bulk_create(groups.values())
    _add((_new_unit(line, groups[line.code], found) for line in new), Unit, by)
    for line in found.units:
        if line.code in known:
            _renew(known[line.code], _names(line, known[line.code]), by)
    units = {unit.code: unit for unit in Unit.objects.all()}
    _put_aliases(found, units)
    return units


def _new_unit(line: UnitLine, group: Group, found: CharterFile) -> Unit:
    return Unit(
        code=line.code, short_name=line.short_name, full_name=line.full_name,
        full_name_verified=line.verified, category=line.category, order=line.order,
        roster_order=line.roster_order, group=group,
        initials=initials(line.short_name), is_host=line.code == found.host, joined_on=found.issued_on,
    )  # fmt: skip


def _names(line: UnitLine, unit: Unit) -> dict[str, Any]:
    """What a changed file says anew; a confirmed full name stays confirmed while it is the same."""
    same = line.full_name == unit.full_name
    return {
        "short_name": line.short_name,
        "full_name": line.full_name,
        "full_name_verified": line.verified or (same and unit.full_name_verified),
        "category": line.category,
        "order": line.order,
        "roster_order": line.roster_order,
    }


def _renew(row: Any, values: dict[str, Any], by: Any) -> None:
    """Save a row only when something differs: a second import leaves no trace."""
    if all(getattr(row, key) == value for key, value in values.items()):
        return
    for key, value in values.items():
        setattr(row, key, value)
    save_with_history(row, by=by, why=WHY)


def _put_aliases(found: CharterFile, units: dict[str, Unit]) -> None:
    known = set(UnitAlias.objects.values_list("name", flat=True))
    UnitAlias.objects.bulk_create(
        UnitAlias(unit=units[line.code], name=name)
        for line in found.units
        for name in line.aliases
        if name not in known
    )


def _put_posts(found: CharterFile, units: dict[str, Unit], by: Any) -> dict[tuple[str, str], Post]:
    """Every seat the charter knows, and a second contact (经办人B) for each unit."""
    orders = {line.code: line.order for line in found.units}
    seats = [(line.kind, line.unit, "", "", line.order) for line in found.roster]
    seats += [_seat(line, index) for index, line in enumerate(found.posts)]
    seats += [(PostKind.LIAISON_B, code, "", "", order) for code, order in orders.items()]
    known = {(post.kind, post.unit.code) for post in Post.objects.select_related("unit")}
    new = [
        Post(kind=kind, unit=units[code], level=level, note=note, order=_BASE[kind] + order)
        for kind, code, level, note, order in seats
        if (kind, code) not in known
    ]
    _add(new, Post, by)
    return {(post.kind, post.unit.code): post for post in Post.objects.select_related("unit")}


def _seat(line: PostLine, index: int) -> tuple[PostKind, str, str, str, int]:
    return line.kind, line.unit, line.level, line.note, index


def _put_holders(
    found: CharterFile, posts: dict[tuple[str, str], Post], units: dict[str, Unit], by: Any
) -> None:
    """The printed roster, from the charter's day. A post that has ever been filled is left to its history."""
    filled = set(Appointment.objects.values_list("post_id", flat=True))
    lines = [line for line in found.roster if posts[line.kind, line.unit].pk not in filled]
    people = [Person(name=line.name, unit=units[line.unit]) for line in lines]
    _add(people, Person, by)
    basis = f"{found.document_number}附件"
    rows = [
        Appointment(
            post=posts[line.kind, line.unit], person=person, title=line.title, starts_on=found.issued_on,
            basis_kind=BasisKind.CHARTER, basis=basis,
        )
        for line, person in zip(lines, people, strict=True)
    ]  # fmt: skip
    _add(rows, Appointment, by)


def _put_duties(found: CharterFile, units: dict[str, Unit], by: Any) -> None:
    """A clause whose words changed gets a new version; the old one keeps its dates."""
    known = {duty.code: duty for duty in Duty.objects.current()}
    first = not known
    new = []
    for line in found.duties:
        old, note = known.get(line.code), found.errata.get(line.code, "")
        if old is not None and old.text == line.text:
            _renew(old, {"seq": line.seq, "marker": line.marker, "erratum": note}, by)
            continue
        if old is not None:
            _renew(old, {"ends_on": max(old.starts_on, today() - timedelta(days=1))}, by)
        new.append(_new_duty(line, units, found, note, first=first))
    _add(new, Duty, by)


def _new_duty(line: DutyLine, units: dict[str, Unit], found: CharterFile, note: str, *, first: bool) -> Duty:
    return Duty(
        code=line.code, unit=units[line.unit] if line.unit else None, seq=line.seq, marker=line.marker,
        text=line.text, erratum=note, source=found.document_number,
        starts_on=found.issued_on if first else today(),
    )  # fmt: skip
