"""The issue of a 更正: whose consent the notice claims, which mails still leave, what the case and the paper keep."""

import importlib
from typing import Any

import pytest
from django.apps import apps
from django.utils import timezone

from apps.common.errors import Refused
from apps.dispatch import services as dispatching
from apps.dispatch.models import Delivery, OutboxMessage, Recipient
from apps.minutes import correction, printed_names, services
from apps.minutes.deadlines import default_reply_by
from apps.minutes.models import Correction, CorrectionCase, Minutes
from apps.minutes.services.drafting import Content, content_of
from tests.factories.people import People

from . import make
from .test_correcting import LATER, added, added_to, approved, case_of, resolution

pytestmark = pytest.mark.django_db


def signed(people: People, case: CorrectionCase) -> CorrectionCase:
    """送批 and approved as it stands, nobody asked."""
    case = services.submit_correction(case, by=people.office)
    return services.approve(case, seen=correction.whole_mark(case), by=people.convener)


def test_who_was_asked_about_other_words_is_not_named_as_consenting(people: People) -> None:
    minutes = make.issued(people)
    case = case_of(people, minutes, due_on=LATER)
    services.set_title(case, title="2026年第二次全体会议纪要", by=people.office)
    case = services.ask_correction(case, reply_by=default_reply_by(), by=people.office)
    assert {row.unit.code for row in case.consents.all()} == set(make.PRESENT)
    for code, reply in (("fagaiwei", "oppose"), ("gongxinju", "agree")):
        services.answer_correction(
            case.consents.get(unit__code=code), reply=reply, reason="不改为好" if reply == "oppose" else "",
            authorised_by="×××", by=people.liaison(code),
        )  # fmt: skip
    case = services.rework_correction(case, reason="只改标点", by=people.office)
    passage = resolution(minutes, 0)
    services.set_change(case, passage, content_of(passage), by=people.office)
    services.set_title(case, title=minutes.title, by=people.office)
    assert not case.changes.exists()
    services.set_change(case, passage, content_of(passage, text="做好规划，衔接"), by=people.office)
    row = services.issue_correction(signed(people, case), by=people.office)
    assert list(row.consented.all()) == []
    assert row.notice is not None
    assert "以上更正经叶一帆批准。" in row.notice.text
    assert "同意" not in row.notice.text
    assert case.consents.count() == 4  # what was answered stays with the case


def test_who_agreed_to_these_words_is_named(people: People) -> None:
    minutes = make.issued(people)
    row = services.issue_correction(
        approved(people, case_of(people, minutes, due_on=LATER)), by=people.office
    )
    assert [unit.code for unit in row.consented.all()] == ["weijianwei", "fagaiwei"]
    assert row.notice is not None
    assert "以上更正已征得市卫健委、市发改委同意，并经叶一帆批准。" in row.notice.text


def mails(people: People) -> tuple[Minutes, OutboxMessage]:
    """An issued 纪要 with one copy to be mailed and one registered by hand."""
    dispatching.sync_recipients()
    Recipient.objects.filter(unit__code="rensheju").update(channel="mail", address="rsj@portal.test")
    minutes = make.issued(people)
    copy = Delivery.objects.get(paper=minutes.paper, recipient__unit__code="gongxinju")
    dispatching.register_delivery(copy, sent_on=timezone.localdate(), by=people.office)
    return minutes, OutboxMessage.objects.get(kind="paper")


@pytest.mark.parametrize("state", ["waiting", "sending"])
def test_a_mail_of_the_old_version_leaves_no_more(people: People, state: str) -> None:
    minutes, mail = mails(people)
    leased = timezone.now() if state == "sending" else None
    OutboxMessage.objects.filter(pk=mail.pk).update(state=state, leased_until=leased)
    row = services.issue_correction(
        approved(people, case_of(people, minutes, due_on=LATER)), by=people.office
    )
    mail.refresh_from_db()
    assert (mail.state, mail.leased_until, mail.last_error) == (
        "cancelled",
        None,
        "这一版已更正，没有发出；收件人另收新版。",
    )
    by_hand = Delivery.objects.get(paper=row.paper.previous, recipient__unit__code="gongxinju")
    assert (by_hand.state, by_hand.sent_on) == ("sent", timezone.localdate())
    new = OutboxMessage.objects.filter(kind="paper", state="waiting")
    assert sorted((one.address, one.paper_id) for one in new) == sorted(
        ("rsj@portal.test", paper.pk) for paper in (row.paper, row.notice) if paper is not None
    )


def test_a_failed_mail_of_the_old_version_is_not_sent_again(people: People) -> None:
    minutes, mail = mails(people)
    OutboxMessage.objects.filter(pk=mail.pk).update(state="dead")
    services.issue_correction(approved(people, case_of(people, minutes, due_on=LATER)), by=people.office)
    with pytest.raises(Refused, match="这一版已更正，不能再发送；新版另有一封邮件。"):
        dispatching.resend(OutboxMessage.objects.get(pk=mail.pk), by=people.office)
    assert OutboxMessage.objects.get(pk=mail.pk).state == "dead"


def test_the_notice_is_kept_and_its_mails_stop_with_the_paper(people: People) -> None:
    minutes, _mail = mails(people)
    title = minutes.title
    case = services.open_case(minutes, reason="标题有误。", by=people.office)
    services.set_title(case, title="2026年第二次全体会议纪要", by=people.office)
    row = services.issue_correction(approved(people, case), by=people.office)
    assert row.notice is not None
    assert (row.notice.kind, row.notice.title) == ("correction", f"关于更正《{title}》的通知")
    minutes.refresh_from_db()
    services.stop(minutes, reason="误", by=people.convener)
    mail = OutboxMessage.objects.get(paper=row.notice)
    assert (mail.state, mail.last_error) == ("cancelled", "公文已停止使用，没有发出。")


def test_corrections_of_before_find_their_notices(people: People) -> None:
    minutes = make.issued(people)
    rows = []
    for place in (0, 1):  # two notices of one title on one day
        case = case_of(people, minutes, place, due_on=LATER)
        rows.append(services.issue_correction(approved(people, case), by=people.office))
        minutes = Minutes.objects.get(pk=minutes.pk)
    wanted = {row.pk: row.notice_id for row in rows}
    assert len(set(wanted.values()) - {None}) == 2
    Correction.objects.update(notice=None)
    importlib.import_module("apps.minutes.migrations.0007_find_notices").find_notices(apps, None)
    assert dict(Correction.objects.values_list("pk", "notice")) == wanted


def test_a_resolution_added_to_a_paper_without_any(people: People) -> None:
    minutes = make.issued(people, decisions=(make.PLAN,))
    Minutes.objects.filter(pk=minutes.pk).update(no_resolutions=True)  # as the draft of such a meeting has it
    minutes = Minutes.objects.get(pk=minutes.pk)
    case = added(people, minutes, resolution(minutes, 0))
    services.issue_correction(approved(people, case), by=people.office)
    minutes.refresh_from_db()
    assert minutes.no_resolutions is False
    assert minutes.history.filter(history_change_reason="更正增加议定事项").count() == 1


# --- while it is written ----------------------------------------------------


def test_a_change_taken_out_meanwhile_is_not_written_again(people: People) -> None:
    minutes = make.issued(people)
    case = services.open_case(minutes, reason="漏印一项。", by=people.office)
    change = added_to(people, case, resolution(minutes, 0))
    opened = case.changes.get(pk=change.pk)
    services.take_out(change, by=people.office)
    given = Content(text="建立会商机制", leads=[people.unit("gongxinju")], due_on=LATER)
    calls: list[Any] = [
        lambda: services.add_resolution(
            case, given, follows=resolution(minutes, 0), change=opened, by=people.office
        ),
        lambda: services.take_out(opened, by=people.office),
    ]
    for call in calls:
        with pytest.raises(Refused, match="已被同事取消"):
            call()
    assert not case.changes.exists()


def names_changed(people: People, **lines: str) -> set[str]:
    """Codes of the units asked when these lists gain these lines."""
    minutes = make.issued(people)
    case = services.open_case(minutes, reason="名单有误。", by=people.office)
    texts = printed_names.texts_of(printed_names.printed(minutes))
    services.set_names(
        case,
        {**texts, **{label: f"{texts[label]}\n{line}" for label, line in lines.items()}},
        by=people.office,
    )
    return {unit.code for unit, _why in correction.not_agreed(case)}


def test_a_line_of_somebody_outside_is_everybodys(people: People) -> None:
    assert names_changed(people, 列席="省疾控中心：张三") == set(make.PRESENT)


def test_a_line_of_a_unit_and_one_outside(people: People) -> None:
    assert names_changed(people, 请假="市财政局：王五", 列席="省疾控中心：张三") == {
        *make.PRESENT,
        "caizhengju",
    }


def test_a_substitute_is_a_name_that_no_misprint_touches(people: People) -> None:
    minutes = make.issued(people)
    row = minutes.meeting.attendance.get(unit__code="gongxinju")
    row.status, row.delegate_name = "substitute", "李明"
    row.save()
    assert "李明" in correction.names_in(minutes)
    assert "" not in correction.names_in(minutes)
