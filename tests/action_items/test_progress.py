"""Reports: 受阻 with who is needed, 无新进展 in one tap, what supports add, several leads, 批示."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core.exceptions import PermissionDenied, ValidationError
from django.test import Client
from django.utils import timezone
from django.utils.formats import date_format

from apps.action_items import (
    at_hand,
    correcting,
    item_page,
    ledger,
    ledger_page,
    selectors,
    services,
    support,
)
from apps.action_items.forms.progress import NOTHING_NEW
from apps.action_items.models import ActionItem, ProgressReport
from apps.action_items.papers_ledger import ledger_paper
from apps.action_items.services import Given, Progress
from apps.common import audit
from apps.common.models import AuditEvent, StoredFile
from apps.common.todo import TodoKind
from apps.dispatch.models import PortalNotice
from apps.documents.composition import plain_text
from apps.roster.selectors import today
from tests.factories.people import PASSWORD, People, after_password

from .test_extending import scan
from .test_services import FAR, make

Login = Callable[[Any], Client]


def fresh(item: ActionItem) -> ActionItem:
    return ActionItem.objects.get(pk=item.pk)


def blocked(item: ActionItem, people: People, code: str = "jiaoyuju", **fields: Any) -> ProgressReport:
    given: dict[str, Any] = {
        "text": "台账未建立", "assessment": "blocked", "problem": "缺企业名单", "need": "请提供企业名单",
        "need_from": people.unit("gongxinju"),
    }  # fmt: skip
    said = Progress(**(given | fields))
    return services.report(item, said, unit=people.unit(code), by=people.liaison(code))


def block_of(item: ActionItem) -> tuple[Any, ...]:
    row = fresh(item)
    return row.blocked, row.blocked_need, row.blocked_from


def told(user: Any) -> list[str]:
    return [notice.title for notice in PortalNotice.objects.filter(user=user).order_by("pk")]


def answered(item: ActionItem) -> list[tuple[str, str, str | None]]:
    rows = support.asked_of(fresh(item))
    return [(row["ask"].need, str(row["unit"]), row["answer"] and row["answer"].text) for row in rows]


def test_what_is_asked_of_several_units_is_answered_one_by_one(people: People, client_of: Login) -> None:
    """Each answer is told once and stands beside its own question, whoever enters it; news of the lead ends them all."""
    item, lead = make(people, "jiaoyuju"), people.liaison("jiaoyuju")
    first, second = people.unit("gongxinju"), people.unit("shengtaiju")
    blocked(item, people)
    for text in ("名单已发", "另有补充"):
        services.report(fresh(item), Progress(text=text), unit=first, by=people.liaison("gongxinju"))
    blocked(item, people, need="请派人", need_from=second)
    assert answered(item) == [("请派人", "市生态环境局", None), ("请提供企业名单", "市工信局", "另有补充")]
    page = client_of(lead).get(f"/items/{item.pk}/").content.decode()
    assert "提出，等待市生态环境局答复。" in page
    by_phone = Progress(text="明天派人", source_note="电话，李四")
    services.report(fresh(item), by_phone, unit=second, by=people.office)
    assert answered(item)[0] == ("请派人", "市生态环境局", "明天派人")
    assert told(lead) == [
        "市工信局已答复支持：〔2026〕1号第1项议定事项",
        "市生态环境局已答复支持：〔2026〕1号第1项议定事项",
    ]
    page = client_of(lead).get(f"/items/{item.pk}/report/").content.decode()
    day = date_format(today(), "Y年n月j日")
    assert f"<strong>{day}市生态环境局已答复：</strong>明天派人" in page
    services.report(fresh(item), Progress(text="已解决"), unit=people.unit("jiaoyuju"), by=lead)
    assert answered(item) == []


@pytest.mark.core
def test_a_block_names_who_is_needed_who_then_sees_it_and_answers(people: People) -> None:
    item, asked = make(people, "jiaoyuju"), people.liaison("gongxinju")
    assert not selectors.visible_to(asked).exists()
    blocked(item, people)
    assert block_of(item) == ("缺企业名单", "请提供企业名单", people.unit("gongxinju"))
    assert selectors.visible_to(asked).get() == item
    assert [n.title for n in PortalNotice.objects.filter(user=asked)] == [
        "请协调支持：〔2026〕1号第1项议定事项"
    ]
    assert [(t.kind, t.verb, t.url) for t in at_hand.waiting_for(asked).todos] == [
        (TodoKind.HANDLE, "答复支持", f"/items/{item.pk}/report/")
    ]
    button, *_others = item_page.buttons(asked, fresh(item))[0]
    assert (button["name"], button["label"]) == ("report", "答复支持")
    row = services.report(fresh(item), Progress(text="名单已发"), unit=people.unit("gongxinju"), by=asked)
    said = [event.detail["reason"] for event in audit.history_of(item).filter(verb="report")]
    assert said == [
        "市教育局（受阻）台账未建立",
        "市工信局：名单已发",
    ]  # how the matter stands is for its lead to say
    assert at_hand.waiting_for(asked).todos == []
    # What a supporting unit wants of it asks nobody, and re-opens nothing that was answered.
    blocked(fresh(item), people, "shengtaiju")
    assert at_hand.waiting_for(asked).todos == []
    assert block_of(item)[0] == "缺企业名单"  # the lead says when it is over
    assert told(people.liaison("jiaoyuju")) == ["市工信局已答复支持：〔2026〕1号第1项议定事项"]
    assert answered(item) == [("请提供企业名单", "市工信局", "名单已发")]
    services.review_report(
        row, accept=False, note="名单不全", by=people.office
    )  # sent back, it answers nothing
    assert (answered(item), [t.verb for t in at_hand.waiting_for(asked).todos]) == (
        [("请提供企业名单", "市工信局", None)],
        ["修改进展"],
    )
    with pytest.raises(ValidationError, match="不是本事项的牵头或配合单位"):
        services.report(
            fresh(item), Progress(text="x"), unit=people.unit("kejiju"), by=people.liaison("kejiju")
        )
    services.report(
        fresh(item), Progress(text="已建立"), unit=people.unit("jiaoyuju"), by=people.liaison("jiaoyuju")
    )
    assert block_of(item) == ("", "", None)
    assert not selectors.visible_to(asked).exists()


def test_being_blocked_is_not_being_late(people: People) -> None:
    item = make(people, "jiaoyuju")
    blocked(item, people)
    verdict = selectors.rule_on().judge(selectors.snapshot_now(fresh(item)))
    assert (verdict.light, verdict.state) == ("yellow", "in_progress")


def test_a_supporting_unit_adds_and_neither_blocks_nor_unblocks(people: People) -> None:
    item = make(people, "jiaoyuju")
    blocked(item, people)
    unit, user = people.unit("shengtaiju"), people.liaison("shengtaiju")
    services.report(fresh(item), Progress(text="已配合"), unit=unit, by=user)
    assert block_of(item)[1] == "请提供企业名单"
    rows = [(entry["row"].unit.code, entry["adds"]) for entry in item_page.reports(fresh(item))]
    assert rows == [("shengtaiju", True), ("jiaoyuju", False)]


def test_nobody_asks_itself_for_support(people: People) -> None:
    item = make(people, "jiaoyuju")
    with pytest.raises(ValidationError) as caught:
        blocked(item, people, need_from=people.unit("jiaoyuju"))
    assert caught.value.message_dict == {"need_from": ["请选择其他单位。"]}


@pytest.mark.core
def test_nothing_new_is_a_report_that_repeats_nothing_and_keeps_the_block(people: People) -> None:
    item = make(people, "jiaoyuju")
    unit, user = people.unit("jiaoyuju"), people.liaison("jiaoyuju")
    first = services.nothing_new(item, why="正在等上级文件或批复", unit=unit, by=user)
    assert (first.text, first.nothing_new, first.assessment, first.problem, first.reported_on) == (
        "本期无新进展：正在等上级文件或批复", True, "normal", "", today(),
    )  # fmt: skip
    blocked(fresh(item), people)
    told = PortalNotice.objects.count()
    services.nothing_new(fresh(item), why="仍在等", unit=unit, by=user)
    assert block_of(item) == ("缺企业名单", "请提供企业名单", people.unit("gongxinju"))
    assert PortalNotice.objects.count() == told  # the unit was asked once
    with pytest.raises(ValidationError) as caught:
        services.nothing_new(fresh(item), why=" ", unit=unit, by=user)
    assert caught.value.message_dict == {"why": ["请写明没有新进展的原因。"]}
    with pytest.raises(ValidationError, match="代录须写明来源"):
        services.nothing_new(fresh(item), why="x", unit=unit, by=people.office)


@pytest.mark.core
def test_the_block_follows_what_is_on_record(people: People) -> None:
    item, liaison = make(people, "jiaoyuju"), people.liaison("jiaoyuju")
    unit, asked = people.unit("jiaoyuju"), ("缺企业名单", "请提供企业名单", people.unit("gongxinju"))
    people.liaison("gongxinju")
    first = blocked(item, people)
    # One of an earlier day does not unblock, nor tell anybody.
    late = Progress(text="补报", reported_on=today() - timedelta(days=3))
    services.report(fresh(item), late, unit=unit, by=liaison)
    assert block_of(item) == asked
    # Asking for completion clears it, until the request is sent back.
    services.ask_close(fresh(item), Progress(text="已完成"), unit=unit, by=liaison)
    assert block_of(item) == ("", "", None)
    services.return_close(fresh(item), reason="名单未附", by=people.office)
    assert (block_of(item), fresh(item).last_assessment) == (asked, "blocked")
    # A report that is sent back says nothing any more, whichever way.
    row = services.report(fresh(item), Progress(text="已补齐"), unit=unit, by=liaison)
    assert block_of(item) == ("", "", None)
    services.review_report(row, accept=False, note="请写明数字", by=people.office)
    assert block_of(item) == asked
    services.review_report(first, accept=False, note="请写明数字", by=people.office)
    assert (block_of(item), fresh(item).last_assessment) == (("", "", None), "normal")
    # What 无新进展 repeated stands when the report it repeats is sent back: the lamp says so, and so does the column.
    again = blocked(fresh(item), people)
    services.nothing_new(fresh(item), why="仍在等", unit=unit, by=liaison)
    services.review_report(again, accept=False, note="请写明数字", by=people.office)
    [then] = ledger.as_of(today())
    assert (block_of(item), fresh(item).last_assessment) == (asked, "blocked")
    assert ledger.was_blocked(then)
    assert ActionItem.objects.filter(ledger.blocked()).get() == item
    # It asks, too, and can be answered once.
    helper = people.liaison("gongxinju")
    assert (answered(item), [todo.verb for todo in at_hand.waiting_for(helper).todos]) == (
        [("请提供企业名单", "市工信局", None)],
        ["答复支持"],
    )
    services.report(fresh(item), Progress(text="名单已发"), unit=people.unit("gongxinju"), by=helper)
    assert answered(item) == [("请提供企业名单", "市工信局", "名单已发")]
    assert at_hand.waiting_for(helper).todos == []
    services.nothing_new(fresh(item), why="仍在等", unit=unit, by=liaison)
    assert at_hand.waiting_for(helper).todos == []
    services.report(fresh(item), Progress(text="已补齐"), unit=unit, by=liaison)
    told = PortalNotice.objects.filter(title__startswith="请协调支持").count()
    blocked(fresh(item), people, reported_on=today() - timedelta(days=7))
    assert block_of(item) == ("", "", None)
    assert PortalNotice.objects.filter(title__startswith="请协调支持").count() == told == 2


def test_nothing_new_of_one_lead_keeps_the_block_of_another(people: People) -> None:
    item, other = make(people, "jiaoyuju", "gongxinju"), people.liaison("gongxinju")
    blocked(item, people)
    row = services.nothing_new(fresh(item), why="仍在等", unit=people.unit("gongxinju"), by=other)
    # The unit that is asked does not ask itself.
    assert (row.assessment, row.problem, row.need, row.need_from) == (
        "blocked", "缺企业名单", "请提供企业名单", None,
    )  # fmt: skip
    assert block_of(item) == ("缺企业名单", "请提供企业名单", people.unit("gongxinju"))
    assert fresh(item).last_assessment == "blocked"


@pytest.mark.core
def test_one_tap_reports_nothing_new_without_javascript(people: People, client_of: Login) -> None:
    item = make(people, "jiaoyuju")
    lead, here = client_of(people.liaison("jiaoyuju")), f"/items/{item.pk}/"
    page = lead.get(f"{here}report/").content.decode()
    assert all(f'value="{reason}"' in page for reason in NOTHING_NEW)
    unit = people.unit("jiaoyuju").pk
    assert (
        lead.post(f"{here}nothing-new/", {"unit": unit, "why": str(NOTHING_NEW[1])}).headers["Location"]
        == here
    )
    row = ProgressReport.objects.get()
    assert (row.nothing_new, row.text) == (True, "本期无新进展：正在等上级文件或批复")
    empty = lead.post(f"{here}nothing-new/", {"unit": unit, "words": " "})
    assert (empty.status_code, empty.context["quick"].errors) == (
        422,
        {"words": ["请写明没有新进展的原因。"]},
    )
    assert lead.get(f"{here}report/").context["form"].initial["text"] == ""
    assert lead.get(f"{here}nothing-new/").status_code == 405
    assert client_of(people.liaison("kejiju")).post(f"{here}nothing-new/", {}).status_code == 404


def test_the_form_opens_with_the_last_report_and_asks_who_is_needed(people: People, client_of: Login) -> None:
    item = make(people, "jiaoyuju")
    blocked(item, people)
    lead, url = client_of(people.liaison("jiaoyuju")), f"/items/{item.pk}/report/"
    initial = lead.get(url).context["form"].initial
    assert initial == {
        "text": "台账未建立", "problem": "缺企业名单", "next_step": "", "reported_on": today(), "assessment": "blocked",
        "unit": str(people.unit("jiaoyuju").pk), "need": "请提供企业名单",
        "need_from": str(people.unit("gongxinju").pk),
    }  # fmt: skip
    given = {
        "unit": people.unit("jiaoyuju").pk, "text": "仍未建立", "assessment": "blocked", "problem": "缺人手",
        "need": "", "reported_on": today().isoformat(),
    }  # fmt: skip
    bad = lead.post(url, given)
    assert (bad.status_code, dict(bad.context["form"].errors)) == (
        422,
        {"need": ["自评为“受阻”时必填。"]},
    )
    assert "需要什么支持</a>：自评为“受阻”时必填。" in bad.content.decode()
    chosen = people.unit("minzhengju")
    given |= {"need": "请派人", "need_from": chosen.pk, "uploads": [scan("一.png"), scan("二.png")]}
    assert lead.post(url, given).status_code == 302
    assert block_of(item) == ("缺人手", "请派人", chosen)
    assert [file.name for file in ProgressReport.objects.first().files.order_by("pk")] == ["一.png", "二.png"]  # type: ignore[union-attr]


def test_a_supporting_unit_is_not_asked_how_the_matter_stands(people: People, client_of: Login) -> None:
    item = make(people, "jiaoyuju")
    support, url = client_of(people.liaison("shengtaiju")), f"/items/{item.pk}/report/"
    assert set(support.get(url).context["form"].fields) == {
        "unit", "source_note", "text", "problem", "next_step", "reported_on", "uploads",
    }  # fmt: skip
    given = {"unit": people.unit("shengtaiju").pk, "text": "已配合", "reported_on": today().isoformat()}
    assert support.post(url, given).status_code == 302
    assert "配合单位补充" in support.get(f"/items/{item.pk}/").content.decode()


def test_a_blocked_matter_is_named_wherever_the_ledger_is_read(people: People, client_of: Login) -> None:
    """Past its deadline the lamp says 超期: 受阻 stands beside it on the page, the sheet and the paper of any day."""
    item = make(people, "jiaoyuju")
    blocked(item, people)
    here = client_of(people.office).get("/items/").context
    left = here["lines"][0]["row"].verdict.workdays_left
    assert (here["table"][0]["lamp"], here["table"][0]["state_note"]) == (f"受阻 剩 {left} 天", "推进中")
    with time_machine.travel(item.current_due + timedelta(days=40)):  # type: ignore[operator]
        office = client_of(people.office)
        for day_of in (today(), today() - timedelta(days=1)):
            page = office.get("/items/", {} if day_of == today() else {"as_of": str(day_of)}).context
            late = -page["lines"][0]["row"].verdict.workdays_left
            assert (page["table"][0]["lamp"], page["table"][0]["state_note"]) == (f"超期 {late} 天", "受阻")
            rows = [line["row"] for line in page["lines"]]
            full = list(ledger_page.lines(rows, selectors.rule_on(day_of), {}))
            assert full[0]["lamp_in_full"] == f"超期{late}天，受阻"
        assert f"●超期\n{late}天\n受阻" in plain_text(ledger_paper(full, "", today()))


def test_the_office_writes_for_one_unit_at_a_time(people: People, client_of: Login) -> None:
    """A support answered last: the forms open with the lead all the same, and each unit's with its own words."""
    item, lead, support = make(people, "jiaoyuju"), people.unit("jiaoyuju"), people.unit("shengtaiju")
    services.report(item, Progress(text="牵头说"), unit=lead, by=people.liaison("jiaoyuju"))
    services.report(item, Progress(text="配合说"), unit=support, by=people.liaison("shengtaiju"))
    office, url = client_of(people.office), f"/items/{item.pk}/report/"

    def opened(address: str) -> tuple[object, ...]:
        page = office.get(address).context
        form, quick = page["form"], page["quick"]
        return (
            form["text"].value(), form["unit"].value(), quick["unit"].value(), "assessment" in form.fields,
            [(row["unit"], row["role"]) for row in page["speakers"] if row["now"]],
        )  # fmt: skip

    first = ("牵头说", str(lead.pk), str(lead.pk), True, [(lead, "牵头")])
    other = ("配合说", str(support.pk), str(support.pk), False, [(support, "配合")])
    assert [opened(url), opened(f"{url}?unit=0"), opened(f"{url}?unit={support.pk}")] == [first, first, other]
    bad = office.post(url, {"unit": support.pk, "text": "改过的", "reported_on": today().isoformat()})
    assert (bad.status_code, bad.context["last"].text) == (422, "配合说")
    assert [row["unit"] for row in bad.context["speakers"] if row["now"]] == [support]
    assert client_of(people.liaison("jiaoyuju")).get(url).context["speakers"] == []


def test_a_form_sent_twice_makes_one_report(people: People, client_of: Login) -> None:
    """Within a minute, by the same hand, in the same words: a second tap. Anything else is a report of its own."""
    item, unit = make(people, "jiaoyuju", due_on=FAR), people.unit("jiaoyuju")
    client, url = client_of(people.liaison("jiaoyuju")), f"/items/{item.pk}/report/"
    given = {
        "unit": unit.pk, "text": "同一段\r\n两行 ", "assessment": "normal", "reported_on": today().isoformat(),
    }  # fmt: skip
    answers = [client.post(url, given | {"uploads": [scan()]}) for _tap in range(2)]
    assert [(answer.status_code, answer["Location"]) for answer in answers] == [
        (302, f"/items/{item.pk}/")
    ] * 2
    first = item.reports.get()
    verbs = AuditEvent.objects.filter(verb="report", object_id=str(item.pk))
    assert (first.files.count(), StoredFile.objects.count(), verbs.count()) == (1, 1, 1)
    client.post(url, given | {"text": "另一段"})
    client.post(url, given)  # without the file, and no longer the newest
    assert list(item.reports.order_by("pk").values_list("text", flat=True)) == [
        "同一段\n两行", "另一段", "同一段\n两行",
    ]  # fmt: skip
    with time_machine.travel(timezone.now() + timedelta(seconds=61)):
        client.post(url, given | {"reported_on": today().isoformat()})
    assert item.reports.count() == 4


def test_with_several_leads_one_reports_for_all(people: People, client_of: Login) -> None:
    item = make(people, "jiaoyuju", "kejiju")
    services.report(item, Progress(text="x"), unit=people.unit("kejiju"), by=people.liaison("kejiju"))
    page = client_of(people.liaison("jiaoyuju")).get(f"/items/{item.pk}/report/")
    day = f"{today().year}年{today().month}月{today().day}日"
    assert page.context["leads"] == f"本事项有2个牵头单位，一家报送即可。市科技局已于{day}报送。"
    alone = make(people, "minzhengju")
    assert client_of(people.liaison("minzhengju")).get(f"/items/{alone.pk}/report/").context["leads"] == ""


def test_a_leaders_words_are_kept_and_the_leads_told(people: People) -> None:
    item, lead = make(people, "jiaoyuju"), people.liaison("jiaoyuju")
    with pytest.raises(PermissionDenied):
        services.direct(item, Given("请抓紧", "市政府×××"), by=lead)
    with pytest.raises(ValidationError, match="批示日期不能晚于今天"):
        services.direct(item, Given("请抓紧", "市政府×××", FAR), by=people.office)
    row = services.direct(item, Given("请抓紧", "市政府×××", today(), scan()), by=people.office)
    assert (row.leader, row.text, row.given_on, row.file and row.file.name) == (
        "市政府×××",
        "请抓紧",
        today(),
        "审批件.png",
    )  # type: ignore[union-attr]
    own = services.direct(fresh(item), Given("同意所报，限期完成"), by=people.convener)
    assert (own.leader, own.given_on) == (people.convener.person.name, today())  # type: ignore[attr-defined]
    assert [event.verb for event in audit.history_of(item)] == ["open", "direct", "direct"]
    assert [n.title for n in PortalNotice.objects.filter(user=lead)] == [
        "有新的批示：〔2026〕1号第1项议定事项"
    ] * 2


def test_the_convener_writes_without_naming_himself(people: People, client_of: Login) -> None:
    item = make(people, "jiaoyuju")
    convener, office, here = client_of(people.convener), client_of(people.office), f"/items/{item.pk}/"
    assert set(convener.get(f"{here}direct/").context["form"].fields) == {"text"}
    assert after_password(convener, f"{here}direct/", {"text": "请抓紧"}).headers["Location"] == here
    asked = office.get(f"{here}direct/")  # its form takes a file, so it asks before
    assert asked["Location"].split("?")[0] == "/account/reauthenticate/"
    late = office.post(f"{here}direct/", {"text": "限期", "scan": scan()}, follow=True)
    assert "还没有保存：请先输密码，再重新选择附件。" in late.content.decode()
    assert item.directives.count() == 1
    office.post("/account/reauthenticate/", {"password": PASSWORD})
    bad = office.post(f"{here}direct/", {"text": "请抓紧"})
    assert (bad.status_code, set(bad.context["form"].errors)) == (422, {"leader", "given_on"})
    given = {"text": "限期", "leader": "市政府×××", "given_on": today().isoformat(), "scan": scan()}
    assert office.post(f"{here}direct/", given).status_code == 302
    shown = client_of(people.liaison("jiaoyuju"))
    assert [row.text for row in shown.get(here).context["item"].directives.all()] == ["请抓紧", "限期"]
    assert shown.get(f"{here}direct/").status_code == 403
    stored = item.directives.get(text="限期").file
    assert stored is not None
    assert shown.get(f"{here}files/{stored.pk}/").getvalue().startswith(b"\x89PNG")


def test_the_form_says_why_the_last_report_came_back(people: People, client_of: Login) -> None:
    item = make(people, "jiaoyuju")
    row = blocked(item, people)
    services.review_report(row, accept=False, note="请写明数字", by=people.office)
    unit = client_of(people.liaison("jiaoyuju"))
    [todo] = unit.get("/").context["work"].todos
    here = f"/items/{item.pk}/report/"
    told = (todo.kind, todo.verb, todo.url, todo.note)
    assert told == ("report", "修改进展", here, f"{item.source_label}-{item.seq} · 已退回：请写明数字")
    assert "<strong>上次的报告被退回：</strong>请写明数字" in unit.get(here).content.decode()
    # What was sent back is no last report on the item's page either.
    assert [entry["reported_on"] for entry in item_page.parts(fresh(item))] == [None, None]


def test_a_lead_that_a_correction_takes_away_answers_for_nothing(people: People) -> None:
    item = make(people, "jiaoyuju", supports=())
    blocked(item, people)
    given = correcting.Corrected(text=item.text, leads=[people.unit("kejiju")], due_on=FAR)
    correcting.correct_item(fresh(item), given, reason="印错单位", on=today(), by=people.office)
    assert (block_of(item), fresh(item).last_assessment, fresh(item).state) == (
        ("", "", None), "", "assigned",
    )  # fmt: skip
    assert [row.text for row in item.reports.all()] == ["台账未建立"]

    host = make(people, "weijianwei")
    services.ask_close(
        host, Progress(text="已完成"), unit=people.unit("weijianwei"), by=people.liaison("weijianwei")
    )
    services.confirm_close(fresh(host), by=people.liaison("shengtaiju"))
    given = correcting.Corrected(
        text=host.text,
        leads=[people.unit("weijianwei")],
        supports=[people.unit("kejiju")],
        recurrence="每季度末",
    )
    correcting.correct_item(fresh(host), given, reason="印错", on=today(), by=people.office)
    assert (fresh(host).state, fresh(host).confirmed_by_unit, fresh(host).current_due) == (
        "closing",
        None,
        None,
    )
    mine = ActionItem.objects.filter(pk=host.pk)
    days = (today() - timedelta(days=1), today())  # before the 更正 it had a date
    assert [ledger.as_of(day, mine)[0].verdict.effective_due for day in days] == [FAR, None]
