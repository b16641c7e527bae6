"""Around the record: which item is taken up and for how long, 休会, movements, spot items, scripts, notes, files."""

from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest
import time_machine
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from apps.common import workflow
from apps.common.errors import Refused
from apps.common.models import AuditEvent
from apps.meetings import services, timing
from apps.meetings.models import AgendaItem, ChairNote, ItemSpan, Meeting, Movement
from tests.factories.people import People, client_of
from tests.minutes.make import scan

from . import make

pytestmark = [pytest.mark.django_db]


def _at(minute: int) -> datetime:
    return datetime(2026, 3, 26, 7, minute, tzinfo=UTC)


@pytest.mark.parametrize(
    ("spans", "pauses", "minutes"),
    [
        ([], [], 0),
        ([(0, 10)], [], 10),
        ([(0, 10), (20, None)], [], 20),
        ([(0, None)], [(5, 15)], 20),
        ([(10, None)], [(5, 15), (20, None)], 5),
        ([(0, 10)], [(12, 20)], 0 + 10),
        ([(5, 10)], [(0, 30)], 0),
    ],
)
def test_used_time_leaves_recesses_out(spans: Any, pauses: Any, minutes: int) -> None:
    def stretch(rows: list[tuple[int, int | None]]) -> list[timing.Stretch]:
        return [(_at(a), None if b is None else _at(b)) for a, b in rows]

    assert timing.minutes_of(timing.used(stretch(spans), stretch(pauses), _at(30))) == minutes


def test_one_item_at_a_time_is_before_the_meeting(people: People) -> None:
    meeting = make.recording(people)
    first = meeting.agenda.get()
    second = services.add_spot_item(meeting, title="研究经费", basis="主持人同意", by=people.office)
    span = services.take_up(first, by=people.office)
    assert services.take_up(first, by=people.office).pk == span.pk
    services.take_up(second, by=people.office)
    span.refresh_from_db()
    assert span.ended_at is not None
    assert meeting.spans.get(ended_at=None).agenda_item == second
    services.put_down(second, by=people.office)
    assert not meeting.spans.filter(ended_at=None).exists()
    with pytest.raises(PermissionDenied):
        services.take_up(first, by=people.convener)


def test_a_recess_stops_the_meeting_and_closing_stops_every_clock(people: People) -> None:
    meeting = make.recording(people)
    item = meeting.agenda.get()
    services.take_up(item, by=people.office)
    services.adjourn(meeting, reason="短暂休会", by=people.office)
    with pytest.raises(Refused, match="已经在休会"):
        services.adjourn(meeting, by=people.office)
    with pytest.raises(Refused, match="正在休会，请先继续开会"):
        services.take_up(item, by=people.office)
    assert services.add_block(item, kind="note", text="休会中仍可记录", by=people.office).version == 1
    assert workflow.can(people.office, Meeting.objects.get(pk=meeting.pk), "resume")
    services.resume(meeting, by=people.office)
    with pytest.raises(Refused, match="没有在休会"):
        services.resume(meeting, by=people.office)
    services.adjourn(meeting, by=people.office)
    services.close_recording(meeting, by=people.office)
    assert not meeting.spans.filter(ended_at=None).exists()
    assert not meeting.adjournments.filter(until_at=None).exists()
    assert list(meeting.adjournments.values_list("reason", flat=True)) == ["短暂休会", ""]


def test_somebody_leaves_at_an_item_and_comes_back(people: People) -> None:
    meeting = make.recording(people)
    item = meeting.agenda.get()
    services.take_up(item, by=people.office)
    row = meeting.attendance.get(unit__code="fagaiwei")
    gone = services.move_person(row, kind="out", by=people.office)
    assert (gone.agenda_item, gone.noted_by, gone.kind) == (item, people.office, "out")
    with pytest.raises(Refused, match="已经离席"):
        services.move_person(row, kind="out", by=people.office)
    services.move_person(row, kind="in", by=people.office)
    with pytest.raises(Refused, match="就在会场"):
        services.move_person(row, kind="in", by=people.office)
    absent = meeting.attendance.get(unit__code="kejiju")
    with pytest.raises(Refused, match="还没有签到"):
        services.move_person(absent, kind="out", by=people.office)
    with (
        time_machine.travel(timezone.localtime().replace(hour=15, minute=0), tick=False),
        pytest.raises(Refused, match="时间还没有到"),
    ):
        services.move_person(row, kind="out", at=time(15, 2), by=people.office)


def test_a_spot_item_takes_its_place_and_says_on_whose_word(people: People) -> None:
    meeting = make.recording(people)
    first = meeting.agenda.get()
    last = services.add_spot_item(meeting, title="研究乙", basis="主持人同意", by=people.office)
    item = services.add_spot_item(
        meeting, title="研究甲", basis="主持人叶一帆同意", minutes=10, reporter_unit=people.unit("kejiju"),
        before=last, by=people.office,
    )  # fmt: skip
    assert [(row.seq, row.title) for row in meeting.agenda.all()] == [
        (1, first.title), (2, "研究甲"), (3, "研究乙"),
    ]  # fmt: skip
    item.refresh_from_db()
    assert (item.added_on_the_spot, item.basis, item.minutes) == (True, "主持人叶一帆同意", 10)
    top = services.add_spot_item(meeting, title="研究丙", before=first, basis="主持人同意", by=people.office)
    assert [row.title for row in meeting.agenda.all()] == ["研究丙", first.title, "研究甲", "研究乙"]
    assert top.added_on_the_spot


def test_the_script_is_saved_over_the_version_seen(people: People) -> None:
    item = make.notified(people).agenda.get()
    saved = services.save_script(item, text="请市卫健委汇报。", version=1, by=people.office)
    assert (saved.script, saved.script_version) == ("请市卫健委汇报。", 2)
    with pytest.raises(services.StaleNoteError) as stale:
        services.save_script(item, text="另一份", version=1, by=people.office2)
    assert (stale.value.text, stale.value.version) == ("请市卫健委汇报。", 2)
    with pytest.raises(PermissionDenied):
        services.save_script(item, text="x", version=2, by=people.convener)


def test_the_chairs_note_is_the_chairs_alone_and_the_journal_does_not_repeat_it(people: People) -> None:
    meeting = make.recording(people)
    item = meeting.agenda.get()
    note = services.save_note(item, text="问清经费来源", version=0, by=people.convener)
    assert (
        services.save_note(item, text="问清经费来源。", version=note.version, by=people.convener).version == 2
    )
    with pytest.raises(services.StaleNoteError):
        services.save_note(item, text="旧窗口", version=1, by=people.convener)
    for user in (people.office, people.liaison("fagaiwei"), people.auditor):
        with pytest.raises(PermissionDenied):
            services.save_note(item, text="x", version=0, by=user)
    assert ChairNote.objects.get().text == "问清经费来源。"
    told = AuditEvent.objects.filter(verb="note")
    assert [event.label for event in told] == ["写主持人备忘"]
    assert all("经费" not in str(event.detail) for event in AuditEvent.objects.all())


def test_a_photo_goes_into_an_item_and_out_again(people: People) -> None:
    item = make.recording(people).agenda.get()
    row = services.add_file(item, scan("板书.png"), caption="板书", by=people.office)
    assert (row.file.name, row.caption, row.added_by) == ("板书.png", "板书", people.office)
    with pytest.raises(ValidationError):
        services.add_file(item, SimpleUploadedFile("x.exe", b"MZ"), by=people.office)
    services.remove_file(row, by=people.office)
    row.refresh_from_db()
    assert row.removed_at is not None
    with pytest.raises(PermissionDenied):
        services.add_file(item, scan(), by=people.convener)
    services.close_recording(item.meeting, by=people.office)
    with pytest.raises(Refused, match="会议已结束"):
        services.add_file(item, scan(), by=people.office)


def test_the_clock_of_an_open_span_counts_from_its_start(people: People) -> None:
    item = make.recording(people).agenda.get()
    span = services.take_up(item, by=people.office)
    span.started_at = timezone.now() - timedelta(minutes=12)
    span.save()
    spent = timing.used([(span.started_at, None)], [], timezone.now())
    assert timing.minutes_of(spent) == 12


def test_the_timetable_says_of_each_item_and_of_the_whole_what_was_planned_and_used() -> None:
    items = [
        AgendaItem(pk=1, minutes=10),
        AgendaItem(pk=2, minutes=20),
        AgendaItem(pk=3),
        AgendaItem(pk=4, minutes=5),
    ]
    spans = [
        ItemSpan(agenda_item_id=1, started_at=_at(0), ended_at=_at(8)),
        ItemSpan(agenda_item_id=3, started_at=_at(8), ended_at=_at(10)),
        ItemSpan(agenda_item_id=1, started_at=_at(10), ended_at=_at(15)),
        ItemSpan(agenda_item_id=2, started_at=_at(15)),
    ]  # fmt: skip
    found = timing.timetable(items, spans, [(_at(20), _at(25))], _at(38))
    assert [(row.item.pk, row.planned, row.used, row.over, row.left, row.begun, row.runs) for row in found.rows] == [
        (1, 10, 13, 3, 0, True, False), (2, 20, 18, 0, 2, True, True), (3, None, 2, 0, 0, True, False),
        (4, 5, 0, 0, 5, False, False),
    ]  # fmt: skip
    whole = (found.planned, found.used, found.over, found.behind, found.unplanned, found.begun)
    assert whole == (35, 33, 0, 3, 1, True)
    assert found.now is not None
    assert found.now.item.pk == 2
    late = timing.timetable(items, spans, [(_at(20), _at(25))], _at(45))
    assert (late.used, late.over, late.behind) == (40, 5, 8)
    empty = timing.timetable([AgendaItem(pk=3)], [], [], _at(0))
    assert (empty.planned, empty.used, empty.over, empty.begun, empty.now) == (0, 0, 0, False, None)


def test_comings_and_goings_are_entered_at_any_item_taken_up_and_after_the_meeting(people: People) -> None:
    meeting = make.recording(people)
    first = meeting.agenda.get()
    second = services.add_spot_item(meeting, title="研究经费", basis="主持人同意", by=people.office)
    third = services.add_spot_item(meeting, title="研究其他", basis="主持人同意", by=people.office)
    began = services.take_up(first, by=people.office).started_at
    services.take_up(second, by=people.office)
    row = meeting.attendance.get(unit__code="fagaiwei")
    with pytest.raises(Refused, match="还没有开始"):
        services.move_person(row, kind="out", item=third, by=people.office)
    services.move_person(row, kind="out", by=people.office)
    with pytest.raises(Refused, match="请先撤销那一次"):
        services.move_person(row, kind="out", item=first, by=people.office)
    services.take_back_move(row, by=people.office)
    gone = services.move_person(row, kind="out", item=first, by=people.office)
    assert (gone.agenda_item, gone.at) == (first, began)
    back = services.move_person(row, kind="in", item=second, by=people.office)
    assert (back.agenda_item, back.at >= gone.at) == (second, True)
    services.close_recording(meeting, by=people.office)
    row.refresh_from_db()
    with time_machine.travel(timezone.now() + timedelta(days=1)):
        late = services.move_person(row, kind="out", item=second, at=time(23, 58), by=people.office)
    assert timezone.localtime(late.at).strftime("%H:%M") == "23:58"
    assert [event.verb for event in AuditEvent.objects.filter(verb__contains="move").order_by("pk")] == [
        "move_person", "take_back_move", "move_person", "move_person", "move_person",
    ]  # fmt: skip
    with pytest.raises(PermissionDenied):
        services.take_back_move(row, by=people.convener)


def test_an_entry_taken_back_stays_in_history_and_journal(people: People) -> None:
    meeting = make.recording(people)
    item = meeting.agenda.get()
    services.take_up(item, by=people.office)
    row = meeting.attendance.get(unit__code="fagaiwei")
    with time_machine.travel(timezone.now() + timedelta(days=1)):
        gone = services.move_person(row, kind="out", at=time(15, 20), by=people.office)
    services.take_back_move(row, by=people.office2)
    assert not row.movements.exists()
    kept = [
        (
            old.history_type,
            old.history_user,
            old.attendance_id,
            old.kind,
            old.at,
            old.agenda_item,
            old.noted_by,
        )
        for old in Movement.history.filter(id=gone.pk).order_by("history_id")
    ]
    what = (row.pk, "out", gone.at, item, people.office)
    assert kept == [("+", people.office, *what), ("-", people.office2, *what)]
    words = f"{row.name}离席 15:20，议题1：{item.title}"
    told = AuditEvent.objects.filter(verb__in=["move_person", "take_back_move"]).order_by("pk")
    assert [(event.verb, event.actor, event.detail["reason"]) for event in told] == [
        ("move_person", people.office, words),
        ("take_back_move", people.office2, f"{words}（{people.office}登记）"),
    ]


def test_a_spot_item_moves_among_the_items_and_needs_its_basis(people: People) -> None:
    meeting = make.recording(people)
    first = meeting.agenda.get()
    with pytest.raises(Refused, match="依据"):
        services.add_spot_item(meeting, title="研究经费", basis="  ", by=people.office)
    spot = services.add_spot_item(meeting, title="研究经费", basis="主持人同意", by=people.office)
    client = client_of(people.office)
    client.post(reverse("meetings:item_act", args=[spot.pk, "up"]))
    assert [(row.seq, row.title) for row in meeting.agenda.all()] == [(1, "研究经费"), (2, first.title)]
    services.move_spot_item(spot, step=-1, by=people.office)  # at the edge nothing happens
    services.move_spot_item(spot, step=1, by=people.office)
    assert [(row.seq, row.title) for row in meeting.agenda.all()] == [(1, first.title), (2, "研究经费")]
    with pytest.raises(Refused, match="只有临时议题"):
        services.move_spot_item(first, step=1, by=people.office)
