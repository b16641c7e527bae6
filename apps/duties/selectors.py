"""Reads of duties, and the charter as data for other programs."""

from datetime import date
from typing import Any

from django.db.models import Q

from apps.common.yamlfile import plain
from apps.roster.models import Charter, Unit

from .models import Duty


def current_duties(*, unit: Unit | None = None) -> list[Duty]:
    """Clauses in force: of one unit, or of all (the joint meeting's first, then units in charter order)."""
    rows = Duty.objects.current().select_related("unit")
    if unit is not None:
        rows = rows.filter(unit=unit)
    return sorted(rows, key=lambda duty: (duty.unit.order if duty.unit else 0, duty.seq, duty.pk))


def duties_on(day: date) -> list[Duty]:
    """Clauses in force on a day: the joint meeting's first, then the units' in charter order. One query."""
    rows = Duty.objects.filter(Q(ends_on__isnull=True) | Q(ends_on__gte=day), starts_on__lte=day)
    found = rows.select_related("unit")
    return sorted(found, key=lambda duty: (duty.unit.order if duty.unit else 0, duty.seq, duty.pk))


def duties_by_unit(unit_ids: Any) -> dict[int, list[Duty]]:
    """Unit id → its clauses in force, in order. One query."""
    found: dict[int, list[Duty]] = {pk: [] for pk in unit_ids}
    for duty in Duty.objects.current().filter(unit__in=list(found)).order_by("seq", "pk"):
        if duty.unit_id is not None:
            found[duty.unit_id].append(duty)
    return found


def charter_as_data() -> dict[str, Any]:
    """The charter as plain data: what the rows hold now of names and duties, the rest verbatim as imported.

    Raises Charter.DoesNotExist before an import.
    """
    charter = Charter.objects.get()
    duties = current_duties()
    source = charter.data
    units = list(Unit.objects.active().prefetch_related("aliases"))
    names = {unit.code: unit.short_name for unit in units}
    return {
        "title": charter.title,
        "document_number": charter.document_number,
        "date": charter.issued_on.isoformat(),
        "preamble": source.get("preamble", ""),
        "joint_meeting_duties": [
            {"seq": duty.seq, "marker": duty.marker, "text": duty.text}
            for duty in duties
            if duty.unit is None
        ],
        "composition": source["composition"]["text"],
        "convener_rule": source["convener_rule"].get("text", ""),
        "office_rule": source["office_rule"].get("text", ""),
        "units": [_unit(unit, [duty for duty in duties if duty.unit_id == unit.pk]) for unit in units],
        "rules": [{"seq": rule["seq"], "text": rule["text"]} for rule in source.get("working_rules", [])],
        "roster": [_holder(row, names) for row in source["roster"]],
        "office_posts": [
            {**post, "unit_name": names.get(post["unit"], "")} for post in source["office_rule"]["posts"]
        ],
        "errata": plain(source.get("errata", [])),
    }


def _unit(unit: Unit, duties: list[Duty]) -> dict[str, Any]:
    return {
        "id": unit.code,
        "order": unit.order,
        "short_name": unit.short_name,
        "full_name": unit.full_name,
        "full_name_verified": unit.full_name_verified,
        "aliases": [alias.name for alias in unit.aliases.all()],
        "duties": [
            {"id": duty.code, "seq": duty.seq, "marker": duty.marker, "text": duty.text} for duty in duties
        ],
    }


def _holder(row: dict[str, Any], names: dict[str, str]) -> dict[str, Any]:
    return {
        "order": row.get("order"),
        "role": row["role"],
        "name": row["name"],
        "title": row["title_raw"],
        "title_raw": row["title_raw"],
        "unit": row["unit"],
        "unit_name": names.get(row["unit"], ""),
        "positions": row.get("positions", []),
    }
