"""The only roads that change who holds what: appoint, vacate, link an account, confirm a name.

C1: one convener; C2: a member comes from the unit; C5: a change names its basis.
"""

from datetime import date, timedelta
from typing import Any

from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.common import audit, request_cache
from apps.common.errors import Refused
from apps.common.models import StoredFile
from apps.common.workflow import lock, save_with_history

from .enums import BasisKind, PostKind
from .models import Appointment, Person, Post, Unit
from .selectors import forget_standing, today

# C5 is about members: a letter of the unit, and how the joint meeting confirmed. Office posts are only filed.
CONFIRMED = frozenset({BasisKind.MEETING, BasisKind.WRITTEN, BasisKind.SIGNED})


def initials(name: str) -> str:
    """First letters of a name's pinyin, lower case; editable, since 重庆 comes out wrong."""
    from pypinyin import Style, lazy_pinyin  # its tables take a tenth of a second to load

    return "".join(lazy_pinyin(name, style=Style.FIRST_LETTER, errors=lambda _rest: ""))[:40].lower()


def basis_faults(post: Post, *, kind: str, letter_number: str, letter_on: date | None) -> list[str]:
    """What is missing from the basis of a change (C5), in Chinese; an empty list when it is complete."""
    if post.kind != PostKind.MEMBER:
        return []
    faults = []
    if kind not in CONFIRMED:
        faults.append(str(_("成员变动须由联席会议确定：请选会议、书面或签批确定。")))
    if not letter_number.strip() or letter_on is None:
        faults.append(str(_("成员变动须由所在单位提出：请填来函的文号和日期。")))
    return faults


@transaction.atomic
def appoint(
    post: Post,
    *,
    person: Person,
    title: str,
    starts_on: date,
    basis_kind: str,
    basis: str,
    by: Any,
    letter_number: str = "",
    letter_on: date | None = None,
    acting: bool = False,
    scan: StoredFile | None = None,
) -> Appointment:
    """Give a post to a person from a day; the holder until then ends the day before. Returns the appointment.

    Raises Refused (overlap, wrong unit, no basis) or ValidationError (bad values). Papers keep copies of
    names, so old ones do not change.
    """
    post = lock(post)
    if person.unit_id != post.unit_id:
        raise Refused(f"{person}不在{post.unit}，不能担任{post}。", post)
    faults = basis_faults(post, kind=basis_kind, letter_number=letter_number, letter_on=letter_on)
    if faults:
        raise Refused("".join(faults), post)
    if basis_kind == BasisKind.CHARTER:
        raise Refused("“制度印发时确定”只用于章程所附名单。", post)
    _end_previous(post, starts_on, by)
    row = Appointment(
        post=post, person=person, title=title, acting=acting, starts_on=starts_on, basis_kind=basis_kind,
        basis=basis, letter_number=letter_number, letter_on=letter_on, scan=scan,
    )  # fmt: skip
    row.full_clean()
    save_with_history(row, by=by, why="任职")
    detail = {
        "post": str(post),
        "person": person.name,
        "title": title,
        "from": starts_on.isoformat(),
        "basis": basis,
    }
    audit.record(by=by, verb="appoint", label="任职", obj=post, detail=detail)
    follow_posts()
    return row


def _end_previous(post: Post, starts_on: date, by: Any) -> None:
    clash = post.appointments.filter(Q(starts_on__gte=starts_on) | Q(ends_on__gte=starts_on)).first()
    if clash is not None:
        raise Refused(
            f"{post}在{starts_on:%Y-%m-%d}前后已由{clash.person}担任（{clash.starts_on:%Y-%m-%d}起），时间重叠。",
            post,
        )
    previous = post.appointments.filter(ends_on__isnull=True).select_related("person__user").first()
    if previous is not None:
        previous.ends_on = starts_on - timedelta(days=1)
        previous.full_clean()
        save_with_history(previous, by=by, why="由新任接替")
        _forget(previous.person)


def _forget(person: Person) -> None:
    if person.user is not None:
        forget_standing(person.user)


@transaction.atomic
def vacate(post: Post, *, ends_on: date, reason: str, by: Any) -> Appointment:
    """End the present holder's time; a vacant post is a state, not a lock. Raises Refused."""
    post = lock(post)
    row = post.appointments.filter(ends_on__isnull=True).select_related("person__user").first()
    if row is None:
        raise Refused(f"{post}现在空缺。", post)
    if not reason.strip():
        raise Refused("请写明依据。", post)
    if ends_on < row.starts_on:
        raise Refused("离任日期不能早于任职日期。", post)
    row.ends_on = ends_on
    row.full_clean()
    save_with_history(row, by=by, why=reason)
    detail = {
        "post": str(post),
        "person": row.person.name,
        "until": ends_on.isoformat(),
        "basis": reason[:500],
    }
    audit.record(by=by, verb="vacate", label="离任", obj=post, detail=detail)
    _forget(row.person)
    follow_posts()
    return row


@transaction.atomic
def person_named(name: str, *, unit: Unit, by: Any) -> Person:
    """The person of this name in this unit, or a new one.

    `×××` (no name given) always makes a new row: two unnamed people are two.
    """
    known = None if set(name) <= {"×"} else unit.people.filter(name=name).first()
    if known is None:
        known = Person(name=name, unit=unit)
        known.full_clean()
        save_with_history(known, by=by, why="登记")
    return known


@transaction.atomic
def link_account(person: Person, *, user: User | None, by: Any) -> Person:
    """Say which account is this person's (None: none). Raises ValidationError when it is somebody else's."""
    person = lock(person)
    if user is not None and Person.objects.filter(user=user).exclude(pk=person.pk).exists():
        raise ValidationError(_("这个账号已属于另一人。"))
    if person.user_id != (user.pk if user else None):
        _forget(person)
        person.user = user
        person.full_clean()
        save_with_history(person, by=by, why="对应账号")
        detail = {"account": user.username if user else ""}
        audit.record(by=by, verb="link_account", label="对应账号", obj=person, detail=detail)
        _forget(person)
        follow_posts()
    return person


@transaction.atomic
def edit_unit(unit: Unit, *, full_name: str, initials: str, verified: bool, by: Any) -> Unit:
    """Put a unit's full name and pinyin initials right, and confirm the name (14 are unverified at first)."""
    unit = lock(unit)
    changed = {
        "full_name": full_name.strip(),
        "initials": initials.strip().lower(),
        "full_name_verified": verified,
    }
    before = {key: getattr(unit, key) for key in changed}
    if before == changed:
        return unit
    for key, value in changed.items():
        setattr(unit, key, value)
    unit.full_clean()
    save_with_history(unit, by=by, why="核定单位名称")
    detail = {key: [before[key], value] for key, value in changed.items() if before[key] != value}
    audit.record(by=by, verb="edit_unit", label="核定单位名称", obj=unit, detail=detail)
    request_cache.forget("units")
    request_cache.forget("unit_names")
    return unit


@transaction.atomic
def follow_posts() -> int:
    """Make each unit's group hold exactly the active accounts with a post of it today. Returns changes."""
    wanted = set(
        Appointment.objects.on(today())
        .filter(person__user__is_active=True)
        .values_list("person__user_id", "post__unit__group_id")
    )
    members = User.groups.through
    of_units = Group.objects.filter(unit__isnull=False).values("pk")
    present: dict[Any, int] = {
        (user, group): pk
        for pk, user, group in members.objects.filter(group_id__in=of_units).values_list(
            "pk", "user_id", "group_id"
        )
    }
    gone = [pk for pair, pk in present.items() if pair not in wanted]
    new = [members(user_id=user, group_id=group) for user, group in sorted(wanted - present.keys())]
    members.objects.filter(pk__in=gone).delete()
    members.objects.bulk_create(new, ignore_conflicts=True)
    return len(gone) + len(new)


sync_groups = follow_posts  # the name other apps know it by
