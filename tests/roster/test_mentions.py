"""Which units a text names."""

import pytest

from apps.roster.mentions import mentions, names_of_units
from apps.roster.models import Unit
from tests.factories.people import People

pytestmark = [pytest.mark.django_db, pytest.mark.core]


def test_units_are_found_by_each_of_their_names_the_longest_first(people: People) -> None:
    names = names_of_units(Unit.objects.active())
    full = people.unit("gongxinju").full_name
    text = f"由市卫健委牵头，{full}、市市场监管局配合；市场监管局不是简称。"
    found = mentions(text, names)
    assert [(hit.unit.code, hit.words) for hit in found][:3] == [
        ("weijianwei", "市卫健委"), ("gongxinju", full), ("shichangju", "市市场监管局"),
    ]  # fmt: skip
    assert all(text[hit.start : hit.end] == hit.words for hit in found)


def test_a_text_without_units_names_none(people: People) -> None:
    assert mentions("各县（市、区）卫健部门", names_of_units(Unit.objects.active())) == []
