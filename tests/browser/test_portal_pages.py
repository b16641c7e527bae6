"""Home, overview, calendar and dispatch desk in a browser, as a unit, the office, the convener and the administrator."""

import re
from datetime import timedelta
from typing import Any

from playwright.sync_api import expect

from apps.dispatch import services as dispatch
from apps.dispatch.models import Delivery
from apps.portal.models import CalendarFeed, PutAway
from apps.roster.models import Appointment
from apps.roster.selectors import today
from tests.action_items.test_services import make as make_item
from tests.browser.manners import axe_finds_nothing, fits_at_150, reach
from tests.dispatch.conftest import make_mail, make_paper
from tests.factories.people import People, client_of
from tests.meetings import make as make_meeting
from tests.minutes import make as make_minutes


def world(people: People) -> None:
    """Something overdue, something on its way, a meeting called, papers sent, a mail that came back."""
    make_item(people, "jiaoyuju", due_on=today() - timedelta(days=4))
    make_item(people, "fagaiwei", due_on=today() + timedelta(days=2))
    make_minutes.audited(people)
    make_meeting.notified(people)
    dispatch.send_paper(make_paper(), recipients=dispatch.issue_list(), by=people.office)
    make_mail(state="dead", attempts=8, last_error="550 no such user")


def well_made(page: Any) -> None:
    axe_finds_nothing(page)
    fits_at_150(page)


def test_a_unit_finds_what_waits_and_puts_its_card_away(people: People, page_of: Any) -> None:
    world(people)
    user = people.liaison("jiaoyuju")
    Appointment.objects.filter(person__user=user).update(starts_on=today() - timedelta(days=2))
    page = page_of(user, phone=True)
    page.goto("/")
    expect(page.get_by_role("heading", name="您接手的")).to_be_visible()
    expect(page.get_by_role("link", name="牵头的事项（在办 1 项） 1")).to_be_visible()
    well_made(page)
    page.get_by_role("button", name="知道了，不再显示").click()
    expect(page.get_by_role("heading", name="您接手的")).to_have_count(0)
    assert PutAway.objects.count() == 1
    page.get_by_role("link", name=re.compile("^签收：议定事项")).click()
    expect(page).to_have_url(re.compile(r"/items/\d+/$"))


def test_the_office_follows_a_number_to_its_rows(people: People, page_of: Any) -> None:
    world(people)
    page = page_of(people.office)
    page.goto("/")
    expect(page.get_by_role("heading", name="办理中的纪要")).to_be_visible()
    expect(page.get_by_role("link", name="市教育局超期 1 项")).to_be_visible()
    well_made(page)
    page.get_by_role("link", name="总览", exact=True).first.click()
    expect(page.get_by_role("heading", name="按牵头单位")).to_be_visible()
    expect(page.locator("svg.chart-months")).to_be_visible()
    well_made(page)
    row = page.get_by_role("row", name=re.compile("^市教育局"))
    row.get_by_role("link", name="1", exact=True).first.click()
    expect(page).to_have_url(re.compile(r"/items/\?lead=\d+&light=red$"))
    expect(page.locator("table.ledger tbody tr")).to_have_count(1)


def test_the_overview_prints_its_charts(people: People, page_of: Any) -> None:
    world(people)
    page = page_of(people.office)
    page.goto("/overview/")
    page.emulate_media(media="print")
    expect(page.locator(".chart-bar").first).to_be_visible()
    expect(page.locator("svg.chart-months")).to_be_visible()
    expect(page.get_by_role("button", name="打印")).to_have_count(0)
    fills = page.evaluate(
        "[...document.querySelectorAll('.chart-bar rect')].map(r => getComputedStyle(r).fill)"
    )
    assert fills
    assert "none" not in fills


def test_the_convener_decides_on_a_phone(people: People, page_of: Any) -> None:
    world(people)
    make_meeting.submitted(people, title="另一次会议（示例）")
    page = page_of(people.convener, phone=True)
    page.goto("/")
    expect(page.get_by_role("link", name=re.compile("^审批：会议方案"))).to_be_visible()
    expect(page.get_by_role("link", name=re.compile("^签发："))).to_be_visible()
    expect(page.get_by_role("link", name="市教育局超期 1 项")).to_be_visible()
    well_made(page)


def test_the_administrator_sees_failures(people: People, page_of: Any) -> None:
    world(people)
    page = page_of(people.sysadmin)
    page.goto("/")
    well_made(page)
    page.get_by_role("link", name="处理：1封邮件没有送达").click()
    expect(page.get_by_text("550 no such user")).to_be_visible()
    well_made(page)


def test_the_calendar_by_keyboard_and_its_feed(people: People, page_of: Any) -> None:
    world(people)
    page = page_of(people.office)
    page.goto("/calendar/")
    well_made(page)
    page.goto(f"/calendar/?month={today() - timedelta(days=4):%Y-%m}")
    expect(page.locator(".entry-red")).to_have_count(1)
    reach(page, "列表")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("view=list"))
    expect(page.get_by_role("link", name="议定事项1")).to_be_visible()
    well_made(page)
    page.get_by_role("link", name="下月").click()
    expect(page).to_have_url(re.compile("view=list"))
    page.get_by_role("button", name="生成订阅地址").click()
    address = page.locator("#feed-address").inner_text()
    well_made(page)
    token = address.rsplit("/", 1)[1]
    assert client_of(people.visitor).get(f"/calendar/feed/{token}").status_code == 200
    page.get_by_role("link", name="回到日历").click()
    page.get_by_role("button", name="撤销").click()
    page.locator("dialog[open]").get_by_role("button").last.click()
    expect(page.get_by_text("订阅地址已撤销")).to_be_visible()
    assert CalendarFeed.objects.count() == 0


def test_the_desk_asks_for_a_signature_once(people: People, page_of: Any) -> None:
    world(people)
    people.liaison("kejiju")
    page = page_of(people.office)
    page.goto("/dispatch/")
    page.get_by_role("link", name="未签收").click()
    well_made(page)
    page.get_by_role("button", name="催签：市科技局").click()
    expect(page.get_by_text("已催签 1 份。")).to_be_visible()
    expect(page.get_by_role("button", name="催签：市科技局")).to_have_count(0)
    assert Delivery.objects.get(recipient__unit__code="kejiju").chased_on == today()
    page.get_by_role("link", name="发件箱", exact=True).click()
    well_made(page)
    phone = page_of(people.office, phone=True)
    phone.goto("/dispatch/copies/?unsigned=on")
    expect(phone.get_by_role("button", name="催签：市教育局")).to_be_visible()
    well_made(phone)
