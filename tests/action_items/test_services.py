"""Signing for, reporting, asking for completion, confirming, closing: whole results, and what they refuse."""

from collections.abc import Callable
from datetime import date, timedelta
from functools import partial
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from apps.action_items import at_hand, ledger, selectors, services
from apps.action_items.another_day import AnotherDay
from apps.action_items.enums import ExtensionState, ReviewState
from apps.action_items.models import ActionItem, Extension, ProgressReport
from apps.action_items.services import Progress
from apps.common import audit, workflow
from apps.common.errors import Refused
from apps.common.todo import TodoKind
from apps.dispatch.models import PortalNotice
from apps.roster.models import Unit
from apps.roster.selectors import today
from tests.factories.people import People

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 60
FAR = today() + timedelta(days=200)


def make(
    people: People, *leads: str, supports: tuple[str, ...] = ("shengtaiju",), **fields: Any
) -> ActionItem:
    number = ActionItem.objects.count() + 1
    given: dict[str, Any] = {
        "ref": f"T-{number}", "seq": number, "text": f"议定事项{number}", "all_support": False, "due_on": FAR,
        "recurrence": "", "is_standing": False, "duties": [], "source_paper": None, "source_anchor": "",
        "source_label": "〔2026〕1号", "opened_on": today() - timedelta(days=100), "by": people.office,
    }  # fmt: skip
    return services.open_item(
        leads=[people.unit(code) for code in leads],
        supports=[people.unit(code) for code in supports],
        **given | fields,
    )


def signed(item: ActionItem) -> dict[str, bool]:
    return {part.unit.code: part.signed_at is not None for part in item.parts.select_related("unit")}


@pytest.mark.core
def test_each_unit_signs_for_its_part_and_the_first_lead_starts_the_item(people: People) -> None:
    item = make(people, "jiaoyuju", "kejiju")
    services.sign_for(item, by=people.liaison("shengtaiju"))
    assert (item.state, signed(item)) == (
        "assigned",
        {"jiaoyuju": False, "kejiju": False, "shengtaiju": True},
    )
    services.sign_for(item, by=people.liaison("kejiju"))
    services.sign_for(item, by=people.liaison_b("kejiju"))
    assert (item.state, signed(item)) == (
        "in_progress",
        {"jiaoyuju": False, "kejiju": True, "shengtaiju": True},
    )
    services.sign_for(item, by=people.liaison("jiaoyuju"))
    assert [event.verb for event in audit.history_of(item)] == ["open", "sign_part", "sign_for", "sign_part"]
    with pytest.raises(PermissionDenied):
        services.sign_for(item, by=people.liaison("minzhengju"))


@pytest.mark.core
def test_a_report_signs_for_the_unit_and_turns_the_lamp(people: People) -> None:
    item = make(people, "jiaoyuju")
    said = Progress(text="台账未建立", assessment="blocked", problem="缺人手")
    row = services.report(item, said, unit=people.unit("jiaoyuju"), by=people.liaison("jiaoyuju"))
    item = ActionItem.objects.get(pk=item.pk)
    assert (item.state, item.blocked, item.last_assessment) == ("in_progress", "缺人手", "blocked")
    assert (row.on_behalf, row.review, row.reported_on) == (False, "waiting", today())
    services.report(
        item, Progress(text="已补齐"), unit=people.unit("jiaoyuju"), by=people.liaison("jiaoyuju")
    )
    item = ActionItem.objects.get(pk=item.pk)
    assert (item.blocked, item.last_assessment) == ("", "normal")


def test_the_office_reports_on_behalf_with_its_source(
    people: People, client_of: Callable[[Any], Client]
) -> None:
    item = make(people, "jiaoyuju")
    with pytest.raises(ValidationError) as caught:
        services.report(item, Progress(text="已完成一半"), unit=people.unit("jiaoyuju"), by=people.office)
    assert caught.value.message_dict == {"source_note": ["代录须写明来源，例如“电话，张三”或“来函”。"]}
    said = Progress(text="已完成一半", source_note="电话")
    row = services.report(item, said, unit=people.unit("jiaoyuju"), by=people.office)
    assert (row.on_behalf, row.source_note, row.entered_by) == (True, "电话", people.office)
    assert (row.review, row.reviewed_on) == ("accepted", today())  # nobody reads what the office wrote itself
    assert at_hand.waiting_for(people.office).todos == []
    assert signed(item) == {"jiaoyuju": False, "shengtaiju": False}
    page = client_of(people.liaison("jiaoyuju")).get(f"/items/{item.pk}/")
    assert "<p>办公室代录（电话），已阅</p>" in page.content.decode()
    assert [(line["label"], line["text"]) for line in page.context["history"]] == [
        ("报进展", "市教育局（正常推进）已完成一半（办公室代录，电话）"),
        ("交办", ""),
    ]
    # Lamps, ledger and columns are those of a report the unit makes itself, before and after it is read.
    own = make(people, "jiaoyuju")
    theirs = services.report(
        own, Progress(text="已完成一半"), unit=people.unit("jiaoyuju"), by=people.liaison("jiaoyuju")
    )
    for review in (None, True):
        if review:
            services.review_report(theirs, accept=True, by=people.office)
        one, two = (line.verdict for line in ledger.as_of(today()))
        assert one == two
        facts = [selectors.facts_of(ActionItem.objects.get(pk=pk)) for pk in (item.pk, own.pk)]
        assert facts[0] == facts[1]
    # What comes with a request for completion is judged with the request.
    closing = Progress(text="已完成", source_note="来函")
    services.ask_close(item, closing, unit=people.unit("jiaoyuju"), by=people.office)
    assert item.reports.get(assessment="closing").review == "waiting"
    assert [todo.verb for todo in at_hand.waiting_for(people.office).todos] == ["审核办结"]


def test_what_a_report_refuses(people: People) -> None:
    item = make(people, "jiaoyuju")
    lead, liaison = people.unit("jiaoyuju"), people.liaison("jiaoyuju")
    with pytest.raises(ValidationError, match="日期不能晚于今天"):
        services.report(item, Progress(text="x", reported_on=FAR), unit=lead, by=liaison)
    with pytest.raises(ValidationError, match="不可见的控制字符"):
        services.report(item, Progress(text="甲\x07乙"), unit=lead, by=liaison)
    day = item.opened_on
    before = Progress(text="x", reported_on=day - timedelta(days=1), source_note="来函")
    with pytest.raises(ValidationError, match=f"日期不能早于交办日期（{day:%Y-%m-%d}）"):
        services.report(item, before, unit=lead, by=people.office)
    said = Progress(text="x", source_note="电话")
    with pytest.raises(ValidationError, match="不是本事项的牵头或配合单位"):
        services.report(item, said, unit=people.unit("kejiju"), by=people.office)
    with pytest.raises(PermissionDenied):
        services.report(item, Progress(text="x"), unit=lead, by=people.liaison("kejiju"))
    assert ProgressReport.objects.count() == 0
    assert ActionItem.objects.get(pk=item.pk).state == "assigned"


def test_a_report_is_reviewed_once_and_a_returned_one_says_why(people: People) -> None:
    item = make(people, "jiaoyuju")
    row = services.report(
        item, Progress(text="x"), unit=people.unit("jiaoyuju"), by=people.liaison("jiaoyuju")
    )
    with pytest.raises(Refused, match="理由"):
        services.review_report(row, accept=False, by=people.office)
    back = services.review_report(row, accept=False, note="请写明数字", by=people.office)
    assert (back.review, back.review_note) == (ReviewState.RETURNED, "请写明数字")
    notice = PortalNotice.objects.get(user=people.liaison("jiaoyuju"))
    assert notice.title == "进展被退回：〔2026〕1号第1项议定事项"
    with pytest.raises(Refused, match="已经审阅过"):
        services.review_report(row, accept=True, by=people.office)


@pytest.mark.core
def test_days_that_cannot_be_are_refused(people: People) -> None:
    """Nothing is done before its meeting, and no unit rewrites what the ledger said of an earlier week."""
    lead, liaison, weeks = people.unit("jiaoyuju"), people.liaison("jiaoyuju"), timedelta(days=8)
    item = make(people, "jiaoyuju")
    first = item.opened_on - timedelta(days=60)
    for wrong in (first - timedelta(days=1), date(1949, 10, 1)):
        with pytest.raises(ValidationError, match=f"完成日期不能早于{first:%Y-%m-%d}"):
            services.ask_close(item, Progress(text="完成"), unit=lead, completed_on=wrong, by=liaison)
    found = make(people, "jiaoyuju", source_kind="inspection")
    with pytest.raises(ValidationError, match=f"完成日期不能早于{found.opened_on:%Y-%m-%d}"):
        services.ask_close(found, Progress(text="完成"), unit=lead, completed_on=first, by=liaison)
    with pytest.raises(ValidationError, match="最早为7天前"):
        services.report(item, Progress(text="x", reported_on=today() - weeks), unit=lead, by=liaison)
    noted = Progress(text="x", reported_on=today() - weeks, source_note="来函")
    assert services.report(item, noted, unit=lead, by=people.office).reported_on == today() - weeks
    services.ask_close(item, Progress(text="完成"), unit=lead, completed_on=first, by=liaison)
    with pytest.raises(ValidationError, match=f"办结日期不能早于{first:%Y-%m-%d}"):
        services.close(item, closed_on=first - timedelta(days=1), by=people.office)
    assert services.close(item, closed_on=first, by=people.office).closed_on == first


@pytest.mark.core
def test_an_ordinary_item_is_closed_by_the_office_on_the_stated_day(people: People) -> None:
    item = make(people, "jiaoyuju", due_on=today() - timedelta(days=3))
    done = today() - timedelta(days=5)
    services.ask_close(
        item, Progress(text="制度已印发"), unit=people.unit("jiaoyuju"), completed_on=done,
        by=people.liaison("jiaoyuju"),
    )  # fmt: skip
    item = ActionItem.objects.get(pk=item.pk)
    assert (item.state, item.claimed_on, item.last_assessment) == ("closing", done, "closing")
    services.close(item, closed_on=done, by=people.office)
    item = ActionItem.objects.get(pk=item.pk)
    verdict = selectors.rule_on().judge(selectors.snapshot_now(item))
    assert (item.state, item.closed_by, verdict.state) == ("closed", people.office, "closed_on_time")
    assert item.reports.get().review == ReviewState.ACCEPTED


def test_returning_a_request_voids_it(people: People) -> None:
    item = make(people, "jiaoyuju")
    lead, liaison = people.unit("jiaoyuju"), people.liaison("jiaoyuju")
    stuck = Progress(text="卡住", problem="缺资金", need="资金", assessment="blocked")
    services.report(item, stuck, unit=lead, by=liaison)
    for _time in range(2):
        services.ask_close(item, Progress(text="已完成"), unit=lead, by=liaison)
        assert ActionItem.objects.get(pk=item.pk).blocked == ""
        asked = item.reports.first()
        assert asked is not None
        with pytest.raises(Refused, match="请用“退回”办结申请的办法退回"):
            services.review_report(asked, accept=False, note="缺佐证", by=people.office)
        services.review_report(asked, accept=True, by=people.office)  # read before it was found wanting
        services.return_close(item, reason="缺佐证", by=people.office)
        item = ActionItem.objects.get(pk=item.pk)
        assert (item.state, item.claimed_on, item.confirmed_by_unit, item.blocked) == (
            "in_progress", None, None, "缺资金",
        )  # fmt: skip
        asked.refresh_from_db()
        assert (asked.review, asked.review_note) == (ReviewState.RETURNED, "缺佐证")
    assert audit.history_of(item).last().detail == {  # type: ignore[union-attr]
        "from": "closing", "to": "in_progress", "reason": "缺佐证",
    }  # fmt: skip


@pytest.mark.core
def test_the_host_units_own_item_needs_a_supporting_unit_and_the_director(people: People) -> None:
    item = make(people, "weijianwei")
    services.ask_close(
        item, Progress(text="已完成"), unit=people.unit("weijianwei"), by=people.liaison("weijianwei")
    )
    with pytest.raises(PermissionDenied):
        services.close(item, by=people.office)
    with pytest.raises(Refused, match="须先由一个配合单位确认完成"):
        services.close(item, by=people.director)
    with pytest.raises(PermissionDenied):
        services.confirm_close(item, by=people.liaison("weijianwei"))
    services.confirm_close(item, by=people.liaison("shengtaiju"))
    # Asked and confirmed again on the same day, the director is told again.
    services.return_close(item, reason="缺佐证", by=people.director)
    services.ask_close(
        item, Progress(text="已补齐"), unit=people.unit("weijianwei"), by=people.liaison("weijianwei")
    )
    services.confirm_close(item, by=people.liaison("shengtaiju"))
    told = PortalNotice.objects.filter(user=people.director, title__startswith="配合单位已确认，待办结")
    assert told.count() == 2
    services.close(item, by=people.director)
    item = ActionItem.objects.get(pk=item.pk)
    assert (item.state, item.confirmed_by_unit, item.closed_on) == (
        "closed",
        people.unit("shengtaiju"),
        today(),
    )


@pytest.mark.core
def test_a_confirmation_is_entered_for_a_unit_without_an_account(people: People) -> None:
    item = make(people, "weijianwei", supports=("shengtaiju", "kejiju"))
    host, unit = people.unit("weijianwei"), people.unit("shengtaiju")
    services.ask_close(item, Progress(text="已完成", source_note="电话"), unit=host, by=people.office)
    assert [todo.verb for todo in at_hand.waiting_for(people.office).todos] == ["代录确认完成"]
    enter = partial(services.enter_confirmation, item, by=people.office)
    with pytest.raises(ValidationError, match="代录须写明来源"):
        enter(unit=unit, source_note=" ")
    for other in ("weijianwei", "jiaoyuju"):
        with pytest.raises(ValidationError, match="不能为本事项确认完成"):
            enter(unit=people.unit(other), source_note="电话")
    Unit.objects.filter(code="kejiju").update(left_on=today())  # it answers for nothing any more
    with pytest.raises(ValidationError, match="不能为本事项确认完成"):
        enter(unit=people.unit("kejiju"), source_note="电话")
    people.liaison("shengtaiju")
    assert at_hand.waiting_for(people.office).todos == []  # the unit can do it itself now
    enter(unit=unit, source_note="电话，张三", scan=SimpleUploadedFile("a.png", PNG))
    with pytest.raises(Refused, match="已确认"):
        enter(unit=unit, source_note="电话")
    assert audit.history_of(item).last().detail == {  # type: ignore[union-attr]
        "from": "closing", "to": "closing", "reason": "市生态环境局（办公室代录，电话，张三）",
    }  # fmt: skip
    closed = services.close(item, by=people.director)
    assert (closed.state, closed.confirmed_by_unit, closed.confirmed_note) == ("closed", unit, "电话，张三")

    for number, supports in enumerate((("kejiju",), ())):
        alone = make(
            people, "weijianwei", supports=supports
        )  # who supported it has left: as if the host had it alone
        services.ask_close(alone, Progress(text="已完成", source_note="电话"), unit=host, by=people.office)
        assert (services.close(alone, by=people.director).state, number) == ("closed", number)


def test_terminated_items_leave_the_ledger_from_that_day(people: People) -> None:
    item = make(people, "jiaoyuju")
    with pytest.raises(ValidationError, match="请写明理由"):
        services.propose_ending(item, services.Proposed("terminate", " "), by=people.convener)
    services.propose_ending(item, services.Proposed("terminate", "上级另有安排"), by=people.convener)
    assert [row.item.ref for row in ledger.as_of(today())] == []
    assert [row.item.ref for row in ledger.as_of(today() - timedelta(days=1))] == ["T-1"]
    after = AnotherDay(today(), people.office, ledger.everything(), {"state": "stopped"})
    assert ([row.item.ref for row in after.rows(lambda items: items)], after.count()) == (["T-1"], 1)
    day = today() - timedelta(days=1)
    before = AnotherDay(day, people.office, ledger.everything(), {"state": "stopped"})
    assert (list(before.rows(lambda items: items)), before.count()) == ([], 0)


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"leads": ()}, "没有牵头单位"),
        ({"supports": ("jiaoyuju",)}, "中有单位重复"),
        ({"recurrence": "每月5日前"}, "只能选一种"),
        ({"text": ""}, "此字段不能为空"),
    ],
)
def test_what_cannot_be_opened(fields: dict[str, Any], why: str, people: People) -> None:
    leads = fields.pop("leads", ("jiaoyuju",))
    with pytest.raises(ValidationError, match=why):
        make(people, *leads, **fields)
    assert ActionItem.objects.count() == 0


def test_change_and_journal_live_or_die_together(people: People, monkeypatch: pytest.MonkeyPatch) -> None:
    item = make(people, "jiaoyuju")

    def broken(**_fields: Any) -> None:
        raise RuntimeError("journal")

    monkeypatch.setattr(audit, "record", broken)
    with pytest.raises(RuntimeError, match="journal"):
        services.report(item, Progress(text="x"), unit=people.unit("jiaoyuju"), by=people.liaison("jiaoyuju"))
    fresh = ActionItem.objects.get(pk=item.pk)
    assert (fresh.state, fresh.reports.count(), signed(fresh)["jiaoyuju"]) == ("assigned", 0, False)


def test_an_extension_is_told_with_both_dates(people: People) -> None:
    from apps.action_items import item_life

    item = make(people, "jiaoyuju", due_on=date(2026, 9, 30))
    Extension.objects.create(
        item=item, unit=people.unit("jiaoyuju"), state=ExtensionState.GRANTED, applied_on=date(2026, 9, 22),
        reason="合并实施", old_due=date(2026, 9, 30), new_due=date(2026, 12, 15), decided_on=date(2026, 9, 24),
        decided_by="召集人",
    )  # fmt: skip
    assert [row["words"] for row in item_life.extensions(item)] == [
        "原定2026年9月30日，经召集人同意延至2026年12月15日。2026年9月22日申请，理由：合并实施"
    ]


# --- what waits -----------------------------------------------------------


def kinds(user: Any) -> list[tuple[TodoKind, str]]:
    return [(todo.kind, todo.note.partition(" · ")[0]) for todo in at_hand.waiting_for(user).todos]


def test_what_waits_for_whom(people: People, django_assert_num_queries: Any) -> None:
    fresh, late = make(people, "jiaoyuju"), make(people, "jiaoyuju", due_on=today() - timedelta(days=9))
    services.sign_for(late, by=people.liaison("jiaoyuju"))
    host = make(people, "weijianwei", supports=("kejiju",))
    for unit in ("weijianwei", "kejiju"):
        services.sign_for(host, by=people.liaison(unit))
    services.ask_close(
        host, Progress(text="已完成"), unit=people.unit("weijianwei"), by=people.liaison("weijianwei")
    )
    assert kinds(people.liaison("jiaoyuju")) == [
        (TodoKind.OVERDUE, "〔2026〕1号-2"), (TodoKind.SIGN_FOR, "〔2026〕1号-1"),
    ]  # fmt: skip
    assert kinds(people.liaison("kejiju")) == [(TodoKind.HANDLE, "〔2026〕1号-3")]
    assert kinds(people.director) == []
    services.confirm_close(host, by=people.liaison("kejiju"))
    assert kinds(people.liaison("kejiju")) == []
    assert kinds(people.director) == [(TodoKind.REVIEW, "〔2026〕1号-3")]
    for days, is_late in ((5, False), (14, True)):  # more than five working days
        ProgressReport.objects.filter(item=host).update(reported_on=today() - timedelta(days=days))
        assert [todo.late for todo in at_hand.waiting_for(people.director).todos] == [is_late]
    services.report(fresh, Progress(text="x"), unit=people.unit("jiaoyuju"), by=people.liaison("jiaoyuju"))
    assert kinds(people.office) == [(TodoKind.HANDLE, "〔2026〕1号-1")]
    assert kinds(people.visitor) == kinds(people.auditor) == []
    for user in (people.office, people.liaison("jiaoyuju")):
        selectors.standing_of(user)
        # Two, and what a page has kept already: three thresholds and the working days.
        with django_assert_num_queries(6):
            at_hand.waiting_for(user)


def test_verbs_shown_are_those_that_may_be_done(people: People) -> None:
    item = make(people, "jiaoyuju")
    shown = [verb.name for verb in workflow.verbs(people.liaison("jiaoyuju"), item)]
    assert shown == ["sign_for", "sign_part", "report", "ask_close", "ask_extension"]
