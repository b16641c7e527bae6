"""The consent desk: one count everywhere, adopting in one act, silence without being told, 现场会签, 存议, late answers."""

import random
import re
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core.exceptions import PermissionDenied, ValidationError
from django.utils import timezone

from apps.common.errors import Refused
from apps.documents import making
from apps.documents.composition import plain_text
from apps.meetings.enums import MeetingKind
from apps.minutes import papers, services
from apps.minutes.consent import c11_refusal, picture, reopens
from apps.minutes.disputes import disputes_of
from apps.minutes.enums import Adoption, MinutesState, Reply, Stand, ToldBy, Way
from apps.minutes.models import Circulation, Comment, Consent, Minutes
from apps.minutes.selectors import how_many, listed, on_their_way
from apps.minutes.services import StalePassageError
from apps.minutes.services.consulting import Remark
from apps.minutes.services.on_the_spot import Signed
from apps.minutes.workflow import can_settle
from tests.factories.people import People, client_of

from . import make
from .test_consent import close, comment, edit, oppose, resolutions, submit
from .test_views import edit_data

pytestmark = [pytest.mark.django_db, pytest.mark.core]


# --- one count ---------------------------------------------------------------


def random_round(people: People, seed: int) -> Minutes:
    """Units answer at random; the round closes; comments are dealt with at random."""
    dice = random.Random(seed)
    minutes = make.circulating(people, present=("weijianwei", "fagaiwei", "gongxinju"))
    for code in make.PRESENT:
        act = dice.choice(("agree", "comment", "oppose", "silent"))
        if act == "agree":
            make.agree(people, minutes, code)
        elif act == "comment":
            comment(people, minutes, code)
        elif act == "oppose":
            oppose(people, minutes, code)
    minutes = close(people, minutes)
    for row in Comment.objects.all():
        verdict = dice.choice((Adoption.WAITING, Adoption.ADOPTED, Adoption.REJECTED))
        if verdict != Adoption.WAITING:
            services.handle_comment(
                row, adoption=verdict, adoption_reason="理由", agreed=dice.random() < 0.5, by=people.office
            )
    return minutes


LABELS = (
    "无意见", "有意见，已采纳或沟通一致", "有意见，未了", "逾期视为无意见", "不同意", "未反馈", "未与会、只征询",
)  # fmt: skip


def card(html: str, label: str) -> int:
    found = re.search(rf"{label}\s*</[^>]+>.*?(\d+)", html, re.DOTALL)
    assert found, label
    return int(found[1])


@pytest.mark.parametrize("seed", range(6))
def test_board_table_sheet_and_signer_count_alike(people: People, seed: int) -> None:
    minutes = random_round(people, seed)
    tally, others = picture(minutes).tally(), picture(minutes).tally(required=False)
    board = client_of(people.office).get(f"/minutes/{minutes.pk}/board/").content.decode()
    Minutes.objects.filter(pk=minutes.pk).update(state=MinutesState.SIGNING)
    sign = client_of(people.convener).get(f"/minutes/{minutes.pk}/sign/").content.decode()
    for page in (board, sign):
        assert [card(page, label) for label in LABELS] == [
            tally[Stand.AGREE], tally[Stand.SETTLED], tally[Stand.OPEN], tally[Stand.TACIT], tally[Stand.OPPOSE],
            tally[Stand.SILENT] + tally[Stand.UNASKED], others.total,
        ]  # fmt: skip
    table = plain_text(papers.consent_table(minutes))
    line = next(row for row in table.split("\n") if row.startswith("与会单位"))
    assert line.startswith(
        f"与会单位{tally.total}个：明确反馈{tally[Stand.AGREE] + tally.commented}个（无意见{tally[Stand.AGREE]}个、"
        f"有意见{tally.commented}个{f'，其中{tally[Stand.SETTLED]}个已采纳或沟通一致' if tally.commented else ''}），"
        f"逾期未反馈视为无意见{tally[Stand.TACIT]}个，不同意{tally[Stand.OPPOSE]}个"
    )
    assert line in plain_text(papers.routing_sheet(minutes))
    assert (tally.total, others.total, tally.replied + tally[Stand.TACIT] + tally[Stand.SILENT]) == (3, 1, 3)


def test_the_list_counts_the_silent_of_the_open_round_as_the_board_does(people: People) -> None:
    minutes = make.circulating(people)
    make.agree(people, minutes, "weijianwei")
    (row,) = listed(Minutes.objects.all())
    assert (row.silent, picture(minutes).tally()[Stand.SILENT]) == (3, 3)  # type: ignore[attr-defined]


def test_a_unit_that_was_only_asked_is_told_apart_in_the_same_words_everywhere(people: People) -> None:
    minutes = make.circulating(people, present=("weijianwei", "fagaiwei", "gongxinju"))
    make.agree(people, minutes, "weijianwei")
    words = "2个单位（另1个未与会单位）"
    [way] = on_their_way(people.office)
    assert (way.silent_words, how_many(0, 2), how_many(0, 0)) == (words, "2个未与会单位", "")
    assert can_settle(minutes) == f"还有{words}没有反馈，反馈截止时间还没有到。"
    client = client_of(people.office)
    assert f"{words}未反馈" in client.get("/minutes/").content.decode()
    board = client.get(f"/minutes/{minutes.pk}/board/?show=silent").context
    [figure] = [row for row in board["figures"] if row["label"] == "未反馈"]
    [kind] = [row for row in board["kinds"] if row["on"]]
    assert (figure["value"], figure["hint"], kind["count"], kind["others"], len(board["rows"])) == (
        2, "另1个未与会单位", 2, 1, 3,
    )  # fmt: skip


# --- silence, and units nobody asked --------------------------------------------


def test_a_unit_nobody_told_never_falls_silent_into_consent(people: People) -> None:
    minutes = make.circulating(people, accounts=False)
    row = make.consent_of(minutes, "rensheju")
    assert row.told_by == ToldBy.NONE
    make.agree(people, minutes, "weijianwei", "fagaiwei", "gongxinju")
    minutes = close(people, minutes)
    assert make.consent_of(minutes, "rensheju").reply == Reply.PENDING
    assert c11_refusal(minutes) == (
        "未经与会单位一致同意，不能办理（章程四（一））：市人社局尚未反馈，也没有送达记录，沉默不能视为无意见。"
    )


def test_a_letter_on_paper_makes_silence_count(people: People) -> None:
    minutes = make.circulating(people, accounts=False)
    row, day = make.consent_of(minutes, "rensheju"), timezone.localdate()
    wrong: tuple[dict[str, Any], ...] = ({"delivered_on": day - timedelta(days=1)}, {"received_by": " "})
    for given in wrong:
        right: dict[str, Any] = {"delivered_on": day, "received_by": "×××"}
        with pytest.raises(ValidationError):
            services.register_letter(row, **right | given, by=people.office)
    with pytest.raises(PermissionDenied):
        services.register_letter(row, delivered_on=day, received_by="×××", by=people.auditor)
    answer = client_of(people.office).post(
        f"/minutes/consents/{row.pk}/letter/", {"delivered_on": day.isoformat(), "received_by": "×××"}
    )
    assert answer.status_code == 302
    with pytest.raises(Refused, match="已有送达记录"):
        services.register_letter(row, delivered_on=day, received_by="×××", by=people.office)
    make.agree(people, minutes, "weijianwei", "fagaiwei", "gongxinju")
    assert make.consent_of(close(people, minutes), "rensheju").reply == Reply.TACIT


def test_a_unit_named_afterwards_must_be_asked_before_the_audit(people: People) -> None:
    minutes = make.settled(people)
    first = resolutions(minutes)[0]
    edit(people, first, supports=[*first.supports, people.unit("minzhengju")])
    again = services.recirculate(
        minutes, reply_by=timezone.now() + timedelta(days=1), silence_consents=False, by=people.office
    )
    assert {row.unit.code for row in again.consents.all()} == {"weijianwei", "fagaiwei", "minzhengju"}
    Consent.objects.filter(circulation=again, unit__code="minzhengju").delete()
    make.agree(people, minutes)
    minutes = services.settle(minutes, by=people.office)
    assert submit(people, minutes) == "市民政局已列为牵头或配合单位，还没有征求其意见，请再次征求意见。"
    Minutes.objects.filter(pk=minutes.pk).update(state=MinutesState.AUDITING)
    minutes.refresh_from_db()
    with pytest.raises(Refused, match="市民政局已列为牵头或配合单位"):
        services.pass_audit(minutes, by=people.director)


# --- adopting -----------------------------------------------------------------


def commented(people: People, suggestion: str = "规划和项目衔接") -> tuple[Minutes, Comment]:
    minutes = make.circulating(people)
    row = comment(people, minutes, "fagaiwei", suggestion)
    make.agree(people, minutes)
    return services.settle(minutes, by=people.office), row


def test_adopting_puts_the_words_in_and_asks_only_the_others(people: People) -> None:
    minutes, row = commented(people)
    passage = resolutions(minutes)[0]
    offered = {unit.code for unit in reopens(picture(minutes), passage, but=people.unit("fagaiwei").pk)}
    row = services.adopt(row, version=passage.version, by=people.office)
    assert (resolutions(minutes)[0].text, row.adoption, row.applied, row.agreed) == (
        "做好规划和项目衔接", Adoption.ADOPTED, True, True,
    )  # fmt: skip
    assert {p.unit.code for p in picture(minutes).to_ask()} == offered == {"weijianwei"}
    with pytest.raises(Refused, match="已经采纳"):
        services.adopt(row, version=passage.version + 1, by=people.office)
    row = services.undo_adopt(row, version=passage.version + 1, by=people.office)
    assert (resolutions(minutes)[0].text, row.adoption, row.applied, row.agreed) == (
        "做好规划衔接", Adoption.WAITING, False, False,
    )  # fmt: skip
    assert picture(minutes).waiting == 1


def test_adopting_over_other_changes_is_no_agreement_to_them(people: People) -> None:
    minutes, row = commented(people)
    edit(people, resolutions(minutes)[0], due_on=timezone.localdate())
    row = services.adopt(row, version=resolutions(minutes)[0].version, by=people.office)
    assert (row.adoption, row.agreed) == (Adoption.ADOPTED, False)
    assert {p.unit.code for p in picture(minutes).to_ask()} == {"weijianwei", "fagaiwei"}


@pytest.mark.parametrize(
    ("text", "why"), [("做好工作", "找不到意见所引的原文"), ("先规划衔接，再规划衔接", "出现不止一次")]
)
def test_adopting_never_guesses_the_place(people: People, text: str, why: str) -> None:
    minutes, row = commented(people)
    edit(people, resolutions(minutes)[0], text=text)
    with pytest.raises(Refused, match=why):
        services.adopt(row, version=resolutions(minutes)[0].version, by=people.office)
    row.refresh_from_db()
    assert (row.adoption, resolutions(minutes)[0].text) == (Adoption.WAITING, text)


def test_a_stale_adoption_writes_neither_words_nor_verdict(people: People) -> None:
    minutes, row = commented(people)
    passage = resolutions(minutes)[0]
    with pytest.raises(StalePassageError):
        services.adopt(row, version=passage.version - 1, by=people.office)
    with pytest.raises(PermissionDenied):
        services.adopt(row, version=passage.version, by=people.auditor)
    row.refresh_from_db()
    assert (row.adoption, resolutions(minutes)[0].text) == (Adoption.WAITING, passage.text)


def test_the_pin_tells_two_equal_places_apart(people: People) -> None:
    minutes = make.circulating(
        people, decisions=(make.Decision("先规划，再规划", ("fagaiwei",), (), make.PLAN.fields),)
    )
    passage = resolutions(minutes)[0]
    services.answer(
        make.consent_of(minutes, "fagaiwei"), reply=Reply.COMMENT, authorised_by="×××", by=people.liaison("fagaiwei"),
        remarks=[Remark("实施", passage, "规划", start=5)],
    )  # fmt: skip
    make.agree(people, minutes)
    minutes = services.settle(minutes, by=people.office)
    row = Comment.objects.get()
    assert (row.quote_start, row.quote_end) == (5, 7)
    services.adopt(row, version=passage.version, by=people.office)
    assert resolutions(minutes)[0].text == "先规划，再实施"


def test_the_board_adopts_with_one_button_and_says_whom_it_asks_again(people: People) -> None:
    minutes, row = commented(people)
    client = client_of(people.office)
    page = client.get(f"/minutes/{minutes.pk}/board/").content.decode()
    assert "采纳后须再次征求：市卫健委" in page
    assert "市发改委" in page
    passage = resolutions(minutes)[0]
    answer = client.post(f"/minutes/comments/{row.pk}/adopt/", {"version": passage.version}, follow=True)
    words = answer.content.decode()
    assert "已采纳，并已按建议改好文字。因这次改动，须再次征求：市卫健委。" in words
    assert "撤销采纳" in words
    answer = client.post(f"/minutes/comments/{row.pk}/undo/", {"version": passage.version}, follow=True)
    assert "这一段刚刚被别人改过" in answer.content.decode()
    assert client_of(people.auditor).post(f"/minutes/comments/{row.pk}/adopt/").status_code == 403


# --- 现场会签 ------------------------------------------------------------------


def emergency(people: People) -> Minutes:
    minutes = make.reviewed(people)
    minutes.meeting.kind = MeetingKind.EMERGENCY
    minutes.meeting.save()
    return minutes


def lines(people: People, *codes: str) -> list[Signed]:
    return [Signed(people.unit(code), "×××") for code in codes]


def test_a_sheet_signed_in_the_room_is_consent(people: People) -> None:
    minutes = emergency(people)
    row = services.countersign(
        minutes, sheet=make.scan("会签单.png"), signed_at=timezone.now(), signed=lines(people, *make.PRESENT), by=people.office
    )  # fmt: skip
    assert (minutes.state, row.way, row.sheet is not None, row.silence_consents, row.closed_at is not None) == (
        MinutesState.SETTLING, Way.ON_THE_SPOT, True, False, True,
    )  # fmt: skip
    consent = make.consent_of(minutes, "fagaiwei")
    assert (consent.reply, consent.authorised_by, consent.on_behalf, consent.source_note) == (
        Reply.AGREE, "×××", True, "现场会签",
    )  # fmt: skip
    assert "现场会签，会签单扫描件存档。" in plain_text(papers.consent_table(minutes))
    assert submit(people, minutes) == MinutesState.AUDITING
    sheet = f"/minutes/{minutes.pk}/rounds/1/sheet/"
    answer = client_of(people.auditor).get(sheet)
    assert b"".join(answer.streaming_content).startswith(make.PNG)  # type: ignore[attr-defined]
    assert client_of(people.liaison("fagaiwei")).get(sheet).status_code == 403


def test_who_is_not_on_the_sheet_has_not_consented_and_who_opposes_bars(people: People) -> None:
    minutes = emergency(people)
    signed = [
        *lines(people, "weijianwei", "fagaiwei"),
        Signed(people.unit("gongxinju"), "×××", Reply.OPPOSE, "时限过紧"),
    ]
    services.countersign(
        minutes, sheet=make.scan(), signed_at=timezone.now(), signed=signed, by=people.office
    )  # fmt: skip
    assert c11_refusal(minutes) == (
        "未经与会单位一致同意，不能办理（章程四（一））：市工信局不同意，须取得其书面同意，或将有关事项存议后再次征求意见；"
        "市人社局尚未反馈，也没有送达记录，沉默不能视为无意见。"
    )


def test_only_an_emergency_meeting_signs_in_the_room(people: People) -> None:
    minutes = make.reviewed(people)
    given: dict[str, Any] = {
        "sheet": make.scan(),
        "signed_at": timezone.now(),
        "signed": lines(people, "fagaiwei"),
    }
    with pytest.raises(Refused, match="只有紧急会议可以现场会签"):
        services.countersign(minutes, **given, by=people.office)
    minutes.meeting.kind = MeetingKind.EMERGENCY
    minutes.meeting.save()
    wrong: dict[str, Any]
    for wrong in (
        {"signed": []}, {"signed": lines(people, "minzhengju")}, {"signed": lines(people, "fagaiwei", "fagaiwei")},
        {"signed_at": timezone.now() + timedelta(hours=1)}, {"signed": [Signed(people.unit("fagaiwei"), " ")]},
        {"signed": [Signed(people.unit("fagaiwei"), "×××", Reply.OPPOSE)]},
    ):  # fmt: skip
        with pytest.raises(ValidationError):
            services.countersign(minutes, **{**given, "sheet": make.scan(), **wrong}, by=people.office)
    with pytest.raises(PermissionDenied):
        services.countersign(minutes, **given, by=people.auditor)
    assert not Circulation.objects.exists()


def test_the_sheet_is_entered_by_form(people: People) -> None:
    minutes, client = emergency(people), client_of(people.office)
    url = f"/minutes/{minutes.pk}/countersign/"
    assert "现场会签" in client.get(f"/minutes/{minutes.pk}/").content.decode()
    units = [position.unit.code for position in picture(minutes).positions]
    data: dict[str, Any] = {"unit-TOTAL_FORMS": len(units), "unit-INITIAL_FORMS": len(units)}
    for place, code in enumerate(units):
        data |= {f"unit-{place}-name": "×××" if code != "rensheju" else "", f"unit-{place}-reply": "agree"}
    moment = f"{timezone.localtime() - timedelta(minutes=1):%Y-%m-%dT%H:%M}"
    assert client.post(url, {**data, "signed_at": moment}).status_code == 422
    assert client.post(url, {**data, "signed_at": moment, "sheet": make.scan()}).status_code == 302
    assert {row.unit.code: row.reply for row in Consent.objects.all()} == {
        "weijianwei": "agree", "fagaiwei": "agree", "gongxinju": "agree", "rensheju": "pending",
    }  # fmt: skip


# --- 存议 ---------------------------------------------------------------------


def test_what_was_taken_out_is_listed_with_the_objections(people: People) -> None:
    minutes = make.circulating(people)
    first, second = resolutions(minutes)
    services.answer(
        make.consent_of(minutes, "weijianwei"), reply=Reply.OPPOSE, authorised_by="×××", reason="另有规定",
        against=[second], by=people.liaison("weijianwei"),
    )  # fmt: skip
    make.agree(people, minutes)
    minutes = services.settle(minutes, by=people.office)
    assert disputes_of(minutes) == []
    edit(people, second, withheld=True)
    (found,) = disputes_of(minutes)
    assert (found.passage.pk, found.round, [row.unit.code for row in found.objections], found.withheld_on) == (
        second.pk, 1, ["weijianwei"], timezone.localdate(),
    )  # fmt: skip
    assert found.text.split("\n")[0].startswith("事项：明确信息共享流程（牵头单位：市工信局、市发改委")
    assert "市卫健委不同意，理由：另有规定" in found.text
    page = client_of(people.auditor).get(f"/minutes/{minutes.pk}/disputes/").content.decode()
    assert "另有规定" in page
    edit(people, first, withheld=True)
    assert [row.unit.code for row in disputes_of(minutes)[0].objections] == []
    assert "不同意第（一）项" not in plain_text(papers.consent_table(minutes))
    assert client_of(people.liaison("fagaiwei")).get(f"/minutes/{minutes.pk}/disputes/").status_code == 403


# --- the unit's page, the living board --------------------------------------------


def test_a_late_answer_keeps_its_words(people: People) -> None:
    minutes = make.circulating(people)
    row = make.consent_of(minutes, "fagaiwei")
    make.agree(people, minutes)
    services.settle(minutes, by=people.office)
    data = {
        "reply": "comment", "remark-TOTAL_FORMS": "1", "remark-INITIAL_FORMS": "0", "remark-0-original": "规划衔接",
        "remark-0-suggestion": "写了很久的建议", "reason": "也写了理由",
    }  # fmt: skip
    answer = client_of(people.liaison("fagaiwei")).post(row.get_absolute_url(), data)
    page = answer.content.decode()
    assert (answer.status_code, "写了很久的建议" in page, "也写了理由" in page) == (409, True, True)
    row.refresh_from_db()
    assert row.reply == Reply.AGREE
    odd = client_of(people.liaison("fagaiwei")).post(
        row.get_absolute_url(), {**data, "remark-TOTAL_FORMS": "²"}
    )
    assert (odd.status_code, "也写了理由" in odd.content.decode()) == (409, True)


def test_the_paper_is_the_rounds_own_text_also_afterwards(people: People) -> None:
    minutes = make.settled(people)
    edit(people, resolutions(minutes)[0], text="后来改过的文字")
    draft = plain_text(papers.draft_paper(minutes.circulations.get()))
    assert ("做好规划衔接" in draft, "后来改过的文字" in draft) == (True, False)
    url = f"/minutes/{minutes.pk}/papers/draft/?round=1"
    mine, stranger = client_of(people.liaison("fagaiwei")), client_of(people.liaison("kejiju"))
    assert (mine.get(url).status_code, stranger.get(url).status_code) == (200, 404)
    making.make_due()
    row = make.consent_of(minutes, "fagaiwei")
    assert (
        f"/minutes/{minutes.pk}/papers/draft/1.png?round=1"
        in mine.get(row.get_absolute_url()).content.decode()
    )
    assert mine.get(f"/minutes/{minutes.pk}/papers/draft/1.png?round=1")["Content-Type"] == "image/png"


def test_the_signing_name_is_remembered_by_unit(people: People) -> None:
    minutes = make.circulating(people)
    row = make.consent_of(minutes, "fagaiwei")
    services.answer(row, reply=Reply.AGREE, authorised_by="某副主任", by=people.liaison("fagaiwei"))
    make.agree(people, minutes)
    minutes = services.settle(minutes, by=people.office)
    edit(people, resolutions(minutes)[0], text="改过")
    services.recirculate(
        minutes, reply_by=timezone.now() + timedelta(days=1), silence_consents=False, by=people.office
    )
    mine = client_of(people.liaison("fagaiwei")).get(make.consent_of(minutes, "fagaiwei").get_absolute_url())
    other = client_of(people.liaison("weijianwei")).get(
        make.consent_of(minutes, "weijianwei").get_absolute_url()
    )
    assert ('value="某副主任"' in mine.content.decode(), "某副主任" in other.content.decode()) == (
        True,
        False,
    )


def test_the_living_board_answers_304_until_something_happens(people: People) -> None:
    minutes = make.circulating(people)
    client, url = client_of(people.office), f"/minutes/{minutes.pk}/board/live/"
    first = client.get(url)
    assert "还剩" in first.content.decode()
    assert client.get(url, headers={"if-none-match": first["ETag"]}).status_code == 304
    make.agree(people, minutes, "fagaiwei")
    second = client.get(url, headers={"if-none-match": first["ETag"]})
    assert (second.status_code, second["ETag"] != first["ETag"]) == (200, True)
    # Past the deadline: a day later would not do, the working time left does not change on a weekend.
    with time_machine.travel(timezone.now() + timedelta(hours=73), tick=True):
        assert client_of(people.office).get(url, headers={"if-none-match": second["ETag"]}).status_code == 200
    assert client_of(people.liaison("fagaiwei")).get(url).status_code == 403


def test_a_board_of_some_lines_says_so_in_print(people: People) -> None:
    minutes = make.circulating(people)
    make.agree(people, minutes, "fagaiwei")
    client, url = client_of(people.office), f"/minutes/{minutes.pk}/board/"
    said = '<p class="print-only">只列：未反馈 3</p>'
    for address in (url, f"{url}live/"):
        assert said in client.get(address, {"show": "silent"}).content.decode()
        for show in ("", "x"):
            assert "只列：" not in client.get(address, {"show": show}).content.decode()


def test_chasing_says_who_was_told_and_offers_words(people: People) -> None:
    minutes = make.circulating(people, accounts=False)
    people.liaison("fagaiwei")
    make.agree(people, minutes, "weijianwei")
    page = client_of(people.office).post(f"/minutes/{minutes.pk}/chase/", follow=True).content.decode()
    assert "已向3个未反馈的单位催报" in page
    assert "没有平台账号，请打电话或送纸质函" in page
    assert "【催报】请市发改委、市工信局、市人社局于" in page
    assert make.consent_of(minutes, "fagaiwei").told_by == ToldBy.ACCOUNT
    assert client_of(people.auditor).post(f"/minutes/{minutes.pk}/chase/").status_code == 403


def test_an_edit_says_whom_it_asks_again_before_and_after(people: People) -> None:
    minutes = make.settled(people)
    passage, client = resolutions(minutes)[0], client_of(people.office)
    url = f"/minutes/passages/{passage.pk}/"
    assert "改动后须再次征求：<strong>市卫健委、市发改委</strong>" in client.get(url).content.decode()
    page = client.post(url, edit_data(passage, text="做好规划全面衔接"), follow=True).content.decode()
    assert "已保存。因这次改动，须再次征求：市卫健委、市发改委。" in page


def test_what_a_unit_opposed_is_not_removed(people: People) -> None:
    minutes = make.circulating(people)
    second = resolutions(minutes)[1]
    services.answer(
        make.consent_of(minutes, "rensheju"), reply=Reply.OPPOSE, authorised_by="×××", reason="职责不符",
        against=[second], by=people.liaison("rensheju"),
    )  # fmt: skip
    make.agree(people, minutes)
    minutes = services.settle(minutes, by=people.office)
    with pytest.raises(Refused, match="不能删除"):
        services.remove_passage(second, version=second.version, by=people.office)
