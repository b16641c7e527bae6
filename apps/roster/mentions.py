"""Which member units a text names. Names are matched by short name, full name and alias, never by guessing."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from .models import Unit, UnitAlias


@dataclass(frozen=True, slots=True)
class Mention:
    """A unit named in a text, and where (``text[start:end] == words``)."""

    unit: Unit
    start: int
    end: int
    words: str


def names_of_units(units: Iterable[Unit]) -> dict[str, Unit]:
    """Every name of these units → the unit. One query for the aliases."""
    rows = {unit.pk: unit for unit in units}
    names = {name: unit for unit in rows.values() for name in (unit.short_name, unit.full_name)}
    aliases = UnitAlias.objects.filter(unit__in=rows).values_list("name", "unit_id")
    return names | {name: rows[pk] for name, pk in aliases}


def mentions(text: str, names: Mapping[str, Unit]) -> list[Mention]:
    """Each place where a name of `names_of_units` stands, in order; the longest name at a place wins."""
    found: list[Mention] = []
    ordered = sorted(names, key=len, reverse=True)
    place = 0
    while place < len(text):
        name = next((name for name in ordered if name and text.startswith(name, place)), "")
        if name:
            found.append(Mention(names[name], place, place + len(name), name))
        place += len(name) or 1
    return found
