"""更正: who must agree, who approves, what everybody gets, and the ledger keeping step."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.utils import timezone

from apps.action_items import services as items
from apps.action_items.models import ActionItem, DueCorrection, ProgressReport
from apps.common.errors import Refused
from apps.dispatch.models import Delivery, PortalNotice
from apps.documents.models import ArchivedPaper
from apps.minutes import correction, services
from apps.minutes.enums import Step
from apps.minutes.models import CorrectionCase, CorrectionConsent, Endorsement, Minutes, Passage
from apps.minutes.services.drafting import content_of
from tests.factories.people import People

from . import make

pytestmark = pytest.mark.django_db


def resolution(minutes: Minutes, place: int) -> Passage:
    return minutes.passages.filter(kind="resolution").order_by("position")[place]


def case_of(people: People, minutes: Minutes, place: int = 0, **changes: Any) -> CorrectionCase:
    """A case with one change of one resolution."""
    case = services.open_case(minutes, reason="完成时限印错。", by=people.office)
    passage = resolution(minutes, place)
    services.set_change(case, passage, content_of(passage, **changes), by=people.office)
    return case


def agreed(people: People, case: CorrectionCase) -> CorrectionCase:
    """Every unit asked says 无意见."""
    case = services.ask_correction(case, by=people.office)
    for row in case.consents.select_related("unit"):
        services.answer_correction(row, reply="agree", authorised_by="×××", by=people.liaison(row.unit.code))
    return services.submit_correction(case, by=people.office)


def approved(people: People, case: CorrectionCase) -> CorrectionCase:
    case = agreed(people, case)
    return services.approve(case, seen=correction.whole_mark(case), by=people.convener)


LATER = date(2027, 3, 31)


def test_only_the_units_it_touches_are_asked_and_silence_never_counts(people: People) -> None:
    minutes = make.issued(people)
    case = case_of(people, minutes, due_on=LATER)
    with pytest.raises(
        Refused, match="更正须经有关单位明确同意：市卫健委还没有征求意见；市发改委还没有征求意见"
    ):
        services.submit_correction(case, by=people.office)
    case = services.ask_correction(case, by=people.office)
    assert [row.unit.code for row in case.consents.all()] == ["weijianwei", "fagaiwei"]
    with pytest.raises(Refused, match="尚未反馈"):
        services.submit_correction(case, by=people.office)
    row = case.consents.get(unit__code="fagaiwei")
    services.answer_correction(
        row, reply="oppose", reason="期限太长", authorised_by="×××", by=people.liaison("fagaiwei")
    )
    with pytest.raises(Refused, match="市发改委不同意"):
        services.submit_correction(case, by=people.office)
    with pytest.raises(PermissionDenied):
        services.answer_correction(row, reply="agree", authorised_by="×××", by=people.liaison("gongxinju"))


def test_a_unit_added_and_a_unit_taken_out_both_agree(people: People) -> None:
    minutes = make.issued(people)
    case = case_of(people, minutes, leads=[people.unit("gongxinju")])
    case = services.ask_correction(case, by=people.office)
    assert {row.unit.code for row in case.consents.all()} == {"weijianwei", "fagaiwei", "gongxinju"}


def test_a_misprint_asks_nobody_but_the_signer(people: People) -> None:
    minutes = make.issued(people)
    case = case_of(people, minutes, text="做好规划衔接，")
    with pytest.raises(Refused, match="没有需要征求意见的单位"):
        services.ask_correction(case, by=people.office)
    assert services.submit_correction(case, by=people.office).state == "signing"


def test_an_answer_to_other_words_does_not_count(people: People) -> None:
    minutes = make.issued(people)
    case = agreed(people, case_of(people, minutes, due_on=LATER))
    case = services.rework_correction(case, reason="再核", by=people.office)
    passage = resolution(minutes, 0)
    services.set_change(
        case, passage, content_of(passage, due_on=LATER + timedelta(days=1)), by=people.office
    )
    with pytest.raises(Refused, match="反馈之后更正内容又有改动"):
        services.submit_correction(case, by=people.office)
    services.set_change(case, passage, content_of(passage, due_on=LATER), by=people.office)
    assert (
        services.submit_correction(case, by=people.office).state == "signing"
    )  # the words agreed to are back


def test_who_signed_approves_and_sees_what_he_approves(people: People) -> None:
    minutes = make.issued(people)
    case = agreed(people, case_of(people, minutes, due_on=LATER))
    for user in (people.office, people.director, people.host_deputy):
        with pytest.raises(PermissionDenied):
            services.approve(case, seen=correction.whole_mark(case), by=user)
    with pytest.raises(services.StaleTextError):
        services.approve(case, seen="old", by=people.convener)
    done = services.approve(case, seen=correction.whole_mark(case), opinion="同意", by=people.convener)
    assert (done.state, done.opinion, done.signed_on) == ("approved", "同意", timezone.localdate())


def test_on_paper_with_a_scan(people: People) -> None:
    minutes = make.issued(people)
    case = agreed(people, case_of(people, minutes, due_on=LATER))
    given: dict[str, Any] = {"opinion": "圈阅", "scan": make.scan(), "by": people.office}
    with pytest.raises(ValidationError):
        services.register_approval(case, name="某某某", signed_on=timezone.localdate(), **given)
    given["scan"] = make.scan()
    with pytest.raises(ValidationError):
        services.register_approval(
            case, name="叶一帆", signed_on=timezone.localdate() + timedelta(1), **given
        )
    given["scan"] = make.scan()
    case = services.register_approval(case, name="叶一帆", signed_on=timezone.localdate(), **given)
    assert (case.state, case.signed_name, case.scan is not None) == ("approved", "叶一帆", True)


def test_everybody_who_had_the_old_one_gets_notice_and_new_version(people: People) -> None:
    minutes = make.issued(people)
    old = minutes.paper
    assert old is not None
    had = set(Delivery.objects.filter(paper=old).values_list("recipient", "role"))
    case = approved(people, case_of(people, minutes, due_on=LATER))
    row = services.issue_correction(case, letter_number="泉卫函〔2026〕30号", by=people.office)
    minutes.refresh_from_db()
    case.refresh_from_db()
    old.refresh_from_db()
    assert (case.state, case.correction, minutes.state, minutes.paper) == ("issued", row, "issued", row.paper)
    assert (row.paper.version, row.paper.number, row.paper.previous, old.status) == (
        2,
        old.number,
        old,
        "corrected",
    )
    notice = ArchivedPaper.objects.get(kind="correction")
    assert "完成时限：2027年3月31日前" in row.paper.text
    assert "2027年3月31日前”" in notice.text
    assert "已征得市卫健委、市发改委同意" in notice.text
    for paper in (row.paper, notice):
        assert set(Delivery.objects.filter(paper=paper).values_list("recipient", "role")) == had
    assert Endorsement.objects.filter(minutes=minutes, step=Step.CORRECT).count() == 1
    with pytest.raises(Refused, match="抄报还没有完成"):
        services.archive(minutes, by=people.office)  # C12 is asked for the new version


def test_the_ledger_keeps_step(people: People) -> None:
    minutes = make.issued(people)
    item = ActionItem.objects.get(ref=resolution(minutes, 0).item_ref)
    items.sign_for(item, by=people.liaison("fagaiwei"))
    said = items.Progress(text="已起草")
    items.report(item, said, unit=people.unit("fagaiwei"), by=people.liaison("fagaiwei"))
    old_due = item.due_on
    case = approved(people, case_of(people, minutes, due_on=LATER, text="做好规划编制"))
    services.issue_correction(case, by=people.office)
    item.refresh_from_db()
    assert (item.text, item.due_on, item.current_due, item.state) == (
        "做好规划编制",
        LATER,
        LATER,
        "in_progress",
    )
    moved = DueCorrection.objects.get(item=item)
    assert (moved.old_due, moved.new_due) == (old_due, LATER)
    case = approved(people, case_of(people, minutes, leads=[people.unit("gongxinju")], supports=[]))
    services.issue_correction(case, by=people.office)
    item.refresh_from_db()
    assert (item.state, [part.unit.code for part in item.parts.all()]) == ("assigned", ["gongxinju"])
    assert ProgressReport.objects.filter(item=item).count() == 1  # what was reported stays
    assert PortalNotice.objects.filter(
        user=people.liaison("gongxinju"), title__startswith="议定事项已更正"
    ).exists()
    minutes.refresh_from_db()
    assert minutes.paper is not None
    assert minutes.paper.version == 3
    assert items.sign_for(item, by=people.liaison("gongxinju")).state == "in_progress"


def test_one_case_at_a_time_and_not_before_the_issue(people: People) -> None:
    minutes = make.numbered(people)
    with pytest.raises(Refused, match="不能更正"):
        services.open_case(minutes, reason="甲", by=people.office)
    minutes = services.issue(minutes, by=people.office)
    with pytest.raises(PermissionDenied):
        services.open_case(minutes, reason="甲", by=people.convener)
    case = services.open_case(minutes, reason="甲", by=people.office)
    with pytest.raises(Refused, match="已有一件更正"):
        services.open_case(minutes, reason="乙", by=people.office)
    with pytest.raises(Refused, match="还没有写更正内容"):
        services.submit_correction(case, by=people.office)
    services.drop(case, reason="不用了", by=people.office)
    assert services.open_case(minutes, reason="乙", by=people.office).state == "drafting"


def test_a_change_back_to_what_is_printed_is_none(people: People) -> None:
    minutes = make.issued(people)
    case = case_of(people, minutes, due_on=LATER)
    passage = resolution(minutes, 0)
    assert services.set_change(case, passage, content_of(passage), by=people.office) is None
    assert case.changes.count() == 0
    with pytest.raises(ValidationError):
        services.set_change(case, passage, content_of(passage, leads=[]), by=people.office)
    assert CorrectionConsent.objects.count() == 0


def test_the_office_answers_for_a_unit_with_its_source(people: People) -> None:
    case = services.ask_correction(case_of(people, make.issued(people), due_on=LATER), by=people.office)
    row = case.consents.all()[0]
    with pytest.raises(ValidationError):
        services.answer_correction(row, reply="agree", authorised_by="×××", on_behalf=True, by=people.office)
    done = services.answer_correction(
        row, reply="agree", authorised_by="×××", on_behalf=True, source_note="电话", by=people.office
    )
    assert (done.reply, done.on_behalf, done.source_note) == ("agree", True, "电话")
    with pytest.raises(ValidationError):
        services.answer_correction(
            row, reply="tacit", authorised_by="×××", on_behalf=True, source_note="电话", by=people.office
        )
