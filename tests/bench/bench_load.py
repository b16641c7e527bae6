# ruff: noqa: T201 - a bench prints its table
"""`make bench-load`: three recorders make 300 autosaves in ten minutes while sixty boards ask for the sign-in list.

    python tests/bench/bench_load.py [--factor 10] [--saves 300] [--boards 60]

`--factor` makes time run faster for recorders and boards alike. First autosave and floor's save take turns at two
servers of the same make (P4); then the boards ask alone, and with the recorders. What is compared is the servers'
processor time. Ends with an error unless every request was answered and every text is in the database.
"""

from __future__ import annotations

import argparse
import statistics
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.bench.load import POLL_SECONDS, RECORDERS, Room, Tally, room

MINUTES = 10


def main() -> int:
    """Measure, print, and say by the exit status whether anything went wrong."""
    options = argparse.ArgumentParser()
    options.add_argument("--factor", type=float, default=1.0)
    options.add_argument("--saves", type=int, default=300)
    options.add_argument("--boards", type=int, default=60)
    given = options.parse_args()
    with room(given.boards, with_floor=True) as place:
        tally = Tally()
        bare, own = _in_turns(place, tally, given.saves)
        print(
            f"one at a time, in turns   floor's save {bare * 1000:6.2f} ms CPU   autosave {own * 1000:6.2f} ms CPU"
        )
        print(f"                          autosave = {own / bare:.2f} x floor's save")
        _crowd(place, tally, given, bare)
        lost = place.lost(tally)
    sent = sum(len(texts) for texts in tally.texts.values())
    print(f"texts sent {sent}, not found in the database: {len(lost)}; errors: {len(tally.errors)}")
    for line in [*lost, *tally.errors[:10]]:
        print("  ", line)
    return 1 if lost or tally.errors else 0


def _in_turns(place: Room, tally: Tally, saves: int) -> tuple[float, float]:
    """Processor seconds of one bare save and of one autosave, alone, in turns."""
    for number in range(20):  # both workers warm
        place.save(tally, number % RECORDERS, number)
        assert place.save_bare().status == 200
    assert place.floor is not None
    before = place.floor.seconds(), place.web.seconds()
    for number in range(saves):
        place.save(tally, number % RECORDERS, number)
        assert place.save_bare().status == 200
    return (place.floor.seconds() - before[0]) / saves, (place.web.seconds() - before[1]) / saves


def _crowd(place: Room, tally: Tally, given: argparse.Namespace, bare: float) -> None:
    """The boards alone for a tenth of the time, then everybody."""
    whole, every = MINUTES * 60 / given.factor, POLL_SECONDS / given.factor
    alone = Tally()
    start = place.web.seconds()
    place.run(alone, seconds=whole / 10, saves=0, boards=given.boards, every=every)
    poll = (place.web.seconds() - start) / len(alone.polls)
    crowd = Tally(texts=tally.texts)
    start = place.web.seconds()
    place.run(crowd, seconds=whole, saves=given.saves, boards=given.boards, every=every)
    spent = place.web.seconds() - start
    one = (spent - poll * len(crowd.polls)) / len(crowd.saves)
    print(
        f"boards alone              {dict(alone.statuses)}   {poll * 1000:.2f} ms CPU a poll = {poll / bare:.2f} x"
    )
    print(
        f"{given.boards} boards, {RECORDERS} recorders    {dict(crowd.statuses)} in {whole:.0f} s, CPU {spent:.1f} s"
    )
    print(
        f"                          a save with all it makes the boards fetch {one * 1000:.2f} ms = {one / bare:.2f} x"
    )
    _quantiles("autosave", crowd.saves)
    _quantiles("poll", crowd.polls)
    print(f"memory of the workers     {', '.join(f'{size:.0f} MiB' for size in place.web.megabytes())}")
    tally.errors += alone.errors + crowd.errors


def _quantiles(name: str, took: list[float]) -> None:
    cuts = statistics.quantiles(took, n=100)
    found = {"p50": cuts[49], "p95": cuts[94], "p99": cuts[98], "max": max(took)}
    print(f"{name:25} " + "   ".join(f"{label} {value * 1000:.1f} ms" for label, value in found.items()))


if __name__ == "__main__":
    sys.exit(main())
