"""更正 over HTTP: what its pages write, units' answers, approvals given on paper, and who may not."""

from datetime import date
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from apps.accounts.models import User
from apps.action_items.models import ActionItem
from apps.documents import making
from apps.documents.making import file_of
from apps.minutes import correction, services
from apps.minutes.deadlines import default_reply_by
from apps.minutes.models import CorrectionCase, CorrectionConsent, Endorsement, Minutes
from apps.minutes.services.drafting import Content, content_of
from apps.roster.models import Unit
from tests.factories.people import People, client_of

from . import make
from .test_correcting import agreed, approved, case_of, resolution

pytestmark = pytest.mark.django_db
LATER = date(2027, 3, 31)


def begun(people: People) -> tuple[Client, Minutes, CorrectionCase]:
    """The office's client, an issued 纪要, an empty case."""
    minutes = make.issued(people)
    case = services.open_case(minutes, reason="印错。", by=people.office)
    return client_of(people.office), minutes, case


def opened(client: Client, url: str) -> int:
    """How a file answers; it is read to its end, so that nothing stays open."""
    response = client.get(url)
    if response.streaming:
        b"".join(response.streaming_content)  # type: ignore[attr-defined]
    return int(response.status_code)


def text(response: Any) -> str:
    return str(response.content.decode())


def test_a_resolution_is_added_changed_and_taken_back(people: People) -> None:
    client, minutes, case = begun(people)
    url, follows = f"/minutes/corrections/{case.pk}/add/", resolution(minutes, 1).pk
    assert "放在哪一段之后" in text(client.get(url))
    given = {
        "text": "建立联合检查机制", "lead_1": people.unit("gongxinju").pk, "due_on": "2027-03-31", "opens_item": "on",
        "follows": follows,
    }  # fmt: skip
    assert client.post(url, {**given, "lead_1": ""}).status_code == 422  # a followed one needs its lead
    assert client.post(url, given).status_code == 302
    change = case.changes.get()
    page = text(client.get(f"/minutes/corrections/{case.pk}/"))
    assert "增加一项（第（二）项之后）" in page
    assert "建立联合检查机制" in text(client.get(f"{url}?change={change.pk}"))
    assert client.get(f"{url}?change=999999").status_code == 404
    assert client.post(f"{url}?change={change.pk}", {**given, "text": "建立会商机制"}).status_code == 302
    assert case.changes.get().after["text"] == "建立会商机制"
    assert client.post(f"/minutes/corrections/changes/{change.pk}/take-out/").status_code == 302
    assert not case.changes.exists()


def test_a_resolution_is_struck_out_and_the_change_taken_back(people: People) -> None:
    client, minutes, case = begun(people)
    opening = minutes.passages.get(kind="opening")
    url = f"/minutes/corrections/{case.pk}/remove/"
    assert client.post(f"{url}{resolution(minutes, 0).pk}/").status_code == 302
    page = text(client.get(f"/minutes/corrections/{case.pk}/"))
    assert "删去第（一）项" in page
    assert "其督办事项随之终止" in page
    answer = client.post(f"{url}{opening.pk}/", follow=True)
    assert "只有议定事项可以整项删去" in text(answer)
    assert client.post(f"{url}999999/").status_code == 404
    assert [row.what for row in case.changes.all()] == ["remove"]


def test_title_and_names_have_pages_of_their_own(people: People) -> None:
    client, minutes, case = begun(people)
    url = f"/minutes/corrections/{case.pk}/title/"
    assert minutes.title in text(client.get(url))
    assert client.post(url, {"title": "2026年第二次全体会议纪要"}).status_code == 302
    assert case.changes.get().after["title"] == "2026年第二次全体会议纪要"
    assert client.post(url, {"title": minutes.title}).status_code == 302
    assert not case.changes.exists()
    url = f"/minutes/corrections/{case.pk}/names/"
    assert "市发改委：fagaiwei" in text(client.get(url))
    assert client.post(url, {"present": ""}).status_code == 422
    given = {"present": "市卫健委：叶一帆\n市发改委：王小明", "leave": "", "observers": ""}
    assert client.post(url, given).status_code == 302
    page = text(client.get(f"/minutes/corrections/{case.pk}/"))
    assert "出席、请假、列席名单" in page


def test_only_the_office_writes_a_correction(people: People) -> None:
    _client, minutes, case = begun(people)
    first = resolution(minutes, 0)
    services.remove_resolution(case, first, by=people.office)
    change = case.changes.get()
    paths = [f"{case.pk}/add/", f"{case.pk}/title/", f"{case.pk}/names/", f"{case.pk}/remove/{first.pk}/"]
    paths.append(f"changes/{change.pk}/take-out/")
    for user, status in ((people.convener, 403), (people.auditor, 403), (people.liaison("fagaiwei"), 404)):
        client = client_of(user)
        assert [client.post(f"/minutes/corrections/{path}").status_code for path in paths] == [status] * 5
    assert case.changes.count() == 1


# --- answers of units ------------------------------------------------------


def asked(people: People) -> CorrectionCase:
    return services.ask_correction(
        case_of(people, make.issued(people), due_on=LATER), reply_by=default_reply_by(), by=people.office
    )


def answer_of(case: CorrectionCase, code: str) -> CorrectionConsent:
    return case.consents.get(unit__code=code)


def test_a_unit_answers_on_its_page(people: People) -> None:
    case = asked(people)
    row, client = answer_of(case, "fagaiwei"), client_of(people.liaison("fagaiwei"))
    url = f"/minutes/corrections/answers/{row.pk}/"
    assert "更正须明确同意，逾期不反馈不视为同意" in text(client.get(url))
    assert client.post(url, {"reply": "agree"}).status_code == 422  # nobody is named who authorised it
    assert client.post(url, {"reply": "tacit", "authorised_by": "王五"}).status_code == 422
    assert client.post(url, {"reply": "oppose", "authorised_by": "王五"}).status_code == 422
    given = {"reply": "oppose", "authorised_by": "王五", "reason": "期限太长"}
    assert client.post(url, given).status_code == 302
    row.refresh_from_db()
    assert (row.reply, row.reason, row.authorised_by) == ("oppose", "期限太长", "王五")
    assert (
        client.post(url, {"reply": "agree", "authorised_by": "王五"}).status_code == 302
    )  # it thought again
    row.refresh_from_db()
    assert (row.reply, row.reason) == ("agree", "")


def test_others_do_not_answer_for_it(people: People) -> None:
    case = asked(people)
    row = answer_of(case, "fagaiwei")
    url, given = f"/minutes/corrections/answers/{row.pk}/", {"reply": "agree", "authorised_by": "王五"}
    assert client_of(people.liaison("rensheju")).post(url, given).status_code == 404
    assert client_of(people.member("fagaiwei")).post(url, given).status_code == 403
    assert client_of(people.auditor).post(url, given).status_code == 403
    row.refresh_from_db()
    assert row.reply == "pending"


def test_the_stamped_reply_is_kept_and_shown(people: People) -> None:
    case = asked(people)
    row, client = answer_of(case, "fagaiwei"), client_of(people.office)
    url = f"/minutes/corrections/answers/{row.pk}/"
    given = {"reply": "agree", "proof": make.scan("回函.png")}
    assert client.post(url, given).status_code == 422  # on behalf: where it was had from
    given = {"reply": "agree", "source_note": "纸质回函", "proof": make.scan("回函.png")}
    assert client.post(url, given).status_code == 302
    row.refresh_from_db()
    assert (row.on_behalf, row.proof is not None, row.authorised_by) == (True, True, "")
    assert opened(client, f"{url}proof/") == 200
    assert opened(client_of(people.liaison("fagaiwei")), f"{url}proof/") == 200
    assert opened(client_of(people.liaison("rensheju")), f"{url}proof/") == 404


def test_an_answer_after_the_asking_is_refused(people: People) -> None:
    case = agreed(people, case_of(people, make.issued(people), due_on=LATER))
    row = answer_of(case, "fagaiwei")
    url = f"/minutes/corrections/answers/{row.pk}/"
    client = client_of(people.liaison("fagaiwei"))
    assert "提交反馈" not in text(client.get(url))
    late = client.post(url, {"reply": "oppose", "authorised_by": "王五", "reason": "误"}, follow=True)
    row.refresh_from_db()
    assert row.reply == "agree"
    assert "更正征求意见已经结束" in text(late)


# --- scans of what was signed on paper -------------------------------------


def test_the_scan_of_an_approval_on_paper(people: People) -> None:
    case = agreed(people, case_of(people, make.issued(people), due_on=LATER))
    client = client_of(people.office)
    url = f"/minutes/corrections/{case.pk}/register/"
    given = {"name": "叶一帆", "opinion": "同意", "signed_on": timezone.localdate().isoformat()}
    assert client.post(url, given).status_code == 422  # without the scan
    assert opened(client, f"/minutes/corrections/{case.pk}/scan/") == 404
    assert client.post(url, {**given, "scan": make.scan()}).status_code == 302
    case.refresh_from_db()
    assert (case.state, case.signed_name, case.scan is not None) == ("approved", "叶一帆", True)
    assert opened(client, f"/minutes/corrections/{case.pk}/scan/") == 200
    assert opened(client_of(people.liaison("fagaiwei")), f"/minutes/corrections/{case.pk}/scan/") == 404


def test_the_scan_of_a_signature_on_paper(people: People) -> None:
    minutes = make.audited(people)
    client = client_of(people.office)
    url = f"/minutes/{minutes.pk}/register-signature/"
    given = {"name": "叶一帆", "opinion": "圈阅", "signed_on": timezone.localdate().isoformat()}
    assert client.post(url, given).status_code == 422
    assert client.post(url, {**given, "scan": make.scan()}).status_code == 302
    line = Endorsement.objects.get(minutes=minutes, step="sign")
    assert (line.method, line.name, line.opinion) == ("paper", "叶一帆", "圈阅")
    scan = f"/minutes/{minutes.pk}/scan/{line.pk}/"
    assert opened(client, scan) == 200
    assert opened(client_of(people.auditor), scan) == 200
    assert opened(client_of(people.liaison("fagaiwei")), scan) == 403


def test_a_change_written_before_reads_back(people: People) -> None:
    client, minutes, case = begun(people)
    passage = resolution(minutes, 0)
    services.set_change(case, passage, content_of(passage, due_on=LATER), by=people.office)
    page = text(client.get(f"/minutes/corrections/{case.pk}/passages/{passage.pk}/"))
    assert 'value="2027-03-31"' in page


@pytest.mark.parametrize("given", ["²", "①", "-1", "x", "9" * 40])
def test_what_is_no_number_is_no_change(people: People, given: str) -> None:
    client, _minutes, case = begun(people)
    assert client.get(f"/minutes/corrections/{case.pk}/add/", {"change": given}).status_code == 404


def test_ids_of_a_form_that_are_no_numbers_are_complained_of(people: People) -> None:
    client, minutes, case = begun(people)
    given = {"text": "建立机制", "lead_1": "²", "duties": "²", "due_on": "2027-03-31", "opens_item": "on"}
    answer = client.post(
        f"/minutes/corrections/{case.pk}/add/", {**given, "follows": resolution(minutes, 0).pk}
    )
    assert (answer.status_code, case.changes.count()) == (422, 0)


def test_units_are_asked_from_their_page_alone_and_by_a_date(people: People) -> None:
    case = case_of(people, make.issued(people), due_on=LATER)
    client = client_of(people.office)
    assert client.post(f"/minutes/corrections/{case.pk}/act/ask/").status_code == 404
    assert client.post(f"/minutes/corrections/{case.pk}/ask/", {"reply_by": ""}).status_code == 422
    case.refresh_from_db()
    assert (case.state, case.consents.count()) == ("drafting", 0)


def test_the_page_says_what_a_return_costs(people: People) -> None:
    client = client_of(people.office)
    case = agreed(people, case_of(people, make.issued(people), due_on=LATER))
    kept = "已有的反馈按原文有效：改到的内容须重新征求，没有改到的不用。"
    assert f"退回后才能改内容，须重新送批。{kept}" in text(client.get(case.get_absolute_url()))
    services.approve(case, seen=correction.whole_mark(case), by=people.convener)
    assert f"批准作废，须重新送批、重新批准。{kept}" in text(client.get(case.get_absolute_url()))
    case = services.rework_correction(case, reason="再核", by=people.office)
    assert kept not in text(client.get(case.get_absolute_url()))
    assert (case.signed_on, correction.not_agreed(case)) == (None, [])  # void; the answers stand


def test_the_notice_is_shown_as_it_was_issued(people: People) -> None:
    minutes = make.issued(people)
    case = approved(people, case_of(people, minutes, due_on=LATER))
    row = services.issue_correction(case, letter_number="泉卫函〔2026〕30号", by=people.office)
    assert row.notice is not None
    making.make(row.notice)
    url = f"/minutes/{minutes.pk}/papers/correction/"
    assert client_of(people.office).get(f"{url}pdf").content == file_of(row.notice)
    row.notice = None  # as one entered from history
    row.save()
    assert "按现在的内容排出的样子" in text(client_of(people.office).get(url))


@pytest.mark.usefixtures("demo")
def test_an_imported_paper_can_be_corrected_and_stopped_too() -> None:
    """It has no drafter, no signer's account, and its items carry references of their own."""
    people = {name: User.objects.get(username=name) for name in ("bangongshi", "zhaojiren")}
    office, convener = people["bangongshi"], people["zhaojiren"]
    minutes = Minutes.objects.get(meeting__import_key="M1")
    case = services.open_case(minutes, reason="漏印、错印（示例）。", by=office)
    first, second = resolution(minutes, 0), resolution(minutes, 1)
    services.remove_resolution(case, first, by=office)
    given = Content(text="建立会商机制（示例）", leads=[Unit.objects.get(code="gongxinju")], due_on=LATER)
    services.add_resolution(case, given, follows=second, by=office)
    case = services.ask_correction(case, reply_by=default_reply_by(), by=office)
    for row in case.consents.select_related("unit"):
        services.answer_correction(
            row, reply="agree", authorised_by="×××", by=User.objects.get(username=row.unit.code)
        )
    case = services.submit_correction(case, by=office)
    case = services.approve(case, seen=correction.whole_mark(case), by=convener)
    services.issue_correction(case, by=office)
    items = ActionItem.objects.filter(source_paper__number=minutes.number)
    struck = items.get(ref="M1-1")
    assert (struck.state, struck.history.count() > 1) == (
        "closed",
        True,
    )  # done is done; its history tells the rest
    assert [(item.ref, item.seq) for item in items.exclude(pk=struck.pk).order_by("seq")][:3] == [
        ("M1-2", 1), (f"{minutes.number}-10", 2), ("M1-3", 3),
    ]  # fmt: skip
    minutes.refresh_from_db()
    assert services.stop(minutes, reason="误（示例）。", by=convener).state == "stopped"
