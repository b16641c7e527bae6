"""Recorders who type, add, move and join in one item at the same moment, on PostgreSQL: nobody waits in a ring."""

import threading
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from django.db import OperationalError, connections

from apps.meetings import services
from apps.meetings.models import RecordBlock
from tests.factories.people import People

from . import make

ROUNDS, HANDS = 12, 8
pytestmark = pytest.mark.django_db(transaction=True)  # PostgreSQL: these are not among the core tests


def test_typing_adding_and_moving_in_one_item_never_lock_each_other_out(people: People) -> None:
    first = make.block(people, kind="speech", text="甲")
    item = first.agenda_item
    assert item is not None
    blocks = [
        first,
        *(services.add_block(item, kind="speech", text="乙", by=people.office) for _ in range(3)),
    ]

    def kind_of(number: int) -> Callable[[], Any]:
        block = blocks[number % len(blocks)]
        as_typed = {"text": f"第{number}手", "leads": None, "supports": None, "duties": None}
        return (
            lambda: services.save_typed(
                block.pk, lambda row: {"version": row.version, **as_typed}, by=people.office
            ),
            lambda: services.add_block(item, kind="note", text="丙", after=blocks[0], by=people.office2),
            lambda: services.shift_block(block, step=1, by=people.office2),
            lambda: services.save_typed(
                blocks[0].pk, lambda row: {"version": row.version, **as_typed}, by=people.office
            ),
        )[number % 4]

    found = _together([kind_of(number) for number in range(HANDS)])
    assert found == {"done": ROUNDS * HANDS}
    added = RecordBlock.objects.filter(agenda_item=item, kind="note").count()
    assert added == ROUNDS * HANDS // 4


def _together(acts: list[Callable[[], Any]]) -> Counter[str]:
    """Every act again and again, each in a thread of its own; what became of them."""
    gate, found = threading.Barrier(len(acts)), []

    def one(act: Callable[[], Any]) -> None:
        try:
            gate.wait()
            for _ in range(ROUNDS):
                try:
                    act()
                    found.append("done")
                except OperationalError as error:
                    found.append(str(error).splitlines()[0])
        finally:
            connections.close_all()

    threads = [threading.Thread(target=one, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return Counter(found)
