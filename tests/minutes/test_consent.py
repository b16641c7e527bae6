"""C11 both ways round, rounds of consent, silence, comments. Every way to get past it is tried."""

from datetime import timedelta

import pytest
import time_machine
from django.core.exceptions import PermissionDenied, ValidationError
from django.utils import timezone

from apps.common import settings_rows
from apps.common.errors import Refused
from apps.dispatch.models import PortalNotice
from apps.meetings.enums import AttendanceStatus
from apps.meetings.models import Attendance
from apps.minutes import services
from apps.minutes.consent import c11_refusal, picture
from apps.minutes.enums import Adoption, MinutesState, PassageKind, Reply
from apps.minutes.models import Circulation, Comment, Consent, Minutes, Passage
from apps.minutes.selectors import deadlines, passages_of, waiting_for
from apps.minutes.services.consulting import Remark
from tests.factories.people import People

from . import make

pytestmark = [pytest.mark.django_db, pytest.mark.core]


def resolutions(minutes: Minutes) -> list[Passage]:
    return [p for p in passages_of(minutes) if p.kind == PassageKind.RESOLUTION]


def edit(people: People, passage: Passage, **changes: object) -> Passage:
    given = services.drafting.content_of(passage, **changes)
    return services.edit_passage(passage, given, version=passage.version, by=people.office)


def comment(people: People, minutes: Minutes, code: str, suggestion: str = "建议改") -> Comment:
    passage = resolutions(minutes)[0]
    services.answer(
        make.consent_of(minutes, code), reply=Reply.COMMENT, authorised_by="×××", by=people.liaison(code),
        remarks=[Remark(suggestion, passage, "规划衔接")],
    )  # fmt: skip
    return Comment.objects.get(consent__unit__code=code)


def oppose(people: People, minutes: Minutes, code: str) -> None:
    services.answer(
        make.consent_of(minutes, code), reply=Reply.OPPOSE, authorised_by="×××", reason="职责不符",
        by=people.liaison(code),
    )  # fmt: skip


def close(people: People, minutes: Minutes) -> Minutes:
    """End the round, after its deadline if somebody is silent."""
    with time_machine.travel(timezone.now() + timedelta(days=10), tick=True):
        return services.settle(minutes, by=people.office)


def submit(people: People, minutes: Minutes) -> str:
    """The state after an attempt to send it to the director, or the refusal."""
    try:
        return services.submit_audit(minutes, by=people.office).state
    except Refused as error:
        return error.text


def test_who_is_asked_and_who_counts(people: People) -> None:
    minutes = make.circulating(people, present=("weijianwei", "fagaiwei"))
    rows = Consent.objects.values_list("unit__code", "counted", "is_lead")
    assert set(rows) == {
        ("weijianwei", True, False), ("fagaiwei", True, True), ("gongxinju", False, True), ("rensheju", False, False),
    }  # fmt: skip
    assert minutes.circulations.count() == 1


def test_all_units_are_asked_when_all_support(people: People) -> None:
    make.circulating(people, decisions=(make.WATCH,), present=("weijianwei", "fagaiwei"))
    assert Consent.objects.count() == 16
    assert Consent.objects.filter(counted=True).count() == 2


def test_everybody_agreeing_opens_the_gate(people: People) -> None:
    assert submit(people, make.settled(people)) == MinutesState.AUDITING


def test_a_silent_lead_unit_closes_it(people: People) -> None:
    minutes = make.circulating(people)
    make.agree(people, minutes, "weijianwei", "rensheju", "gongxinju")
    minutes = close(people, minutes)
    assert make.consent_of(minutes, "fagaiwei").reply == Reply.PENDING
    assert submit(people, minutes) == "未经与会单位一致同意，不能办理（章程四（一））：市发改委尚未反馈。"


def test_silence_of_others_counts_where_the_letter_said_so(people: People) -> None:
    minutes = make.circulating(people, silence=True)
    make.agree(people, minutes, "weijianwei", "fagaiwei", "gongxinju")
    minutes = close(people, minutes)
    assert make.consent_of(minutes, "rensheju").reply == Reply.TACIT
    assert submit(people, minutes) == MinutesState.AUDITING


def test_silence_never_counts_where_it_did_not_say_so(people: People) -> None:
    minutes = make.circulating(people, silence=False)
    make.agree(people, minutes, "weijianwei", "fagaiwei", "gongxinju")
    minutes = close(people, minutes)
    assert make.consent_of(minutes, "rensheju").reply == Reply.PENDING
    settings_rows.put("silence_consents", True, by=people.sysadmin)
    assert submit(people, minutes) == "未经与会单位一致同意，不能办理（章程四（一））：市人社局尚未反馈。"
    Consent.objects.filter(unit__code="rensheju").update(reply=Reply.TACIT)
    assert submit(people, minutes) == (
        "未经与会单位一致同意，不能办理（章程四（一））：市人社局逾期未反馈，而征求意见函没有写明逾期视为无意见。"
    )


def test_a_tacit_unit_made_lead_afterwards_must_speak(people: People) -> None:
    minutes = make.circulating(people)
    make.agree(people, minutes, "weijianwei", "fagaiwei", "gongxinju")
    minutes = close(people, minutes)
    edit(people, resolutions(minutes)[0], leads=[people.unit("rensheju")])
    assert "市人社局是牵头单位，逾期未反馈不能视为无意见" in (c11_refusal(minutes) or "")


def test_opposition_closes_it_until_the_unit_itself_consents(people: People) -> None:
    minutes = make.circulating(people)
    oppose(people, minutes, "rensheju")
    make.agree(people, minutes)
    minutes = services.settle(minutes, by=people.office)
    assert "市人社局不同意" in submit(people, minutes)
    services.recirculate(
        minutes, reply_by=timezone.now() + timedelta(days=1), silence_consents=True, by=people.office
    )
    second = Circulation.objects.get(round=2)
    assert [c.unit.code for c in second.consents.all()] == ["rensheju"]
    services.answer(
        second.consents.get(), reply=Reply.AGREE, by=people.office, on_behalf=True, source_note="纸质回函",
        proof=make.scan("回函.png"),
    )  # fmt: skip
    assert submit(people, services.settle(minutes, by=people.office)) == MinutesState.AUDITING


def test_an_objection_of_a_unit_that_did_not_attend_is_shown_and_does_not_bar(people: People) -> None:
    minutes = make.circulating(people, present=("weijianwei", "fagaiwei", "gongxinju"))
    oppose(people, minutes, "rensheju")
    make.agree(people, minutes)
    minutes = services.settle(minutes, by=people.office)
    assert picture(minutes).warnings == [
        ("市人社局", "不同意，须取得其书面同意，或将有关事项存议后再次征求意见")
    ]
    assert submit(people, minutes) == MinutesState.AUDITING


def test_taking_the_passage_out_asks_its_units_again(people: People) -> None:
    minutes = make.circulating(people)
    oppose(people, minutes, "rensheju")
    make.agree(people, minutes)
    minutes = services.settle(minutes, by=people.office)
    edit(people, resolutions(minutes)[1], withheld=True)
    asked = {p.unit.code for p in picture(minutes).to_ask()}
    assert asked == {"fagaiwei", "weijianwei", "gongxinju", "rensheju"}


def test_a_change_reopens_only_the_units_it_concerns(people: People) -> None:
    minutes = make.settled(people)
    edit(people, resolutions(minutes)[1], text="明确信息共享的口径和时限")
    asked = {p.unit.code for p in picture(minutes).to_ask()}
    assert asked == {"gongxinju", "fagaiwei", "weijianwei", "rensheju"}
    edit(people, resolutions(minutes)[1], text="明确信息共享流程")
    assert picture(minutes).to_ask() == []
    edit(people, resolutions(minutes)[0], due_on=timezone.localdate())
    assert {p.unit.code for p in picture(minutes).to_ask()} == {"fagaiwei", "weijianwei"}
    assert "反馈之后，与其有关的内容又有改动" in submit(people, minutes)


@pytest.mark.parametrize("what", ["units", "deadline", "title", "new", "removed", "general"])
def test_any_change_after_consent_closes_the_gate(people: People, what: str) -> None:
    minutes = make.settled(people)
    first = resolutions(minutes)[0]
    if what == "units":
        edit(people, first, supports=[people.unit("weijianwei"), people.unit("gongxinju")])
    elif what == "deadline":
        edit(people, first, due_on=None, is_standing=True)
    elif what == "title":
        services.change_facts(minutes, by=people.office, title="另一个标题")
    elif what == "new":
        passage = services.add_passage(minutes, kind="closing", after=None, by=people.office)
        edit(people, passage, text="散会。")
    elif what == "removed":
        services.remove_passage(first, version=first.version, by=people.office)
    else:
        edit(people, passages_of(minutes)[0], text="会议开过了。")
    minutes.refresh_from_db()
    assert submit(people, minutes).startswith("未经与会单位一致同意")


def test_a_unit_that_attended_but_was_never_asked_closes_it(people: People) -> None:
    minutes = make.audited(people)
    Attendance.objects.filter(unit__code="kejiju").update(status=AttendanceStatus.PRESENT)
    with pytest.raises(Refused, match="市科技局还没有征求意见"):
        make.signed_by(people.convener, minutes)
    with pytest.raises(Refused, match="市科技局还没有征求意见"):
        services.register_signature(
            minutes,
            name="叶一帆",
            opinion="同意",
            signed_on=timezone.localdate(),
            scan=make.scan(),
            by=people.office,
        )


def test_striking_an_opponent_off_the_sign_in_list_does_not_open_it(people: People) -> None:
    minutes = make.circulating(people)
    oppose(people, minutes, "rensheju")
    make.agree(people, minutes)
    minutes = services.settle(minutes, by=people.office)
    Attendance.objects.filter(unit__code="rensheju").update(status=AttendanceStatus.ABSENT)
    assert "市人社局不同意" in submit(people, minutes)


def test_nobody_in_the_room_is_nobodys_consent(people: People) -> None:
    minutes = make.settled(people)
    Attendance.objects.all().delete()
    Consent.objects.update(counted=False)
    assert c11_refusal(minutes) == "没有与会单位，不能认定“经与会单位同意”（章程四（一））。"


def test_each_gate_asks_again(people: People) -> None:
    """Text or answers changed behind the portal's back: audit, signature, number and issue all notice."""
    minutes = make.numbered(people)
    Passage.objects.filter(minutes=minutes, kind="resolution").update(text="偷改")
    for state, verb, user in (
        ("auditing", "pass_audit", people.director), ("signing", "sign", people.convener),
        ("issuing", "issue", people.office),
    ):  # fmt: skip
        kept = (minutes.number, minutes.paper) if state == "issuing" else (None, None)
        Minutes.objects.filter(pk=minutes.pk).update(state=state, number=kept[0], paper=kept[1])
        row = Minutes.objects.get(pk=minutes.pk)
        extra = {"seen": make.mark(row)} if verb == "sign" else {}
        with pytest.raises(Refused, match="未经与会单位一致同意"):
            getattr(services, verb)(row, by=user, **extra)
    Minutes.objects.filter(pk=minutes.pk).update(state="numbering", number=None, paper=None)
    with pytest.raises(Refused, match="未经与会单位一致同意"):
        services.number(Minutes.objects.get(pk=minutes.pk), printed_on=timezone.localdate(), by=people.office)


def test_a_comment_must_be_dealt_with(people: People) -> None:
    minutes = make.circulating(people)
    row = comment(people, minutes, "fagaiwei")
    make.agree(people, minutes)
    minutes = services.settle(minutes, by=people.office)
    assert submit(people, minutes) == "还有1条意见没有处理。"
    with pytest.raises(ValidationError, match="须写明理由"):
        services.handle_comment(
            row, adoption=Adoption.REJECTED, adoption_reason="", agreed=True, by=people.office
        )
    services.handle_comment(
        row, adoption=Adoption.REJECTED, adoption_reason="与职责不符", agreed=False, by=people.office
    )
    assert "市发改委有1条意见未照办，也没有沟通一致" in submit(people, minutes)
    services.handle_comment(
        row, adoption=Adoption.REJECTED, adoption_reason="与职责不符", agreed=True, by=people.office
    )
    assert submit(people, minutes) == MinutesState.AUDITING


def test_adopting_in_name_only_is_no_consent(people: People) -> None:
    minutes = make.circulating(people)
    row = comment(people, minutes, "fagaiwei")
    make.agree(people, minutes)
    minutes = services.settle(minutes, by=people.office)
    services.handle_comment(
        row, adoption=Adoption.ADOPTED, adoption_reason="", agreed=False, by=people.office
    )
    assert "市发改委有1条意见未照办" in submit(people, minutes)


def test_an_agreed_change_covers_its_author_and_these_words_only(people: People) -> None:
    minutes = make.circulating(people)
    row = comment(people, minutes, "fagaiwei")
    make.agree(people, minutes)
    minutes = services.settle(minutes, by=people.office)
    edit(people, resolutions(minutes)[0], text="做好规划衔接，由市卫健委提供文本")
    services.handle_comment(row, adoption=Adoption.ADOPTED, adoption_reason="", agreed=True, by=people.office)
    assert {p.unit.code for p in picture(minutes).to_ask()} == {"weijianwei"}
    edit(people, resolutions(minutes)[0], text="做好规划衔接，由市卫健委提供目标文本")
    assert {p.unit.code for p in picture(minutes).to_ask()} == {"weijianwei", "fagaiwei"}


def test_a_round_closes_early_only_when_all_replied(people: People) -> None:
    minutes = make.circulating(people)
    with pytest.raises(Refused, match="还有4个单位没有反馈，反馈截止时间还没有到"):
        services.settle(minutes, by=people.office)


def test_an_answer_can_be_changed_until_the_round_closes(people: People) -> None:
    minutes = make.circulating(people)
    oppose(people, minutes, "fagaiwei")
    make.agree(people, minutes, "fagaiwei")
    row = make.consent_of(minutes, "fagaiwei")
    assert (row.reply, row.reason, Consent.objects.filter(unit__code="fagaiwei").count()) == (
        Reply.AGREE,
        "",
        1,
    )
    make.agree(people, minutes)
    services.settle(minutes, by=people.office)
    with pytest.raises(Refused, match="本轮征求意见已经结束"):
        oppose(people, minutes, "fagaiwei")


def test_only_the_unit_answers_and_the_office_says_so(people: People) -> None:
    minutes = make.circulating(people)
    row = make.consent_of(minutes, "fagaiwei")
    for user in (people.liaison("rensheju"), people.member("fagaiwei"), people.auditor, people.office):
        with pytest.raises(PermissionDenied):
            services.answer(row, reply=Reply.AGREE, authorised_by="×××", by=user)
    with pytest.raises(ValidationError, match="代录须写明来源"):
        services.answer(row, reply=Reply.AGREE, authorised_by="×××", by=people.office, on_behalf=True)
    with pytest.raises(PermissionDenied):
        services.answer(
            row, reply=Reply.AGREE, authorised_by="×××", by=people.auditor, on_behalf=True, source_note="电话"
        )
    with pytest.raises(ValidationError, match="请填写本单位审签人"):
        services.answer(row, reply=Reply.AGREE, by=people.liaison("fagaiwei"))
    with pytest.raises(ValidationError, match="不同意须写明理由"):
        services.answer(row, reply=Reply.OPPOSE, authorised_by="×××", by=people.liaison("fagaiwei"))
    with pytest.raises(ValidationError, match="请选择"):
        services.answer(row, reply=Reply.TACIT, authorised_by="×××", by=people.liaison("fagaiwei"))
    row.refresh_from_db()
    assert row.reply == Reply.PENDING


def test_chasing_tells_the_silent_only_and_once_a_day(people: People) -> None:
    for code in make.PRESENT:
        people.liaison(code)
    minutes = make.circulating(people)
    make.agree(people, minutes, "weijianwei", "rensheju")
    assert len(services.chase(minutes, by=people.office)) == 2
    told = PortalNotice.objects.filter(key__startswith="consent_chase").order_by("user__username")
    assert [notice.user.username for notice in told] == ["liaison-fagaiwei", "liaison-gongxinju"]
    with pytest.raises(Refused, match="今天都已催过"):
        services.chase(minutes, by=people.office)
    with time_machine.travel(timezone.now() + timedelta(days=1), tick=True):
        assert len(services.chase(minutes, by=people.office)) == 2
    make.agree(people, minutes)
    with pytest.raises(Refused, match="都已反馈"):
        services.chase(minutes, by=people.office)


def test_todo_and_deadlines_are_of_the_silent(people: People) -> None:
    minutes = make.circulating(people)
    make.agree(people, minutes, "weijianwei")
    users = [people.liaison(code) for code in ("fagaiwei", "gongxinju", "rensheju")]
    assert {(d.kind, d.users) for d in deadlines()} == {("consent", (user,)) for user in users}
    (todo,) = waiting_for(people.liaison("fagaiwei"))
    assert (todo.kind, todo.verb, todo.url) == (
        "consent", "反馈意见", make.consent_of(minutes, "fagaiwei").get_absolute_url(),
    )  # fmt: skip
    assert waiting_for(people.liaison("kejiju")) == []


@pytest.mark.parametrize(
    ("state", "role", "kind"),
    [
        ("drafting", "office", "handle"), ("reviewing", "host_deputy", "review"), ("auditing", "director", "review"),
        ("signing", "convener", "sign"), ("checking", "office", "handle"), ("reviewing", "office", None),
        ("signing", "director", None),
    ],
)  # fmt: skip
def test_what_waits_for_whom(people: People, state: str, role: str, kind: str | None) -> None:
    minutes, user = make.drafted(people), getattr(people, role)
    day = timezone.localdate() if state == "checking" else None
    Minutes.objects.filter(pk=minutes.pk).update(state=state, signed_on=day)
    assert [todo.kind for todo in waiting_for(user)] == ([kind] if kind else [])
