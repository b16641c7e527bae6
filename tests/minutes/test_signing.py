"""The convener: signs what he saw, sees what changed, puts words aside; and acts taken back in time."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.test import Client
from django.utils import timezone

from apps.common.errors import Refused
from apps.dispatch.models import PortalNotice
from apps.minutes import services
from apps.minutes.enums import Adoption, Reply, Step
from apps.minutes.models import Circulation, Consent, Endorsement, Minutes, Passage, Reading
from apps.minutes.selectors import waiting_for
from apps.minutes.services.consulting import Remark
from apps.minutes.services.drafting import content_of
from tests.factories.people import People, client_of

from . import make

pytestmark = pytest.mark.django_db


def signer(people: People) -> Client:
    """The convener, who has just given his password."""
    client = client_of(people.convener)
    client.post("/account/reauthenticate/", {"password": "Kai-hui_2026-tong"})
    return client


def post(client: Client, minutes: Minutes, verb: str, opinion: str = "", seen: str = "") -> Any:
    """The one form of the page."""
    given = {"verb": verb, "opinion": opinion, "seen": seen or make.mark(minutes)}
    return client.post(f"/minutes/{minutes.pk}/sign/", given)


def back_and_changed(people: People, minutes: Minutes, text: str) -> Minutes:
    """Returned by the convener, one resolution changed, agreed to again and handed in again."""
    services.return_sign(minutes, by=people.convener, reason="请核对时限")
    row = minutes.passages.filter(kind="resolution")[0]
    services.edit_passage(row, content_of(row, text=text), version=row.version, by=people.office)
    minutes.refresh_from_db()
    reply_by = timezone.now() + timedelta(days=3)
    services.recirculate(minutes, reply_by=reply_by, silence_consents=False, by=people.office)
    make.agree(people, minutes)
    minutes.refresh_from_db()
    minutes = services.submit_audit(services.settle(minutes, by=people.office), by=people.office)
    return services.pass_audit(minutes, by=people.director)


def test_an_old_page_signs_nothing_and_shows_what_changed(people: People) -> None:
    minutes, client = make.audited(people), signer(people)
    assert client.get(f"/minutes/{minutes.pk}/sign/").status_code == 200
    old = make.mark(minutes)
    minutes = back_and_changed(people, minutes, "做好规划衔接和年度计划")
    answer = post(client, minutes, "sign", "同意，请抓紧", seen=old)
    minutes.refresh_from_db()
    assert (answer.status_code, minutes.state) == (409, "signing")
    assert [(change.name, change.before, change.after) for change in answer.context["changes"]] == [
        (
            "第（一）项",
            "（一）做好规划衔接（牵头单位：市发改委；配合单位：市卫健委；完成时限：2026年12月31日前）。",
            "（一）做好规划衔接和年度计划（牵头单位：市发改委；配合单位：市卫健委；完成时限：2026年12月31日前）。",
        )
    ]
    assert answer.context["opinion"] == "同意，请抓紧"
    answer = post(client, minutes, "sign", "同意，请抓紧", seen=answer.context["mark"])
    minutes.refresh_from_db()
    assert (answer.status_code, minutes.state) == (302, "checking")


def test_the_changes_stay_until_he_has_seen_other_ones(people: People) -> None:
    minutes, client = make.audited(people), client_of(people.convener)
    address = f"/minutes/{minutes.pk}/sign/"
    assert client.get(address).context["changes"] == []
    minutes = back_and_changed(people, minutes, "做好规划衔接和年度计划")
    client.get(address, headers={"Sec-Purpose": "prefetch"})
    for _ in range(2):
        assert [change.name for change in client.get(address).context["changes"]] == ["第（一）项"]
    client_of(people.office).get(address)
    assert Reading.objects.count() == 1


def test_the_words_are_kept_whole_and_shown_onwards(people: People) -> None:
    minutes, client = make.audited(people), signer(people)
    words = "同意。请市发改委" + "从速办理，" * 190
    assert post(client, minutes, "sign", words).status_code == 302
    line = Endorsement.objects.get(minutes=minutes, step=Step.SIGN)
    assert line.opinion == words.strip()[:1000]
    page = client_of(people.office).get(f"/minutes/{minutes.pk}/").content.decode()
    assert "召集人批示（" in page
    assert words[:60] in page
    assert PortalNotice.objects.filter(
        user=people.office, title__startswith="已签发，有批示，待复核"
    ).exists()


def test_words_put_aside_are_his_alone(people: People) -> None:
    minutes, client = make.audited(people), client_of(people.convener)
    assert post(client, minutes, "hold", "第二项时限再议").status_code == 302
    minutes.refresh_from_db()
    assert (minutes.state, Endorsement.objects.filter(step=Step.SIGN).count()) == ("signing", 0)
    assert client.get(f"/minutes/{minutes.pk}/sign/").context["opinion"] == "第二项时限再议"
    assert (
        "第二项时限再议" not in client_of(people.office).get(f"/minutes/{minutes.pk}/sign/").content.decode()
    )
    assert [todo.note for todo in waiting_for(people.convener)] == ["已暂存"]
    with pytest.raises(Refused, match="已经开始办理"):
        services.withdraw_pass_audit(minutes, by=people.director)
    with pytest.raises(PermissionDenied):
        services.hold(minutes, opinion="甲", by=people.office)
    services.return_sign(minutes, by=people.convener, reason="再议")
    assert Reading.objects.get().held_opinion == ""


def test_sending_back_needs_words_and_loses_none(people: People) -> None:
    minutes, client = make.audited(people), client_of(people.convener)
    answer = post(client, minutes, "return")
    assert (answer.status_code, answer.context["trouble"]) == (422, "退回修改，请在“批示”里写明理由。")
    words = "请核对" * 250
    assert post(client, minutes, "return", words).status_code == 302
    minutes.refresh_from_db()
    assert minutes.state == "settling"
    assert Endorsement.objects.get(minutes=minutes, step=Step.RETURN).opinion == words


# --- 撤回 -----------------------------------------------------------------


def test_a_round_nobody_opened_is_taken_back_whole(people: People) -> None:
    people.liaison("gongxinju")
    minutes = make.circulating(people)
    assert services.withdraw_circulation(minutes, by=people.office).state == "reviewed"
    assert (Circulation.objects.count(), Consent.objects.count()) == (0, 0)
    assert Endorsement.objects.get(minutes=minutes, step=Step.CIRCULATE).voided
    told = PortalNotice.objects.filter(user=people.liaison("gongxinju"), title__startswith="征求意见已撤回")
    assert told.count() == 1
    assert Consent.history.filter(history_type="-", history_user=people.office).count() > 0


def test_an_opened_round_stays(people: People) -> None:
    minutes = make.circulating(people)
    services.mark_opened(make.consent_of(minutes, "gongxinju"), by=people.liaison("gongxinju"))
    with pytest.raises(Refused, match="市工信局已经收到或打开征求意见稿，不能撤回"):
        services.withdraw_circulation(minutes, by=people.office)
    labels = {
        row["label"] for row in client_of(people.office).get(f"/minutes/{minutes.pk}/").context["actions"]
    }
    assert labels == {"结束征求意见"}


def test_a_further_round_goes_back_to_settling_and_old_answers_count(people: People) -> None:
    minutes = make.settled(people)
    row = minutes.passages.filter(kind="resolution")[0]
    services.edit_passage(row, content_of(row, text="另一件事"), version=row.version, by=people.office)
    reply_by = timezone.now() + timedelta(days=3)
    services.recirculate(minutes, reply_by=reply_by, silence_consents=False, by=people.office)
    minutes.refresh_from_db()
    with pytest.raises(Refused, match="不是第一轮"):
        services.withdraw_circulation(minutes, by=people.office)
    assert services.withdraw_recirculation(minutes, by=people.office).state == "settling"
    assert list(Circulation.objects.values_list("round", flat=True)) == [1]
    assert make.consent_of(minutes, "gongxinju").reply == Reply.AGREE


def test_a_round_closed_too_early_opens_again(people: People) -> None:
    minutes = make.settled(people)
    assert services.withdraw_settle(minutes, by=people.office).state == "circulating"
    assert Circulation.objects.get().closed_at is None
    minutes = services.settle(minutes, by=people.office)
    row = minutes.passages.filter(kind="resolution")[0]
    services.edit_passage(row, content_of(row, text="另一件事"), version=row.version, by=people.office)
    with pytest.raises(Refused, match="文字又有改动"):
        services.withdraw_settle(minutes, by=people.office)


def test_a_round_whose_comments_are_worked_on_stays_closed(people: People) -> None:
    minutes = make.circulating(people)
    make.agree(people, minutes, "fagaiwei", "weijianwei", "rensheju")
    passage = Passage.objects.filter(minutes=minutes, kind="resolution")[1]
    consent = services.answer(
        make.consent_of(minutes, "gongxinju"), reply=Reply.COMMENT, authorised_by="×××", by=people.liaison("gongxinju"),
        remarks=[Remark("改为每月", passage)],
    )  # fmt: skip
    minutes = services.settle(minutes, by=people.office)
    services.handle_comment(
        consent.comments.get(),
        adoption=Adoption.REJECTED,
        adoption_reason="不必",
        agreed=True,
        by=people.office,
    )
    with pytest.raises(Refused, match="已经开始处理意见"):
        services.withdraw_settle(minutes, by=people.office)


def test_audit_and_signature_are_taken_back(people: People) -> None:
    minutes = make.audited(people)
    assert services.withdraw_pass_audit(minutes, by=people.director).state == "auditing"
    minutes = make.signed_by(people.convener, services.pass_audit(minutes, by=people.director))
    with pytest.raises(PermissionDenied):
        services.withdraw_sign(minutes, by=people.office)
    minutes = services.withdraw_sign(minutes, by=people.convener)
    assert (minutes.state, minutes.signed_on, minutes.signed_by) == ("signing", None, None)
    assert [line.voided for line in Endorsement.objects.filter(step=Step.SIGN)] == [True]
    assert [line.voided for line in Endorsement.objects.filter(step=Step.AUDIT).order_by("id")] == [
        True,
        False,
    ]
    services.check(make.signed_by(people.convener, minutes), by=people.office)
    minutes.refresh_from_db()
    with pytest.raises(Refused, match="不能撤回签发"):
        services.withdraw_sign(minutes, by=people.convener)


def test_proofreading_is_taken_back(people: People) -> None:
    minutes = make.reviewed(people)
    assert services.withdraw_pass_review(minutes, by=people.host_deputy).state == "reviewing"
    assert Endorsement.objects.get(step=Step.PROOFREAD).voided
