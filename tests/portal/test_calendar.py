"""The calendar: what stands on which day for whom, days off, files, and a feed that can be revoked."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from icalendar import Calendar

from apps.accounts.models import User
from apps.action_items.enums import OPEN_STATES
from apps.action_items.models import ActionItem
from apps.common import calendar
from apps.common.models import AuditEvent
from apps.portal import dates, feeds
from apps.portal.models import CalendarFeed
from tests.action_items.test_services import make as make_item
from tests.factories.people import People
from tests.meetings import make as make_meeting
from tests.minutes import make as make_minutes

Login = Callable[[Any], Client]
SAMPLE_DAY = datetime(2026, 11, 23, 2, tzinfo=UTC)
QUERIES = 11  # session, user, standing, calendar, lamps' rule, meetings, rounds, quarters, items, the feed, messages not read


def seen(user: Any, first: Any, last: Any) -> list[tuple[str, date, str]]:
    return [(row.kind, row.day, row.plain) for row in dates.entries(user, first, last)]


def events(body: bytes) -> list[dict[str, Any]]:
    """Every event of a file as plain values."""
    return [
        {name: event.decoded(name) for name in ("summary", "dtstart", "dtend", "url", "uid") if name in event}
        for event in Calendar.from_ical(body).walk("VEVENT")
    ]


@pytest.mark.core
@time_machine.travel(SAMPLE_DAY)
def test_november_of_the_sample_meetings(past: People) -> None:
    november = date(2026, 11, 1), date(2026, 11, 30)
    every = [
        ("due", date(2026, 11, 20), "事项到期：〔2026〕2号第4项议定事项"),
        ("due", date(2026, 11, 27), "事项到期：〔2026〕2号第6项议定事项"),
        ("due", date(2026, 11, 30), "事项到期：〔2026〕1号第6项议定事项"),
    ]
    assert seen(past.office, *november) == every
    assert seen(past.liaison("rensheju"), *november) == [every[0]]
    assert seen(past.liaison("kejiju"), *november) == []
    october = dates.entries(past.liaison("minzhengju"), date(2026, 10, 15), date(2026, 10, 15))
    assert [(row.plain, row.level, row.words) for row in october] == [
        (f"季度进展：〔2026〕2号第{seq}项议定事项", "", "漏报") for seq in (2, 3)
    ]
    assert [(row.late, row.level, row.words) for row in dates.entries(past.office, *november)] == [
        (True, "red", "超期 1 天"), (False, "yellow", "剩 4 天"), (False, "yellow", "剩 5 天"),
    ]  # fmt: skip
    assert seen(past.office, date(2026, 3, 26), date(2026, 3, 26)) == [
        ("meeting", date(2026, 3, 26), "2026年第一次全体会议（示例）")
    ]


def test_deadlines_of_answers_are_seen_by_those_asked(people: People) -> None:
    meeting = make_meeting.notified(people, codes=("fagaiwei", "gongxinju"))
    minutes = make_minutes.circulating(people)
    first, last = timezone.localdate(), timezone.localdate() + timedelta(days=40)
    begins, ends = timezone.localtime(meeting.starts_at), timezone.localtime(meeting.reply_by)
    round_ends = timezone.localtime(minutes.circulations.get().reply_by)
    meetings = [("reply", ends.date(), f"回执截止：{meeting}"), ("meeting", begins.date(), str(meeting))]
    consent = ("consent", round_ends.date(), f"反馈截止：{minutes}")
    for user in (people.office, people.convener, people.liaison("fagaiwei")):
        assert sorted(seen(user, first, last)) == sorted([*meetings, consent])
    assert seen(people.liaison("kejiju"), first, last) == []
    assert seen(people.visitor, first, last) == []
    make_minutes.agree(people, minutes)
    make_minutes.services.settle(minutes, by=people.office)
    assert seen(people.office, first, last) == meetings


def test_a_recurring_matter_stands_on_its_reporting_date(people: People) -> None:
    item = make_item(people, "jiaoyuju", due_on=None, recurrence="每月5日前")
    assert seen(people.office, item.report_due_on, item.report_due_on) == [
        ("report", item.report_due_on, "进展报送：〔2026〕1号第1项议定事项")
    ]


@time_machine.travel(SAMPLE_DAY)
def test_a_later_quarters_reports_are_one_line_that_leads_to_the_matters(
    past: People, client_of: Login
) -> None:
    january, one = (date(2027, 1, 1), date(2027, 1, 31)), past.unit("minzhengju").pk
    make_item(past, "minzhengju", due_on=date(2027, 1, 14))  # over by then
    make_item(past, "minzhengju", due_on=date(2027, 1, 15))
    for user, lead in ((past.liaison("minzhengju"), f"lead={one}&"), (past.office, "")):
        found = [row for row in dates.entries(user, *january) if row.kind == "quarters"]
        browser = client_of(user)
        url = f"/items/?{lead}state=in_progress&due_from=2027-01-15"
        lines = browser.get(url).context["lines"]
        owing = [item for item in ActionItem.objects.filter(state__in=OPEN_STATES, current_due__gte=found[0].day)
                 if not lead or item.parts.filter(unit=one, role="lead").exists()]  # fmt: skip
        assert sorted(line["item"].pk for line in lines) == sorted(item.pk for item in owing)
        title = f"进展报送（{len(owing)}项）"
        assert [(row.day, row.title, row.plain, row.url) for row in found] == [
            (date(2027, 1, 15), title, title, url)
        ]
        assert title in browser.get("/calendar/?month=2027-01").content.decode()
    assert [row.kind for row in dates.entries(past.visitor, *january)] == []
    days = dates.entries(past.office, date(2026, 11, 1), date(2027, 12, 31))
    assert [row.day for row in days if row.kind == "quarters"] == [
        day for day in (date(2027, 1, 15), date(2027, 4, 15), date(2027, 7, 15), date(2027, 10, 15))
        if ActionItem.objects.filter(state__in=OPEN_STATES, current_due__gte=day).exists()
    ]  # fmt: skip


def test_weeks_begin_on_monday_and_days_off_are_marked(past: People) -> None:
    october = dates.weeks(date(2026, 10, 1), [], calendar.current())
    days = {day.day: day for week in october for day in week}
    assert [len(week) for week in october] == [7] * 5
    assert {week[0].day.weekday() for week in october} == {0}
    assert (days[date(2026, 10, 1)].mark, days[date(2026, 10, 1)].is_workday) == ("休", False)
    assert (days[date(2026, 10, 10)].mark, days[date(2026, 10, 10)].is_workday) == ("班", True)
    assert (days[date(2026, 10, 11)].mark, days[date(2026, 10, 11)].is_workday) == ("", False)
    assert (days[date(2026, 9, 30)].inside, days[date(2026, 10, 31)].inside) == (False, True)


@pytest.mark.parametrize(
    "text", ["", "2026-13", "1999-12", "2026", "２０２６-11", "2026-1' --", "9" * 50, "\x00"]
)
@time_machine.travel(SAMPLE_DAY)
def test_what_is_no_month_is_this_month(text: str, people: People, client_of: Login) -> None:
    page = client_of(people.office).get("/calendar/", {"month": text})
    assert (page.status_code, page.context["first"]) == (200, date(2026, 11, 1))


def test_months_go_on_before_and_after(people: People, client_of: Login) -> None:
    page = client_of(people.office).get("/calendar/?month=2027-01")
    assert (page.context["before"], page.context["after"]) == (date(2026, 12, 1), date(2027, 2, 1))
    assert page.context["unknown_year"] == 2027
    assert "2027年的放假安排还没有录入" in page.content.decode()


@pytest.mark.parametrize(("rows", "month", "days"), [(1, 10, 2), (7, 10, 2), (7, 11, 1)])
def test_more_entries_cost_no_more_queries_and_the_square_says_how_many_more(
    rows: int, month: int, days: int, people: People, client_of: Login
) -> None:
    """In October there is the quarter's day besides; in November nobody asks for quarterly reports."""
    with time_machine.travel(datetime(2026, month, 5, 2, tzinfo=UTC)):
        day = timezone.localdate()
        for _number in range(rows):
            make_item(people, "jiaoyuju", due_on=day)
        browser = client_of(people.office)
        for view in ("", "&view=list"):
            browser.get("/calendar/")
            with CaptureQueriesContext(connection) as asked:
                page = browser.get(f"/calendar/?month={day:%Y-%m}{view}")
            assert (len(page.context["entries"]), len(asked)) == (days * rows, QUERIES + days - 2)
            html = page.content.decode()
            shown = html.count('<li class="entry ') + html.count('<span class="chip">')
            assert shown == days * (rows if view else min(rows, dates.SHOWN))
            assert ("另有 3 项" in html) == (rows == 7 and not view)


# --- files and feeds --------------------------------------------------------


@time_machine.travel(SAMPLE_DAY)
def test_the_file_of_a_month_holds_titles_and_times_only(past: People, client_of: Login) -> None:
    answer = client_of(past.liaison("rensheju")).get("/calendar/2026-11.ics")
    assert answer["Content-Type"] == "text/calendar; charset=utf-8"
    [event] = events(answer.content)
    assert (event["summary"], event["dtstart"], event["dtend"]) == (
        "事项到期：〔2026〕2号第4项议定事项", date(2026, 11, 20), date(2026, 11, 21),
    )  # fmt: skip
    [item] = dates.entries(past.office, date(2026, 11, 20), date(2026, 11, 20))
    assert event["url"] == f"http://testserver{item.url}"
    assert item.title not in answer.content.decode()
    assert len(events(client_of(past.office).get("/calendar/2026.ics").content)) == 2 + 10 + 5


@pytest.mark.parametrize(
    "path", ["/calendar/2026-13.ics", "/calendar/2026-0.ics", "/calendar/1999.ics", "/calendar/9999.ics"]
)
def test_a_file_of_no_month_is_not_found(path: str, people: People, client_of: Login) -> None:
    assert client_of(people.office).get(path).status_code == 404


def address_of(browser: Client) -> str:
    """Make a feed as its page does, and return the path it shows."""
    page = browser.post("/calendar/feed/make/")
    assert page.status_code == 200
    address = page.context["address"]
    assert address in page.content.decode()
    assert page["Cache-Control"] == "max-age=0, no-cache, no-store, must-revalidate, private"
    return str(address.removeprefix("http://testserver"))


@time_machine.travel(SAMPLE_DAY)
def test_a_feed_is_read_without_login_and_shows_what_its_owner_sees(past: People, client_of: Login) -> None:
    path = address_of(client_of(past.liaison("rensheju")))
    [token] = [path.removeprefix("/calendar/feed/").removesuffix(".ics")]
    assert len(token) >= 43  # 256 bits
    assert CalendarFeed.objects.get().digest == feeds.digest_of(token)
    before = (Session.objects.count(), AuditEvent.objects.count())
    answer = Client().get(path)
    assert (answer.status_code, answer["Cache-Control"]) == (200, "private, no-cache")
    assert "Set-Cookie" not in answer.headers
    assert {event["summary"] for event in events(answer.content)} == {
        row.plain for row in feeds.entries_of(past.liaison("rensheju"))
    }
    assert "〔2026〕1号第8项" not in answer.content.decode()  # 市教育局's own
    assert Client().head(path).status_code == 200
    assert Client().post(path).status_code == 405
    assert (Session.objects.count(), AuditEvent.objects.count()) == before
    assert User.objects.get(pk=past.liaison("rensheju").pk).last_login == past.liaison("rensheju").last_login


def test_a_feed_made_again_or_revoked_no_longer_works(people: People, client_of: Login) -> None:
    browser = client_of(people.office)
    old = address_of(browser)
    new = address_of(browser)
    assert (Client().get(old).status_code, Client().get(new).status_code) == (404, 200)
    for _twice in range(2):
        assert browser.post("/calendar/feed/revoke/")["Location"] == "/calendar/"
    assert Client().get(new).status_code == 404
    assert Client().get("/calendar/feed/x.ics").status_code == 404
    lines = AuditEvent.objects.filter(actor=people.office, verb__endswith="_feed").order_by("id")
    assert [(line.verb, line.label) for line in lines] == [
        ("make_feed", "生成日历订阅地址"), ("make_feed", "生成日历订阅地址"), ("revoke_feed", "撤销日历订阅地址"),
    ]  # fmt: skip
    assert {line.detail.get("token") for line in lines} == {None}


def test_a_disabled_account_has_no_feed(people: People, client_of: Login) -> None:
    path = address_of(client_of(people.office))
    User.objects.filter(pk=people.office.pk).update(is_active=False)
    assert Client().get(path).status_code == 404


def test_reading_a_feed_does_not_keep_a_session_alive(people: People, client_of: Login) -> None:
    browser = client_of(people.office)
    path = address_of(browser)
    begin = browser.session["seen"]
    with time_machine.travel(timezone.now() + timedelta(minutes=20)):
        assert browser.get(path).status_code == 200
        assert browser.session["seen"] == begin
    with time_machine.travel(timezone.now() + timedelta(minutes=40)):
        assert browser.get("/calendar/").status_code == 302  # to the login


def test_the_page_offers_to_make_and_then_to_revoke(people: People, client_of: Login) -> None:
    browser = client_of(people.office)
    assert ">生成订阅地址<" in browser.get("/calendar/").content.decode()
    path = address_of(browser)
    html = browser.get("/calendar/").content.decode()
    assert (">重新生成<" in html, ">撤销<" in html, path in html) == (True, True, False)
    assert (browser.get("/calendar/feed/make/").status_code, browser.get("/calendar/feed/revoke/").status_code) == (
        405, 405,
    )  # fmt: skip
    assert Client().post("/calendar/feed/make/").status_code == 302
