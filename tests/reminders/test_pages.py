"""Rules, rehearsal, chase, ladder and letters: who may, what is said, nothing half written."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.contrib.messages import get_messages
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from apps.action_items.models import ActionItem, Prompt
from apps.dispatch.models import OutboxMessage, PortalNotice
from apps.meetings.models import Topic
from apps.reminders import services
from apps.reminders.models import ReminderRule
from apps.reminders.selectors import rules
from tests.action_items.test_services import make
from tests.factories.people import People

pytestmark = pytest.mark.django_db
Login = Callable[[Any], Client]
SHANGHAI = ZoneInfo("Asia/Shanghai")
DUE = date(2026, 3, 20)


@pytest.fixture(autouse=True)
def _monday() -> Any:
    with time_machine.travel(datetime(2026, 3, 23, 10, tzinfo=SHANGHAI), tick=False):
        yield


def overdue(people: People, *leads: str) -> ActionItem:
    return make(people, *leads, due_on=DUE, opened_on=date(2026, 2, 10))


def said(response: Any) -> list[str]:
    return [str(message) for message in get_messages(response.wsgi_request)]


def test_who_may_open_which_page(people: People, client_of: Login) -> None:
    overdue(people, "jiaoyuju")
    gets = {name: reverse(f"reminders:{name}") for name in ("ladder", "letters", "rules", "rehearsal")}
    gets["letter"] = reverse("reminders:letter", args=["jiaoyuju"])
    users = {
        "office": people.office, "director": people.director, "sysadmin": people.sysadmin,
        "convener": people.convener, "unit": people.liaison("jiaoyuju"), "auditor": people.auditor,
    }  # fmt: skip
    found = {
        who: {name: client_of(user).get(url).status_code for name, url in gets.items()}
        for who, user in users.items()
    }
    office = {"ladder": 200, "letters": 200, "rules": 403, "rehearsal": 200, "letter": 200}
    nobody = dict.fromkeys(gets, 403)
    assert found == {
        "office": office, "director": office, "convener": nobody, "unit": nobody, "auditor": dict.fromkeys(gets, 200),
        "sysadmin": {**nobody, "rules": 200, "rehearsal": 200},
    }  # fmt: skip
    posts = [
        reverse("reminders:chase"),
        reverse("reminders:release", args=[1]),
        reverse("reminders:add_rule"),
    ]
    assert [client_of(people.convener).post(url).status_code for url in posts] == [403] * 3
    assert [client_of(people.office).get(url).status_code for url in posts] == [405] * 3
    # The auditor reads all of them and finds nothing to press; every act is forbidden.
    auditor = client_of(people.auditor)
    for url in [*gets.values(), reverse("action_items:rules")]:
        body = auditor.get(url).content.decode()
        main = body[body.index("<main") : body.index("</main>")]
        pressed = [
            word for word in ('method="post"', 'type="submit"', "发函</a>", "col-check") if word in main
        ]
        assert pressed == ['type="submit"'] * (url == gets["rehearsal"]), (
            url
        )  # the day looked at is asked by GET
    acts = [*posts, gets["rules"], reverse("reminders:release_letters"), reverse("action_items:rules")]
    assert [auditor.post(url).status_code for url in acts] == [403] * 6


def test_a_chase_says_what_it_did_and_goes_back(people: People, client_of: Login) -> None:
    first, second = overdue(people, "jiaoyuju"), overdue(people, "kejiju")
    people.liaison("jiaoyuju")
    browser, url = client_of(people.office), reverse("reminders:chase")
    answer = browser.post(url, {"item": [first.pk, second.pk], "next": "/items/?light=red"})
    assert (answer.status_code, answer.headers["Location"]) == (302, "/items/?light=red")
    assert said(answer) == ["已催办2项，告知1人。", "市科技局没有平台账号，请打电话或发催办函。"]
    for elsewhere in ("https://example.org/", "abc", "//example.org"):
        answer = browser.post(url, {"item": [first.pk], "next": elsewhere})
        assert answer.headers["Location"] == reverse("reminders:ladder")
        assert said(answer)[-1] == "1项今天已经催过，没有重复催办。"
    assert said(browser.post(url, {"item": ["x", "999999", ""]}))[-1] == "请先勾选要催办的事项。"
    assert Prompt.objects.count() == 2


def test_the_ladder_on_its_page_up_to_the_topic(people: People, client_of: Login) -> None:
    item = overdue(people, "jiaoyuju")
    browser, url = client_of(people.office), reverse("reminders:release", args=[item.pk])
    assert "升级到经办人" in browser.get(reverse("reminders:ladder")).content.decode()
    wrong = browser.post(url, {"rung": "agenda"}, follow=True)
    assert "还没有轮到" in wrong.content.decode()
    for number, rung in enumerate(("liaison", "member", "director", "convener")):
        with time_machine.travel(datetime(2026, 3, 23 + number, 10, tzinfo=SHANGHAI), tick=False):
            browser = client_of(people.office)
            assert browser.post(url, {"rung": rung}).status_code == 302
            body = browser.get(reverse("reminders:ladder")).content.decode()
            assert (body.count("今天已催办，明天可升级"), 'name="rung"' in body) == (1, False)
    assert not Topic.objects.exists()
    # Somebody who looks at a page of yesterday.
    assert said(browser.post(url, {"rung": "agenda"})) == ["今天已催办，明天可升级。"]
    assert not Topic.objects.exists()
    with time_machine.travel(datetime(2026, 3, 27, 10, tzinfo=SHANGHAI), tick=False):
        browser = client_of(people.office)
        answer = browser.post(url, {"rung": "agenda"})
        _propose_is_right(people, answer)
        browser.post(url, {"rung": "agenda"})
        assert Topic.objects.count() == 1
        assert "各级都已发过" in browser.get(reverse("reminders:ladder")).content.decode()
    assert [row.rung for row in Prompt.objects.order_by("id")] == [
        "liaison", "member", "director", "convener", "agenda",
    ]  # fmt: skip


def _propose_is_right(people: People, answer: Any) -> None:
    assert said(answer)[-1] == "已升级到“列入议题”。已在议题中提出，待办公室受理。"
    topic = Topic.objects.get()
    assert (topic.unit.code, topic.title, topic.proposed_by) == (
        "weijianwei", "研究〔2026〕1号第1项议定事项推进情况", people.office,
    )  # fmt: skip
    assert topic.request == (
        "〔2026〕1号第1项议定事项由市教育局牵头，时限2026年3月20日，超期未办结或者漏报进展，逐级督办后仍未解决，提请会议研究。"
    )


def test_ladder_and_letters_cost_the_same_for_one_and_for_three(people: People, client_of: Login) -> None:
    found: list[list[int]] = []
    people.liaison("jiaoyuju")
    for _round in range(2):
        while ActionItem.objects.count() < 1 + 2 * len(found):
            overdue(people, "jiaoyuju")
        counts = []
        for name in ("ladder", "letters", "rehearsal"):
            browser = client_of(people.office)
            with CaptureQueriesContext(
                connection,
            ) as captured:
                assert browser.get(reverse(f"reminders:{name}")).status_code == 200
            counts.append(len(captured))
        found.append(counts)
    assert found == [QUERIES, QUERIES]


QUERIES = [12, 13, 19]


def test_letters_list_own_items_and_the_text(people: People, client_of: Login) -> None:
    overdue(people, "jiaoyuju")
    make(people, "kejiju", due_on=date(2026, 3, 27))
    body = client_of(people.office).get(reverse("reminders:letters")).content.decode()
    assert "市教育局（1项：超期1项）" in body
    assert "市科技局（1项：漏报1项）" in body
    assert "〔2026〕1号第2项议定事项，进展应于1月15日前报送，时限2026年3月27日" in body  # both matter
    red = client_of(people.office).get(reverse("reminders:letters"), {"light": "red"}).content.decode()
    assert ("市教育局（1项：超期1项）" in red, "市科技局（1项" in red) == (True, False)
    letter = reverse("reminders:letter", args=["kejiju"])
    assert client_of(people.office).get(letter).status_code == 200
    assert client_of(people.office).get(letter, {"light": "red"}).status_code == 404
    assert client_of(people.office).get(reverse("reminders:letter", args=["minzhengju"])).status_code == 404
    # What no unit is called is nobody, whatever it is made of.
    act = reverse("reminders:release_letters")
    browser = client_of(people.office)
    for answer in (browser.get(act, {"unit": "jiao\0"}), browser.post(act, {"unit": "jiao\0"})):
        assert (answer.status_code, answer.headers["Location"]) == (302, reverse("reminders:letters"))


def test_the_text_for_a_messenger_says_the_date_that_matters(people: People, client_of: Login) -> None:
    overdue(people, "jiaoyuju")
    with time_machine.travel(datetime(2026, 4, 20, 10, tzinfo=SHANGHAI), tick=False):
        make(
            people, "jiaoyuju", due_on=date(2026, 12, 20), opened_on=date(2026, 2, 10)
        )  # no report by 15 April
        make(people, "jiaoyuju", due_on=None, recurrence="每月5日前", opened_on=date(2026, 3, 10))
        make(people, "jiaoyuju", due_on=date(2026, 4, 24), opened_on=date(2026, 4, 8))
        body = client_of(people.office).get(reverse("reminders:letters")).content.decode()
    assert "市教育局（4项：超期1项、漏报2项、临期1项）" in body
    text = body.partition('id="words-jiaoyuju">')[2].partition("</p>")[0]
    assert text.splitlines() == [
        "【催办】市教育局：",
        "1. 〔2026〕1号第1项议定事项，已超期，时限2026年3月20日",
        "2. 〔2026〕1号第3项议定事项，进展应于4月5日前报送",
        "3. 〔2026〕1号第4项议定事项，时限2026年4月24日",
        "4. 〔2026〕1号第2项议定事项，进展应于4月15日前报送",
        "请登录联席会议平台办理。",
    ]


def posted() -> dict[str, str]:
    """The rules' form as it stands."""
    data = {}
    for rule in rules():
        name = f"{rule.matter}-{rule.phase}-{rule.slot}"
        data[f"{name}-days"] = str(rule.workdays)
        if rule.is_active:
            data[f"{name}-on"] = "on"
    return data


def test_rules_change_together_or_not_at_all(people: People, client_of: Login) -> None:
    browser, url = client_of(people.sysadmin), reverse("reminders:rules")
    assert browser.get(url).status_code == 200
    data = posted() | {"item_due-before-1-days": "5", "item_quarter-before-1-on": "on"}
    assert browser.post(url, data | {"consent-before-1-days": "99"}).status_code == 422
    assert not ReminderRule.objects.exists()
    answer = browser.post(url, data)
    assert said(answer) == ["已修改2条提醒规则。"]
    assert sorted(ReminderRule.objects.values_list("matter", "phase", "slot", "workdays", "is_active")) == [
        ("item_due", "before", 1, 5, True),
        ("item_quarter", "before", 1, 3, True),
    ]
    more = reverse("reminders:add_rule")
    given = {"matter": "item_due", "phase": "before", "workdays": "10"}
    assert browser.post(more, given).status_code == 302
    again = browser.post(more, given)
    assert again.status_code == 422
    assert "已经有一条10个工作日的规则。" in again.content.decode()
    assert browser.post(more, given | {"matter": "nonsense"}).status_code == 422
    assert ReminderRule.objects.count() == 3


def test_rules_of_one_matter_differ_and_keep_their_order(people: People, client_of: Login) -> None:
    services.add_rule("item_due", "before", workdays=1, by=people.sysadmin)  # the first has three days
    browser, url = client_of(people.sysadmin), reverse("reminders:rules")

    def faults(**days: str) -> tuple[int, dict[str, list[str]]]:
        answer = browser.post(
            url, posted() | {f"item_due-before-{slot[1]}-days": n for slot, n in days.items()}
        )
        return answer.status_code, dict(answer.context["form"].errors) if answer.status_code == 422 else {}

    def kept() -> list[tuple[int, int]]:
        return sorted(ReminderRule.objects.values_list("slot", "workdays"))

    assert faults(s1="1") == (422, {"item_due-before-1-days": ["已经有一条1个工作日的规则。"]})
    turned = "原来是1个和3个工作日的两条规则，天数不能颠倒先后。"
    assert faults(s2="5") == (422, {"item_due-before-1-days": [turned]})
    assert kept() == [(2, 1)]
    assert faults(s1="8", s2="5") == (302, {})
    assert kept() == [(1, 8), (2, 5)]
    off = {key: value for key, value in posted().items() if key != "item_due-before-2-on"}
    assert (
        browser.post(url, off | {"item_due-before-2-days": "8"}).status_code == 302
    )  # one that is off says nothing


def test_a_rehearsal_lists_who_gets_what_and_writes_nothing(people: People, client_of: Login) -> None:
    overdue(people, "jiaoyuju")
    make(people, "gongxinju", due_on=date(2026, 4, 8), opened_on=date(2026, 3, 2))
    people.liaison("jiaoyuju")
    people.liaison("gongxinju")
    browser, url = client_of(people.office), reverse("reminders:rehearsal")

    def listed(**query: str) -> list[tuple[str, list[str]]]:
        found = browser.get(url, query).context["people"]
        return [(person.user.username, [line.title for line in person.lines]) for person in found]

    late = ("liaison-jiaoyuju", ["已超期：〔2026〕1号第1项议定事项"])
    soon = ("liaison-gongxinju", ["4月8日到期：〔2026〕1号第2项议定事项"])
    assert listed() == [late]
    assert listed(day="2026-04-03") == [late, soon]  # the charter's order, which is not that of the names
    assert (OutboxMessage.objects.count(), PortalNotice.objects.count()) == (0, 0)
    services.look()
    assert listed() == []
    assert browser.get(url, {"day": "2026-13-40"}).status_code == 422
