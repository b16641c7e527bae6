"""The pages that ask again and again: three queries while nothing happened, and nothing that happens is missed."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from apps.meetings import services
from apps.meetings.models import Adjournment, AgendaItem, Meeting, Movement, RecordBlock, RoomPresence
from tests.factories.people import People, client_of

from . import make

pytestmark = [pytest.mark.django_db, pytest.mark.core]

POLLS = ("live", "board", "screen_now")


def address(name: str, meeting: Meeting) -> str:
    """Where a page of the room asks."""
    item = meeting.agenda.order_by("seq")[0]
    return reverse(f"meetings:{name}", args=[meeting.pk]) + (f"?item={item.pk}" if name == "live" else "")


def ask(client: Client, url: str, tag: str = "") -> Any:
    """One poll, as the script sends it."""
    return client.get(url, headers={"x-polling": "1", "if-none-match": tag, "accept-encoding": "gzip"})


@pytest.fixture
def meeting(people: People) -> Meeting:
    """A record being written, with three blocks and somebody else in it."""
    block = make.block(people, kind="speech", text="甲")
    for text in "乙丙":
        services.add_block(block.agenda_item, kind="note", text=text, by=people.office2)  # type: ignore[arg-type]
    services.note_presence(block.meeting, item_id=block.agenda_item_id, by=people.office2)
    return Meeting.objects.get(pk=block.meeting_id)


@pytest.mark.parametrize(("name", "whole"), [("live", 3), ("board", 7), ("screen_now", 7)])
def test_an_unchanged_poll_asks_three_times(
    people: People, meeting: Meeting, django_assert_num_queries: Any, name: str, whole: int
) -> None:
    client, url = client_of(people.office), address(name, meeting)
    ask(client, url)  # the first request of a session notes when it began
    with django_assert_num_queries(whole):
        first = ask(client, url)
    assert first.status_code == 200
    with django_assert_num_queries(3):
        again = ask(client, url, first["ETag"])
    assert (again.status_code, again.content, again["ETag"]) == (304, b"", first["ETag"].removeprefix("W/"))


def test_what_is_compressed_on_the_way_still_answers_304(people: People, meeting: Meeting) -> None:
    """The middleware that compresses weakens the tag; a browser sends it back as it came."""
    client, url = client_of(people.office), address("board", meeting)
    first = ask(client, url)
    assert (first["Content-Encoding"], first["ETag"][:2]) == ("gzip", "W/")
    assert ask(client, url, first["ETag"]).status_code == 304


@pytest.mark.parametrize(
    ("who", "live", "board", "screen"),
    [
        ("office", 304, 304, 304), ("convener", 304, 304, 304), ("auditor", 304, 304, 403),
        ("host_deputy", 403, 304, 403), ("liaison", 403, 403, 403), ("stranger", 404, 404, 404),
    ],
)  # fmt: skip
def test_a_right_tag_opens_nothing(
    people: People, meeting: Meeting, who: str, live: int, board: int, screen: int
) -> None:
    """Somebody who may not ask is refused even with the tag of the present state."""
    user: Any = {
        "liaison": lambda: people.liaison("kejiju"),
        "stranger": lambda: people.liaison("jiaoyuju"),
    }.get(who, lambda: getattr(people, who))()
    office, client = client_of(people.office), client_of(user)
    found = {}
    for name in POLLS:
        url = address(name, meeting)
        own = ask(client, url)
        tag = own["ETag"] if own.status_code == 200 else ask(office, url)["ETag"]
        found[name] = ask(client, url, tag).status_code
    assert found == {"live": live, "board": board, "screen_now": screen}
    gone = reverse("meetings:board", args=[meeting.pk + 1])
    assert ask(client, gone, ask(office, address("board", meeting))["ETag"]).status_code == 404


def _sign(people: People, meeting: Meeting) -> None:
    services.sign(meeting.attendance.get(unit__code="kejiju"), status="present", by=people.office)


def _rename(people: People, meeting: Meeting) -> None:
    row = meeting.attendance.get(unit__code="kejiju")
    row.delegate_name = "×××"
    row.save()


def _walk_out(people: People, meeting: Meeting) -> None:
    row = meeting.attendance.get(unit__code="fagaiwei")
    Movement.objects.create(attendance=row, kind="out", at=timezone.now(), noted_by=people.office)


def _save(people: People, meeting: Meeting) -> None:
    block = RecordBlock.objects.filter(meeting=meeting).order_by("pk")[0]
    services.save_block(block, version=block.version, text="改过", by=people.office2)


def _delete(people: People, meeting: Meeting) -> None:
    services.delete_block(RecordBlock.objects.filter(meeting=meeting).order_by("pk")[0], by=people.office2)


def _shift(people: People, meeting: Meeting) -> None:
    services.shift_block(
        RecordBlock.objects.filter(meeting=meeting).order_by("pk")[1], step=1, by=people.office2
    )


def _leave(people: People, meeting: Meeting) -> None:
    RoomPresence.objects.update(seen_at=timezone.now() - timedelta(seconds=46))


def _take_up(people: People, meeting: Meeting) -> None:
    services.take_up(meeting.agenda.get(), by=people.office)


def _pause(people: People, meeting: Meeting) -> None:
    Adjournment.objects.create(meeting=meeting, from_at=timezone.now())


def _another_item(people: People, meeting: Meeting) -> None:
    AgendaItem.objects.create(meeting=meeting, seq=9, title="临时议题")


def _close(people: People, meeting: Meeting) -> None:
    services.close_recording(meeting, by=people.office)


@pytest.mark.parametrize(
    ("change", "seen_by"),
    [
        (_sign, {"board"}), (_rename, {"board"}), (_walk_out, {"board"}), (_save, {"live", "board"}),
        (_delete, {"live", "board"}), (_leave, {"live"}), (_take_up, {"live", "screen_now"}), (_pause, {"screen_now"}),
        (_another_item, {"live", "board", "screen_now"}), (_close, set(POLLS)),
    ],
)  # fmt: skip
def test_whatever_happens_changes_the_tag_of_the_pages_that_show_it(
    people: People, meeting: Meeting, change: Callable[[People, Meeting], None], seen_by: set[str]
) -> None:
    client = client_of(people.office)
    before = {name: ask(client, address(name, meeting))["ETag"] for name in POLLS}
    change(people, meeting)
    found = {name for name in POLLS if ask(client, address(name, meeting), before[name]).status_code == 200}
    assert found == seen_by


def test_the_order_of_blocks_is_part_of_the_room(people: People, meeting: Meeting) -> None:
    client, url = client_of(people.office), address("live", meeting)
    before = ask(client, url)
    rows = [pk for pk, _version in before.json()["order"]]
    _shift(people, meeting)
    after = ask(client, url, before["ETag"])
    assert [pk for pk, _version in after.json()["order"]] == [rows[0], rows[2], rows[1]]


def test_an_item_of_another_meeting_shows_no_blocks(people: People, meeting: Meeting) -> None:
    other = make.block(people, kind="note")
    url = reverse("meetings:live", args=[meeting.pk])
    client = client_of(people.office)
    assert ask(client, f"{url}?item={other.agenda_item_id}").json()["order"] == []
    assert ask(client, url).json()["order"] == []


def test_who_saved_minutes_ago_is_no_longer_writing(people: People, meeting: Meeting) -> None:
    client, url = client_of(people.office), address("board", meeting)
    before = ask(client, url)["ETag"]
    for block in RecordBlock.objects.filter(meeting=meeting):
        block.updated_at -= timedelta(minutes=4)
        block.save(update_fields=["updated_at"])
    assert ask(client, url, before).status_code == 200


def test_the_board_says_the_minute_of_a_save_and_not_each(people: People, meeting: Meeting) -> None:
    """Three recorders save every few seconds: each board would fetch itself anew every time."""
    client, url = client_of(people.office), address("board", meeting)
    with time_machine.travel(timezone.now().replace(second=10), tick=False):
        _save(people, meeting)
        before = ask(client, url)["ETag"]
        _save(people, meeting)
        assert ask(client, url, before).status_code == 304
    with time_machine.travel(timezone.now().replace(second=10) + timedelta(minutes=1), tick=False):
        _save(people, meeting)
        assert ask(client, url, before).status_code == 200


def test_a_poll_never_touches_the_session(people: People, meeting: Meeting) -> None:
    client, url = client_of(people.office), address("board", meeting)
    tag = ask(client, url)["ETag"]
    with CaptureQueriesContext(connection) as asked:
        ask(client, url, tag)
    assert [query["sql"].split()[0] for query in asked.captured_queries] == ["SELECT"] * 3


def test_an_entry_taken_back_and_made_anew_is_another_one(people: People, meeting: Meeting) -> None:
    row = meeting.attendance.get(unit__code="fagaiwei")
    client, where = client_of(people.office), address("board", meeting)
    for pk, kind in ((1, "out"), (2, "in")):
        Movement.objects.create(pk=pk, attendance=row, kind=kind, at=timezone.now(), noted_by=people.office)
    back = ask(client, where)["ETag"]
    Movement.objects.all().delete()
    Movement.objects.create(pk=3, attendance=row, kind="out", at=timezone.now(), noted_by=people.office)
    assert ask(client, where, back).status_code == 200
