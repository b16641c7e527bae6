"""Pages of the ledger: who sees what, the same queries for one row and for three, forms without JavaScript."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import Any

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from openpyxl import load_workbook

from apps.accounts import grants
from apps.action_items import permissions, selectors, services
from apps.action_items.models import ActionItem
from apps.action_items.services import Progress
from apps.common import settings_rows
from apps.common.models import StoredFile
from apps.roster.models import Unit
from apps.roster.selectors import today
from tests.factories.people import People

from .test_services import PNG, make

Login = Callable[[Any], Client]
SAMPLE_DAY = datetime(2026, 11, 23, 2, tzinfo=UTC)
# The last of each page is the frame: messages not read. A sheet that goes out is a line of the journal: four.
QUERIES = [5, 6, 10, 10]


def refs(user: Any) -> set[str]:
    return set(selectors.visible_to(user).values_list("ref", flat=True))


@pytest.mark.core
def test_who_sees_which_items(people: People) -> None:
    make(people, "jiaoyuju")
    make(people, "kejiju", supports=("jiaoyuju",))
    make(people, "minzhengju", supports=(), all_support=True)
    every = {"T-1", "T-2", "T-3"}
    seen = {
        "office": refs(people.office), "director": refs(people.director), "convener": refs(people.convener),
        "auditor": refs(people.auditor), "host deputy": refs(people.liaison("weijianwei")),
        "lead": refs(people.liaison("jiaoyuju")), "member": refs(people.member("kejiju")),
        "peer": refs(people.liaison("gongxinju")), "sysadmin": refs(people.sysadmin),
        "visitor": refs(people.visitor),
    }  # fmt: skip
    assert seen == {
        "office": every, "director": every, "convener": every, "auditor": every, "host deputy": every,
        "lead": every, "member": {"T-2", "T-3"}, "peer": {"T-3"}, "sysadmin": set(), "visitor": set(),
    }  # fmt: skip
    Unit.objects.filter(code="jiaoyuju").update(
        left_on=today()
    )  # what names it stays, 全体配合 means the members
    assert refs(people.liaison("jiaoyuju")) == {"T-1", "T-2"}
    joint = ActionItem.objects.get(ref="T-3")
    assert not permissions.can_report(people.liaison("jiaoyuju"), joint)
    settings_rows.put("units_see_peers", True, by=people.sysadmin)
    assert refs(people.liaison("gongxinju")) == every
    assert refs(people.visitor) == set()


def test_a_grant_opens_one_item_until_its_day(people: People) -> None:
    item = make(people, "jiaoyuju")
    make(people, "kejiju")
    grants.give(item, to=people.visitor, until=today(), by=people.office)
    grants.give(item, to=people.unit("gongxinju").group, until=today(), by=people.office)
    assert refs(people.visitor) == refs(people.liaison("gongxinju")) == {"T-1"}


def test_a_peers_item_is_not_found_on_any_address(people: People, client_of: Login) -> None:
    item = make(people, "jiaoyuju")
    row = services.report(
        item, Progress(text="x"), unit=people.unit("jiaoyuju"), by=people.liaison("jiaoyuju")
    )
    here = f"/items/{item.pk}/"
    gets = [here, f"{here}report/", f"{here}ask-close/", f"{here}close/", f"{here}files/1/"]
    posts = [*gets[1:4], f"{here}sign_for/do/", f"{here}reports/{row.pk}/review/"]
    peer, lead = client_of(people.liaison("kejiju")), client_of(people.liaison("jiaoyuju"))
    assert {url: peer.get(url).status_code for url in gets} == dict.fromkeys(gets, 404)
    assert {url: peer.post(url).status_code for url in posts} == dict.fromkeys(posts, 404)
    assert lead.get(here).status_code == 200
    assert (lead.get(f"{here}close/").status_code, lead.get(f"{here}end/").status_code) == (403, 403)
    assert [lead.post(f"{here}{verb}/do/").status_code for verb in ("close", "terminate")] == [404, 404]
    assert lead.get(f"{here}sign_for/do/").status_code == 405
    assert Client().get(here).status_code == 302


@pytest.mark.parametrize("rows", [1, 3])
def test_list_and_page_cost_the_same_for_one_row_and_for_three(
    rows: int, people: People, client_of: Login
) -> None:
    for _ in range(rows):
        item = make(people, "jiaoyuju", "kejiju")
        for code in ("jiaoyuju", "kejiju")[:rows]:
            services.report(item, Progress(text="x"), unit=people.unit(code), by=people.liaison(code))
    office = client_of(people.office)
    urls = ["/items/", "/items/?q=sjyj&light=green", "/items/export/", f"/items/{item.pk}/"]
    found = {}
    for url in urls:
        office.get(url)
        with CaptureQueriesContext(connection) as asked:
            assert office.get(url).status_code == 200
        found[url] = len([query for query in asked if "pg_advisory" not in query["sql"]])  # SQLite has none
    assert list(found.values()) == QUERIES


@pytest.mark.core
@time_machine.travel(SAMPLE_DAY)
def test_the_list_filters_and_finds_units_by_pinyin_initials(past: People, client_of: Login) -> None:
    office = client_of(past.office)

    def shown(query: str) -> list[str]:
        lines = office.get(f"/items/?{query}").context["lines"]
        return [line["item"].ref for line in lines]

    assert len(shown("")) == 16
    assert shown("light=closed") == ["M1-1", "M1-3", "M1-4", "M1-9"]
    assert shown("state=closed_late") == ["M1-9"]
    assert shown(f"lead={past.unit('rensheju').pk}") == ["M1-7", "M2-4"]
    assert shown(f"support={past.unit('kejiju').pk}") == ["M1-1", "M1-5"]
    part = past.unit("rensheju").pk
    either = [ref for ref in shown("") if ref in {*shown(f"lead={part}"), *shown(f"support={part}")}]
    assert len(either) > len(shown(f"lead={part}"))
    assert shown(f"unit={part}") == either
    assert office.get(f"/items/?unit={part}").context["summary"] == "单位（牵头或配合）：市人社局"
    assert shown("q=sjyj&light=red") == ["M1-8"]
    assert shown("q=医疗救助") == ["M2-3"]
    assert shown("paper=〔2026〕2号&state=standing") == []
    assert shown("light=purple&lead=x&page=99") == shown("")
    assert next(line["item"].ref for line in office.get("/items/?sort=due").context["lines"]) == "M1-1"
    page = office.get("/items/?light=red").content.decode()
    assert "●" in page
    assert "灯色：超期" in page
    assert office.get("/items/").context["missing_years"] == [2027]


def test_the_sheet_holds_the_filtered_lines_and_no_formula(people: People, client_of: Login) -> None:
    make(people, "jiaoyuju", text='=HYPERLINK("http://x")', supports=("kejiju", "minzhengju"))
    make(people, "kejiju", due_on=None, is_standing=True)
    answer = client_of(people.office).get("/items/export/?q=HYPERLINK")
    sheet = load_workbook(BytesIO(answer.content)).active
    rows = [[cell.value for cell in row] for row in sheet.rows]  # type: ignore[union-attr]
    assert rows[0] == [
        "序号", "纪要编号", "议定事项", "牵头", "配合", "责任人", "时限", "延期后时限", "进展", "问题", "下一步", "状态", "灯",
        "最近更新", "办结日", "自评", "进展日期", "事项编号", "导出标记",
    ]  # fmt: skip
    assert [row[1:5] for row in rows[1:]] == [
        ["〔2026〕1号-1", '\'=HYPERLINK("http://x")', "市教育局", "市科技局、市民政局"]
    ]


@pytest.mark.core
def test_a_unit_signs_reports_and_asks_for_completion_without_javascript(
    people: People, client_of: Login
) -> None:
    item = make(people, "jiaoyuju")
    lead, office, here = client_of(people.liaison("jiaoyuju")), client_of(people.office), f"/items/{item.pk}/"
    assert lead.post(f"{here}sign_for/do/").headers["Location"] == here
    bad = lead.post(f"{here}report/", {"text": "", "assessment": "blocked", "reported_on": "2026-02-30"})
    assert (bad.status_code, set(bad.context["form"].errors)) == (
        422, {"unit", "text", "reported_on", "problem", "need"},
    )  # fmt: skip
    unit, day = people.unit("jiaoyuju").pk, today().isoformat()
    given = {
        "unit": unit,
        "text": "制度已起草",
        "assessment": "normal",
        "reported_on": day,
        "next_step": "印发",
    }
    assert lead.post(f"{here}report/", given).status_code == 302
    again = lead.get(f"{here}report/").context["form"].initial
    assert (again["text"], again["next_step"]) == ("制度已起草", "印发")
    asked = {"unit": unit, "text": "已印发", "completed_on": (today() - timedelta(days=1)).isoformat()}
    asked["uploads"] = [SimpleUploadedFile("印发件.png", PNG)]
    assert lead.post(f"{here}ask-close/", asked).status_code == 302
    page = office.get(f"{here}close/")  # what was done, and the evidence, above what is decided on it
    assert page.context["form"].initial == {"closed_on": today() - timedelta(days=1)}
    assert (page.context["claim"].text, [fact["label"] for fact in page.context["claim_facts"]]) == (
        "已印发",
        ["完成时限", "申报完成日期"],
    )
    assert f'href="{here}files/{StoredFile.objects.get().pk}/"' in page.content.decode()
    assert [row["name"] for row in office.get(here).context["actions"]][-2:] == ["return_close", "close"]
    late = office.post(f"{here}close/", {"closed_on": (today() + timedelta(days=1)).isoformat()})
    assert late.context["form"].errors == {"closed_on": ["办结日期不能晚于今天。"]}
    assert office.post(f"{here}close/", {"closed_on": day, "note": "属实"}).status_code == 302
    done = ActionItem.objects.get(pk=item.pk)
    assert (done.state, done.closed_on, done.reports.count()) == ("closed", today(), 2)
    assert lead.get(f"{here}report/").headers["Location"] == here


def test_the_office_enters_a_confirmation_and_a_unit_merely_asked_for_support_opens_no_file(
    people: People, client_of: Login
) -> None:
    item = make(people, "weijianwei")
    office, host = client_of(people.office), people.unit("weijianwei")
    asked = client_of(people.liaison("caizhengju"))
    scan = SimpleUploadedFile("签批.png", PNG)
    services.direct(item, services.Given("抓紧", "市长", None, scan), by=people.office)
    stuck = Progress(
        text="x", problem="缺钱", need="经费", need_from=people.unit("caizhengju"), assessment="blocked"
    )
    services.report(item, stuck, unit=host, by=people.liaison("weijianwei"))
    here = f"/items/{item.pk}/"
    addresses = [
        here,
        f"{here}files/{StoredFile.objects.get().pk}/",
        f"{here}evidence/",
        f"{here}evidence/zip/",
    ]
    assert [asked.get(url).status_code for url in addresses] == [200, 403, 403, 403]
    hrefs = [url in asked.get(here).content.decode() for url in addresses[1:3]]
    assert (hrefs, [url in office.get(here).content.decode() for url in addresses[1:3]]) == (
        [False] * 2,
        [True] * 2,
    )

    services.ask_close(item, Progress(text="已完成"), unit=host, by=people.liaison("weijianwei"))
    assert f'href="{here}confirm/"' in office.get(here).content.decode()
    form = office.get(f"{here}confirm/").context["form"]
    assert (form.fields["source_note"].required, office.get(f"{here}confirm/").context["claim"].text) == (
        True,
        "已完成",
    )
    bad = office.post(f"{here}confirm/", {"unit": people.unit("shengtaiju").pk})
    assert (bad.status_code, bad.context["form"].errors) == (
        422, {"source_note": ["代录须写明来源，例如“电话，张三”或“来函”。"]},
    )  # fmt: skip
    given = {
        "unit": people.unit("shengtaiju").pk,
        "source_note": "来函",
        "scan": SimpleUploadedFile("a.png", PNG),
    }
    assert office.post(f"{here}confirm/", given).headers["Location"] == here
    done = ActionItem.objects.get(pk=item.pk)
    assert (done.confirmed_by_unit, done.confirmed_note) == (people.unit("shengtaiju"), "来函")
    assert f"{here}files/{done.confirmed_scan_id}/" in office.get(here).content.decode()
    assert office.get(f"{here}confirm/").headers["Location"] == here
    assert client_of(people.liaison("shengtaiju")).get(f"{here}confirm/").status_code == 403


@time_machine.travel(SAMPLE_DAY)
def test_the_page_warns_of_a_lead_without_a_duty_and_of_a_missing_year(
    past: People, client_of: Login
) -> None:
    office = client_of(past.office)
    page = office.get(f"/items/{ActionItem.objects.get(ref='M2-5').pk}/")
    assert page.context["missing_years"] == [2027]
    assert page.context["no_duty"] == []
    assert "系笔误，更正为" in page.content.decode()
    item = make(past, "jiaoyuju")
    page = office.get(f"/items/{item.pk}/")
    assert page.context["no_duty"] == [past.unit("jiaoyuju")]
    assert "没有列出市教育局的职责依据" in page.content.decode()
