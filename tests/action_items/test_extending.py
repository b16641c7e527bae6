"""延期 from the asking to the decision: what moves, what only explains, what is refused, who is told, what waits for whom."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from apps.action_items import at_hand, correcting, ledger, ledger_page, selectors, services
from apps.action_items.models import ActionItem, Extension
from apps.action_items.services import Asked, OnPaper, Progress
from apps.common import audit
from apps.common.errors import Refused
from apps.common.todo import TodoKind
from apps.dispatch.models import PortalNotice
from apps.roster.models import Unit
from apps.roster.selectors import today
from tests.factories.people import PASSWORD, People, after_password

from .test_services import make

Login = Callable[[Any], Client]
DAY = datetime(2026, 9, 22, 2, tzinfo=UTC)
DUE, LATER = date(2026, 9, 30), date(2026, 12, 15)
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 60


def scan(name: str = "审批件.png") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, PNG, content_type="image/png")


def an_item(people: People, *leads: str, **fields: Any) -> ActionItem:
    with time_machine.travel(datetime(2026, 4, 9, 2, tzinfo=UTC)):
        given = {"due_on": DUE, "opened_on": date(2026, 4, 9)} | fields
        item = make(people, *(leads or ("jiaoyuju",)), **given)
        services.sign_for(item, by=people.liaison("jiaoyuju"))
    return ActionItem.objects.get(pk=item.pk)


def asked(item: ActionItem, people: People, new: date = LATER, **fields: Any) -> Extension:
    given = Asked(reason="与另一项目合并实施", new_due=new, **fields)
    unit, user = people.unit("jiaoyuju"), people.liaison("jiaoyuju")
    return services.ask_extension(item, given, unit=unit, by=user)


def reviewed(item: ActionItem, people: People, new: date = LATER) -> Extension:
    return services.review_extension(asked(item, people, new), accept=True, note="情况属实", by=people.office)


def fresh(item: ActionItem) -> ActionItem:
    return ActionItem.objects.get(pk=item.pk)


def columns(item: ActionItem) -> tuple[Any, ...]:
    row = fresh(item)
    return row.due_on, row.current_due, row.times_extended


@pytest.mark.core
@time_machine.travel(DAY, tick=False)
def test_asked_reviewed_and_granted_moves_the_deadline_and_keeps_the_original(people: People) -> None:
    item, convener = an_item(people), people.convener
    row = reviewed(item, people)
    assert (row.state, row.reviewed_on, row.review_note) == ("reviewed", date(2026, 9, 22), "情况属实")
    assert columns(item) == (DUE, DUE, 0)
    row = services.decide_extension(row, grant=True, note="同意", by=convener)
    assert (row.state, row.decided_on, row.decision_note, row.asked_late, row.on_behalf) == (
        "granted", date(2026, 9, 22), "同意", False, False,
    )  # fmt: skip
    assert row.decided_by
    assert columns(item) == (DUE, LATER, 1)
    verdict = selectors.rule_on().judge(selectors.snapshot_now(fresh(item)))
    assert (verdict.due, verdict.effective_due, verdict.extended) == (DUE, LATER, 1)
    assert [event.verb for event in audit.history_of(item)] == [
        "open", "sign_for", "ask_extension", "extension_review", "decide_extension",
    ]  # fmt: skip
    rule = selectors.rule_on()
    line = ledger_page.line(ledger.rows_of(ActionItem.objects.filter(pk=item.pk), rule)[0], 1, rule, {})
    assert (line["due"], line["moved"]) == ("2026-09-30", LATER)
    told = {
        (n.user.username, n.title.partition("：")[0]) for n in PortalNotice.objects.select_related("user")
    }
    assert told == {
        ("office", "延期申请待审核"), ("convener", "延期申请待批准"), ("liaison-jiaoyuju", "已同意延期"),
        ("office", "已同意延期"),
    }  # fmt: skip


@time_machine.travel(DAY, tick=False)
def test_a_second_extension_counts_two_and_remembers_both_dates(people: People) -> None:
    item = an_item(people)
    services.decide_extension(reviewed(item, people), grant=True, by=people.convener)
    second = asked(fresh(item), people, date(2027, 1, 29))
    assert (second.old_due, second.state) == (LATER, "asked")
    services.review_extension(second, accept=True, by=people.office)
    services.decide_extension(second, grant=True, by=people.convener)
    assert columns(item) == (DUE, date(2027, 1, 29), 2)
    given = Asked("来函", date(2027, 3, 1), applied_on=today() - timedelta(days=3), source_note="来函")
    third = services.ask_extension(fresh(item), given, unit=people.unit("jiaoyuju"), by=people.office)
    services.review_extension(third, accept=True, by=people.office)
    name = people.convener.person.name  # type: ignore[attr-defined]
    before = OnPaper(True, name, today() - timedelta(days=1), "圈阅", scan())
    with pytest.raises(ValidationError) as wrong:
        services.register_extension(third, before, by=people.office)
    why = f"审批日期不能早于上一次同意延期的日期（{today():%Y-%m-%d}）。"
    assert (wrong.value.message_dict, columns(item)) == ({"decided_on": [why]}, (DUE, date(2027, 1, 29), 2))


@time_machine.travel(datetime(2026, 10, 9, 2, tzinfo=UTC), tick=False)
def test_asked_after_the_deadline_it_only_explains(people: People) -> None:
    item = an_item(people)
    row = asked(item, people)
    assert (row.state, row.asked_late) == ("explained", True)
    assert columns(item) == (DUE, DUE, 0)
    assert [n.title for n in PortalNotice.objects.filter(user=people.office)] == [
        "逾期说明：〔2026〕1号第1项议定事项"
    ]
    with pytest.raises(Refused, match="当前状态为“逾期说明”"):
        services.review_extension(row, accept=True, by=people.office)
    light = selectors.rule_on().judge(selectors.snapshot_now(fresh(item))).light
    assert light == "red"
    assert asked(fresh(item), people, date(2026, 12, 31)).state == "explained"  # it blocks nothing


@time_machine.travel(DAY, tick=False)
def test_granted_after_the_old_deadline_it_counts_from_the_decision_on(people: People) -> None:
    item = an_item(people)
    row = reviewed(item, people)
    with time_machine.travel(datetime(2026, 10, 12, 2, tzinfo=UTC), tick=False):
        services.decide_extension(row, grant=True, by=people.convener)
        facts = selectors.facts_of(fresh(item))
    assert [facts.deadline(date(2026, 10, day)) for day in (11, 12)] == [(DUE, 0), (LATER, 1)]


@pytest.mark.parametrize(
    ("new", "why"),
    [
        (DUE, {"new_due": ["申请延至的日期应晚于现行时限。"]}),
        (date(2026, 9, 1), {"new_due": ["申请延至的日期应晚于现行时限。"]}),
    ],
)
@time_machine.travel(DAY, tick=False)
def test_an_earlier_date_is_refused_and_nothing_is_written(
    new: date, why: dict[str, Any], people: People
) -> None:
    item = an_item(people)
    before = audit.history_of(item).count()
    with pytest.raises(ValidationError) as caught:
        asked(item, people, new)
    assert caught.value.message_dict == why
    assert (Extension.objects.count(), audit.history_of(item).count()) == (0, before)


@time_machine.travel(DAY, tick=False)
def test_who_may_not_ask_and_when_nobody_may(people: People) -> None:
    item = an_item(people)
    given = Asked(reason="x", new_due=LATER)
    with pytest.raises(PermissionDenied):
        services.ask_extension(item, given, unit=people.unit("shengtaiju"), by=people.liaison("shengtaiju"))
    with pytest.raises(PermissionDenied):
        services.ask_extension(item, given, unit=people.unit("jiaoyuju"), by=people.convener)
    by_office = Asked(reason="x", new_due=LATER, source_note="来函")
    with pytest.raises(ValidationError, match="延期由牵头单位申请"):
        services.ask_extension(item, by_office, unit=people.unit("shengtaiju"), by=people.office)
    asked(item, people)
    with pytest.raises(Refused, match="已有一份延期申请正在办理"):
        asked(fresh(item), people, date(2027, 1, 29))
    standing = an_item(people, due_on=None, is_standing=True)
    with pytest.raises(Refused, match="没有完成时限"):
        asked(standing, people)
    services.propose_ending(item, services.Proposed("terminate", "上级另有安排"), by=people.convener)
    with pytest.raises(Refused, match="当前状态为“已终止”"):
        asked(fresh(item), people)


@time_machine.travel(datetime(2026, 10, 12, 2, tzinfo=UTC), tick=False)
def test_the_office_enters_a_letter_that_came_in_time(people: People) -> None:
    item = an_item(people)
    unit = people.unit("jiaoyuju")
    with pytest.raises(ValidationError) as caught:
        services.ask_extension(
            item, Asked("x", LATER, applied_on=today() + timedelta(days=1)), unit=unit, by=people.office
        )
    assert caught.value.message_dict == {
        "applied_on": ["申请日期不能晚于今天。"],
        "source_note": ["代录须写明来源，例如“电话，张三”或“来函”。"],
    }
    row = services.ask_extension(
        item, Asked("x", LATER, applied_on=date(2026, 9, 28), source_note="来函"), unit=unit, by=people.office
    )
    assert (row.state, row.on_behalf, row.source_note, row.applied_on, row.asked_by) == (
        "asked", True, "来函", date(2026, 9, 28), people.office,
    )  # fmt: skip
    services.withdraw_extension(row, reason="来函有误", by=people.office)
    assert (row.state, row.decision_note) == ("withdrawn", "来函有误")


@time_machine.travel(DAY, tick=False)
def test_sent_back_refused_and_withdrawn_move_nothing(people: People) -> None:
    item = an_item(people)
    row = asked(item, people)
    with pytest.raises(Refused, match="请写明退回的理由"):
        services.review_extension(row, accept=False, by=people.office)
    services.review_extension(row, accept=False, note="请附佐证", by=people.office)
    assert (row.state, row.review_note) == ("returned", "请附佐证")
    again = asked(fresh(item), people)
    with pytest.raises(PermissionDenied):
        services.withdraw_extension(again, by=people.office)
    services.withdraw_extension(again, reason="不需要了", by=people.liaison_b("jiaoyuju"))
    third = reviewed(fresh(item), people)
    with pytest.raises(Refused, match="不能撤回申请"):
        services.withdraw_extension(third, by=people.liaison("jiaoyuju"))
    with pytest.raises(Refused, match="请写明不同意的理由"):
        services.decide_extension(third, grant=False, by=people.convener)
    services.decide_extension(third, grant=False, note="按原时限完成", by=people.convener)
    assert [one.state for one in Extension.objects.order_by("pk")] == ["returned", "withdrawn", "refused"]
    assert columns(item) == (DUE, DUE, 0)


@time_machine.travel(DAY, tick=False)
def test_a_decision_on_paper_needs_its_name_its_day_and_its_sheet(people: People) -> None:
    item = an_item(people)
    row = reviewed(item, people)
    wrong = OnPaper(True, "张三", date(2026, 9, 21), "圈阅", scan())
    with pytest.raises(ValidationError) as early:
        services.register_extension(row, wrong, by=people.office)
    assert early.value.message_dict == {"decided_on": ["审批日期不能早于申请日期。"]}
    late = OnPaper(True, "张三", date(2026, 9, 23), "圈阅", scan())
    with pytest.raises(ValidationError, match="审批日期不能晚于今天"):
        services.register_extension(row, late, by=people.office)
    with pytest.raises(ValidationError, match="该日的召集人不是这个姓名"):
        services.register_extension(row, OnPaper(True, "张三", today(), "圈阅", scan()), by=people.office)
    name = people.convener.person.name  # type: ignore[attr-defined]
    services.register_extension(row, OnPaper(True, name, today(), "圈阅", scan()), by=people.office)
    assert (row.state, row.decided_by, row.decision_note, row.scan and row.scan.name) == (
        "granted",
        name,
        "圈阅",
        "审批件.png",
    )
    assert columns(item) == (DUE, LATER, 1)


@time_machine.travel(DAY, tick=False)
def test_a_correction_of_the_date_voids_a_request_on_its_way(people: People) -> None:
    item = an_item(people)
    row = asked(item, people)
    given = correcting.Corrected(
        text=item.text, leads=[people.unit("jiaoyuju")], supports=[people.unit("shengtaiju")],
        due_on=date(2026, 10, 30),
    )  # fmt: skip
    correcting.correct_item(item, given, reason="印错日期", on=today(), by=people.office)
    row.refresh_from_db()
    assert (row.state, row.decision_note) == (
        "withdrawn", "纪要更正了时限或牵头单位，如仍须延期请重新申请。印错日期",
    )  # fmt: skip
    assert PortalNotice.objects.filter(
        user=people.liaison("jiaoyuju"), title__startswith="延期申请已失效"
    ).exists()
    assert columns(item) == (date(2026, 10, 30), date(2026, 10, 30), 0)


@pytest.mark.core
def test_the_offices_delay_takes_no_right_away_and_grants_no_day_gone_by(people: People) -> None:
    """Asked while a request for completion waits it is asked in time; a day that has gone by is not granted any more."""
    item, office = an_item(people), people.office
    with time_machine.travel(DAY, tick=False):
        unit, liaison = people.unit("jiaoyuju"), people.liaison("jiaoyuju")
        services.ask_close(item, Progress(text="已完成"), unit=unit, by=liaison)
        row = asked(fresh(item), people)
        assert (row.state, row.asked_late, fresh(item).state) == ("asked", False, "closing")
    with time_machine.travel(datetime(2026, 10, 12, 2, tzinfo=UTC), tick=False):
        services.return_close(fresh(item), reason="缺佐证", by=office)
        row = services.review_extension(row, accept=True, by=office)
    with time_machine.travel(datetime(2026, 12, 16, 2, tzinfo=UTC), tick=False):
        with pytest.raises(Refused, match="申请延至的日期已过，不能再同意"):
            services.decide_extension(row, grant=True, by=people.convener)
        name = people.convener.person.name  # type: ignore[attr-defined]
        gone = OnPaper(True, name, date(2026, 12, 16), "圈阅", scan())
        with pytest.raises(ValidationError, match="申请延至的日期当时已过，不能同意延期"):
            services.register_extension(row, gone, by=office)
        assert columns(item) == (DUE, DUE, 0)
        # Decided on paper in time and entered late, it counts.
        services.register_extension(row, replace(gone, decided_on=LATER), by=office)
    assert columns(item) == (DUE, LATER, 1)


@time_machine.travel(DAY, tick=False)
def test_closing_voids_a_request_on_its_way(people: People) -> None:
    item = an_item(people)
    row = asked(item, people)
    unit, liaison = people.unit("jiaoyuju"), people.liaison("jiaoyuju")
    services.ask_close(item, Progress(text="已完成"), unit=unit, by=liaison)
    services.close(fresh(item), by=people.office)
    row.refresh_from_db()
    assert (row.state, row.decision_note) == ("withdrawn", "事项已办结。")


@time_machine.travel(DAY, tick=False)
def test_decision_and_journal_live_or_die_together(people: People, monkeypatch: pytest.MonkeyPatch) -> None:
    item = an_item(people)
    row = reviewed(item, people)
    convener, record = people.convener, audit.record

    def broken(**fields: Any) -> Any:
        if fields["verb"] == "decide_extension":
            raise RuntimeError("journal")
        return record(**fields)

    monkeypatch.setattr(audit, "record", broken)
    with pytest.raises(RuntimeError, match="journal"):
        services.decide_extension(row, grant=True, by=convener)
    assert Extension.objects.get().state == "reviewed"
    assert columns(item) == (DUE, DUE, 0)


def waits(user: Any) -> list[tuple[TodoKind, str, str]]:
    return [
        (todo.kind, todo.verb, todo.url)
        for todo in at_hand.waiting_for(user).todos
        if "extensions" in todo.url
    ]


@time_machine.travel(DAY, tick=False)
def test_it_waits_for_the_office_then_for_the_convener(people: People) -> None:
    item = an_item(people)
    row = asked(item, people)
    url = f"/items/{item.pk}/extensions/{row.pk}/"
    everybody = (people.office, people.director, people.convener, people.liaison("jiaoyuju"))
    review, approve = (TodoKind.REVIEW, "审核延期", url), (TodoKind.APPROVE, "批准延期", url)
    assert [waits(user) for user in everybody] == [[review], [review], [], []]
    services.review_extension(row, accept=True, by=people.office)
    assert [waits(user) for user in everybody] == [[], [], [approve], []]
    services.decide_extension(row, grant=True, by=people.convener)
    assert [waits(user) for user in everybody] == [[], [], [], []]


# --- pages ------------------------------------------------------------------


@pytest.mark.core
@time_machine.travel(DAY, tick=False)
def test_the_pages_from_the_asking_to_the_approval_without_javascript(
    people: People, client_of: Login
) -> None:
    item = an_item(people)
    here = f"/items/{item.pk}/"
    lead, office, convener = (
        client_of(u) for u in (people.liaison("jiaoyuju"), people.office, people.convener)
    )
    unit = people.unit("jiaoyuju").pk
    bad = lead.post(f"{here}extend/", {"unit": unit, "reason": "", "new_due": "2026-09-30"})
    assert (bad.status_code, dict(bad.context["form"].errors)) == (422, {"reason": ["这个字段是必填项。"]})
    early = lead.post(f"{here}extend/", {"unit": unit, "reason": "合并实施", "new_due": "2026-09-30"})
    assert (early.status_code, dict(early.context["form"].errors)) == (
        422, {"new_due": ["申请延至的日期应晚于现行时限。"]},
    )  # fmt: skip
    given = {
        "unit": unit,
        "reason": "合并实施",
        "new_due": "2026-12-12",
        "uploads": [scan("a.png"), scan("b.png")],
    }
    url = lead.post(f"{here}extend/", given).headers["Location"]
    row = Extension.objects.get()
    assert (url, row.files.count()) == (row.get_absolute_url(), 2)
    page = lead.get(url).content.decode()
    assert "申请延至的12月12日（周六）不上班" in page
    boxes = [
        (user.get(url).context["note_help"], 'id="id_note"' in user.get(url).content.decode())
        for user in (lead, office)
    ]
    assert boxes == [
        ("", False),
        ("可以不写。退回须写明理由。", True),
    ]  # who only takes it back is asked for no words
    assert [button["name"] for button in lead.get(url).context["buttons"]] == ["withdraw"]
    assert [button["name"] for button in office.get(url).context["buttons"]] == ["send_back", "review"]
    assert convener.post(url, {"verb": "review"}).status_code == 403
    back = office.post(url, {"verb": "send_back", "note": " "})
    assert (back.status_code, dict(back.context["form"].errors)) == (422, {"note": ["请写明退回的理由。"]})
    assert after_password(office, url, {"verb": "review"}).headers["Location"] == url
    assert [button["name"] for button in convener.get(url).context["buttons"]] == ["refuse", "grant"]
    assert convener.get(url).context["note_help"] == "可以不写。不同意须写明理由。"
    assert lead.post(url, {"verb": "grant"}).status_code == 403
    assert convener.post(url, {"verb": "nonsense"}).status_code == 403
    refused = after_password(convener, url, {"verb": "refuse", "note": ""})  # not accepted: on its own page
    assert (refused.status_code, refused.request["PATH_INFO"]) == (422, url)
    assert (refused.context["form"]["note"].value(), list(refused.context["form"].errors)) == ("", ["note"])
    convener = client_of(people.convener)
    asked = convener.post(url, {"verb": "grant", "note": "同意"})
    row.refresh_from_db()
    assert (asked["Location"].split("?")[0], row.state) == ("/account/reauthenticate/", "reviewed")
    assert convener.post(asked["Location"], {"password": PASSWORD}).headers["Location"] == url
    shown = lead.get(here).content.decode()
    assert "2026年12月12日（原定2026年9月30日，经同意延期1次）" in shown
    assert "第1次延期" in shown
    file = row.files.first()
    assert file is not None
    answer = lead.get(f"{here}files/{file.pk}/")
    assert answer.getvalue() == PNG
    assert client_of(people.liaison("kejiju")).get(url).status_code == 404


@time_machine.travel(DAY, tick=False)
def test_the_page_of_a_decision_on_paper(people: People, client_of: Login) -> None:
    item = an_item(people)
    row = reviewed(item, people)
    url = f"{row.get_absolute_url()}register/"
    office = client_of(people.office)
    assert client_of(people.liaison("jiaoyuju")).get(url).status_code == 403
    assert office.get(row.get_absolute_url()).context["register_url"] == url
    name = people.convener.person.name  # type: ignore[attr-defined]
    bad = office.post(url, {"granted": "no", "name": name, "decided_on": "2026-09-22"})
    assert (bad.status_code, set(bad.context["form"].errors)) == (422, {"note", "scan"})
    given = {"granted": "no", "name": name, "decided_on": "2026-09-22", "note": "按期完成", "scan": scan()}
    assert office.post(url, given).headers["Location"] == row.get_absolute_url()
    row.refresh_from_db()
    assert (row.state, row.decision_note) == ("refused", "按期完成")
    assert office.get(url).status_code == 302


@time_machine.travel(datetime(2026, 10, 9, 2, tzinfo=UTC), tick=False)
def test_the_form_says_that_it_is_too_late(people: People, client_of: Login) -> None:
    item = an_item(people)
    page = client_of(people.liaison("jiaoyuju")).get(f"/items/{item.pk}/extend/")
    words = page.context
    assert (words["too_late"], words["title"], words["button"], words["form"]["new_due"].label) == (
        True, "逾期说明", "提交说明", "预计完成",
    )  # fmt: skip
    assert "时限已过，不能再延期" in page.content.decode()
    row = asked(item, people)
    told = client_of(people.office).get(row.get_absolute_url())
    assert [fact["label"] for fact in told.context["facts"]][:5] == [
        "说明单位", "说明日期", "最初时限", "说明时的时限", "预计完成",
    ]  # fmt: skip
    assert "延期" not in told.content.decode().partition("<main")[2].replace("此前已延期", "")
    here = client_of(people.office).get(f"/items/{item.pk}/").context
    line = next(line for line in here["history"] if line["label"] == "逾期说明")
    assert line["text"] == f"市教育局逾期说明，预计完成{row.new_due:%Y-%m-%d}：{row.reason}"
    assert [act["label"] for act in here["actions"] if act["name"] == "ask_extension"] == ["逾期说明"]


def test_every_state_has_a_colour_and_words(people: People) -> None:
    from apps.action_items import item_life
    from apps.action_items.enums import EndingState, ExtensionState

    assert set(item_life.REQUEST_COLOURS) == set(ExtensionState)
    assert set(item_life.ENDING_COLOURS) == set(EndingState)
    unit = Unit.objects.get(code="jiaoyuju")
    for state in ExtensionState:
        row = Extension(
            unit=unit,
            state=state,
            old_due=DUE,
            new_due=LATER,
            applied_on=DUE,
            reason="x",
            decided_by="召集人",
        )
        assert item_life.extension_words(row).startswith("原定2026年9月30日，"), state
