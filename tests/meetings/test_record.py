"""Sign-in and the live record: who attends (C11), who chairs (C10), and that no typed word is lost."""

import json
import re
from datetime import date, timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.test import Client

from apps.common.errors import Refused
from apps.common.models import AuditEvent
from apps.meetings import selectors, services
from apps.meetings.enums import AttendanceStatus, BlockKind
from apps.meetings.models import BlockRevision, Meeting, RecordBlock
from apps.roster.models import Unit
from tests.factories.people import People, client_of

from . import make

pytestmark = [pytest.mark.django_db, pytest.mark.core]


def lines(meeting: Meeting) -> list[tuple[str, str, str, str]]:
    return [
        (row.role, row.unit.code if row.unit else "", row.status, row.delegate_name)
        for row in selectors.attendance_of(meeting)
    ]


def test_the_list_comes_from_the_roster_of_the_day_and_the_replies(people: People) -> None:
    meeting = make.notified(people, observers="县（市、区）卫健局\n技术支撑机构\n")
    services.reply(
        make.invitation(meeting, "kejiju"), kind="substitute", delegate_name="×××", delegate_title="科长",
        reason="因公", by=people.liaison("kejiju"),
    )  # fmt: skip
    services.reply(
        make.invitation(meeting, "fagaiwei"), kind="leave", reason="因病", by=people.liaison("fagaiwei")
    )
    services.prepare_list(meeting, by=people.office)
    assert sorted(lines(meeting)) == [
        ("convener", "weijianwei", "expected", ""),
        ("member", "fagaiwei", "leave", ""),
        ("member", "gongxinju", "expected", ""),
        ("member", "kejiju", "expected", "×××"),
        ("member", "weijianwei", "expected", ""),
        ("observer", "", "expected", ""),
        ("observer", "", "expected", ""),
    ]
    assert selectors.attendance_of(meeting)[0].name == "叶一帆"


def test_preparing_again_takes_in_later_replies_and_touches_nobody_who_signed(people: People) -> None:
    meeting = make.notified(people)
    services.prepare_list(meeting, by=people.office)
    here = meeting.attendance.get(unit__code="kejiju")
    services.sign(here, status="present", by=people.office)
    for code in ("kejiju", "fagaiwei"):
        services.reply(make.invitation(meeting, code), kind="leave", reason="因公", by=people.liaison(code))
    services.prepare_list(meeting, by=people.office)
    assert [row for row in lines(meeting) if row[1] in ("kejiju", "fagaiwei")] == [
        ("member", "fagaiwei", "leave", ""), ("member", "kejiju", "present", ""),
    ]  # fmt: skip


def test_one_tap_and_its_undoing(people: People) -> None:
    meeting = make.notified(people)
    services.prepare_list(meeting, by=people.office)
    row = meeting.attendance.get(unit__code="kejiju")
    signed = services.sign(row, status="late", by=people.office)
    assert (signed.status, signed.in_the_room, signed.signed_at is None) == ("late", True, False)
    undone = services.sign(row, status="expected", by=people.office)
    assert (undone.status, undone.signed_at) == ("expected", None)
    with pytest.raises(Refused, match="代会人姓名"):
        services.sign(row, status="substitute", by=people.office)
    with pytest.raises(ValidationError):
        services.sign(row, status="dancing", by=people.office)
    for user in (people.liaison("kejiju"), people.convener, people.auditor):
        with pytest.raises(PermissionDenied):
            services.sign(row, status="present", by=user)


def test_attending_units_are_those_with_somebody_in_the_room(people: People) -> None:
    meeting = make.recording(people)  # 市发改委 is present
    services.sign(
        meeting.attendance.get(unit__code="kejiju"),
        status="substitute",
        delegate_name="×××",
        by=people.office,
    )
    services.add_person(meeting, name="×××", role="observer", unit=people.unit("gongxinju"), by=people.office)
    assert [unit.code for unit in selectors.attending_units(meeting)] == ["fagaiwei", "kejiju"]


def test_somebody_else_than_the_convener_chairs_only_on_a_basis(people: People) -> None:
    meeting = make.notified(people)
    with pytest.raises(Refused, match="请写明依据"):
        services.start_recording(meeting, chair="谢庆凤", by=people.office)
    started = services.start_recording(meeting, chair="谢庆凤", chair_basis="召集人委托", by=people.office)
    assert (started.state, started.chair, started.chair_basis) == ("recording", "谢庆凤", "召集人委托")


def test_a_record_nobody_attended_is_not_closed(people: People) -> None:
    meeting = services.start_recording(make.notified(people), chair="叶一帆", by=people.office)
    with pytest.raises(Refused, match="还没有成员单位签到"):
        services.close_recording(meeting, by=people.office)


def saved(block: RecordBlock, people: People, **values: Any) -> RecordBlock:
    given: dict[str, Any] = {"version": block.version, "text": "建立治理企业台账，实行一企一档"} | values
    return services.save_block(block, by=people.office, **given)


def test_each_save_is_a_revision_and_no_line_of_the_journal(people: People) -> None:
    block = make.block(people)
    units = {unit.code: unit for unit in Unit.objects.all()}
    duty = units["gongxinju"].duties.current().first()
    before = AuditEvent.objects.count()
    saved(
        block, people, leads=[units["gongxinju"], units["fagaiwei"]], supports=[units["kejiju"], units["fagaiwei"]],
        duties=[duty], due_on=date(2026, 12, 25),
    )  # fmt: skip
    fresh = selectors.record_of(block.meeting)[0].blocks.all()[0]
    assert [unit.code for unit in fresh.leads] == [
        "gongxinju",
        "fagaiwei",
    ]  # as chosen, not by the charter's order
    assert [unit.code for unit in fresh.supports] == ["kejiju"]
    assert (fresh.version, fresh.due_on, list(fresh.duties.all())) == (2, date(2026, 12, 25), [duty])
    assert AuditEvent.objects.count() == before
    assert list(BlockRevision.objects.filter(block=block).values_list("version", "content__text")) == [
        (2, "建立治理企业台账，实行一企一档"), (1, "建立治理企业台账"),
    ]  # fmt: skip


def test_a_stale_save_writes_nothing(people: People) -> None:
    block = make.block(people)
    saved(block, people)
    with pytest.raises(services.StaleBlockError) as stale:
        services.save_block(block, version=1, text="我的", by=people.office2)
    assert (stale.value.block.version, stale.value.block.text) == (2, "建立治理企业台账，实行一企一档")
    assert RecordBlock.objects.get(pk=block.pk).text == "建立治理企业台账，实行一企一档"


def test_one_way_of_saying_by_when(people: People) -> None:
    block = make.block(people)
    with pytest.raises(ValidationError, match="只能选一种"):
        saved(block, people, due_on=date(2026, 12, 25), is_standing=True)


def test_delete_bring_back_move_and_split(people: People) -> None:
    first = make.block(people, kind="speech", text="甲")
    item = first.agenda_item
    assert item is not None
    second = services.add_block(item, kind="speech", text="乙一\n\n乙二\n乙三", by=people.office)
    services.shift_block(second, step=-1, by=people.office)
    services.split_block(second, by=people.office)
    texts = [block.text for block in selectors.record_of(first.meeting)[0].blocks.all()]
    assert texts == ["乙一", "乙二", "乙三", "甲"]
    services.delete_block(first, by=people.office)
    assert len(selectors.record_of(first.meeting)[0].blocks.all()) == 3
    services.restore_block(first, by=people.office)
    assert [block.text for block in selectors.record_of(first.meeting)[0].blocks.all()] == texts


def test_a_closed_record_is_frozen(people: People) -> None:
    block = make.block(people)
    services.close_recording(block.meeting, by=people.office)
    item = block.agenda_item
    assert item is not None
    acts = [
        lambda: saved(block, people),
        lambda: services.add_block(item, kind="note", by=people.office),
        lambda: services.delete_block(block, by=people.office),
        lambda: services.shift_block(block, step=1, by=people.office),
        lambda: services.add_spot_item(block.meeting, title="临时", basis="主持人同意", by=people.office),
        lambda: services.sign(block.meeting.attendance.all()[0], status="present", by=people.office),
    ]
    for act in acts:
        with pytest.raises(Refused):
            act()
    assert BlockRevision.objects.filter(block=block).count() == 1


def post(client: Client, block: RecordBlock, **data: Any) -> Any:
    return client.post(
        f"/meetings/block/{block.pk}/",
        {"version": 1, "text": "甲"} | data,
        headers={"accept": "application/json"},
    )


def test_autosave_answers_in_json(people: People) -> None:
    block = make.block(people)
    client = client_of(people.office)
    answer = post(client, block, lead_1=people.unit("gongxinju").pk, recurrence="每半年")
    assert answer.status_code == 200
    assert json.loads(answer.content) == {
        "version": 2, "saved_at": RecordBlock.objects.get(pk=block.pk).updated_at.isoformat(),
    }  # fmt: skip
    stale = post(client_of(people.office2), block, text="对方")
    fresh = RecordBlock.objects.get(pk=block.pk)
    assert stale.status_code == 409
    assert json.loads(stale.content) == {
        "version": 2, "text": "甲", "saved_at": fresh.updated_at.isoformat(), "by": str(people.office),
        "fields": {"text": ["甲"], "lead_1": [str(people.unit("gongxinju").pk)], "recurrence": ["每半年"]},
        "deleted": False,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("data", "error"),
    [
        ({"text": "坏\x07字"}, "第2个字符是不可见的控制字符（U+0007），请删除后重试。"),
        ({"text": "长" * 20001}, "text"),
        ({"due_on": "2026-02-30"}, "完成时限：输入一个有效的日期。"),
        ({"lead_1": "999999"}, "lead_1"),
        ({"duties": "999999"}, "所选职责条款不存在或已调整，请重新选择。"),
        ({"version": "x"}, "version"),
        ({"due_on": "2026-12-25", "is_standing": "on"}, "完成时限：完成时限、定期要求、长期坚持只能选一种。"),
    ],
)
def test_bad_input_is_told_in_chinese_and_nothing_is_written(
    people: People, data: dict[str, str], error: str
) -> None:
    block = make.block(people)
    answer = post(client_of(people.office), block, **data)
    body = json.loads(answer.content)
    assert answer.status_code == 422
    assert error in (body["error"], *body["errors"])
    assert RecordBlock.objects.get(pk=block.pk).version == 1


def test_without_javascript_a_conflict_shows_both_texts(people: People) -> None:
    block = make.block(people)
    saved(block, people)
    page = client_of(people.office2).post(f"/meetings/block/{block.pk}/", {"version": 1, "text": "我写的"})
    text = page.content.decode()
    assert page.status_code == 409
    assert "我写的" in text
    assert "建立治理企业台账，实行一企一档" in text
    assert 'name="version" value="2"' in text


def fields_shown(page: Any) -> list[tuple[str, str, str, str]]:
    """(field, mine, theirs, the side marked) of each field of a conflict page."""
    assert page.status_code == 409
    return [(clash.name, clash.mine, clash.theirs, clash.take) for clash in page.context["clashes"]]


def test_without_javascript_every_field_two_people_changed_is_shown_and_chosen(people: People) -> None:
    block = make.block(people)
    units = {code: people.unit(code).pk for code in ("gongxinju", "fagaiwei", "kejiju", "weijianwei")}
    theirs = {
        "lead_1": units["gongxinju"],
        "lead_2": units["fagaiwei"],
        "due_on": "2026-12-25",
        "in_principle": "on",
    }
    assert post(client_of(people.office), block, **theirs).status_code == 200  # 甲, version 2
    mine = {
        "version": 1, "text": block.text, "lead_1": units["kejiju"], "recurrence": "每半年",
        "supports": [units["weijianwei"], units["fagaiwei"]],
    }  # fmt: skip
    client, url = client_of(people.office2), f"/meetings/block/{block.pk}/"
    page = client.post(url, mine)
    assert fields_shown(page) == [
        ("text", block.text, "甲", "theirs"),  # the second writer had not touched these two
        ("leads", "市科技局", "市工信局、市发改委", "mine"),
        ("supports", "市卫健委、市发改委", "", "mine"),
        ("deadline", "每半年", "2026年12月25日（周五）", "mine"),
        ("in_principle", "否", "是", "theirs"),
    ]
    html = page.content.decode()
    marked = re.findall(r'name="(take_\w+)" value="(\w+)" checked', html)
    assert marked == [
        ("take_text", "theirs"), ("take_leads", "mine"), ("take_supports", "mine"), ("take_deadline", "mine"),
        ("take_in_principle", "theirs"),
    ]  # fmt: skip
    again = {**mine, "version": 2, **dict(marked), "take_deadline": "theirs"}
    assert client.post(url, again).status_code == 302
    fresh = RecordBlock.objects.get(pk=block.pk)
    parts = (str(fresh.leads[0]), len(fresh.leads), [str(unit) for unit in fresh.supports])
    assert (fresh.text, fresh.in_principle, fresh.recurrence, str(fresh.due_on)) == (
        "甲",
        True,
        "",
        "2026-12-25",
    )
    assert parts == ("市科技局", 1, ["市卫健委", "市发改委"])
    assert fresh.version == 3


def test_a_second_conflict_asks_anew_and_bad_input_keeps_the_choice(people: People) -> None:
    block = make.block(people, kind="speech", text="甲")
    client, url = client_of(people.office2), f"/meetings/block/{block.pk}/"
    unit = people.unit("fagaiwei")
    post(client_of(people.office), block, unit=unit.pk, speaker="×××", text="甲")
    given = {"version": 1, "text": "乙", "speaker": "某"}
    assert fields_shown(client.post(url, given)) == [
        ("text", "乙", "甲", "mine"), ("unit", "", "市发改委", "theirs"), ("speaker", "某", "×××", "mine"),
    ]  # fmt: skip
    post(client_of(people.office), block, version=2, text="丙")
    page = client.post(url, {**given, "version": 2, "take_unit": "theirs"})
    assert fields_shown(page) == [("text", "乙", "丙", "mine"), ("speaker", "某", "", "mine")]
    bad = client.post(url, {**given, "version": 3, "text": "坏\x07", "take_speaker": "theirs"})
    assert (bad.status_code, bad.context["clashes"]) == (422, [])
    assert '<input type="hidden" name="take_speaker" value="theirs">' in bad.content.decode()


@pytest.mark.parametrize("chosen", [False, True])
def test_a_save_is_cheap(people: People, django_assert_num_queries: Any, chosen: bool) -> None:
    """Session, account, standing, savepoint, the lock, the block, its revision, and the savepoint's end."""
    speech = make.block(people, kind="speech")
    client = client_of(people.office)
    given = {"unit": people.unit("fagaiwei").pk, "speaker": "×××"} if chosen else {}
    post(client, speech, **given)  # warm
    with django_assert_num_queries(8):
        answer = post(client, speech, version=2, text="乙", **given)
    assert answer.status_code == 200
    kept = speech.revisions.get(version=3).content
    assert (kept["text"], kept["unit"], kept["speaker"]) == (
        "乙",
        "fagaiwei" if chosen else "",
        "×××" if chosen else "",
    )


def test_a_save_of_a_block_that_is_not_there_and_of_one_nobody_may_know(people: People) -> None:
    block = make.block(people)
    missing = f"/meetings/block/{block.pk + 1}/"
    given = {"version": 1, "text": "甲"}
    who = {"office": 404, "auditor": 404, "stranger": 404}
    users = {"office": people.office, "auditor": people.auditor, "stranger": people.liaison("jiaoyuju")}
    assert {name: client_of(user).post(missing, given).status_code for name, user in users.items()} == who
    who = {"auditor": 403, "stranger": 404, "invited": 403}
    users = {**users, "invited": people.liaison("kejiju")}
    found = {name: post(client_of(users[name]), block, **given).status_code for name in who}
    assert found == who
    assert RecordBlock.objects.get(pk=block.pk).version == 1


def test_the_board_answers_304_until_somebody_signs_in(people: People) -> None:
    meeting = make.recording(people)
    client = client_of(people.office)
    url = f"/meetings/{meeting.pk}/sign-in/board/"
    first = client.get(url)
    again = client.get(url, headers={"if-none-match": first["ETag"]})
    assert (first.status_code, again.status_code, again.content) == (200, 304, b"")
    services.sign(meeting.attendance.get(unit__code="kejiju"), status="present", by=people.office)
    changed = client.get(url, headers={"if-none-match": first["ETag"]})
    assert changed.status_code == 200
    assert changed["ETag"] != first["ETag"]


def test_the_record_is_for_the_office_the_leaders_and_the_auditor(people: People) -> None:
    block = make.block(people)
    pages = [f"/meetings/{block.meeting_id}/record/", f"/meetings/block/{block.pk}/duties/"]
    who = {
        "office": 200, "director": 200, "convener": 200, "auditor": 200, "host_deputy": 403,
        "liaison": 403, "member": 403, "stranger": 404, "visitor": 404, "sysadmin": 404,
    }  # fmt: skip
    users = {
        "liaison": people.liaison("fagaiwei"), "member": people.member("kejiju"),
        "stranger": people.liaison("minzhengju"),
    }  # fmt: skip
    for page in pages:
        found = {
            name: client_of(users.get(name) or getattr(people, name)).get(page).status_code for name in who
        }
        assert found == who


def test_every_kind_has_its_look_and_every_status_its_button() -> None:
    from pathlib import Path

    from django.conf import settings

    sheets = ("portal", "room")
    css = "".join((settings.BASE_DIR / f"static/css/{name}.css").read_text() for name in sheets)
    row = Path(settings.BASE_DIR / "templates/meetings/_sign_row.html").read_text()
    assert [kind for kind in BlockKind if kind != "speech" and f".block-{kind.value}" not in css] == []
    assert [status for status in AttendanceStatus if f'value="{status.value}"' not in row] == []


def test_a_meeting_of_yesterday_keeps_its_planned_end(people: People) -> None:
    meeting = make.recording(people)
    ends_at = meeting.starts_at + timedelta(hours=2)
    Meeting.objects.filter(pk=meeting.pk).update(ends_at=ends_at)
    closed = services.close_recording(Meeting.objects.get(pk=meeting.pk), by=people.office)
    assert closed.ends_at == ends_at
