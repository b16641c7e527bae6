"""A small crowd at the production server: nothing is refused, nothing is lost, and boards hear 304. `make bench-load` is the large one."""

import pytest

from tests.bench.load import RECORDERS, Tally, room

pytestmark = pytest.mark.slow  # half a minute: a database of its own, migrated, and gunicorn

SAVES, BOARDS = 10 * RECORDERS, 20


def test_three_recorders_and_twenty_boards_at_the_real_server() -> None:
    with room(BOARDS) as place:
        tally = Tally()
        place.run(tally, seconds=3, saves=SAVES, boards=BOARDS, every=0.5)
        assert tally.errors == []
        assert {block: len(texts) for block, texts in tally.texts.items()} == {
            block: SAVES // RECORDERS for _session, block in place.recorders
        }
        assert place.lost(tally) == []
        assert tally.statuses["save 200"] == SAVES
        assert tally.statuses["poll 304"] > tally.statuses["poll 200"] >= BOARDS
        # What is looked for in the database is really compared.
        block = place.recorders[0][1]
        tally.texts[block][3] += "。"
        assert place.lost(tally) == [f"block {block}: sent 10, kept 10, equal False"]
