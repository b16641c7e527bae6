"""Copies of issued papers: mail or by hand, receipts, C12, and the recipients themselves."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from typing import Any

import pytest
import time_machine
from django.core import mail
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import close_old_connections, connections
from django.test import Client
from django.utils import timezone

from apps.accounts.models import User
from apps.common import settings_rows
from apps.common.audit import history_of
from apps.common.errors import Refused
from apps.common.todo import TodoKind
from apps.common.workflow import move, save_with_history
from apps.dispatch import outbox, selectors, services
from apps.dispatch.enums import DeliveryRole, DeliveryState, MessageState
from apps.dispatch.models import Delivery, OutboxMessage, Recipient
from apps.documents.models import ArchivedPaper
from tests.factories.people import People

from .conftest import make_mail, make_paper

pytestmark = [pytest.mark.django_db, pytest.mark.core]


@pytest.fixture
def recipients(people: People) -> list[Recipient]:
    services.sync_recipients()
    return list(Recipient.objects.all())


def by_mail(recipient: Recipient, address: str = "gov@portal.test") -> Recipient:
    recipient.channel, recipient.address = "mail", address
    save_with_history(recipient, by=None)
    return recipient


def issue(paper: ArchivedPaper, by: User) -> list[Delivery]:
    """To the government and every unit, each by 电子公文交换, unless somebody chose another way than the portal."""
    services.sync_recipients()
    Recipient.objects.filter(channel="portal").update(channel="exchange")
    return services.send_paper(paper, recipients=services.issue_list(), by=by)


def test_recipients_are_the_government_and_every_unit_in_charter_order(people: People) -> None:
    assert len(services.sync_recipients()) == 17
    assert services.sync_recipients() == []
    rows = [(r.name, r.channel, r.is_superior) for r in Recipient.objects.all()]
    assert rows[:3] == [
        ("市人民政府", "exchange", True),
        ("市卫健委", "portal", False),
        ("市委宣传部", "portal", False),
    ]
    assert len(rows) == 17


def test_another_authority_by_setting(people: People) -> None:
    services.sync_recipients()
    settings_rows.put("report_to", "市政府办公室", by=None)
    services.sync_recipients()
    assert [row.name for row in Recipient.objects.filter(is_superior=True, is_active=True)] == [
        "市政府办公室"
    ]
    assert not Recipient.objects.get(name="市人民政府").is_superior


def test_a_unit_that_left_gets_nothing_more(people: People) -> None:
    services.sync_recipients()
    unit = people.unit("kejiju")
    unit.left_on = date(2026, 1, 1)
    unit.save()
    assert unit.pk not in {recipient.unit_id for recipient, _role in services.issue_list()}
    assert len(services.issue_list()) == 16


def test_a_paper_goes_by_mail_where_the_channel_is_mail_and_waits_for_a_hand_elsewhere(
    people: People, recipients: list[Recipient], paper: ArchivedPaper
) -> None:
    by_mail(recipients[0])
    copies = issue(paper, people.office)
    assert [(c.recipient.name, c.role, c.channel, c.state) for c in copies[:2]] == [
        ("市人民政府", "report", "mail", "waiting"),
        ("市卫健委", "send", "exchange", "waiting"),
    ]
    message = OutboxMessage.objects.get()
    assert (message.key, message.address, message.subject, message.paper) == (
        f"paper:{paper.pk}:1:{recipients[0].pk}", "gov@portal.test",
        "2026年第一次全体会议纪要 〔2026〕1号", paper,
    )  # fmt: skip
    assert message.body == (
        "市人民政府：\n\n现将《2026年第一次全体会议纪要》（〔2026〕1号）抄报你单位，正文见附件，请查收。\n\n——\n"
        "泉州市职业病防治工作联席会议办公室\n本邮件由联席会议平台自动发送，请勿回复。\n"
        "本系统为非涉密系统，严禁处理、存储、传输国家秘密和工作秘密。\n"
    )
    assert issue(paper, people.office) == copies  # pressed twice
    assert (Delivery.objects.count(), OutboxMessage.objects.count()) == (17, 1)
    assert [event.verb for event in history_of(paper)] == ["send_paper"]


def test_a_unit_that_reads_in_the_portal_has_its_copy_the_moment_it_is_issued(
    people: People, recipients: list[Recipient], paper: ArchivedPaper
) -> None:
    [report, *copies] = services.send_paper(paper, recipients=services.issue_list(), by=people.office)
    assert (report.channel, report.state, report.sent_on) == ("exchange", "waiting", None)
    assert {(c.channel, c.state, c.sent_on, c.receiver) for c in copies} == {
        ("portal", "sent", timezone.localdate(), "")
    }
    government = recipients[0]
    government.channel = "portal"
    with pytest.raises(ValidationError) as caught:
        government.full_clean()
    assert caught.value.messages == ["平台送达只用于成员单位：别的收文单位不在平台上签收。"]


def test_every_current_copy_waits_to_be_signed_for_and_no_other(
    people: People, client_of: Callable[[Any], Client], recipients: list[Recipient], paper: ArchivedPaper
) -> None:
    liaison, other = people.liaison("kejiju"), people.liaison("jiaoyuju")
    letter = make_paper("催办函", "催办〔2026〕1号", kind="chase_letter", signed_by="泉州市卫生健康委员会")
    office = "泉州市职业病防治工作联席会议办公室"
    bulletin = make_paper("通报", "通报〔2026〕1号", kind="bulletin", signed_by=f"{office}（代章）")
    superseded = make_paper("旧版", "〔2026〕2号")
    mine = [(row, DeliveryRole.SEND) for row in recipients if row.unit == people.unit("kejiju")]
    for sent in (paper, letter, bulletin, superseded):
        services.send_paper(sent, recipients=mine, by=people.office)
    ArchivedPaper.objects.filter(pk=superseded.pk).update(status="corrected")
    assert [(t.kind, t.title, t.verb, t.note) for t in selectors.waiting_for(liaison)] == [
        (TodoKind.SIGN_FOR, "2026年第一次全体会议纪要", "签收", "〔2026〕1号"),
        (TodoKind.SIGN_FOR, "催办函", "签收", "催办〔2026〕1号"),
    ]  # fmt: skip - the line of a 通报 is written by the app that issues it
    assert [selectors.unsigned_count(user) for user in (liaison, other, people.office)] == [3, 0, 0]
    browser = client_of(liaison)
    page = browser.get("/dispatch/")
    rows = page.context["rows"]
    assert [(row.paper, row.issuer, len(row.to_sign)) for row in rows] == [
        (superseded, office, 0), (bulletin, office, 1), (letter, "泉州市卫生健康委员会", 1), (paper, office, 1),
    ]  # fmt: skip
    assert page.content.decode().count("泉州市卫生健康委员会") == 1
    [entry] = [entry for entry in page.context["nav"] if entry["url"] == "/dispatch/"]
    assert (entry["label"], entry["badge"]) == ("收文", 3)
    answer = browser.post(f"/dispatch/deliveries/{rows[3].to_sign[0].pk}/receive/", {"next": "/dispatch/"})
    assert (answer.status_code, answer["Location"]) == (302, "/dispatch/")
    page = browser.get("/dispatch/")
    assert [len(row.to_sign) for row in page.context["rows"]] == [0, 1, 1, 0]
    signed = page.context["rows"][3].copies[0]
    assert (signed.received_on, signed.receiver) == (timezone.localdate(), str(liaison))
    assert [todo.title for todo in selectors.waiting_for(liaison)] == ["催办函"]


def test_c12_is_done_when_the_mail_was_taken(
    people: People, recipients: list[Recipient], paper: ArchivedPaper
) -> None:
    assert not selectors.report_is_done(paper)  # 抄报 to nobody is not done
    by_mail(recipients[0])
    [report, *_rest] = issue(paper, people.office)
    assert not selectors.report_is_done(paper)
    with time_machine.travel("2026-04-09T02:00Z", tick=False):
        OutboxMessage.objects.update(due_at="2026-04-09T01:00Z")
        outbox.send([report.message_id])  # type: ignore[list-item]
    report.refresh_from_db()
    assert (report.state, report.sent_on) == ("sent", date(2026, 4, 9))
    assert selectors.report_is_done(paper)
    assert [event.verb for event in history_of(report)] == ["mail_sent"]


def test_c12_is_not_done_by_a_refused_mail_but_by_a_registered_receipt(
    people: People, recipients: list[Recipient], paper: ArchivedPaper
) -> None:
    by_mail(recipients[0])
    [report, *_rest] = issue(paper, people.office)
    message = OutboxMessage.objects.get()
    OutboxMessage.objects.update(state="dead", attempts=1)
    move(report, "mail_failed", by=None)
    assert not selectors.report_is_done(paper)
    services.register_delivery(report, sent_on=date(2026, 4, 9), by=people.office, channel="paper")
    assert not selectors.report_is_done(paper)  # sent by hand is not received
    services.register_delivery(
        report,
        sent_on=date(2026, 4, 9),
        received_on=date(2026, 4, 10),
        receiver="市政府办文电科",
        by=people.office,
    )
    assert selectors.report_is_done(paper)
    message.refresh_from_db()
    assert (message.state, message.last_error) == ("cancelled", "已改由人工登记。")
    report.refresh_from_db()
    assert (report.state, report.channel, report.receiver, report.registered_by) == (
        "received", "paper", "市政府办文电科", people.office,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"sent_on": date(2026, 4, 6)}, {"sent_on": ["送出日期不能早于成文日期。"]}),
        ({"sent_on": date(2026, 4, 21)}, {"sent_on": ["送出日期不能晚于今天。"]}),
        (
            {"sent_on": date(2026, 4, 9), "received_on": date(2026, 4, 8), "receiver": "某"},
            {"received_on": ["签收日期不能早于送出日期。"]},
        ),
        (
            {"sent_on": date(2026, 4, 9), "received_on": date(2026, 5, 8), "receiver": "某"},
            {"received_on": ["签收日期不能晚于今天。"]},
        ),
        ({"sent_on": date(2026, 4, 9), "received_on": date(2026, 4, 9)}, {"receiver": ["请填写签收人。"]}),
        ({"sent_on": date(2026, 4, 9), "receiver": "某"}, {"received_on": ["请填写签收日期。"]}),
    ],
)
def test_dates_that_make_no_sense(
    people: People, recipients: list[Recipient], paper: ArchivedPaper, fields: dict[str, Any], wrong: dict
) -> None:
    [report, *_rest] = issue(paper, people.office)
    with time_machine.travel("2026-04-20T02:00Z"), pytest.raises(ValidationError) as caught:
        services.register_delivery(report, by=people.office, **fields)
    assert caught.value.message_dict == wrong
    report.refresh_from_db()
    assert (report.state, report.sent_on) == ("waiting", None)


def test_an_entry_is_put_right_until_the_unit_signed_for_it_itself(
    people: People, recipients: list[Recipient], paper: ArchivedPaper
) -> None:
    copies = issue(paper, people.office)
    copy = next(c for c in copies if c.recipient.unit and c.recipient.unit.code == "kejiju")
    services.register_delivery(copy, sent_on=date(2026, 4, 9), by=people.office)
    services.register_delivery(copy, sent_on=date(2026, 4, 10), by=people.office)
    assert copy.sent_on == date(2026, 4, 10)
    services.confirm_receipt(copy, by=people.liaison("kejiju"))
    assert (copy.state, copy.receiver, copy.sent_on) == ("received", "市科技局经办人A", date(2026, 4, 10))
    with pytest.raises(Refused, match="已在系统中签收"):
        services.register_delivery(
            copy, sent_on=date(2026, 4, 9), received_on=date(2026, 4, 9), receiver="某", by=people.office
        )
    assert [event.verb for event in history_of(copy)] == ["register_sent", "amend", "confirm"]


# --- the whole matrix: state × verb × role ------------------------------------

ROLES = [
    "office", "director", "convener", "host_deputy", "own_liaison", "own_liaison_b", "own_member",
    "other_liaison", "sysadmin", "secadmin", "auditor", "visitor", "portal",
]  # fmt: skip
OFFICE = {"office", "director"}
ALLOWED = {
    "mail_sent": {"portal"}, "mail_failed": {"portal"}, "mail_again": OFFICE | {"sysadmin"},
    "register_sent": OFFICE, "register_received": OFFICE, "amend": OFFICE, "chase": OFFICE,
    "confirm": {"own_liaison", "own_liaison_b"}, "resend": OFFICE | {"sysadmin"},
    "drop": OFFICE | {"sysadmin"},
}  # fmt: skip
DELIVERY_TABLE = {
    ("waiting", "mail_sent"): "sent", ("failed", "mail_sent"): "sent", ("waiting", "mail_failed"): "failed",
    ("failed", "mail_again"): "waiting", ("waiting", "register_sent"): "sent",
    ("failed", "register_sent"): "sent", ("waiting", "register_received"): "received",
    ("failed", "register_received"): "received", ("sent", "register_received"): "received",
    ("sent", "amend"): "sent", ("received", "amend"): "received", ("waiting", "confirm"): "received",
    ("failed", "confirm"): "received", ("sent", "confirm"): "received", ("waiting", "chase"): "waiting",
    ("failed", "chase"): "failed", ("sent", "chase"): "sent",
}  # fmt: skip
MESSAGE_TABLE = {("dead", "resend"): "waiting", ("dead", "drop"): "cancelled"}
DELIVERY_VERBS = [
    "mail_sent", "mail_failed", "mail_again", "register_sent", "register_received", "amend", "confirm", "chase"
]  # fmt: skip
RECEIVED = {"sent_on": date(2026, 4, 9), "received_on": date(2026, 4, 9), "receiver": "某"}


def who(people: People, role: str) -> User | None:
    made = {
        "own_liaison": lambda: people.liaison("kejiju"), "own_liaison_b": lambda: people.liaison_b("kejiju"),
        "own_member": lambda: people.member("kejiju"), "other_liaison": lambda: people.liaison("jiaoyuju"),
        "portal": lambda: None,
    }  # fmt: skip
    return made[role]() if role in made else getattr(people, role)


def outcome(obj: Any, verb: str, user: User | None, **fields: Any) -> str:
    try:
        return str(move(obj, verb, by=user, reason="示例", **fields).state)
    except PermissionDenied:
        return "denied"
    except Refused:
        return "refused"


@pytest.mark.parametrize("role", ROLES)
def test_delivery_matrix(people: People, recipients: list[Recipient], role: str) -> None:
    user, found, expected = who(people, role), {}, {}
    recipient = Recipient.objects.get(unit__code="kejiju")
    for state in DeliveryState.values:
        for verb in DELIVERY_VERBS:
            dates: dict[str, Any] = {"sent_on": RECEIVED["sent_on"]} if state == "sent" else {}
            copy = Delivery.objects.create(
                paper=make_paper(), recipient=recipient, role=DeliveryRole.SEND, channel="exchange",
                state=state, **(RECEIVED if state == "received" else dates),
            )  # fmt: skip
            received = verb in {"register_received", "confirm"} or (verb, state) == ("amend", "received")
            fields = RECEIVED if received else {"sent_on": RECEIVED["sent_on"]}
            found[state, verb] = outcome(copy, verb, user, **fields)
            target = DELIVERY_TABLE.get((state, verb), "refused")
            expected[state, verb] = target if role in ALLOWED[verb] else "denied"
    assert found == expected


@pytest.mark.parametrize("role", ROLES)
def test_message_matrix(people: People, role: str) -> None:
    user, found, expected = who(people, role), {}, {}
    extra: dict[str, dict[str, Any]] = {
        "sending": {"leased_until": "2026-04-09T01:00Z"}, "sent": {"sent_at": "2026-04-09T01:00Z"},
        "merged": {"digest": make_mail(key="digest")},
    }  # fmt: skip
    for state in MessageState.values:
        for verb in ("resend", "drop"):
            row = make_mail(state=state, **extra.get(state, {}))
            found[state, verb] = outcome(row, verb, user)
            target = MESSAGE_TABLE.get((state, verb), "refused")
            expected[state, verb] = target if role in ALLOWED[verb] else "denied"
    assert found == expected


# --- dead mails, recipients ---------------------------------------------------


def test_a_dead_mail_is_sent_again_to_the_address_of_today(
    people: People, recipients: list[Recipient], paper: ArchivedPaper
) -> None:
    by_mail(recipients[0], "typo@portal.test")
    [report, *_rest] = issue(paper, people.office)
    OutboxMessage.objects.update(state="dead", attempts=3, last_error="550")
    move(report, "mail_failed", by=None)
    by_mail(recipients[0], "right@portal.test")
    again = services.resend(OutboxMessage.objects.get(), by=people.office)
    assert (again.state, again.address, again.attempts, again.last_error) == (
        "waiting",
        "right@portal.test",
        0,
        "",
    )
    report.refresh_from_db()
    assert report.state == "waiting"
    assert outbox.send([again.pk]) == 1
    assert mail.outbox[0].to == ["right@portal.test"]
    report.refresh_from_db()
    assert report.state == "sent"


def test_todo_of_the_office_only_while_something_is_dead(people: People) -> None:
    assert selectors.waiting_for(people.office) == []
    message = make_mail(state="dead", attempts=1)
    [todo] = selectors.waiting_for(people.office)
    assert (todo.kind, todo.title, todo.url, todo.verb) == (
        "failure", "1封邮件没有送达", "/dispatch/problems/", "处理",
    )  # fmt: skip
    assert selectors.waiting_for(people.liaison("kejiju")) == []
    services.drop(message, reason="已电话通知", by=people.office)
    assert selectors.waiting_for(people.office) == []


def test_only_the_administrator_keeps_recipients_and_the_authority_stays_on(
    people: People, recipients: list[Recipient]
) -> None:
    row = recipients[1]
    row.channel, row.address = "mail", ""
    with pytest.raises(ValidationError, match="必须填写邮箱"):
        services.save_recipient(row, by=people.sysadmin)
    row.address = "wjw@portal.test"
    with pytest.raises(PermissionDenied):
        services.save_recipient(row, by=people.office)
    services.save_recipient(row, by=people.sysadmin)
    assert Recipient.objects.get(pk=row.pk).address == "wjw@portal.test"
    recipients[0].is_active = False
    with pytest.raises(Refused, match="抄报对象不能停用"):
        services.save_recipient(recipients[0], by=people.sysadmin)


def test_a_test_mail_goes_through_the_outbox(people: People, recipients: list[Recipient]) -> None:
    with pytest.raises(Refused, match="还没有填写邮箱"):
        services.send_test(recipients[0], by=people.sysadmin)
    message = services.send_test(by_mail(recipients[0]), by=people.sysadmin)
    assert outbox.send([message.pk]) == 1
    assert (mail.outbox[0].to, mail.outbox[0].subject) == (["gov@portal.test"], "测试邮件（联席会议平台）")
    with pytest.raises(PermissionDenied):
        services.send_test(recipients[0], by=people.office)


def test_who_sees_which_copy(people: People, recipients: list[Recipient], paper: ArchivedPaper) -> None:
    issue(paper, people.office)
    seen = {role: selectors.visible_to(who(people, role)).count() for role in ROLES if role != "portal"}
    assert seen == {
        "office": 17, "director": 17, "convener": 17, "host_deputy": 17, "own_liaison": 1, "own_liaison_b": 1,
        "own_member": 1, "other_liaison": 1, "sysadmin": 17, "secadmin": 0, "auditor": 17, "visitor": 0,
    }  # fmt: skip


@pytest.mark.django_db(transaction=True)
def test_24_presses_at_once_send_one_copy_each(people: People, paper: ArchivedPaper) -> None:
    services.sync_recipients()
    by_mail(Recipient.objects.get(is_superior=True))
    wanted, office = services.issue_list(), people.office

    def press(_index: int) -> int:
        close_old_connections()
        try:
            return len(services.send_paper(paper, recipients=wanted, by=office))
        finally:
            connections.close_all()

    with ThreadPoolExecutor(24) as pool:
        assert set(pool.map(press, range(24))) == {17}
    assert (Delivery.objects.count(), OutboxMessage.objects.count()) == (17, 1)
    assert [event.verb for event in history_of(paper)] == ["send_paper"]
