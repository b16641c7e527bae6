"""Pages of dispatch and of numbers: who gets in, what they show, and how many queries that costs."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from apps.accounts.models import User
from apps.common.workflow import move
from apps.dispatch import selectors, services
from apps.dispatch.enums import DELIVERY_COLOURS, MESSAGE_COLOURS, DeliveryState, MessageState
from apps.dispatch.models import Delivery, OutboxMessage, PortalNotice, Recipient
from apps.dispatch.services import tell
from apps.documents.models import ArchivedPaper, NumberCounter
from apps.documents.services import take_number
from tests.factories.people import People

from .conftest import PDF, make_mail, make_paper
from .test_papers import ROLES, issue, who

pytestmark = [pytest.mark.django_db, pytest.mark.core]
ClientOf = Callable[..., Client]
SEES_OUTBOX = {"office", "director", "host_deputy", "sysadmin", "auditor"}
ADMIN = {"sysadmin"}
EVERYBODY = {role for role in ROLES if role != "portal"}


def text(answer: Any) -> str:
    return str(answer.content.decode())


def test_every_state_has_a_colour() -> None:
    assert set(MESSAGE_COLOURS) == set(MessageState)
    assert set(DELIVERY_COLOURS) == set(DeliveryState)


@pytest.mark.parametrize("role", sorted(EVERYBODY))
def test_who_gets_into_which_page(
    people: People, client_of: ClientOf, paper: ArchivedPaper, role: str
) -> None:
    services.sync_recipients()
    [report, *_rest] = issue(paper, people.office)
    own = Delivery.objects.get(recipient__unit__code="kejiju")
    dead = make_mail(state="dead", attempts=1)
    recipient = Recipient.objects.get(is_superior=True)
    browser = client_of(who(people, role))
    units = {"own_liaison", "own_liaison_b", "own_member"}
    seen = EVERYBODY - {"secadmin", "visitor"}
    sees_all = SEES_OUTBOX | {"convener"}
    pages = {
        "/dispatch/": EVERYBODY, "/dispatch/notices/": EVERYBODY, "/dispatch/outbox/": SEES_OUTBOX,
        "/dispatch/problems/": SEES_OUTBOX, "/dispatch/recipients/": SEES_OUTBOX,
        "/dispatch/recipients/new/": ADMIN, f"/dispatch/recipients/{recipient.pk}/": ADMIN,
        "/papers/numbers/": {"sysadmin", "office", "auditor"},
        f"/dispatch/deliveries/{own.pk}/register/": {"office", "director"},
        f"/dispatch/papers/{paper.pk}/": seen, f"/dispatch/papers/{paper.pk}/sheets/paper/pdf": seen,
    }  # fmt: skip
    found = {url: browser.get(url).status_code for url in pages}
    hidden = {  # not seen at all: 404 rather than 403
        f"/dispatch/deliveries/{own.pk}/register/": EVERYBODY - sees_all - units,
        f"/dispatch/papers/{paper.pk}/": EVERYBODY - seen,
        f"/dispatch/papers/{paper.pk}/sheets/paper/pdf": EVERYBODY - seen,
    }  # fmt: skip
    assert found == {
        url: 200 if role in allowed else 404 if role in hidden.get(url, set()) else 403
        for url, allowed in pages.items()
    }
    posts = {
        f"/dispatch/outbox/{dead.pk}/drop/": ({"office", "director", "sysadmin"}, EVERYBODY - SEES_OUTBOX),
        "/dispatch/outbox/resend/": ({"office", "director", "sysadmin"}, set()),
        "/dispatch/recipients/sync/": (ADMIN, set()),
        f"/dispatch/recipients/{recipient.pk}/test/": (ADMIN, set()),
        "/dispatch/notices/read/": (EVERYBODY, set()),
        f"/dispatch/deliveries/{own.pk}/receive/": (
            {"own_liaison", "own_liaison_b"}, EVERYBODY - sees_all - units,
        ),
        f"/dispatch/deliveries/{report.pk}/receive/": (set(), EVERYBODY - sees_all),
    }  # fmt: skip
    done = {url: browser.post(url, {"reason": "示例"}).status_code for url in posts}
    assert done == {
        url: 302 if role in allowed else 404 if role in unseen else 403
        for url, (allowed, unseen) in posts.items()
    }
    assert all(browser.get(url).status_code == 405 for url in posts)


def test_strangers_are_sent_to_the_login_page(client: Client) -> None:
    assert client.get("/dispatch/").status_code == client.get("/papers/numbers/").status_code == 302


def test_office_registers_the_report_and_the_page_says_so(
    people: People, client_of: ClientOf, paper: ArchivedPaper
) -> None:
    services.sync_recipients()
    [report, *_rest] = issue(paper, people.office)
    browser = client_of(people.office)
    page = f"/dispatch/papers/{paper.pk}/"
    assert "抄报还没有完成" in text(browser.get(page))
    url = f"/dispatch/deliveries/{report.pk}/register/"
    fields = {
        "channel": "exchange",
        "sent_on": "2026-04-09",
        "received_on": "2026-04-08",
        "receiver": "办文电科",
    }
    wrong = browser.post(url, fields)
    assert (wrong.status_code, "签收日期不能早于送出日期。" in text(wrong)) == (422, True)
    right = browser.post(url, fields | {"received_on": "2026-04-10"}, follow=True)
    assert "已登记：市人民政府。" in text(right)
    assert "抄报还没有完成" not in text(right)
    assert selectors.report_is_done(paper)


@pytest.mark.parametrize(
    "fields",
    [
        {"sent_on": "2026-02-30"},
        {"sent_on": "昨天"},
        {"sent_on": "2026-04-09", "channel": "鸽子"},
        {"sent_on": "2026-04-09", "receiver": "某" * 61, "received_on": "2026-04-09"},
        {"sent_on": "2026-04-09", "note": "看不见\u202e的字"},
        {"sent_on": "2026-04-09", "note": "空\x00字"},
        {},
    ],
)
def test_bad_input_is_refused_in_words_and_nothing_is_kept(
    people: People, client_of: ClientOf, paper: ArchivedPaper, fields: dict[str, str]
) -> None:
    services.sync_recipients()
    [report, *_rest] = issue(paper, people.office)
    url = f"/dispatch/deliveries/{report.pk}/register/"
    answer = client_of(people.office).post(url, {"channel": "paper"} | fields)
    assert (answer.status_code, "处需要改正" in text(answer)) == (422, True)
    assert Delivery.objects.get(pk=report.pk).state == "waiting"


def test_a_unit_downloads_its_copy_and_signs_for_it(
    people: People, client_of: ClientOf, paper: ArchivedPaper
) -> None:
    services.sync_recipients()
    issue(paper, people.office)
    browser = client_of(people.liaison("kejiju"))
    page = text(browser.get(f"/dispatch/papers/{paper.pk}/"))
    assert ("市科技局" in page, "市民政局" in page, "办理经过" in page) == (True, False, False)
    answer = browser.get(f"/dispatch/papers/{paper.pk}/sheets/paper/pdf")
    assert (answer.content, answer["Content-Type"], answer["X-Content-Type-Options"]) == (
        PDF, "application/pdf", "nosniff",
    )  # fmt: skip
    assert answer["Content-Disposition"].startswith("attachment; filename*=utf-8''")
    own = Delivery.objects.get(recipient__unit__code="kejiju")
    assert "已签收：2026年第一次全体会议纪要。" in text(
        browser.post(f"/dispatch/deliveries/{own.pk}/receive/", follow=True)
    )
    again = browser.post(f"/dispatch/deliveries/{own.pk}/receive/", follow=True)
    assert "当前状态为“已签收”，不能签收。" in text(again)


def test_the_administrator_changes_a_recipient(people: People, client_of: ClientOf) -> None:
    browser = client_of(people.sysadmin)
    assert "新增17个" in text(browser.post("/dispatch/recipients/sync/", follow=True))
    row = Recipient.objects.get(name="市科技局")
    url = f"/dispatch/recipients/{row.pk}/"
    bad = browser.post(url, {"name": "市科技局", "channel": "mail", "address": "", "is_active": "on"})
    assert (bad.status_code, "必须填写邮箱" in text(bad)) == (422, True)
    browser.post(
        url, {"name": "市科技局", "channel": "mail", "address": "kjj@portal.test", "is_active": "on"}
    )
    row.refresh_from_db()
    assert (row.channel, row.address) == ("mail", "kjj@portal.test")
    browser.post("/dispatch/recipients/new/", {"name": "示例县卫健局", "channel": "paper", "is_active": "on"})
    assert Recipient.objects.filter(name="示例县卫健局", unit=None, is_superior=False).count() == 1


def test_messages_are_read_one_by_one_or_all(people: People, client_of: ClientOf) -> None:
    user, other = people.liaison("kejiju"), people.liaison("jiaoyuju")
    for number in range(3):
        tell([user], kind="notice", title=f"会议通知{number}", url="/dispatch/notices/", key=str(number))
    browser = client_of(user)
    assert selectors.unread_count(user) == 3
    first = PortalNotice.objects.order_by("id")[0]
    assert client_of(other).post(f"/dispatch/notices/{first.pk}/open/").status_code == 404
    answer = browser.post(f"/dispatch/notices/{first.pk}/open/")
    assert (answer.status_code, answer["Location"]) == (302, "/dispatch/notices/")
    assert selectors.unread_count(user) == 2
    assert "会议通知0" not in text(browser.get("/dispatch/notices/?unread=1"))
    assert "2条消息已标为已读。" in text(browser.post("/dispatch/notices/read/", follow=True))
    assert selectors.unread_count(user) == 0


def test_a_line_that_points_elsewhere_stays_here(people: People, client_of: ClientOf) -> None:
    user = people.liaison("kejiju")
    notice = PortalNotice.objects.create(key="x", user=user, title="x", url="https://elsewhere.test/")
    answer = client_of(user).post(f"/dispatch/notices/{notice.pk}/open/")
    assert answer["Location"] == "/dispatch/notices/"


def test_the_outbox_is_filtered(people: People, client_of: ClientOf) -> None:
    make_mail("a@portal.test", subject="甲的邮件")
    make_mail("b@portal.test", subject="乙的邮件", state="dead", attempts=8, last_error="550 no such user")
    browser = client_of(people.office)
    both = text(browser.get("/dispatch/outbox/"))
    dead = text(browser.get("/dispatch/outbox/?state=dead"))
    found = text(browser.get("/dispatch/outbox/?q=a@portal"))
    assert [("甲的邮件" in page, "乙的邮件" in page) for page in (both, dead, found)] == [
        (True, True), (False, True), (True, False),
    ]  # fmt: skip
    assert "550 no such user" in dead
    assert browser.get("/dispatch/outbox/?state=nonsense&page=x&q=%00").status_code == 200


def test_the_pages_say_when_nobody_sends(people: People, client_of: ClientOf, settings: Any) -> None:
    make_mail(due_at=timezone.now() - timedelta(minutes=20))
    settings.EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"
    page = text(client_of(people.office).get("/dispatch/problems/"))
    assert ("后台发送程序可能没有运行" in page, "邮件服务器还没有设置" in page) == (True, True)
    named = [
        "EMAIL_URL" in text(client_of(user).get(f"/dispatch/{page}/"))
        for user in (people.office, people.director, people.sysadmin) for page in ("problems", "outbox")
    ]  # fmt: skip
    assert named == [False, False, False, False, True, True]
    make_mail(state="sent", sent_at=timezone.now(), attempts=1)
    page = text(client_of(people.office).get("/dispatch/outbox/?state=sent"))
    assert ("已登记（未寄）" in page, " 寄出</td>" in page) == (True, False)
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    page = text(client_of(people.office).get("/dispatch/outbox/?state=sent"))
    assert ("已登记（未寄）" in page, " 寄出</td>" in page) == (False, True)


def test_every_dead_mail_is_sent_again_at_once_but_to_whom_may_not_log_in(
    people: People, client_of: ClientOf
) -> None:
    for number in range(3):
        make_mail(f"{number}@portal.test", state="dead", attempts=8)
    gone = people.liaison("kejiju")
    left = make_mail("left@portal.test", state="dead", attempts=8, user=gone)
    User.objects.filter(pk=gone.pk).update(is_active=False)
    office = client_of(people.office)
    page = text(office.post("/dispatch/outbox/resend/", follow=True))
    assert ("已把3封邮件重新放入发件箱。" in page, "1封不能再发送" in page) == (True, True)
    assert "收件人的账号已停用，不能再发送。" in text(
        office.post(f"/dispatch/outbox/{left.pk}/resend/", follow=True)
    )
    found = OutboxMessage.objects.values_list("address", "state", "attempts").order_by("id")
    assert list(found) == [
        *((f"{number}@portal.test", "waiting", 0) for number in range(3)), ("left@portal.test", "dead", 8)
    ]  # fmt: skip


def test_the_numbers_page(people: People, client_of: ClientOf) -> None:
    browser = client_of(people.sysadmin)
    year = timezone.localdate().year
    fields = {"kind": "minutes", "year": year, "number": 1}
    assert browser.post("/papers/numbers/", fields).status_code == 422
    assert "起始编号已设置。" in text(browser.post("/papers/numbers/", fields | {"number": 4}, follow=True))
    again = browser.post("/papers/numbers/", fields | {"number": 5}, follow=True)
    assert "只能设置一次" in text(again)
    assert client_of(people.office).post("/papers/numbers/", fields).status_code == 403
    take_number("minutes", year=year, by=people.office)
    page = text(browser.get("/papers/numbers/"))
    assert (f"〔{year}〕4号" in page, f"〔{year}〕5号" in page) == (True, True)
    assert NumberCounter.objects.get().next_number == 5


def _three_of_each(people: People, count: int) -> None:
    for number in range(count):
        paper = make_paper(f"纪要{number}-{count}", f"〔2026〕{number}号")
        [report, *_rest] = issue(paper, people.office)
        dead = make_mail(state="dead", attempts=8, paper=paper)
        Delivery.objects.filter(pk=report.pk).update(message=dead, channel="mail")
        report.refresh_from_db()
        move(report, "mail_failed", by=None)
        take_number("minutes", year=2026, by=people.office)
        tell([people.office], kind="notice", title="会议通知", url="/dispatch/", key=f"{number}-{count}")


# Five are the frame's: session, user, two of the standing, unread messages.
@pytest.mark.parametrize(
    ("url", "queries"),
    [
        ("/dispatch/", 7),
        ("/dispatch/outbox/", 6),
        ("/dispatch/problems/", 6),
        ("/dispatch/notices/", 6),
        ("/dispatch/recipients/", 5),
        ("/papers/numbers/", 8),
    ],
)
def test_lists_cost_the_same_with_one_row_and_with_three(
    people: People, client_of: ClientOf, django_assert_num_queries: Any, url: str, queries: int
) -> None:
    services.sync_recipients()
    browser = client_of(people.office)
    for count in (1, 2):
        _three_of_each(people, count)
        browser.get(url)
        with django_assert_num_queries(queries):
            assert browser.get(url).status_code == 200
