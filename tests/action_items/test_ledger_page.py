"""The ledger's page: what each filter finds, what a line says, filters that are kept, another day, ticked rows, the paper."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from io import BytesIO
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from openpyxl import load_workbook

from apps.accounts.models import RoleGrant
from apps.action_items import correcting, deadlines, ledger, ledger_page, ledger_views, selectors, services
from apps.action_items.asking import Question
from apps.action_items.beside import beside
from apps.action_items.enums import ExtensionState
from apps.action_items.models import ActionItem, Extension, ItemUnit, LedgerView, ProgressReport, Prompt
from apps.action_items.papers_ledger import ledger_paper
from apps.action_items.services import Progress
from apps.common import long_work, settings_rows
from apps.common.models import AuditEvent, LongWork
from apps.common.prepared import Prepared
from apps.documents.composition import Layout, Table, lay_out, plain_text, text_of
from apps.duties.models import Duty
from apps.portal import works
from apps.roster.enums import PostKind
from apps.roster.models import Appointment, Unit
from apps.roster.selectors import today
from tests.factories.people import People, fill_post, make_user
from tests.factories.printed import faults_of, text_of_sound

from .test_services import make

Login = Callable[[Any], Client]
SAMPLE_DAY = datetime(2026, 11, 23, 2, tzinfo=UTC)


def shown(client: Client, query: str = "") -> list[str]:
    return [line["item"].ref for line in client.get(f"/items/?{query}").context["lines"]]


def line_of(client: Client, ref: str, query: str = "") -> dict[str, Any]:
    return next(row for row in client.get(f"/items/?{query}").context["lines"] if row["item"].ref == ref)


# --- filters -----------------------------------------------------------------


@pytest.mark.core
@time_machine.travel(SAMPLE_DAY)
def test_every_filter_finds_what_it_says(past: People, client_of: Login) -> None:
    office = client_of(past.office)
    duty = Duty.objects.filter(items__ref="M1-6").first()
    assert duty is not None
    led = {item.ref for item in ActionItem.objects.filter(duties=duty)}
    assert "M1-6" in led
    assert set(shown(office, f"duty={duty.pk}")) == led
    assert shown(office, "due_from=2026-11-20&due_to=2026-11-30") == ["M1-6", "M2-4", "M2-6"]
    assert shown(office, "due_to=2026-05-09") == ["M1-1", "M1-4"]
    january = "due_from=2027-01-01&due_to=2027-01-31"  # a recurring one by its reporting date
    assert shown(office, january) == shown(office, f"{january}&as_of=2026-11-20") == ["M1-5"]
    assert shown(office, "ever_overdue=1") == ["M1-8", "M1-9", "M2-4"]
    ActionItem.objects.filter(ref="M2-5").update(blocked="缺经费")
    assert shown(office, "blocked=1") == ["M2-5"]
    assert shown(office, "paper=〔2026〕1号&light=red") == ["M1-8"]
    wrong = "duty=0&due_from=2026-13-01&ever_overdue=9&blocked=x&as_of=never&sort=z"
    assert shown(office, wrong) == shown(office)
    words = office.get(f"/items/?duty={duty.pk}&due_from=2026-11-20&ever_overdue=1").context["summary"]
    assert words == f"职责条款：{duty.seq}. {duty.text[:24]}；时限自：2026-11-20；曾逾期：是"


def test_an_extension_granted_after_the_old_date_counts_as_overdue_once(people: People) -> None:
    rule = selectors.rule_on()
    late, early = make(people, "jiaoyuju"), make(people, "kejiju")
    old = today() - timedelta(days=10)
    for item, decided in ((late, old + timedelta(days=1)), (early, old)):
        Extension.objects.create(
            item=item, unit=people.unit("jiaoyuju"), state=ExtensionState.GRANTED, applied_on=old, reason="因故",
            old_due=old, new_due=today() + timedelta(days=30), decided_on=decided, decided_by="召集人",
        )  # fmt: skip
    assert [item.ref for item in ActionItem.objects.filter(ledger.ever_overdue(rule))] == [late.ref]
    rows = {row.item.ref: row for row in ledger.as_of(today())}
    assert {ref: ledger.was_overdue(row, today()) for ref, row in rows.items()} == {
        late.ref: True, early.ref: False,
    }  # fmt: skip
    assert not ledger.was_overdue(rows[late.ref], old)


@time_machine.travel(SAMPLE_DAY)
def test_rows_may_stand_in_the_charters_order_of_their_lead(past: People, client_of: Login) -> None:
    office = client_of(past.office)
    order = dict(Unit.objects.values_list("pk", "order"))
    orders = [order[line["row"].leads[0].pk] for line in office.get("/items/?sort=lead").context["lines"]]
    assert orders == sorted(orders)
    assert len(orders) == 16
    assert shown(office, "sort=lead&as_of=2026-11-23") == shown(office, "sort=lead")


# --- what a line says -----------------------------------------------------------


@pytest.mark.core
@time_machine.travel(SAMPLE_DAY)
def test_a_line_names_the_post_holders_of_today_and_a_deadline_that_is_a_day_off(
    past: People, client_of: Login
) -> None:
    office = client_of(past.office)
    due = {"M2-2": "周日", "M1-4": "", "M1-8": "周六", "M1-9": "", "M1-6": ""}  # M1-4, M1-9 are closed
    assert {ref: line_of(office, ref)["due_note"] for ref in due} == due
    make(past, "kejiju", ref="H", due_on=date(2027, 1, 1))
    make(past, "kejiju", ref="W", due_on=date(2026, 10, 10))  # a working Saturday
    make(past, "kejiju", ref="N", due_on=date(2026, 10, 1))
    assert [line_of(office, ref)["due_note"] for ref in ("H", "W", "N")] == ["", "", "节假日"]
    member = Appointment.objects.get(post__kind=PostKind.MEMBER, post__unit__code="kejiju").person.name
    assert line_of(office, "H")["holders"] == [f"成员：{member}"]
    fill_post(PostKind.OFFICE_MEMBER, "kejiju", make_user("a"), name="甲某")
    fill_post(PostKind.LIAISON_B, "kejiju", make_user("b"), name="乙某")
    assert line_of(office, "H")["holders"] == [f"成员：{member}", "经办人：甲某"]
    row = make(past, "kejiju", "minzhengju", ref="T")
    named = line_of(office, "T")["holders"]
    assert named[:2] == [f"市科技局成员：{member}", "经办人：甲某"]
    assert (named[2].split("：")[0], len(named)) == ("市民政局成员", 3)
    assert row.parts.count() == 3


def test_a_visitor_is_told_no_names_and_nothing_to_choose_from(people: People) -> None:
    seen, office = beside(people.visitor), beside(people.office)
    assert (seen.holders, seen.papers, seen.duties) == ({}, [], {})
    assert len(office.holders) == 16
    assert (next(iter(office.duties)), sum(len(rows) for rows in office.duties.values())) == ("联席会议", 42)


def test_the_report_shown_is_a_leads_and_not_one_sent_back(people: People, client_of: Login) -> None:
    item = make(people, "jiaoyuju", supports=("kejiju",))
    lead, support = people.unit("jiaoyuju"), people.unit("kejiju")
    office = client_of(people.office)

    def text() -> Any:
        now = (line_of(office, item.ref)["report"] or {}).get("text")
        then = (line_of(office, item.ref, f"as_of={today()}")["report"] or {}).get("text")
        past = Question(people.office, {"as_of": today()})
        past.is_today = False
        assert (next(past.rows()).report or {}).get("text") == now == then
        return now

    assert text() is None
    services.report(item, Progress(text="配合说"), unit=support, by=people.liaison("kejiju"))
    assert text() == "配合说"
    first = services.report(item, Progress(text="牵头说"), unit=lead, by=people.liaison("jiaoyuju"))
    services.report(item, Progress(text="配合又说"), unit=support, by=people.liaison("kejiju"))
    assert text() == "牵头说"
    services.review_report(first, accept=False, note="重写", by=people.office)
    assert text() == "配合又说"


@time_machine.travel(SAMPLE_DAY)
def test_the_sheet_has_every_column_and_two_out_of_sight(past: People, client_of: Login) -> None:
    item = ActionItem.objects.get(ref="M1-7")
    answer = client_of(past.office).get("/items/export/?q=srsj&paper=〔2026〕1号")
    sheet: Any = load_workbook(BytesIO(answer.content)).active
    head, *rows = [[cell.value for cell in row] for row in sheet.rows]
    assert head == ledger_page.SHEET
    found = next(dict(zip(head, row, strict=True)) for row in rows if row[17] == "M1-7")
    report = ledger.rows_of(ActionItem.objects.filter(pk=item.pk), selectors.rule_on())[0].report
    assert report is not None
    assert found == {
        "序号": found["序号"], "纪要编号": "〔2026〕1号-7", "议定事项": item.text, "牵头": "市人社局",
        "配合": "市卫健委、市总工会", "责任人": found["责任人"], "时限": datetime(2026, 9, 30),  # noqa: DTZ001
        "延期后时限": datetime(2026, 12, 15), "进展": report["text"],  # noqa: DTZ001
        "问题": report["problem"] or None, "下一步": report["next_step"] or None, "状态": "推进中", "灯": "正常，剩16天",
        "最近更新": datetime.combine(report["on"], datetime.min.time()), "办结日": None, "自评": None, "进展日期": None,
        "事项编号": "M1-7", "导出标记": found["导出标记"],
    }  # fmt: skip
    assert "成员：" in found["责任人"]
    assert (
        found["导出标记"][:-66] == f"20261123100000-{report['pk']}-"
    )  # a print of six for each of eleven columns
    assert [sheet.column_dimensions[letter].hidden for letter in "QRS"] == [False, True, True]


@time_machine.travel(SAMPLE_DAY)
def test_a_line_on_the_page_is_ready_texts(past: People, client_of: Login) -> None:
    def row(ref: str) -> tuple[dict[str, str], dict[str, Any]]:
        page = client_of(past.office).get("/items/")
        pairs = zip(page.context["table"], page.context["lines"], strict=True)
        return next((ready, line) for ready, line in pairs if line["item"].ref == ref)

    moved, line = row("M1-7")
    report, holders = line["report"], "\n".join(line["holders"])
    assert moved == {
        "pk": str(line["item"].pk), "number": "7", "paper": "〔2026〕1号-7", "text": line["item"].text,
        "url": f"/items/{line['item'].pk}/", "leads": "市人社局", "supports": "市卫健委、市总工会",
        "dropped": f"配合：市卫健委、市总工会\n责任人：{holders.replace(chr(10), '；')}\n"
        f"{report['on'].month}月{report['on'].day}日市人社局：{report['text']}\n"
        f"问题：{report['problem']}\n下一步：{report['next_step']}",
        "holders": holders, "due": "2026-12-15", "due_notes": "原定 2026-09-30", "said": report["text"],
        "asked": f"问题：{report['problem']}\n下一步：{report['next_step']}", "level": "green", "lamp": "剩 16 天",
        "state_note": "推进中", "reported": report["on"].isoformat(), "closed": "",
    }  # fmt: skip
    silent, _line = row("M2-2")
    assert [silent[name] for name in ("due_notes", "said", "asked", "reported", "closed")] == [
        "周日，不上班", "", "", "—", "",
    ]  # fmt: skip
    closed, line = row("M1-1")
    assert [closed[name] for name in ("said", "reported", "closed")] == [
        "—", "", f"{line['closed_on']}办结",
    ]  # fmt: skip
    ProgressReport.objects.filter(item__ref="M1-7").update(text="甲乙\n" * 30, problem="")
    long, _line = row("M1-7")
    assert (len(long["said"]), long["said"][-2:], "\n" in long["said"]) == (60, "乙…", False)
    assert long["asked"].startswith("下一步：")


@time_machine.travel(SAMPLE_DAY, tick=False)
@pytest.mark.parametrize(
    ("query", "words"),
    [("?sort=due&q=市", "事项、单位：市"), ("?as_of=2026-06-30", "看哪天的台账：2026-06-30")],
)
def test_a_long_sheet_comes_from_the_worker_and_is_the_same(
    past: People, client_of: Login, monkeypatch: pytest.MonkeyPatch, query: str, words: str
) -> None:
    office = client_of(past.office)
    short = office.get(f"/items/export/{query}")
    monkeypatch.setattr(long_work, "LONG_ROWS", 1)
    here = [office.get(f"/items/export/{query}").headers["Location"] for _press in range(2)]
    work = LongWork.objects.get()
    assert here == [f"/work/{work.pk}/"] * 2
    assert works.run([work.pk]) == 1
    long = office.get(f"{here[0]}file/")
    books = [load_workbook(BytesIO(content)).worksheets[0] for content in (short.content, b"".join(long))]
    found = [[[cell.value for cell in row] for row in book.rows] for book in books]
    assert found[0] == found[1]
    assert len(found[0]) > 5
    assert long["Content-Disposition"] == short["Content-Disposition"]
    taken = AuditEvent.objects.filter(verb="export").values_list("actor", "label", "object_type", "detail")
    same = past.office.pk, "导出督办台账"
    detail = {"filter": words, "count": len(found[0]) - 1}
    assert list(taken.order_by("id")) == [(*same, "", detail), (*same, "common.longwork", detail)]
    RoleGrant.objects.all().delete()
    assert office.get(f"{here[0]}file/").status_code == 403


@time_machine.travel(SAMPLE_DAY, tick=False)
def test_a_long_sheet_is_kept_from_a_unit_that_no_longer_sees_each_of_its_items(
    past: People, client_of: Login, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(long_work, "LONG_ROWS", 0)
    unit = client_of(past.liaison("zhujianju"))
    here = unit.get("/items/export/?as_of=2026-06-30").headers["Location"]
    wanted = LongWork.objects.get().given["items"]
    works.sweep()
    assert (len(wanted) > 1, len(b"".join(unit.get(f"{here}file/"))) > 1000) == (True, True)
    ActionItem.objects.filter(pk=wanted[0]).update(all_support=False)
    ItemUnit.objects.filter(item=wanted[0], unit=past.unit("zhujianju")).delete()
    assert unit.get(f"{here}file/").status_code == 403


@pytest.mark.parametrize("count", [1, 50])
def test_one_row_and_fifty_cost_five_queries_for_a_unit_and_for_the_office(
    people: People, client_of: Login, count: int
) -> None:
    for number in range(count):
        item = make(people, "jiaoyuju", supports=("kejiju", "minzhengju"), all_support=number % 2 == 1)
        services.report(item, Progress(text="x"), unit=people.unit("jiaoyuju"), by=people.liaison("jiaoyuju"))
    ledger_views.keep(people.office, "红", "light=red")
    costs = []
    for user in (people.office, people.liaison("jiaoyuju")):
        client = client_of(user)
        client.get("/items/")
        with CaptureQueriesContext(connection) as asked:
            assert len(client.get("/items/?sort=lead&ever_overdue=").context["lines"]) == count
        costs.append(len(asked))
    assert costs == [5, 5]


def test_a_question_composed_once_answers_each_unit_with_its_own(people: People, client_of: Login) -> None:
    first = make(people, "jiaoyuju", ref="A")
    make(people, "kejiju", ref="B")
    clients = [client_of(people.liaison(code)) for code in ("jiaoyuju", "kejiju", "jiaoyuju")]
    assert [shown(client) for client in clients] == [["A"], ["B"], ["A"]]
    assert [shown(client, "light=green") for client in clients] == [["A"], ["B"], ["A"]]
    ActionItem.objects.filter(pk=first.pk).update(current_due=today() - timedelta(days=1))
    reds = [client.get("/items/").context["stats"][0]["value"] for client in clients]
    assert (reds, shown(clients[0], "light=green")) == ([1, 0, 1], [])
    assert shown(client_of(people.office)) == ["A", "B"]


def test_figures_by_lamp_add_up_to_the_list_and_keep_the_other_filters(
    people: People, client_of: Login
) -> None:
    make(people, "jiaoyuju", ref="A")
    make(people, "kejiju", ref="B")
    ended = make(people, "jiaoyuju", ref="C")
    correcting.end_item(ended, reason="更正删去", on=today(), by=people.office)
    office, unit = client_of(people.office), people.unit("jiaoyuju").pk

    def figures(query: str) -> dict[str, tuple[int, str]]:
        page = office.get(f"/items/?{query}")
        assert page.context["page_obj"].paginator.count == len(page.context["lines"])
        return {card["lamp"]: (card["value"], card["url"]) for card in page.context["stats"]}

    every = figures("")
    assert sum(value for value, _url in every.values()) == len(shown(office)) == 3
    assert every["grey"] == (1, "/items/?state=stopped")
    for query, kept in (
        (f"lead={unit}", ""),
        (f"lead={unit}&state=stopped", "grey"),
        (f"light=red&lead={unit}", "red"),
    ):
        here = f"/items/?lead={unit}"
        at = {"red": "light=red", "yellow": "light=yellow", "green": "light=green", "standing": "light=standing",
              "done": "light=closed", "grey": "state=stopped"}  # fmt: skip
        assert figures(query) == {
            lamp: (
                1 if lamp in ("green", "grey") else 0,
                here if lamp == kept else f"/items/?{asked}&lead={unit}",
            )
            for lamp, asked in at.items()
        }
    assert "grey" not in figures(f"lead={people.unit('kejiju').pk}")
    assert (shown(office, f"light=red&lead={unit}"), shown(office, f"state=stopped&lead={unit}")) == (
        [],
        ["C"],
    )


def test_what_a_unit_sees_is_listed_once_whichever_way_it_is_asked(people: People) -> None:
    mine, other = people.unit("jiaoyuju"), people.unit("kejiju")
    first = make(people, "jiaoyuju", ref="A", all_support=True, supports=())
    make(people, "caizhengju", ref="B", all_support=True, supports=())
    for ref, lead in (
        ("C", "caizhengju"),
        ("D", "jiaoyuju"),
        ("E", "caizhengju"),
        ("F", "kejiju"),
        ("G", "caizhengju"),
    ):
        make(people, lead, ref=ref, supports=("jiaoyuju",) if ref == "F" else ())
    items = ActionItem.objects.all()
    items.filter(ref__in="CD").update(blocked_from=mine)
    items.filter(ref="E").update(merged_into=first, state="merged", ended_on=today())
    account = people.liaison("jiaoyuju")
    for asked, refs in (({mine}, "ABCDEF"), ({mine, other}, "ABCDEF"), ({other}, "ABEF")):
        sight = {"user": account.pk, "day": today(), "units": {unit.pk for unit in asked}}
        listed = Prepared("SELECT id FROM seen", ()).after("WITH ", selectors.seen_list(len(asked)))
        found = sorted(pk for (pk,) in listed.run(**selectors.places_in(sight)))
        assert found == list(items.filter(ref__in=refs).order_by("pk").values_list("pk", flat=True)), refs
    for seen in (selectors.visible_to(account), selectors.looked_up(account)):
        assert sorted(seen.values_list("ref", flat=True)) == list("ABCDEF")
    assert selectors.looked_up(people.office).count() == 7


def test_a_filter_that_is_kept_offers_the_units_of_now_and_shows_what_each_asked(
    people: People, client_of: Login
) -> None:
    office, unit = client_of(people.office), people.unit("kejiju")
    pages = [office.get(f"/items/?{query}").content.decode() for query in ("", "light=red", "", "light=red")]
    chosen = ['<option value="red" selected>' in page for page in pages]
    assert chosen == [False, True, False, True]
    offered = f'<option value="{unit.pk}">{{}}</option>'
    assert [page.count(offered.format("市科技局")) for page in pages] == [3, 3, 3, 3]
    Unit.objects.filter(pk=unit.pk).update(short_name="新名")
    page = office.get("/items/").content.decode()
    assert [page.count(offered.format(name)) for name in ("市科技局", "新名")] == [0, 3]
    Unit.objects.filter(pk=unit.pk).update(left_on=today())
    pages = [office.get(f"/items/?{query}").content.decode() for query in (f"lead={unit.pk}", "")]
    left = f'<option value="{unit.pk}" selected>新名（已退出）</option>'
    assert [(page.count(left), page.count(offered.format("新名"))) for page in pages] == [(1, 0), (0, 0)]


def test_the_bell_still_counts(people: People, client_of: Login) -> None:
    from apps.dispatch.models import PortalNotice

    office = client_of(people.office)
    before = office.get("/items/").context["bell_count"]
    PortalNotice.objects.create(user=people.office, key="x", title="有事", url="/")
    PortalNotice.objects.create(user=people.director, key="y", title="有事", url="/")
    assert (before, office.get("/items/").context["bell_count"]) == (0, 1)


@pytest.mark.core
@time_machine.travel(SAMPLE_DAY)
def test_a_missed_report_is_told_and_found_as_the_ladder_has_it(past: People, client_of: Login) -> None:
    """On the ledger, its sheet, the item's page and the office's home; undated and dated ones alike."""
    monthly = make(past, "jiaoyuju", ref="X", due_on=None, recurrence="每月5日前", opened_on=date(2026, 9, 1))
    late = dict(deadlines.late())
    items = ActionItem.objects.in_bulk(list(late))
    wanted = {
        items[pk].ref: f"漏报{asked.due.month}月{asked.due.day}日"
        for pk, asked in late.items()
        if asked.kind != deadlines.DUE
    }
    assert wanted["X"] == "漏报11月5日"
    assert {asked.kind for asked in late.values()} == {deadlines.DUE, deadlines.QUARTER, deadlines.REPORT}
    office = client_of(past.office)
    lines = office.get("/items/").context["lines"]
    assert {line["item"].ref: line["missed"] for line in lines if line["missed"]} == wanted
    for query in ("missed=1", "missed=1&as_of=2026-11-22"):
        assert sorted(shown(office, query)) == sorted(wanted)
    notes = {row["pk"]: row["state_note"] for row in office.get("/items/?missed=1").context["table"]}
    assert all(wanted[items[int(pk)].ref] in note for pk, note in notes.items())
    in_full = [line["lamp_in_full"] for line in ledger_page.lines(Question(past.office, {"missed": "1"}).rows(),
                                                                   selectors.rule_on())]  # fmt: skip
    assert all(
        words.endswith(f"，{wanted[ref]}")
        for words, ref in zip(in_full, shown(office, "missed=1"), strict=True)
    )
    cell = office.get("/").context["late"].missed
    assert (cell.value, cell.url) == (len(wanted), "/items/?missed=1")
    assert (
        f'<span class="chip">{wanted["X"]}</span>' in office.get(monthly.get_absolute_url()).content.decode()
    )
    services.report(monthly, Progress(text="x"), unit=past.unit("jiaoyuju"), by=past.liaison("jiaoyuju"))
    assert "X" not in shown(office, "missed=1")
    assert "漏报" not in office.get(monthly.get_absolute_url()).content.decode()


# --- another day ------------------------------------------------------------------


@pytest.mark.core
@time_machine.travel(SAMPLE_DAY)
def test_the_ledger_of_another_day(past: People, client_of: Login) -> None:
    office = client_of(past.office)
    page = office.get("/items/?as_of=2026-09-23")
    lines = {line["item"].ref: line for line in page.context["lines"]}
    assert list(lines) == [f"M1-{n}" for n in range(1, 10)]
    assert lines["M1-7"]["lamp"] == {"level": "yellow", "words": "剩 4 天"}
    assert (lines["M1-7"]["moved"], lines["M1-8"]["lamp"]["words"]) == (None, "滞后 剩 22 天")
    assert lines["M1-9"]["closed_on"] == ActionItem.objects.get(ref="M1-9").closed_on
    assert "2026年9月23日（周三）那天的台账" in page.content.decode()
    assert {card["lamp"]: card["value"] for card in page.context["stats"]} == {
        "red": 0, "yellow": 3, "green": 2, "standing": 0, "done": 4,
    }  # fmt: skip
    assert shown(office, "as_of=2026-09-23&light=yellow") == ["M1-5", "M1-7", "M1-8"]
    links = {card["lamp"]: card["url"] for card in page.context["stats"]}
    assert links["yellow"] == "/items/?light=yellow&as_of=2026-09-23"
    chosen = office.get("/items/?as_of=2026-09-23&light=yellow").context["stats"]
    assert {card["lamp"]: card["url"] for card in chosen}["yellow"] == "/items/?as_of=2026-09-23"
    assert next(card["url"] for card in office.get("/items/").context["stats"]) == "/items/?light=red"
    assert shown(office, "as_of=2026-08-31&state=in_progress&due_to=2026-09-30") == ["M1-7", "M1-9"]
    assert shown(office, "as_of=2026-09-01&ever_overdue=1") == ["M1-9"]
    assert shown(office, "as_of=2026-09-23&sort=due")[:2] == ["M1-1", "M1-4"]
    assert shown(office, "as_of=2020-01-01") == []
    # A day to come has no ledger, and no file of it: today's would be taken for it.
    ahead = f"as_of={today() + timedelta(days=1)}&light=red"
    for _time in range(2):
        page = office.get(f"/items/?{ahead}")
        said = dict(page.context["form"].errors)
        assert (page.status_code, said) == (422, {"as_of": ["不能晚于今天：以后的日子还没有记录。"]})
        text = page.content.decode()
        assert ("那天的台账" in text, "以后的日子还没有记录。下面是今天的台账。" in text) == (False, True)
    for file in ("paper/", "export/"):
        assert office.get(f"/items/{file}?{ahead}").headers["Location"] == f"/items/?{ahead}"
    assert office.get(f"/items/?as_of={today()}").status_code == 200
    every = [shown(office, f"sort={sort}&as_of=2026-11-23") for sort in ("", "due", "new", "lead")]
    assert every == [shown(office, f"sort={sort}") for sort in ("", "due", "new", "lead")]


def test_a_matter_ended_later_ran_on_that_day(people: People, client_of: Login) -> None:
    item = make(people, "jiaoyuju")
    services.propose_ending(item, services.Proposed("terminate", "不再需要"), by=people.convener)
    office = client_of(people.office)
    before = line_of(office, item.ref, f"as_of={today() - timedelta(days=1)}")
    assert (str(before["state"]), before["lamp"]["level"]) == ("推进中", "green")
    assert str(line_of(office, item.ref)["state"]) == "已终止"


# --- filters somebody keeps ---------------------------------------------------------


@pytest.mark.core
def test_a_filter_is_kept_used_replaced_and_dropped(people: People, client_of: Login) -> None:
    office = client_of(people.office)
    bad = office.post("/items/views/keep/?light=red&state=nonsense&page=3", {"name": ""})
    assert (bad.status_code, LedgerView.objects.count()) == (302, 0)
    kept = office.post("/items/views/keep/?light=red&state=nonsense&page=3", {"name": "红灯"})
    assert kept.headers["Location"] == "/items/?light=red"
    office.post("/items/views/keep/?light=yellow&due_from=2026-01-01", {"name": "红灯"})
    view = LedgerView.objects.get()
    assert (view.user, view.name, view.query) == (people.office, "红灯", "light=yellow&due_from=2026-01-01")
    assert office.get("/items/").context["views"] == [(view.pk, "红灯", view.query)]
    assert client_of(people.director).get("/items/").context["views"] == []
    other = client_of(people.director).post(f"/items/views/{view.pk}/drop/")
    assert (other.status_code, office.get(f"/items/views/{view.pk}/drop/").status_code) == (404, 405)
    assert office.post(f"/items/views/{view.pk}/drop/").status_code == 302
    assert LedgerView.objects.count() == 0


def test_twenty_filters_are_enough_and_an_empty_one_is_none(people: People, client_of: Login) -> None:
    office = client_of(people.office)
    for number in range(21):
        office.post("/items/views/keep/?light=red", {"name": f"第{number}个"})
    assert LedgerView.objects.count() == 20
    office.post("/items/views/keep/?light=green", {"name": "第0个"})
    assert LedgerView.objects.get(name="第0个").query == "light=green"
    LedgerView.objects.all().delete()
    office.post("/items/views/keep/?light=nonsense", {"name": "空"})
    assert LedgerView.objects.count() == 0


# --- ticked rows --------------------------------------------------------------------


def test_ticked_rows_are_offered_to_the_office_where_the_acts_exist(
    people: People, client_of: Login, monkeypatch: pytest.MonkeyPatch
) -> None:
    item = make(people, "jiaoyuju")
    monkeypatch.setattr(ledger_page, "BATCH", (("nowhere:act", "催办", "bell"),))
    assert "ledger-batch" not in client_of(people.office).get("/items/").content.decode()
    monkeypatch.setattr(
        ledger_page, "BATCH", (("action_items:list", "催办", "bell"), ("x:y", "没有", "bell"))
    )
    page = client_of(people.office).get("/items/?light=green&sort=due").content.decode()
    assert f'name="item" value="{item.pk}" form="ledger-batch"' in page
    assert f'formaction="{reverse("action_items:list")}"' in page
    assert 'name="next" value="/items/?light=green&amp;sort=due"' in page
    assert "没有</button>" not in page
    for client, query in (
        (client_of(people.liaison("jiaoyuju")), ""),
        (client_of(people.office), "as_of=2026-01-01"),
    ):
        assert "ledger-batch" not in client.get(f"/items/?{query}").content.decode()


def test_every_act_on_ticked_rows_does_what_it_says(people: People, client_of: Login) -> None:
    first, second = make(people, "jiaoyuju"), make(people, "jiaoyuju")
    office = client_of(people.office)
    page = office.get("/items/").content.decode()
    acts = re.findall(r'formaction="([^"]+)"', page)
    assert acts == [reverse(name) for name, _label, _icon in ledger_page.BATCH] == ["/reminders/chase/"]
    answer = office.post(acts[0], {"item": [first.pk, second.pk], "next": "/items/?sort=due"})
    assert (answer.status_code, answer["Location"]) == (302, "/items/?sort=due")
    assert list(Prompt.objects.order_by("item").values_list("item", "rung")) == [
        (first.pk, "chase"),
        (second.pk, "chase"),
    ]
    assert 'href="/reminders/letters/"' in page
    assert office.get("/reminders/letters/").status_code == 200


# --- the paper ----------------------------------------------------------------------


@time_machine.travel(SAMPLE_DAY)
def test_the_ledger_as_a_paper_is_sound_and_says_all(past: People) -> None:
    question = Question(past.office, {"paper": "〔2026〕1号"})
    found = beside(past.office)
    lines = list(ledger_page.lines(question.rows(), question.rule, found.holders))
    paper = ledger_paper(lines, "纪要编号：〔2026〕1号", question.day)
    assert (paper.layout, paper.landscape, paper.marker) == (Layout.SHEET, True, "示例（虚构）")
    assert faults_of(paper) == []
    text = text_of_sound(paper)
    assert "截至2026年11月23日，共9项；范围：纪要编号：〔2026〕1号。天数为工作日。" in text
    table = paper.body[1]
    assert isinstance(table, Table)
    rows = [[text_of(cell).replace("\n", "|") for cell in row] for row in table.rows]
    assert [heading.replace("|", "") for heading in rows[0]] == ledger_page.HEADINGS
    assert [row[2] for row in rows[1:]] == [line["item"].text for line in lines]
    assert [(row[0], *row[3:]) for row in (rows[n] for n in (3, 7, 8))] == [
        ("3", "市工信局|市发改委", "市卫健委|市人社局|市住建局", "市工信局|黄海平|市发改委|陈小宝",
         "2026年|6月30日", "", "", "", "", "按期|办结", "√办结", "", "2026年|6月29日"),
        ("7", "市人社局", "市卫健委|市总工会", "龚时荣", "2026年|9月30日", "2026年|12月15日",
         "已完成检查方案会签，分组检查陆续开展。", "部分单位资料报送不齐", "11月底前完成现场检查",
         "推进中", "■正常|剩16天", "2026年|10月20日", ""),
        ("8", "市教育局", "市卫健委|市生态环境局", "谢细财", "2026年|10月31日|（周六）", "",
         "制度范本已征求意见。", "部分学校台账尚未建立", "分片指导", "超期", "●超期|16天", "2026年|9月18日", ""),
    ]  # fmt: skip
    assert rows[7][1] == "〔2026〕|1号第7项"
    assert paper.running == "督办台账（截至2026年11月23日）"
    for line in lines:  # what is long gets the room, and the table stays on its sheet
        line["report"] = {**lines[6]["report"], "text": "已经完成检查。" * 60}
    wide = ledger_paper(lines, "", question.day).body[1]
    assert isinstance(wide, Table)
    assert (table.widths[8], wide.widths[8]) == (3.679, 5.388)
    assert sum(wide.widths) == pytest.approx(sum(table.widths))
    everything = Question(past.office, {})
    all_lines = list(ledger_page.lines(everything.rows(), everything.rule, found.holders))
    assert (len(all_lines), len(lay_out(ledger_paper(all_lines, "", question.day)))) == (16, 3)


def test_an_empty_ledger_is_a_paper_too(people: People) -> None:
    paper = ledger_paper([], "", date(2026, 11, 23))
    assert faults_of(paper) == []
    assert f"{settings_rows.value('body_name')}督办台账" in plain_text(paper).replace("\n", "")
    assert "（没有事项）" in plain_text(paper)


def test_the_papers_page_and_files_keep_the_filter(people: People, client_of: Login) -> None:
    make(people, "jiaoyuju")
    office = client_of(people.office)
    page = office.get("/items/paper/?light=green&page=7")
    assert page.status_code == 200
    assert (page.context["shown"].query, page.context["shown"].back) == ("light=green", "/items/?light=green")
    assert page.context["sheets"].waiting
    assert office.get("/items/paper/zip").status_code == 404
    assert office.get("/items/paper/pdf?light=green").status_code == 409


def test_an_empty_ledger_says_why(people: People, client_of: Login) -> None:
    found = {}
    for name, user in (("office", people.office), ("visitor", people.visitor)):
        html = client_of(user).get("/items/").content.decode()
        found[name] = [words for words in ("台账里还没有事项", "没有向您开放的议定事项") if words in html]
    assert found == {"office": ["台账里还没有事项"], "visitor": ["没有向您开放的议定事项"]}
