"""征求意见函, 征求意见情况表, 发文稿纸 and 更正通知: whole texts of the sample meetings, and the rules behind them."""

from datetime import date

import pytest
import time_machine
from django.utils import timezone

from apps.common import settings_rows
from apps.documents.composition import (
    Cell,
    Imprint,
    Layout,
    Paper,
    Signature,
    Table,
    heading,
    paragraph,
    plain_text,
    to_dict,
)
from apps.documents.models import ArchivedPaper
from apps.meetings.models import Meeting
from apps.minutes import papers, services
from apps.minutes.consent import picture
from apps.minutes.enums import Adoption, Reply, SignMethod, Stand, Step
from apps.minutes.models import Circulation, Comment, Minutes
from apps.minutes.papers.correcting import changes
from tests.factories.people import People

from . import make

pytestmark = pytest.mark.django_db


def sample(key: str) -> Minutes:
    return Meeting.objects.get(import_key=key).minutes


def round_of(minutes: Minutes, number: int) -> Circulation:
    return minutes.circulations.select_related("minutes__meeting").get(round=number)


def lines(paper: Paper) -> list[str]:
    return plain_text(paper).split("\n")


def tables(paper: Paper) -> list[Table]:
    return [part for part in paper.body if isinstance(part, Table)]


# --- whole texts ------------------------------------------------------------


# --- 征求意见函 --------------------------------------------------------------


def requirement(paper: Paper) -> str:
    found = lines(paper)
    return found[found.index("四、有关要求") + 1]


def test_silence_is_consent_only_where_the_letter_says_so_and_never_of_a_lead(people: People) -> None:
    circulation = round_of(make.circulating(people), 1)
    assert requirement(papers.consent_letter(circulation)) == (
        "（一）牵头单位（市发改委、市工信局）须明确反馈。其他单位逾期未反馈的，视为无意见。"
    )
    circulation.silence_consents = False
    assert (
        requirement(papers.consent_letter(circulation))
        == "（一）以上单位均须明确反馈，逾期未反馈的不视为同意。"
    )
    circulation.silence_consents = True
    circulation.consents.exclude(is_lead=True).delete()
    assert (
        requirement(papers.consent_letter(circulation)) == "（一）牵头单位（市发改委、市工信局）须明确反馈。"
    )
    circulation.consents.update(is_lead=False)
    assert requirement(papers.consent_letter(circulation)) == "（一）逾期未反馈的，视为无意见。"


def test_units_asked_though_absent_are_named_apart(people: People) -> None:
    decision = make.Decision("做好衔接", ("fagaiwei",), ("kejiju",), {"due_on": date(2026, 12, 31)})
    found = lines(papers.consent_letter(round_of(make.circulating(people, decisions=(decision,)), 1)))
    start = found.index("一、征求意见的单位")
    assert found[start + 1 : start + 3] == [
        "与会单位：市卫健委、市发改委、市工信局、市人社局。",
        "未与会但与议定事项有关的单位：市科技局（一并征求意见，不计入“与会单位同意”）。",
    ]


def test_the_letter_keeps_the_draft_as_it_was_sent_out(people: People) -> None:
    minutes = make.circulating(people)
    before = papers.consent_letter(round_of(minutes, 1))
    assert (
        "（一）做好规划衔接（牵头单位：市发改委；配合单位：市卫健委；完成时限：2026年12月31日前）。"
        in lines(before)
    )
    minutes.passages.filter(text="做好规划衔接").update(text="另有内容")
    assert papers.consent_letter(round_of(minutes, 1)) == before
    assert "另有内容" in plain_text(papers.paper_of(minutes))


def test_the_letter_by_the_office_and_its_number(people: People) -> None:
    settings_rows.put("letter_issuer", "office", by=None)
    circulation = round_of(make.circulating(people), 1)
    paper = papers.consent_letter(circulation, number="泉职防办函〔2026〕3号")
    assert (paper.mark, paper.number, paper.signature) == (
        "泉州市职业病防治工作联席会议办公室", "泉职防办函〔2026〕3号",
        Signature(timezone.localdate(), "泉州市职业病防治工作联席会议办公室（代章）"),
    )  # fmt: skip


# --- 征求意见情况表 ----------------------------------------------------------


def answers(paper: Paper) -> dict[str, tuple[str, str]]:
    """Unit → (answer, note) of its last line."""
    found = {}
    for row in tables(paper)[0].rows[1:]:
        words = [cell.text if isinstance(cell, Cell) else cell for cell in row]
        found[words[1]] = (words[4], words[8])
    return found


def answered(people: People) -> Minutes:
    """市卫健委 agrees, 市发改委 comments, 市工信局 opposes, 市人社局 is silent."""
    minutes = make.circulating(people)
    make.agree(people, minutes, "weijianwei")
    for code, reply, reason in (
        ("fagaiwei", Reply.COMMENT, ""),
        ("gongxinju", Reply.OPPOSE, "时限过紧。"),
    ):
        row = make.consent_of(minutes, code)
        row.reply, row.reason, row.authorised_by = reply, reason, "×××"
        row.replied_at, row.on_behalf, row.source_note = timezone.now(), True, "电话"
        row.save()
    Comment.objects.create(
        consent=make.consent_of(minutes, "fagaiwei"), passage=minutes.passages.filter(kind="resolution").first(),
        original="规划衔接", suggestion="“十五五”规划衔接", reason="更准确",
    )  # fmt: skip
    return minutes


def test_the_table_agrees_with_the_picture_of_consent(people: People) -> None:
    minutes = answered(people)
    paper, found = papers.consent_table(minutes), picture(minutes)
    assert answers(paper) == {
        "市卫健委": ("无意见", ""),
        "市发改委": ("有意见", "有1条意见没有处理"),
        "市工信局": ("不同意", "理由：时限过紧；不同意，须取得其书面同意，或将有关事项存议后再次征求意见"),
        "市人社局": ("未反馈", ""),
    }
    assert [found.tally()[stand] for stand in Stand] == [1, 0, 1, 0, 1, 1, 0]
    assert lines(paper)[-2:] == [
        "与会单位4个：明确反馈2个（无意见1个、有意见1个，其中0个已采纳或沟通一致），逾期未反馈视为无意见0个，不同意1个，未反馈1个。",
        "修改意见1条：待处理1条。",
    ]
    assert "1\t市发改委\t1\t第（一）项\t规划衔接\t“十五五”规划衔接\t更准确\t待处理\t\t" in lines(paper)


def test_silence_is_called_consent_only_where_it_counts(people: People) -> None:
    minutes = answered(people)
    row = make.consent_of(minutes, "rensheju")
    row.reply = Reply.TACIT
    row.save()
    assert answers(papers.consent_table(minutes))["市人社局"] == ("逾期未反馈视为无意见", "")
    minutes.circulations.update(silence_consents=False)
    assert answers(papers.consent_table(minutes))["市人社局"] == (
        "逾期未反馈", "逾期未反馈，而征求意见函没有写明逾期视为无意见",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("adoption", "agreed", "words"),
    [
        (Adoption.ADOPTED, False, "采纳\t\t是"),
        (Adoption.PARTLY, True, "部分采纳\t理由\t是"),
        (Adoption.REJECTED, False, "不采纳\t理由\t否"),
    ],
)
def test_what_became_of_a_comment(people: People, adoption: str, agreed: bool, words: str) -> None:
    minutes = answered(people)
    comment = Comment.objects.get()
    comment.adoption, comment.agreed = adoption, agreed
    comment.adoption_reason = "" if adoption == Adoption.ADOPTED else "理由"
    comment.passage = None
    comment.save()
    assert f"1\t市发改委\t1\t全文\t规划衔接\t“十五五”规划衔接\t更准确\t{words}" in lines(
        papers.consent_table(minutes)
    )


def test_units_that_attended_and_were_never_asked_are_counted(people: People) -> None:
    minutes = make.drafted(people)
    paper = papers.consent_table(minutes)
    assert set(answers(paper).values()) == {("未征求", "还没有征求意见")}
    assert lines(paper)[-1] == (
        "与会单位4个：明确反馈0个（无意见0个、有意见0个），逾期未反馈视为无意见0个，不同意0个，未征求4个。"
    )
    assert "没有单位提出修改意见。" in lines(paper)


# --- 发文稿纸 ---------------------------------------------------------------


def acts(minutes: Minutes) -> list[str]:
    found = lines(papers.routing_sheet(minutes))
    return found[found.index("办理环节\t意\u3000见\t姓\u3000名\t日\u3000期") + 1 :]


@time_machine.travel("2026-04-20T02:00Z", tick=False)
def test_every_step_has_opinion_name_and_full_date(people: People) -> None:
    minutes = make.issued(people)
    assert acts(minutes) == [
        "拟\u3000稿\t\t办公室工作人员\t2026年4月20日",
        "核\u3000稿\t同意\t市卫健委经办人A\t2026年4月20日",
        "会\u3000签\t第1轮，征求4个单位意见\t办公室工作人员\t2026年4月20日",
        "会签结果\t与会单位4个：明确反馈4个（无意见4个、有意见0个），逾期未反馈视为无意见0个，不同意0个。",
        "意见处理\t\t办公室工作人员\t2026年4月20日",
        "审\u3000核\t拟同意，请召集人签发\t办公室主任\t2026年4月20日",
        "签\u3000发\t同意签发\t叶一帆\t2026年4月20日",
        "复\u3000核\t复核无误\t办公室工作人员\t2026年4月20日",
        "编\u3000号\t〔2026〕1号\t办公室工作人员\t2026年4月20日",
        "印\u3000发\t\t办公室工作人员\t2026年4月20日",
        "交\u3000办\t交办2项\t办公室工作人员\t2026年4月20日",
    ]
    assert "文\u3000号\t〔2026〕1号\t紧急程度\t" in lines(papers.routing_sheet(minutes))
    assert "密\u3000级\t非密（已作保密审查）\t公开属性\t此件不公开" in lines(papers.routing_sheet(minutes))


@time_machine.travel("2026-04-20T02:00Z", tick=False)
def test_a_signature_on_paper_keeps_the_opinion_as_written(people: People) -> None:
    minutes = services.register_signature(
        make.audited(people), name="叶一帆", opinion="圈阅", signed_on=date(2026, 4, 20), scan=make.scan(),
        by=people.office,
    )  # fmt: skip
    assert "签\u3000发\t圈阅（线下签批，附扫描件）\t叶一帆\t2026年4月20日" in acts(minutes)
    minutes.endorsements.filter(step=Step.CHECK).delete()
    assert [row for row in acts(minutes) if row.startswith("复")] == ["复\u3000核\t\t\t"]


@time_machine.travel("2026-04-20T02:00Z", tick=False)
def test_opinions_that_no_longer_count_stand_apart_and_say_so(people: People) -> None:
    minutes = services.return_sign(make.audited(people), reason="第二项须再议", by=people.convener)
    found = acts(minutes)
    past = found.index("退回和已失效的意见（不再有效，留存备查）")
    assert [row for row in found[:past] if row.startswith("审")] == ["审\u3000核\t\t\t"]
    assert found[past + 1 :] == [
        "审\u3000核\t【已失效】拟同意，请召集人签发\t办公室主任\t2026年4月20日",
        "退\u3000回\t第二项须再议\t叶一帆\t2026年4月20日",
    ]


def test_a_form_with_nothing_done_can_be_filled_in_by_hand(people: People) -> None:
    minutes = make.drafted(people)
    assert [row.split("\t")[0] for row in acts(minutes)] == [
        "拟\u3000稿", "核\u3000稿", "会\u3000签", "审\u3000核", "签\u3000发", "复\u3000核", "编\u3000号", "印\u3000发",
    ]  # fmt: skip
    minutes.endorsements.create(
        step=Step.DRAFT, name="×××", signed_on=date(2026, 3, 27), method=SignMethod.PAPER
    )
    assert acts(minutes)[0] == "拟\u3000稿\t（线下办理）\t×××\t2026年3月27日"


# --- 更正通知 ---------------------------------------------------------------


def version(*resolutions: str, printed_on: date = date(2026, 9, 30)) -> ArchivedPaper:
    """An archived 纪要 with these resolutions (not saved)."""
    body = [paragraph("现将会议议定事项纪要如下：")]
    body += [heading(2, f"（{'一二三'[n]}）", words) for n, words in enumerate(resolutions)]
    paper = Paper(
        mark="纪要", title="示例纪要", layout=Layout.MINUTES, number="〔2026〕2号", body=tuple(body),
        imprint=Imprint(printed_on=printed_on),
    )  # fmt: skip
    return ArchivedPaper(title="示例纪要", data=to_dict(paper), text=plain_text(paper))


def test_the_change_is_quoted_with_the_clause_it_stands_in() -> None:
    old = version("建立台账（完成时限：2027年3月30日前）。", "做好“三同时”衔接。")
    new = version(
        "建立台账（完成时限：2027年3月31日前）。", "做好“三同时”协调。", printed_on=date(2026, 10, 13)
    )
    assert changes(old, new) == [
        "第（一）项中“完成时限：2027年3月30日前”更正为“完成时限：2027年3月31日前”",
        "第（二）项中“做好‘三同时’衔接”更正为“做好‘三同时’协调”",
    ]


def test_added_and_dropped_paragraphs_are_told_and_equal_papers_differ_in_nothing() -> None:
    one, two = version("建立台账。"), version("建立台账。", "做好衔接。")
    assert changes(one, two) == ["增加第（二）项“做好衔接”"]
    assert changes(two, one) == ["删去第（二）项“做好衔接”"]
    assert changes(two, two) == []


def test_numbers_that_only_move_are_told_once() -> None:
    old = version("建立监测台账。", "开展培训考核。", "做好规划衔接。")
    gone = version("建立监测台账。", "做好规划的衔接。")
    assert changes(old, gone) == [
        "删去第（二）项“开展培训考核”",
        "第（三）项中“做好规划衔接”更正为“做好规划的衔接”",
        "其后各项序号依次调整",
    ]
    more = version("建立监测台账。", "印发工作方案。", "开展培训考核。")
    assert changes(version("建立监测台账。", "开展培训考核。"), more) == [
        "增加第（二）项“印发工作方案”",
        "其后各项序号依次调整",
    ]


def test_a_clause_that_only_one_version_has_is_quoted_with_its_neighbour() -> None:
    old, new = version("建立台账，做好衔接。"), version("建立台账，一企一档，做好衔接。")
    assert changes(old, new) == ["第（一）项中“做好衔接”更正为“一企一档，做好衔接”"]


def test_a_paper_kept_without_its_data_is_compared_by_its_text() -> None:
    old, new = ArchivedPaper(data={}, text="甲\n乙\n"), ArchivedPaper(data={}, text="甲\n丙\n")
    assert changes(old, new) == ["“乙”更正为“丙”"]
