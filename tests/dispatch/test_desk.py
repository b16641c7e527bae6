"""The dispatch desk: every copy in one list, what is not signed for, 催签 once a day, the sheet."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from io import BytesIO
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from openpyxl import load_workbook

from apps.common import long_work
from apps.common.audit import history_of
from apps.common.models import AuditEvent
from apps.common.workflow import move
from apps.dispatch import desk, services
from apps.dispatch.models import Delivery, OutboxMessage, PortalNotice
from apps.documents.models import ArchivedPaper
from apps.portal import works
from tests.factories.people import People

from .conftest import make_mail, make_paper
from .test_papers import issue

pytestmark = pytest.mark.django_db
ClientOf = Callable[..., Client]
QUERIES = 8  # session, user, standing, recipients to choose from, count, copies, years, messages not read


@pytest.fixture
def issued(people: People, paper: ArchivedPaper) -> ArchivedPaper:
    """A paper whose copies wait."""
    services.sync_recipients()
    issue(paper, people.office)
    return paper


def copy_of(code: str, paper: ArchivedPaper | None = None) -> Delivery:
    rows = Delivery.objects.filter(recipient__unit__code=code)
    return (rows.filter(paper=paper) if paper else rows).get()


def register_all(people: People, *, sent_on: date) -> None:
    for row in Delivery.objects.filter(state="waiting"):
        services.register_delivery(row, sent_on=sent_on, by=people.office)


def names(page: Any) -> list[str]:
    return [copy.row.recipient.name for copy in page.context["rows"]]


def test_the_desk_lists_every_copy_in_the_order_of_the_register(
    people: People, client_of: ClientOf, issued: ArchivedPaper
) -> None:
    page = client_of(people.office).get("/dispatch/copies/")
    assert (len(names(page)), names(page)[:3]) == (17, ["市人民政府", "市卫健委", "市委宣传部"])
    assert [copy.acts for copy in page.context["rows"][:2]] == [
        ("register_sent", "register_received"),  # the municipal government has no account to be chased
        ("register_sent", "register_received", "chase"),
    ]


def test_filters_narrow_and_say_so_and_a_wrong_one_does_nothing(
    people: People, client_of: ClientOf, issued: ArchivedPaper
) -> None:
    register_all(people, sent_on=date(2026, 4, 9))
    received = copy_of("kejiju")
    services.confirm_receipt(received, by=people.liaison("kejiju"))
    other = make_paper("进展情况通报", "〔2026〕1号", kind="bulletin")
    issue(other, people.office)
    browser = client_of(people.office)

    def shown(query: str) -> int:
        page = browser.get(f"/dispatch/copies/?{query}")
        assert page.status_code == 200
        return int(page.context["page_obj"].paginator.count)

    counts = {
        f"paper={other.pk}": 17, f"paper={issued.pk}&state=out": 17, "state=out": 17, f"paper={other.pk}&state=out": 0, "paper=0": 34,
        "": 34, "kind=bulletin": 17, "state=received": 1, "channel=mail": 0, "sent_from=2026-04-09&sent_to=2026-04-09": 17,
        "sent_from=2026-04-10": 0, f"to={received.recipient_id}": 2, "unsigned=on": 16, "state=waiting": 17,
        f"to={received.recipient_id}&unsigned=on&kind=minutes": 0,
        "state=x&kind=%00&to=999999&sent_from=gestern&page=0": 34,
    }  # fmt: skip
    assert {query: shown(query) for query in counts} == counts
    page = browser.get(
        f"/dispatch/copies/?kind=bulletin&to={received.recipient_id}&unsigned=on&sent_from=2026-04-09"
    )
    assert page.context["summary"] == (
        "文种：进展情况通报；收文单位：市科技局；送出日期自：2026-04-09；只看未签收：是"
    )
    page = browser.get(f"/dispatch/copies/?paper={other.pk}&state=out")
    assert page.context["summary"] == f"状态：送出（含已签收）；公文：{other}"
    assert f'只列一份公文：<a href="/dispatch/papers/{other.pk}/">{other}</a>' in page.content.decode()
    rows = {paper.pk: figures for paper, figures in browser.get("/dispatch/").context["rows"]}
    assert [(str(row.label), row.count, row.url) for row in rows[issued.pk]] == [
        (label, count, f"/dispatch/copies/?paper={issued.pk}&state={state}")
        for label, count, state in (
            ("待送出", 0, "waiting"), ("送出", 17, "out"), ("其中签收", 1, "received"), ("未送达", 0, "failed"),
        )
    ]  # fmt: skip
    assert [row.count for row in rows[issued.pk]] == [
        shown(f"paper={issued.pk}&state={state}") for state in ("waiting", "out", "received", "failed")
    ]
    [elsewhere, *_rest] = client_of(people.convener).get("/dispatch/").context["rows"][0][1]
    assert elsewhere.url == f"/dispatch/papers/{other.pk}/"  # the convener has no desk
    ArchivedPaper.objects.filter(pk=issued.pk).update(status="corrected")
    assert {row["about"] for row in browser.get(f"/dispatch/copies/?paper={issued.pk}").context["table"]} == {
        "会议纪要　〔2026〕1号　已更正"
    }
    new = ArchivedPaper(number_text="〔2026〕1号", version=2)
    assert desk.number_of(new) == "〔2026〕1号　第2版"


def test_unsigned_copies_stand_longest_first_with_their_days(
    people: People, client_of: ClientOf, issued: ArchivedPaper
) -> None:
    with time_machine.travel(timezone.now() + timedelta(days=400)):
        day = timezone.localdate()
        register_all(people, sent_on=day - timedelta(days=3))
        services.register_delivery(copy_of("kejiju"), sent_on=day - timedelta(days=9), by=people.office)
        page = client_of(people.office).get("/dispatch/copies/?unsigned=on")
        assert [(copy.row.recipient.name, copy.waits) for copy in page.context["rows"]][:2] == [
            ("市科技局", 9), ("市人民政府", 3),
        ]  # fmt: skip
        assert "已 9 天" in page.content.decode()
        services.confirm_receipt(copy_of("fagaiwei"), by=people.liaison("fagaiwei"))
        row = copy_of("fagaiwei")
        asked = dict(zip(names(page), page.context["table"], strict=True))["市科技局"]
        got = desk.on_screen(desk.shown([row], people.office, day))[0]
        assert asked == {
            "pk": str(copy_of("kejiju").pk), "url": f"/dispatch/papers/{issued.pk}/", "title": issued.title,
            "about": f"会议纪要　{issued.number_text}", "to": "市科技局", "way": "发送　电子公文交换", "state": "已送出",
            "colour": "blue", "mail": "", "sent": str(day - timedelta(days=9)), "waits": "已 9 天",
            "received": "未签收", "notes": "", "may_chase": True, "resend": "",
            "register": f"/dispatch/deliveries/{copy_of('kejiju').pk}/register/", "registering": "登记",
        }  # fmt: skip
        assert [got[name] for name in ("state", "waits", "received", "notes", "may_chase", "registering")] == [
            "已签收", "", str(day), row.receiver, False, "更正",
        ]  # fmt: skip
        people.liaison("kejiju")
        browser, cells = client_of(people.office), ("状态", "签收", f"{day.month}月{day.day}日催过")
        browser.post("/dispatch/copies/chase/", {"copy": copy_of("kejiju").pk})
        urls = ("/dispatch/copies/", "/dispatch/copies/?unsigned=on")
        shown = [browser.get(url).content.decode().partition("<table")[2] for url in urls]
        # What is the same in each line of the unsigned is not said; that one was asked is.
        assert [[word in html for word in cells] for html in shown] == [[True] * 3, [False, False, True]]


def test_a_stopped_paper_is_not_asked_for(people: People, client_of: ClientOf, issued: ArchivedPaper) -> None:
    people.liaison("kejiju")
    ArchivedPaper.objects.filter(pk=issued.pk).update(status="stopped")
    browser = client_of(people.office)
    assert names(browser.get("/dispatch/copies/?unsigned=on")) == []
    page = browser.post("/dispatch/copies/chase/", {"copy": copy_of("kejiju").pk}, follow=True)
    assert "市科技局：公文已更正或停止使用，不再催签。" in page.content.decode()


def test_chasing_tells_the_liaisons_once_a_day_and_is_journalled(
    people: People, client_of: ClientOf, issued: ArchivedPaper
) -> None:
    told, copy = people.liaison("kejiju"), copy_of("kejiju")
    other = copy_of("jiaoyuju")  # without an account
    report = Delivery.objects.get(recipient__is_superior=True)
    browser = client_of(people.office)
    fields = {
        "copy": [copy.pk, other.pk, report.pk, "x", "9" * 30],
        "next": "/dispatch/copies/?unsigned=on&page=1",
    }
    answer = browser.post("/dispatch/copies/chase/", fields)
    assert (answer.status_code, answer["Location"]) == (302, "/dispatch/copies/?unsigned=on&page=1")
    html = browser.get("/dispatch/copies/?unsigned=on").content.decode()
    assert ("已催签 1 份。" in html, "没有可通知的账号，请电话联系：市教育局。" in html) == (True, True)
    assert "市人民政府：收文单位不在系统中，请电话联系后登记。" in html
    page = f"/dispatch/papers/{issued.pk}/"
    assert browser.get(page).context["panel"].chaseable == []  # nothing has gone yet
    services.register_delivery(other, sent_on=date(2026, 4, 9), by=people.office)
    assert browser.get(page).context["panel"].chaseable == [other.pk]
    assert "催签 1 份" in browser.get(page).content.decode()
    assert client_of(told).get(page).context["panel"].chaseable == []
    again = browser.post("/dispatch/copies/chase/", {"copy": copy.pk}, follow=True)
    assert "市科技局：今天已经催过。" in again.content.decode()
    notice = PortalNotice.objects.get(user=told)
    assert (notice.title, notice.url) == (f"请签收：{issued}", f"/dispatch/papers/{issued.pk}/")
    mail = OutboxMessage.objects.get(kind="receipt")
    assert (mail.user, mail.subject) == (told, f"请签收：{issued}")
    copy.refresh_from_db()
    other.refresh_from_db()
    assert (copy.chased_on, other.chased_on) == (timezone.localdate(), None)
    assert [(line.verb, line.label, line.actor) for line in history_of(copy)] == [
        ("chase", "催签", people.office)
    ]
    with time_machine.travel(timezone.now() + timedelta(days=1)):
        browser = client_of(people.office)
        browser.post("/dispatch/copies/chase/", {"copy": copy.pk})
    assert PortalNotice.objects.filter(user=told).count() == 2


def test_a_journal_that_fails_takes_the_message_with_it(
    people: People, issued: ArchivedPaper, monkeypatch: pytest.MonkeyPatch
) -> None:
    people.liaison("kejiju")

    def broken(*_args: Any, **_kwargs: Any) -> None:
        raise RuntimeError("journal")

    monkeypatch.setattr("apps.common.workflow.audit.record", broken)
    with pytest.raises(RuntimeError, match="journal"):
        desk_chase(people, copy_of("kejiju"))
    assert (PortalNotice.objects.count(), copy_of("kejiju").chased_on) == (0, None)


def desk_chase(people: People, copy: Delivery) -> None:
    from apps.dispatch.chasing import chase_receipts

    chase_receipts([copy], by=people.office)


@pytest.mark.parametrize(
    ("role", "status"),
    [
        ("office", (200, 302)), ("director", (200, 302)), ("sysadmin", (200, 403)), ("auditor", (200, 403)),
        ("convener", (403, 403)), ("secadmin", (403, 403)), ("visitor", (403, 403)),
    ],
)  # fmt: skip
def test_who_sees_the_desk_and_who_chases(
    role: str, status: tuple[int, int], people: People, client_of: ClientOf, issued: ArchivedPaper
) -> None:
    browser = client_of(getattr(people, role))
    assert browser.get("/dispatch/copies/").status_code == status[0]
    assert browser.get("/dispatch/copies/export/").status_code == status[0]
    assert browser.post("/dispatch/copies/chase/", {"copy": copy_of("kejiju").pk}).status_code == status[1]
    assert browser.get("/dispatch/copies/chase/").status_code == 405
    assert (copy_of("kejiju").chased_on is not None) is False  # the unit has no account to tell


def test_a_unit_has_no_desk(people: People, client_of: ClientOf, issued: ArchivedPaper) -> None:
    browser = client_of(people.liaison("kejiju"))
    assert browser.get("/dispatch/copies/").status_code == 403
    assert browser.post("/dispatch/copies/chase/", {"copy": copy_of("kejiju").pk}).status_code == 403
    assert 'aria-label="发文台"' not in browser.get("/dispatch/").content.decode()


def test_a_mail_that_came_back_is_sent_again_from_its_row(
    people: People, client_of: ClientOf, issued: ArchivedPaper
) -> None:
    copy = copy_of("kejiju")
    dead = make_mail(
        "kjj@portal.test", state="dead", attempts=8, last_error="550 no such user", recipient=copy.recipient
    )
    Delivery.objects.filter(pk=copy.pk).update(message=dead, channel="mail")
    copy.refresh_from_db()
    move(copy, "mail_failed", by=None)
    browser = client_of(people.office)
    html = browser.get("/dispatch/copies/?state=failed").content.decode()
    assert ("550 no such user" in html, f'action="/dispatch/outbox/{dead.pk}/resend/"' in html) == (
        True,
        True,
    )
    browser.post(f"/dispatch/outbox/{dead.pk}/resend/")
    copy.refresh_from_db()
    assert copy.state == "waiting"


def test_the_sheet_has_the_rows_of_the_page_from_the_worker_too(
    people: People, client_of: ClientOf, issued: ArchivedPaper, monkeypatch: pytest.MonkeyPatch
) -> None:
    services.register_delivery(
        copy_of("kejiju"),
        sent_on=date(2026, 4, 9),
        received_on=date(2026, 4, 10),
        receiver="=某",
        by=people.office,
    )
    answer = client_of(people.office).get("/dispatch/copies/export/?state=received")
    assert answer["Content-Type"].startswith("application/vnd.openxmlformats")
    rows = list(load_workbook(BytesIO(answer.content)).worksheets[0].iter_rows(values_only=True))
    assert rows[0] == tuple(desk.HEADINGS)
    [row] = rows[1:]
    assert [str(value.date()) if isinstance(value, datetime) else value for value in row] == [
        "2026年第一次全体会议纪要", "〔2026〕1号", "会议纪要", "市科技局", "发送", "电子公文交换", "已签收", None, None,
        "2026-04-09", "2026-04-10", "'=某", None, None, None,
    ]  # fmt: skip
    monkeypatch.setattr(long_work, "LONG_ROWS", 0)
    here = client_of(people.office).get("/dispatch/copies/export/?state=received").headers["Location"]
    assert works.sweep() == 1
    content = b"".join(client_of(people.office).get(f"{here}file/"))
    assert list(load_workbook(BytesIO(content)).worksheets[0].iter_rows(values_only=True)) == rows
    taken = AuditEvent.objects.filter(verb="export").values_list("actor", "label", "object_type", "detail")
    same = people.office.pk, "导出发文台"
    detail = {"filter": "状态：已签收", "count": 1}
    assert list(taken.order_by("id")) == [(*same, "", detail), (*same, "common.longwork", detail)]


@pytest.mark.parametrize("papers", [1, 3])
@pytest.mark.parametrize("query", ["", "?unsigned=on"])
def test_the_desk_costs_the_same_for_one_paper_and_for_three(
    query: str, papers: int, people: People, client_of: ClientOf
) -> None:
    services.sync_recipients()
    for number in range(papers):
        issue(make_paper(f"纪要{number}", f"〔2026〕{number}号"), people.office)
    Delivery.objects.update(state="sent", sent_on=timezone.localdate())
    browser = client_of(people.office)
    browser.get("/dispatch/copies/")
    with CaptureQueriesContext(connection) as asked:
        page = browser.get(f"/dispatch/copies/{query}")
    assert (page.context["page_obj"].paginator.count, len(asked)) == (17 * papers, QUERIES)


def test_mails_are_found_by_kind_and_day(people: People, client_of: ClientOf) -> None:
    make_mail(kind="paper", subject="公文邮件")
    make_mail(kind="item_due", subject="提醒邮件")
    make_mail(kind="test", subject="测试邮件")
    browser = client_of(people.office)
    day = timezone.localdate()

    def shown(query: str) -> set[str]:
        return {mail.subject for mail in browser.get(f"/dispatch/outbox/?{query}").context["page_obj"]}

    assert [shown(f"kind={kind}") for kind in ("paper", "notice", "test")] == [
        {"公文邮件"}, {"提醒邮件"}, {"测试邮件"},
    ]  # fmt: skip
    assert len(shown(f"made_from={day}&made_to={day}")) == 3
    assert shown(f"made_from={day + timedelta(days=1)}") == set()
    assert browser.get("/dispatch/outbox/?kind=notice").context["summary"] == "类别：通知、提醒"


def test_chasing_nothing_changes_nothing(people: People, client_of: ClientOf) -> None:
    browser = client_of(people.office)
    before = AuditEvent.objects.count()
    page = browser.post("/dispatch/copies/chase/", {"next": "https://elsewhere.test/"}, follow=True)
    assert page.redirect_chain == [("/dispatch/copies/?unsigned=on", 302)]
    assert "没有选中要催签的公文。" in page.content.decode()
    assert AuditEvent.objects.count() == before
