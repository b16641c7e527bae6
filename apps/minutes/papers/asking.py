"""征求意见函: one round's letter to the units asked, with the draft and the form to answer on."""

from dataclasses import replace

from django.utils import timezone

from apps.common import settings_rows
from apps.documents.composition import (
    Attachment,
    Block,
    Face,
    Layout,
    NameList,
    Paper,
    Run,
    Table,
    chinese_date,
    heading,
    level_label,
    paragraph,
    printed_name,
)
from apps.meetings.papers import spoken_time
from apps.minutes.content import lines_of
from apps.minutes.models import Circulation, Consent
from apps.minutes.selectors import passages_of
from apps.roster.papers import SEALED_BY_HOST, itemised, letter_issuer, signed_by, unmarked

from .issued import body_of, names_of, paper_of, set_out

_RULE = "以纪要形式明确会议议定事项，经与会单位同意后印发有关方面"  # 章程四（一）
_FORM = ("条目", "原文", "修改建议", "理由")


def consent_letter(circulation: Circulation, *, number: str = "") -> Paper:
    """征求意见函 of one round (C11, 章程四（一）): to whom, by when, how to answer, what silence means.

    The draft is what was sent out then; a round without its own record shows the text as it stands. `number` is the
    issuer's own (typed in). Give `circulation` with `minutes__meeting`; at most nine queries.
    """
    consents = list(circulation.consents.select_related("unit"))
    minutes, issuer = circulation.minutes, letter_issuer()
    title, blocks = _draft(circulation)
    return Paper(
        mark=issuer.removesuffix(SEALED_BY_HOST),
        title=f"关于{'再次' if circulation.round > 1 else ''}征求《{title}（征求意见稿）》意见的函",
        layout=Layout.LETTER,
        number=number,
        marker=minutes.meeting.marker,
        addressees=tuple(row.unit.short_name for row in consents),
        body=(_opening(circulation, title, len(consents)), *_sections(circulation, consents)),
        attachments=(
            Attachment(
                f"{title}（征求意见稿）", (*blocks, *[_named(names) for names in names_of(minutes.meeting)])
            ),
            Attachment("反馈意见表", _form(circulation, title)),
        ),
        signature=signed_by(issuer, timezone.localdate(circulation.sent_at)),
        remark=f"联系人及电话：{minutes.meeting.contact}" if minutes.meeting.contact else "",
        words=("全体会议", "专题会议", "会议纪要", "征求意见稿"),
    )


def draft_paper(circulation: Circulation) -> Paper:
    """The 纪要 as it will look, with the text this round sent out: what a unit is asked about, whatever came later."""
    title, blocks = _draft(circulation)
    return replace(
        paper_of(circulation.minutes, passages=[]),
        title=title,
        corner=("征求意见稿",),
        body=blocks,
        signature=None,
    )


def _draft(circulation: Circulation) -> tuple[str, tuple[Block, ...]]:
    """Title and text as this round was sent out."""
    if not circulation.draft:
        minutes = circulation.minutes
        return minutes.title, body_of(lines_of(passages_of(minutes)))
    title = next(
        (row["words"] for row in circulation.draft if row["kind"] == "title"), circulation.minutes.title
    )
    rows = [row for row in circulation.draft if row["kind"] != "title" and not row["withheld"]]
    return title, set_out((row["kind"], row["label"], row["words"]) for row in rows)


def _opening(circulation: Circulation, title: str, asked: int) -> Block:
    meeting, you = circulation.minutes.meeting, "你单位" if asked == 1 else "你们"
    if circulation.round > 1:
        return paragraph(
            f"根据有关单位反馈的意见，我们对《{title}（征求意见稿）》作了修改。现将修改后的征求意见稿（见附件1）再次送"
            f"{you}，请认真研究并反馈意见。有关事项函告如下："
        )
    day = chinese_date(timezone.localdate(meeting.starts_at))
    name, title_of = settings_rows.value("body_name"), unmarked(meeting.title, meeting.marker)
    return paragraph(
        f"{day}，{name}召开{title_of}。按照联席会议制度“{_RULE}”的规定，现将《{title}（征求意见稿）》（见附件1）送{you}，"
        "请认真研究并反馈意见。有关事项函告如下："
    )


def _sections(circulation: Circulation, consents: list[Consent]) -> list[Block]:
    parts = [
        ("征求意见的单位", _asked(consents)),
        ("反馈时限", [f"请于{spoken_time(circulation.reply_by)}前反馈。"]),
        ("反馈方式", _how()),
        ("有关要求", _silence(circulation, consents)),
    ]
    blocks: list[Block] = []
    for place, (name, lines) in enumerate(parts, 1):
        numbered = name in ("反馈方式", "有关要求")
        blocks.append(heading(1, f"{level_label(1, place)}{name}"))
        blocks += itemised(lines) if numbered else [paragraph(line) for line in lines]
    return blocks


def _asked(consents: list[Consent]) -> list[str]:
    """The attending units, and apart from them those asked though they did not attend."""
    here = [row.unit.short_name for row in consents if row.counted]
    away = [row.unit.short_name for row in consents if not row.counted]
    lines = [f"与会单位：{'、'.join(here)}。"] if here else []
    if away:
        lines.append(
            f"未与会但与议定事项有关的单位：{'、'.join(away)}（一并征求意见，不计入“与会单位同意”）。"
        )
    return lines


def _how() -> list[str]:
    return [
        (
            "登录联席会议平台反馈，并填写本单位审签人；或者填写《反馈意见表》（见附件2），经本单位负责同志审签、加盖公章后"
            "报联席会议办公室。"
        ),
        "没有意见的，请反馈“无意见”；有修改意见的，请逐条写明条目、原文、修改建议和理由；不同意的，请写明理由。",
    ]


def _silence(circulation: Circulation, consents: list[Consent]) -> list[str]:
    """What silence means, as this round's letter said: never consent for a lead unit."""
    leads = [row.unit.short_name for row in consents if row.is_lead]
    if not circulation.silence_consents:
        first = "以上单位均须明确反馈，逾期未反馈的不视为同意。"
    elif not leads:
        first = "逾期未反馈的，视为无意见。"
    else:
        others = "其他单位逾期未反馈的，视为无意见。" if len(leads) < len(consents) else ""
        first = f"牵头单位（{'、'.join(leads)}）须明确反馈。{others}"
    return [first, "征求意见稿尚未定稿，仅供研究反馈使用，请妥善保管，不得外传。"]


def _named(names: NameList) -> Block:
    """出席, 请假 or 列席 of the draft as a paragraph of the attachment, each name whole."""
    runs = [Run(f"{names.label}：", Face.HEI)]
    for place, group in enumerate(names.groups):
        people = "、".join(printed_name(name) for name in group.names)
        runs += [Run("，")] * bool(place)
        runs += [Run(group.unit + ("\u3000" if people else ""))] * bool(group.unit)
        runs += [Run(people, keep=len(group.names) == 1)] * bool(people)
        runs += [Run(f"（{group.note}）")] * bool(group.note)
    return Block(tuple(runs))


def _form(circulation: Circulation, title: str) -> tuple[Block | Table, ...]:
    """反馈意见表: the unit's answer, its comments one by one, and who in the unit authorised it."""
    gap = "\u3000" * 6
    return (
        paragraph(f"征求意见稿：{title}（第{circulation.round}轮）", flush=True),
        paragraph(f"反馈单位（盖章）：{gap}经办人及电话：", flush=True),
        paragraph("反馈结论：□无意见\u3000\u3000□有意见\u3000\u3000□不同意（请写明理由）", flush=True),
        Table(widths=(4, 8, 9, 7), rows=(_FORM, *[("", "", "", "")] * 4), height=2),
        paragraph(f"本单位审签人（签名）：{gap}日期：\u3000\u3000年\u3000\u3000月\u3000\u3000日", flush=True),
    )
