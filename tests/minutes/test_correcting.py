"""更正: who must agree, who approves, what everybody gets, and the ledger keeping step."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.utils import timezone

from apps.action_items import services as items
from apps.action_items.models import ActionItem, DueCorrection, ProgressReport
from apps.common import audit
from apps.common.errors import Refused
from apps.dispatch.models import Delivery, PortalNotice
from apps.documents.composition import NameGroup, NameList
from apps.documents.models import ArchivedPaper
from apps.minutes import correction, printed_names, services
from apps.minutes.content import lines_of
from apps.minutes.deadlines import default_reply_by
from apps.minutes.enums import Step
from apps.minutes.models import (
    CorrectionCase,
    CorrectionChange,
    CorrectionConsent,
    Endorsement,
    Minutes,
    Passage,
)
from apps.minutes.selectors import passages_of
from apps.minutes.services.drafting import Content, content_of
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
    case = services.ask_correction(case, reply_by=default_reply_by(), by=people.office)
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
    case = services.ask_correction(case, reply_by=default_reply_by(), by=people.office)
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
    case = services.ask_correction(case, reply_by=default_reply_by(), by=people.office)
    assert {row.unit.code for row in case.consents.all()} == {"weijianwei", "fagaiwei", "gongxinju"}


def test_a_misprint_asks_nobody_but_the_signer(people: People) -> None:
    minutes = make.issued(people)
    case = case_of(people, minutes, text="做好规划衔接，")
    with pytest.raises(Refused, match="没有需要征求意见的单位"):
        services.ask_correction(case, reply_by=default_reply_by(), by=people.office)
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
    case = services.ask_correction(
        case_of(people, make.issued(people), due_on=LATER), reply_by=default_reply_by(), by=people.office
    )
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


def why_of(item: ActionItem) -> tuple[str, str]:
    """The last thing its history tells, with the reason."""
    event = audit.history_of(item).last()
    assert event is not None
    return event.verb, event.detail["reason"]


def added(people: People, minutes: Minutes, follows: Passage, **changes: Any) -> CorrectionCase:
    """A case with one new resolution led by 市工信局."""
    case = services.open_case(minutes, reason="漏印一项。", by=people.office)
    given = Content(text="建立联合检查机制", leads=[people.unit("gongxinju")], due_on=LATER, **changes)
    services.add_resolution(case, given, follows=follows, by=people.office)
    return case


def test_a_resolution_left_out_is_added_and_followed(people: People) -> None:
    minutes = make.issued(people)
    first, second = resolution(minutes, 0), resolution(minutes, 1)
    case = added(people, minutes, first)
    assert [line.label for line in lines_of(correction.revised(case))][-3:] == ["（一）", "（二）", "（三）"]
    assert {unit.code for unit, _why in correction.not_agreed(case)} == {"gongxinju"}
    row = services.issue_correction(approved(people, case), by=people.office)
    minutes.refresh_from_db()
    new = case.changes.get().passage
    assert new is not None
    lines = [(line.label, line.passage.pk) for line in lines_of(passages_of(minutes)) if line.seq]
    assert lines == [("（一）", first.pk), ("（二）", new.pk), ("（三）", second.pk)]
    items_now = {item.source_anchor: item for item in ActionItem.objects.all()}
    made, moved = items_now[f"passage-{new.pk}"], items_now[f"passage-{second.pk}"]
    head = str(row.paper.number)
    assert (made.seq, made.ref, made.text, made.due_on, made.state) == (
        2,
        f"{head}-3",
        "建立联合检查机制",
        LATER,
        "assigned",
    )
    assert (moved.seq, moved.ref) == (3, f"{head}-2")  # it keeps its reference for good
    assert why_of(moved) == ("correct", "序号由第2项改为第3项。更正：漏印一项。")
    assert PortalNotice.objects.filter(
        user=people.liaison("gongxinju"), title=f"待签收：{made.source_label}第2项议定事项"
    ).exists()
    notice = ArchivedPaper.objects.get(kind="correction").text
    assert "增加第（二）项“建立联合检查机制（牵头单位：市工信局；完成时限：2027年3月31日前）”" in notice
    assert "其后各项序号依次调整" in notice
    assert "（二）建立联合检查机制" in row.paper.text


def test_a_resolution_that_was_not_decided_is_struck_out_and_its_item_ends(people: People) -> None:
    minutes = make.issued(people)
    first, second = resolution(minutes, 0), resolution(minutes, 1)
    case = services.open_case(minutes, reason="会议没有议定。", by=people.office)
    services.remove_resolution(case, first, by=people.office)
    assert {unit.code for unit, _why in correction.not_agreed(case)} == {"fagaiwei", "weijianwei"}
    row = services.issue_correction(approved(people, case), by=people.office)
    item = ActionItem.objects.get(ref=first.item_ref)
    assert (item.state, item.ended_on) == ("terminated", timezone.localdate())
    assert why_of(item) == ("end_by_correction", "更正删去。更正：会议没有议定。")
    assert ActionItem.objects.get(ref=second.item_ref).seq == 1
    assert "做好规划衔接" not in row.paper.text
    assert [line.label for line in lines_of(passages_of(minutes)) if line.seq] == ["（一）"]
    first.refresh_from_db()
    assert (first.struck, first.item_ref) == (True, item.ref)
    assert "删去第（一）项“做好规划衔接" in ArchivedPaper.objects.get(kind="correction").text
    again = services.open_case(minutes, reason="再核。", by=people.office)
    with pytest.raises(Refused, match="没有印在纪要里"):
        services.remove_resolution(again, first, by=people.office)
    new = added_to(people, again, second)
    services.issue_correction(approved(people, again), by=people.office)
    assert ActionItem.objects.get(source_anchor=f"passage-{passage_of(new)}").ref.endswith(
        "-3"
    )  # never 1 again


def added_to(people: People, case: CorrectionCase, follows: Passage) -> CorrectionChange:
    given = Content(text="建立联合检查机制", leads=[people.unit("gongxinju")], due_on=LATER)
    return services.add_resolution(case, given, follows=follows, by=people.office)


def passage_of(change: CorrectionChange) -> int | None:
    change.refresh_from_db()
    return change.passage_id


def test_two_new_ones_behind_one_passage_stand_as_they_were_written(people: People) -> None:
    minutes = make.issued(people)
    case = added(people, minutes, resolution(minutes, 1))
    given = Content(text="开展专项行动", leads=[people.unit("rensheju")], is_standing=True, opens_item=False)
    services.add_resolution(case, given, follows=resolution(minutes, 1), by=people.office)
    shown = [line.words[:8] for line in lines_of(correction.revised(case)) if line.seq]
    row = services.issue_correction(approved(people, case), by=people.office)
    assert [line.words[:8] for line in lines_of(passages_of(minutes)) if line.seq] == shown
    assert shown[2:] == ["建立联合检查机制", "开展专项行动（牵"]
    assert (
        ActionItem.objects.filter(source_paper__number=row.paper.number).count() == 3
    )  # the other is not followed


def test_not_every_resolution_can_be_struck_out(people: People) -> None:
    minutes = make.issued(people)
    case = services.open_case(minutes, reason="误。", by=people.office)
    for place in (0, 1):
        services.remove_resolution(case, resolution(minutes, place), by=people.office)
    with pytest.raises(Refused, match="议定事项不能全部删去"):
        services.submit_correction(case, by=people.office)
    services.take_out(case.changes.all()[0], by=people.office)
    assert case.changes.count() == 1
    with pytest.raises(Refused, match="只有议定事项可以整项删去"):
        services.remove_resolution(case, minutes.passages.get(kind="opening"), by=people.office)


def test_an_ended_item_stays_as_it_ended(people: People) -> None:
    minutes = make.issued(people)
    item = ActionItem.objects.get(ref=resolution(minutes, 0).item_ref)
    items.propose_ending(item, items.Proposed("terminate", "不再需要"), by=people.convener)
    case = services.open_case(minutes, reason="没有议定。", by=people.office)
    services.remove_resolution(case, resolution(minutes, 0), by=people.office)
    services.issue_correction(approved(people, case), by=people.office)
    item.refresh_from_db()
    assert (item.state, *why_of(item)) == ("terminated", "correct", "更正删去。更正：没有议定。")


def test_the_title_is_everybodys_and_a_slip_in_it_nobodys(people: People) -> None:
    minutes = make.issued(people)
    printed = minutes.title
    case = services.open_case(minutes, reason="标题有误。", by=people.office)
    services.set_title(case, title=printed.replace("纪要", "记要"), by=people.office)
    assert correction.not_agreed(case) == []
    services.set_title(case, title="2026年第二次全体会议纪要", by=people.office)
    assert {unit.code for unit, _why in correction.not_agreed(case)} == set(make.PRESENT)
    row = services.issue_correction(approved(people, case), by=people.office)
    minutes.refresh_from_db()
    assert (minutes.title, row.paper.title) == ("2026年第二次全体会议纪要",) * 2
    notice = ArchivedPaper.objects.get(kind="correction")
    assert notice.title == f"关于更正《{printed}》的通知"
    assert row.notice == notice


def test_the_names_of_those_present(people: People) -> None:
    minutes = make.issued(people)
    case = services.open_case(minutes, reason="出席名单漏印一人。", by=people.office)
    texts = printed_names.texts_of(printed_names.printed(minutes))
    more = {**texts, "出席": texts["出席"].replace("市发改委：fagaiwei", "市发改委: fagaiwei，王小明")}
    services.set_names(case, more, by=people.office)
    assert {unit.code for unit, _why in correction.not_agreed(case)} == {"fagaiwei"}
    row = services.issue_correction(approved(people, case), by=people.office)
    assert "fagaiwei、王小明" in row.paper.text
    assert "出席名单中" in ArchivedPaper.objects.get(kind="correction").text
    again = services.open_case(minutes_now(minutes), reason="再改。", by=people.office)
    assert printed_names.lists_of(more) == correction.names_after(
        again
    )  # the printed ones, not the sign-in list
    assert services.set_names(again, more, by=people.office) is None
    with pytest.raises(ValidationError):
        services.set_names(again, {**more, "出席": " "}, by=people.office)


def minutes_now(minutes: Minutes) -> Minutes:
    return Minutes.objects.get(pk=minutes.pk)


def test_the_lists_of_names_come_back_from_their_lines() -> None:
    lists = (
        NameList(
            "出席",
            (
                NameGroup(("叶一帆",), "市卫健委"),
                NameGroup(("张三", "李四"), "市发改委"),
                NameGroup(("王五",), "市财政局", "代赵六"),
                NameGroup(("钱七",)),
            ),
        ),
        NameList("请假", (NameGroup(("孙中虎",), "市科技局"),)),
        NameList("列席", (NameGroup(unit="各县（市、区）卫生健康局"), NameGroup(("周八",)))),
    )
    texts = printed_names.texts_of(lists)
    assert printed_names.lists_of(texts)[:2] == lists[:2]
    assert texts["列席"] == "各县（市、区）卫生健康局\n周八"
    assert printed_names.units_changed(texts, {**texts, "请假": "市科技局：孙大虎"}) == ["市科技局"]
