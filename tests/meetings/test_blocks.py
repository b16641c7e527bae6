"""Blocks of the record: added once, split, joined, brought back; each revision holds the whole block."""

import json
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.utils import timezone

from apps.common.errors import Refused
from apps.meetings import room_reads, services
from apps.meetings.grids import cells_of
from apps.meetings.models import BlockRevision, RecordBlock, RoomPresence
from apps.meetings.papers import record as record_paper
from tests.factories.people import People, client_of

from . import make

pytestmark = [pytest.mark.django_db, pytest.mark.core]
JSON = {"accept": "application/json"}


def texts(block: RecordBlock) -> list[str]:
    rows = RecordBlock.objects.filter(agenda_item=block.agenda_item_id, deleted_at__isnull=True)
    return list(rows.order_by("position", "id").values_list("text", flat=True))


def events(block: RecordBlock) -> list[tuple[int, str]]:
    return list(block.revisions.order_by("version").values_list("version", "event"))


def test_an_add_sent_twice_makes_one_block_at_its_place(people: People) -> None:
    first = make.block(people, kind="speech", text="甲")
    item = first.agenda_item
    assert item is not None
    services.add_block(item, kind="speech", text="丙", by=people.office)
    url, key = f"/meetings/record/{item.pk}/add/note/", str(uuid4())
    client = client_of(people.office)
    given = {"key": key, "text": "乙", "after": first.pk}
    answers = [client.post(url, given, headers=JSON) for _ in range(2)]
    bodies = [json.loads(answer.content) for answer in answers]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert bodies[0]["id"] == bodies[1]["id"]
    assert texts(first) == ["甲", "乙", "丙"]
    assert (bodies[0]["fields"], bodies[0]["version"], f'id="block-{bodies[0]["id"]}"' in bodies[0]["html"]) == (
        {"text": ["乙"]}, 1, True,
    )  # fmt: skip
    assert client.post(url, given | {"key": "x"}, headers=JSON).status_code == 404


def test_a_split_at_a_place_and_its_joining(people: People) -> None:
    block = make.block(people, kind="speech", text="第一句。第二句。")
    with pytest.raises(Refused, match="光标"):
        services.split_block(block, at=0, version=1, by=people.office)
    with pytest.raises(services.StaleBlockError):
        services.split_block(block, at=4, version=9, by=people.office)
    _upper, lower = services.split_block(block, at=4, version=1, by=people.office)
    assert texts(block) == ["第一句。", "第二句。"]
    services.merge_block(lower, version=1, by=people.office)
    assert texts(block) == ["第一句。\n第二句。"]
    services.restore_block(lower, by=people.office)
    assert texts(block) == ["第一句。", "第二句。"]
    assert events(block) == [(1, "add"), (2, "split"), (3, "merge"), (4, "split")]
    assert events(lower) == [(1, "add"), (2, "merge"), (3, "restore")]


def test_a_joining_that_would_lose_something_is_refused_with_its_name(people: People) -> None:
    block = make.block(people, text="甲")
    item = block.agenda_item
    assert item is not None
    with pytest.raises(Refused, match="没有可以合并"):
        services.merge_block(block, by=people.office)
    lower = services.add_block(item, kind="resolution", text="乙", by=people.office)
    services.save_block(
        lower, version=1, text="乙", leads=[people.unit("kejiju")], is_standing=True, by=people.office
    )
    with pytest.raises(Refused, match="牵头单位、长期坚持"):
        services.merge_block(lower, by=people.office)
    other = services.add_block(item, kind="note", text="丙", by=people.office)
    with pytest.raises(Refused, match="备注"):
        services.merge_block(other, by=people.office)
    assert texts(block) == ["甲", "乙", "丙"]


def test_every_revision_is_whole_and_any_of_them_comes_back(people: People) -> None:
    block = make.block(people, text="甲")
    lead, support = people.unit("gongxinju"), people.unit("kejiju")
    duty = lead.duties.current()[0]
    services.save_block(
        block,
        version=1,
        text="乙",
        leads=[lead],
        supports=[support],
        duties=[duty],
        recurrence="每半年",
        by=people.office,
    )
    services.save_block(
        block, version=2, text="丙", leads=[], supports=[], duties=[], recurrence="", by=people.office2
    )
    services.delete_block(block, by=people.office)
    whole = {"text", "leads", "supports", "duties", "due_on", "recurrence", "deleted"}
    assert [whole - set(row.content) for row in BlockRevision.objects.all()] == [set()] * 4
    with pytest.raises(services.StaleBlockError):
        services.revert_block(block, to=2, version=3, by=people.office)
    with pytest.raises(Refused, match="没有这个版本"):
        services.revert_block(block, to=9, version=4, by=people.office)
    back = services.revert_block(block, to=2, version=4, by=people.office)
    assert (back.text, back.recurrence, back.deleted_at, back.version) == ("乙", "每半年", None, 5)
    assert [unit.code for unit in back.leads] == ["gongxinju"]
    assert [unit.code for unit in back.supports] == ["kejiju"]
    assert list(back.duties.all()) == [duty]
    page = client_of(people.auditor).get(f"/meetings/block/{block.pk}/history/").content.decode()
    assert page.count("第5版 · 退回旧版") == 1
    assert "退回到这一版" not in page  # the auditor reads
    steps = room_reads.history_of(block)
    assert [(step.version, step.text, step.before) for step in steps][-2:] == [(2, "乙", "甲"), (1, "甲", "")]
    assert ("牵头单位", "", "市工信局") in steps[-2].others


def test_the_history_names_units_and_dates_as_people_do(people: People) -> None:
    block = make.block(people)
    services.save_block(
        block,
        version=1,
        text=block.text,
        leads=[people.unit("kejiju")],
        due_on=date(2026, 12, 25),
        by=people.office,
    )
    assert room_reads.history_of(block)[0].others == [
        ("牵头单位", "", "市科技局"), ("完成时限", "", "2026年12月25日（周五）"),
    ]  # fmt: skip


def test_a_save_over_a_deleted_block_says_so(people: People) -> None:
    block = make.block(people, kind="speech", text="甲")
    services.delete_block(block, by=people.office2)
    client = client_of(people.office)
    answer = client.post(f"/meetings/block/{block.pk}/", {"version": 2, "text": "我的"}, headers=JSON)
    assert (answer.status_code, json.loads(answer.content)["deleted"]) == (409, True)
    page = client.post(f"/meetings/block/{block.pk}/", {"version": 1, "text": "我的"})
    assert (page.status_code, "我的" in page.content.decode(), "恢复这一段" in page.content.decode()) == (
        409,
        True,
        True,
    )


def test_a_save_that_names_no_leads_keeps_them(people: People) -> None:
    block = make.block(people, text="甲")
    services.save_block(
        block, version=1, text="甲", leads=[people.unit("kejiju")], supports=[], by=people.office
    )
    services.save_block(block, version=2, text="乙", by=people.office)
    assert [row.content["leads"] for row in block.revisions.order_by("version")] == [
        [],
        ["kejiju"],
        ["kejiju"],
    ]


def test_a_table_has_its_measure_and_is_printed_as_one(people: People) -> None:
    assert cells_of("甲\t乙\t\n\n丙\t\t\n") == [["甲", "乙"], ["", ""], ["丙", ""]]
    block = make.block(people, kind="table", text="单位\t人数\n市科技局\t3")
    for text in ("\t".join("123456789"), "\n".join("x" * 41)):
        with pytest.raises(ValidationError, match="表格最多8列、40行"):
            services.save_block(block, version=1, text=text, by=people.office)
    printed = record_paper(block.meeting)
    tables = [part for part in printed.body if getattr(part, "rows", None) and part.rows[0][0] == "单位"]  # type: ignore[union-attr]
    assert [table.rows for table in tables] == [(("单位", "人数"), ("市科技局", "3"))]  # type: ignore[union-attr]


def test_the_room_says_what_goes_on_and_304_while_nothing_does(
    people: People, django_assert_num_queries: Any
) -> None:
    block = make.block(people, kind="speech", text="甲")
    url = f"/meetings/{block.meeting_id}/record/live/?item={block.agenda_item_id}"
    client, other = client_of(people.office), client_of(people.office2)
    place = {"item": block.agenda_item_id, "block": block.pk}
    assert other.post(f"/meetings/{block.meeting_id}/record/presence/", place).status_code == 204
    first = client.get(url)
    assert json.loads(first.content) == {
        "state": "recording", "order": [[block.pk, 1]], "items": [[block.agenda_item_id, 1, ""]],
        "people": [{"name": str(people.office2), "item": block.agenda_item_id, "block": block.pk}],
    }  # fmt: skip
    assert client.get(url, headers={"if-none-match": first["ETag"]}).status_code == 304
    RoomPresence.objects.update(seen_at=timezone.now() - timedelta(seconds=46))
    assert json.loads(client.get(url).content)["people"] == []
    with django_assert_num_queries(3):
        client.get(url)
    with pytest.raises(PermissionDenied):
        services.note_presence(block.meeting, by=people.auditor)
    assert client_of(people.liaison("kejiju")).get(url).status_code == 403


def test_a_move_is_a_revision_and_stops_nobody_who_writes_there(people: People) -> None:
    first = make.block(people, kind="speech", text="甲")
    item = first.agenda_item
    assert item is not None
    second = services.add_block(item, kind="speech", text="乙", by=people.office)
    services.shift_block(second, step=-1, by=people.office)
    services.shift_block(second, step=-1, by=people.office)  # at the edge: no deed, no revision
    assert events(second) == [(1, "add"), (2, "move")]
    step = room_reads.history_of(second)[0]
    assert (step.event, step.text, step.before, step.others) == (
        "移动", "乙", "乙", [("位置", "第2段", "第1段")],
    )  # fmt: skip
    saved = services.save_block(second, version=1, text="乙改。", by=people.office2)
    assert (saved.version, events(second)[-1], texts(first)) == (3, (3, "save"), ["乙改。", "甲"])
    services.shift_block(second, step=1, by=people.office)
    with pytest.raises(services.StaleBlockError):
        services.save_block(second, version=1, text="旧的", by=people.office)


def test_a_move_lets_typing_go_on_but_not_a_joining(people: People) -> None:
    first = make.block(people, kind="speech", text="甲")
    item = first.agenda_item
    assert item is not None
    second = services.add_block(item, kind="speech", text="乙", by=people.office)
    third = services.add_block(item, kind="speech", text="丙", by=people.office)
    seen = third.version
    services.shift_block(third, step=-1, by=people.office2)
    with pytest.raises(services.StaleBlockError):
        services.merge_block(third, version=seen, by=people.office)
    saved = services.save_block(third, version=seen, text="接着写", by=people.office)
    assert (saved.version, saved.text) == (seen + 2, "接着写")
    assert texts(first) == ["甲", "接着写", second.text]
