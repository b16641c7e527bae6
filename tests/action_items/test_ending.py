"""终止 and 合并: proposed by the office, decided by the convener; what a merger leaves readable, and who is told."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core.exceptions import PermissionDenied, ValidationError
from django.test import Client
from django.utils import timezone
from django.utils.formats import date_format

from apps.accounts import grants
from apps.action_items import at_hand, item_sheets, ledger, selectors, services
from apps.action_items.correcting import end_item
from apps.action_items.models import ActionItem, Ending
from apps.action_items.services import Asked, OnPaper, Progress, Proposed
from apps.common import audit
from apps.common.errors import Refused
from apps.common.todo import TodoKind
from apps.dispatch.models import PortalNotice
from apps.documents.composition import plain_text
from apps.roster.selectors import today
from tests.factories.people import People, after_password, sure_client_of

from .test_extending import scan
from .test_services import FAR, make

Login = Callable[[Any], Client]


def fresh(item: ActionItem) -> ActionItem:
    return ActionItem.objects.get(pk=item.pk)


def merger(item: ActionItem, heir: ActionItem | None, people: People, **fields: Any) -> Ending:
    return services.propose_ending(item, Proposed("merge", "内容相同", heir, **fields), by=people.office)


def parts(item: ActionItem) -> list[tuple[str, str]]:
    rows = item.parts.order_by("role", "position").select_related("unit")
    return [(part.unit.code, part.role) for part in rows]


@pytest.mark.core
def test_a_termination_is_proposed_and_approved(people: People) -> None:
    item, convener = make(people, "jiaoyuju"), people.convener
    liaison = people.liaison("jiaoyuju")
    row = services.propose_ending(item, Proposed("terminate", "上级另有安排"), by=people.office)
    assert (row.state, row.kind, row.heir, row.asked_by) == ("asked", "terminate", None, people.office)
    assert [(t.kind, t.verb, t.url) for t in at_hand.waiting_for(convener).todos] == [
        (TodoKind.APPROVE, "批准终止", row.get_absolute_url())
    ]
    with pytest.raises(Refused, match="已有一份终止、合并的建议"):
        services.propose_ending(fresh(item), Proposed("terminate", "x"), by=people.office)
    services.decide_ending(row, approve=True, note="同意", by=convener)
    item = fresh(item)
    assert (item.state, item.ended_on, item.merged_into) == ("terminated", today(), None)
    assert (row.state, row.decided_on, row.decision_note) == ("approved", today(), "同意")
    assert [n.title for n in PortalNotice.objects.filter(user=liaison)] == [
        "事项已终止：〔2026〕1号第1项议定事项"
    ]
    assert at_hand.waiting_for(convener).todos == []
    assert ledger.as_of(today()) == []


@pytest.mark.core
def test_a_merger_leaves_the_old_item_readable_and_takes_its_leads_along(people: People) -> None:
    item, heir = make(people, "jiaoyuju"), make(people, "kejiju", supports=("minzhengju",))
    unit, liaison = people.unit("jiaoyuju"), people.liaison("jiaoyuju")
    people.liaison("kejiju")
    services.report(item, Progress(text="已摸底"), unit=unit, by=liaison)
    services.ask_extension(fresh(item), Asked("x", FAR.replace(year=FAR.year + 1)), unit=unit, by=liaison)
    assert services.units_missing(item, heir) == [unit, people.unit("shengtaiju")]
    row = merger(fresh(item), heir, people, add_missing=True)
    services.decide_ending(row, approve=True, by=people.convener)
    item = fresh(item)
    assert (item.state, item.merged_into, item.ended_on) == ("merged", heir, today())
    assert [report.text for report in item.reports.all()] == ["已摸底"]
    assert item.extensions.get().state == "withdrawn"
    assert parts(heir) == [
        ("kejiju", "lead"), ("minzhengju", "support"), ("jiaoyuju", "support"), ("shengtaiju", "support"),
    ]  # fmt: skip
    assert heir.reports.count() == 0
    assert [line.item.ref for line in ledger.as_of(today())] == [heir.ref]
    told = PortalNotice.objects.filter(title="事项已合并：〔2026〕1号第1项议定事项")
    assert {notice.user.username for notice in told} == {"liaison-jiaoyuju", "liaison-kejiju", "office"}


def test_without_the_wish_the_heirs_units_stay_as_they_are(people: People) -> None:
    item, heir = make(people, "jiaoyuju"), make(people, "kejiju")
    row = merger(item, heir, people)
    assert row.add_missing is False
    services.decide_ending(row, approve=True, by=people.convener)
    assert parts(heir) == [("kejiju", "lead"), ("shengtaiju", "support")]
    everybody = make(people, "minzhengju", supports=(), all_support=True)
    assert services.units_missing(item, everybody) == []


def test_the_heirs_units_read_what_was_merged_into_it(people: People) -> None:
    item, heir, third = (make(people, code, supports=()) for code in ("jiaoyuju", "kejiju", "minzhengju"))
    services.decide_ending(merger(item, heir, people), approve=True, by=people.convener)
    seen = {
        code: [row.ref for row in selectors.visible_to(people.liaison(code)).order_by("pk")]
        for code in ("jiaoyuju", "kejiju", "minzhengju")
    }
    assert seen == {"jiaoyuju": [item.ref], "kejiju": [item.ref, heir.ref], "minzhengju": [third.ref]}


def test_no_unfit_heir(people: People) -> None:
    first, second, third = make(people, "jiaoyuju"), make(people, "kejiju"), make(people, "minzhengju")

    def why(item: ActionItem, given: Proposed) -> dict[str, Any]:
        with pytest.raises(ValidationError) as caught:
            services.propose_ending(fresh(item), given, by=people.office)
        return caught.value.message_dict

    assert why(first, Proposed("merge", "x")) == {"heir": ["请选择并入哪个事项。"]}
    assert why(first, Proposed("merge", "x", first)) == {"heir": ["不能并入事项自身。"]}
    assert why(first, Proposed("terminate", "x", second)) == {"heir": ["终止不用选并入的事项。"]}
    merger(second, third, people)
    assert why(first, Proposed("merge", "x", second)) == {"heir": ["该事项本身正待批准终止、合并，请另选。"]}
    services.decide_ending(Ending.objects.get(), approve=True, by=people.convener)
    assert why(first, Proposed("merge", "x", fresh(second))) == {"heir": ["并入的事项已经结束，请另选。"]}
    assert why(third, Proposed("merge", "x", first)) == {"heir": ["已有事项并入本事项，不能再并入其他事项。"]}
    assert Ending.objects.count() == 1


def test_an_heir_that_ended_meanwhile_stops_the_approval(people: People) -> None:
    item, heir = make(people, "jiaoyuju"), make(people, "kejiju")
    row = merger(item, heir, people)
    services.propose_ending(heir, Proposed("terminate", "上级另有安排"), by=people.convener)
    with pytest.raises(ValidationError, match="并入的事项已经结束"):
        services.decide_ending(row, approve=True, by=people.convener)
    assert (Ending.objects.get(pk=row.pk).state, fresh(item).state) == ("asked", "assigned")


def test_a_merger_that_cannot_be_says_why_on_its_page(people: People) -> None:
    item, heir = make(people, "jiaoyuju"), make(people, "kejiju")
    row = merger(item, heir, people)
    services.propose_ending(heir, Proposed("terminate", "上级另有安排"), by=people.convener)
    answer = sure_client_of(people.convener).post(row.get_absolute_url(), {"verb": "approve", "note": "同意"})
    page = answer.content.decode()
    assert (answer.status_code, answer.context["row"].state) == (422, "asked")
    assert "<li>并入的事项已经结束，请另选。</li>" in page
    assert [button["name"] for button in answer.context["buttons"]] == ["refuse", "approve"]
    assert row.get_state_display() in page


def test_what_was_decided_on_paper_ended_the_item_on_that_day(people: People) -> None:
    item, other, heir = (make(people, code) for code in ("jiaoyuju", "minzhengju", "kejiju"))
    name, day = people.convener.person.name, today() - timedelta(days=3)  # type: ignore[attr-defined]
    with time_machine.travel(timezone.now() - timedelta(days=5)):
        rows = [
            services.propose_ending(item, Proposed("terminate", "x"), by=people.office),
            merger(other, heir, people),
        ]
    for row in rows:
        services.register_ending(row, OnPaper(True, name, day, "圈阅", scan()), by=people.office)
    assert (fresh(item).ended_on, fresh(other).ended_on) == (day, day)
    assert (fresh(item).state, fresh(other).state) == ("terminated", "merged")


def test_refused_withdrawn_and_void_proposals_change_nothing(people: People) -> None:
    item = make(people, "jiaoyuju")
    with pytest.raises(PermissionDenied):
        services.propose_ending(item, Proposed("terminate", "x"), by=people.liaison("jiaoyuju"))
    row = services.propose_ending(item, Proposed("terminate", "x"), by=people.office)
    with pytest.raises(PermissionDenied):
        services.decide_ending(row, approve=True, by=people.office)
    with pytest.raises(Refused, match="请写明不同意的理由"):
        services.decide_ending(row, approve=False, by=people.convener)
    services.decide_ending(row, approve=False, note="继续推进", by=people.convener)
    second = services.propose_ending(fresh(item), Proposed("terminate", "y"), by=people.office)
    services.withdraw_ending(second, reason="提错了", by=people.director)
    services.propose_ending(fresh(item), Proposed("terminate", "z"), by=people.office)
    assert fresh(item).state == "assigned"
    with pytest.raises(Refused, match="已有一份终止、合并的建议等待召集人批准"):
        services.propose_ending(item, Proposed("terminate", "召集人直接决定"), by=people.convener)
    end_item(item, reason="更正删去", on=today(), by=people.office)
    assert [one.state for one in Ending.objects.order_by("pk")] == ["refused", "withdrawn", "withdrawn"]
    assert fresh(item).state == "terminated"


def test_a_decision_on_paper(people: People) -> None:
    item = make(people, "jiaoyuju")
    row = services.propose_ending(item, Proposed("terminate", "x"), by=people.office)
    name = people.convener.person.name  # type: ignore[attr-defined]
    services.register_ending(row, OnPaper(True, name, today(), "圈阅", scan()), by=people.office)
    assert (fresh(item).state, row.state, row.decided_by) == ("terminated", "approved", name)
    assert row.scan is not None


def test_an_approval_alone_lets_the_office_carry_it_out(people: People) -> None:
    """The verbs that end an item wait for the convener's approval, whoever calls them."""
    from apps.common.workflow import move

    item = make(people, "jiaoyuju")
    for verb in ("end_approved", "merge"):
        with pytest.raises(Refused, match="须经召集人批准"):
            move(item, verb, by=people.office, reason="x", ended_on=today())


@pytest.mark.core
def test_the_pages_show_what_a_merger_changes_before_it_is_proposed(people: People, client_of: Login) -> None:
    item, heir = make(people, "jiaoyuju"), make(people, "kejiju")
    office, convener, lead = (
        client_of(u) for u in (people.office, people.convener, people.liaison("jiaoyuju"))
    )
    here = f"/items/{item.pk}/"
    assert lead.get(f"{here}end/").status_code == 403
    bad = office.post(f"{here}end/", {"kind": "merge", "reason": "内容相同"})
    assert (bad.status_code, dict(bad.context["form"].errors)) == (422, {"heir": ["请选择并入哪个事项。"]})
    given = {"kind": "merge", "heir": heir.pk, "reason": "内容相同"}
    look = office.post(f"{here}end/", given)
    assert (look.status_code, look.context["missing"], Ending.objects.count()) == (
        200,
        [people.unit("jiaoyuju")],
        0,
    )
    url = office.post(f"{here}end/", {**given, "confirmed": "on", "add_missing": "on"}).headers["Location"]
    row = Ending.objects.get()
    assert (url, row.heir, row.add_missing) == (row.get_absolute_url(), heir, True)
    assert [button["name"] for button in office.get(url).context["buttons"]] == ["withdraw"]
    assert [button["name"] for button in convener.get(url).context["buttons"]] == ["refuse", "approve"]
    assert lead.post(url, {"verb": "approve"}).status_code == 403
    back = after_password(convener, url, {"verb": "refuse", "note": ""})
    assert (back.status_code, dict(back.context["form"].errors)) == (422, {"note": ["请写明不同意的理由。"]})
    assert convener.post(url, {"verb": "approve"}).headers["Location"] == here
    sheet = lead.get(f"{url}sheet/")
    assert (sheet.status_code, "终止（合并）审批表" in sheet.content.decode()) == (200, True)
    assert client_of(people.liaison("minzhengju")).get(f"{url}sheet/").status_code == 404
    # Who may not read the heir is told its number, on the page and on the sheet; who may, all of it.
    visitor = people.visitor
    grants.give(item, to=visitor, until=today() + timedelta(days=3), by=people.office)
    told = [
        (
            next(
                fact["value"] for fact in client_of(user).get(url).context["facts"] if fact["label"] == "并入"
            ),
            heir.text in plain_text(item_sheets.ending_sheet(Ending.objects.get(), reader=user)),
        )
        for user in (visitor, people.office, people.liaison("kejiju"))
    ]
    number = f"{heir.source_label}第{heir.seq}项"
    assert told == [(number, False), (f"{number}：{heir.text}", True), (f"{number}：{heir.text}", True)]
    old, new = lead.get(here), client_of(people.liaison("kejiju")).get(f"/items/{heir.pk}/")
    assert f'href="/items/{heir.pk}/"' in old.content.decode()
    assert "〔2026〕1号第1项" in new.content.decode()
    assert [row.pk for row in new.context["item"].merged.all()] == [item.pk]
    assert lead.get(f"{here}report/").status_code == 302  # it has ended


@pytest.mark.core
def test_what_the_convener_ends_himself_goes_the_same_road(people: People, client_of: Login) -> None:
    """Proposed and approved in one transaction, after his password, with a record and a sheet; a merger is looked at first."""
    item, other, heir = (make(people, code) for code in ("jiaoyuju", "minzhengju", "kejiju"))
    liaison, convener = people.liaison("jiaoyuju"), client_of(people.convener)
    here = f"/items/{item.pk}/"
    assert convener.post(f"{here}end/", {"kind": "terminate", "reason": "上级另有安排"}).status_code == 302
    assert (Ending.objects.count(), fresh(item).state) == (0, "assigned")  # the password comes first
    after_password(client_of(people.convener), f"{here}end/", {"kind": "terminate", "reason": "上级另有安排"})
    row = Ending.objects.get()
    name = people.convener.person.name  # type: ignore[attr-defined]
    assert (row.item, row.kind, row.state, row.by_convener) == (item, "terminate", "approved", True)
    assert (row.asked_by, row.decided_by, row.decided_on) == (people.convener, name, today())
    assert (fresh(item).state, fresh(item).ended_on) == ("terminated", today())
    assert [event.label for event in audit.history_of(item)] == ["交办", "提出终止、合并", "按批准终止"]
    assert [n.title for n in PortalNotice.objects.filter(user=liaison)] == [
        "事项已终止：〔2026〕1号第1项议定事项"
    ]
    assert not PortalNotice.objects.filter(
        user=people.convener
    ).exists()  # nobody is asked what he has decided
    page = client_of(liaison).get(here)
    assert [(one["title"], one["label"]) for one in page.context["endings"]] == [("召集人决定终止", "同意")]
    day = date_format(today(), "Y年n月j日")
    assert page.context["endings"][0]["words"] == f"{day}召集人{name}决定终止，理由：上级另有安排。"
    assert page.content.decode().count(">已终止<") == 1
    assert "天数为工作日" not in page.content.decode()
    sheet = client_of(liaison).get(f"{row.get_absolute_url()}sheet/").content.decode()
    assert "终止（合并）审批表" in sheet
    given = {"kind": "merge", "heir": heir.pk, "reason": "内容相同"}
    look = convener.post(f"/items/{other.pk}/end/", given)
    assert (look.status_code, look.context["own"], fresh(other).state) == (200, True, "assigned")
    after_password(client_of(people.convener), f"/items/{other.pk}/end/", {**given, "confirmed": "on"})
    assert (fresh(other).state, fresh(other).merged_into) == ("merged", heir)
    asked = services.propose_ending(heir, Proposed("terminate", "x"), by=people.office)
    with pytest.raises(PermissionDenied):  # the office's proposals are the office's to take back
        services.withdraw_ending(asked, by=people.convener)


def test_the_page_of_a_decision_on_paper(people: People, client_of: Login) -> None:
    item = make(people, "jiaoyuju")
    row = services.propose_ending(item, Proposed("terminate", "x"), by=people.office)
    url, office = f"{row.get_absolute_url()}register/", client_of(people.office)
    name = people.convener.person.name  # type: ignore[attr-defined]
    given = {"granted": "yes", "name": name, "decided_on": today().isoformat(), "scan": scan()}
    assert client_of(people.convener).get(url).status_code == 403
    assert office.post(url, {**given, "name": "张三"}).context["form"].errors == {
        "name": ["该日的召集人不是这个姓名，请核对。"]
    }
    assert office.post(url, {**given, "scan": scan()}).headers["Location"] == row.get_absolute_url()
    assert fresh(item).state == "terminated"
