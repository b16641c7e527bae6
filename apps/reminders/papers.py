"""催办函 as a typed paper: to one unit, about its own items only, under the name letters go out by."""

from apps.action_items.models import ActionItem
from apps.documents.composition import (
    Align,
    Attachment,
    Block,
    Cell,
    Layout,
    Paper,
    Table,
    chinese_date,
    paragraph,
)
from apps.roster.papers import SEALED_BY_HOST, letter_issuer, signed_by

from .letters import UnitLetter

_COLUMNS = ("序号", "纪要编号", "议定事项", "完成时限", "办理情况")
_LIST = "催办事项清单"
TITLE = "关于催办联席会议议定事项的函"


def chase_letter(letter: UnitLetter, *, number: str = "") -> Paper:
    """催办函 of a unit (章程四（二）: 办公室跟踪督促落实), as of the day of the letter's rule.

    `number` is that of its own series (催办〔2026〕1号), empty before it is released. Two queries for the issuer.
    """
    issuer, day = letter_issuer(), letter.rule.as_of
    one = letter.items[0] if len(letter.items) == 1 else None
    return Paper(
        mark=issuer.removesuffix(SEALED_BY_HOST),
        title=TITLE,
        layout=Layout.LETTER,
        number=number,
        marker=_marker(letter),
        addressees=(letter.unit.short_name,),
        body=_about_one(letter, one) if one else _about_several(letter),
        attachments=() if one else (Attachment(_LIST, (_table(letter),)),),
        signature=signed_by(issuer, day),
        words=("联席会议", "议定事项", _LIST),
    )


def _marker(letter: UnitLetter) -> str:
    """The mark of an example, where one of the items comes from an example."""
    marks = [str(item.source_paper.data.get("marker", "")) for item in letter.items if item.source_paper]
    return next((mark for mark in marks if mark), "")


def _about_one(letter: UnitLetter, item: ActionItem) -> tuple[Block, ...]:
    """The whole letter about one item, on one page: no list is attached to say one line."""
    which = f"{item.source_label}第{item.seq}项议定事项"
    ask = {
        True: "请一并说明逾期原因和预计完成时间；已经完成的，请及时申请办结。",
        False: "已经完成的，请及时申请办结；确实不能按期完成的，请在时限届满前提出延期申请。",
        None: "需要其他单位支持的，请一并写明。",
    }[None if item.current_due is None else item.current_due < letter.rule.as_of]
    return (
        paragraph(
            f"由你单位牵头办理的联席会议{which}“{item.text.rstrip('。；')}”，完成时限为{letter.due_words(item)}，"
            f"截至{chinese_date(letter.rule.as_of)}{letter.situation(item)}。"
        ),
        paragraph(
            "为做好议定事项的跟踪督促工作，请会同配合单位抓紧办理，并于收到本函之日起5个工作日内，登录联席会议平台报送进展情况、"
            f"存在的问题和下一步措施。{ask}"
        ),
    )


def _about_several(letter: UnitLetter) -> tuple[Block, ...]:
    """The letter about a list: short enough to stand with its signature on the page before the list."""
    red, rest = letter.red, len(letter.items) - letter.red
    parts = [f"{red}项已经超期"] * bool(red) + [f"{rest}项{'、'.join(letter.reasons)}"] * bool(rest)
    dated = sum(item.current_due is not None for item in letter.items)
    asks = ["已经完成的，请及时申请办结"]
    asks += ["时限尚未届满、确实不能按期完成的，请在时限届满前提出延期申请"] * (dated > red)
    asks += ["时限已过的，请说明逾期原因和预计完成时间"] * bool(red)
    return (
        paragraph(
            f"截至{chinese_date(letter.rule.as_of)}，由你单位牵头办理的联席会议议定事项中，有{'，'.join(parts)}（见附件）。"
        ),
        paragraph(
            "为做好议定事项的跟踪督促工作，请会同配合单位抓紧办理，并于收到本函之日起5个工作日内，登录联席会议平台报送进展情况、"
            "存在的问题和下一步措施；需要其他单位支持的，请一并写明。"
        ),
        paragraph(f"{'；'.join(asks)}。"),
    )


def _table(letter: UnitLetter) -> Table:
    rows: list[tuple[Cell | str, ...]] = [
        (
            str(number),
            Cell(f"{item.source_label}\n第{item.seq}项", align=Align.CENTRE),
            Cell(item.text, align=Align.LEFT),
            Cell(_due(letter, item), align=Align.CENTRE),
            letter.situation(item),
        )
        for number, item in enumerate(letter.items, 1)
    ]
    return Table(widths=(2.1, 4.6, 7.7, 7, 6.6), rows=(_COLUMNS, *rows), size=12.0)


def _due(letter: UnitLetter, item: ActionItem) -> str:
    """The deadline in force, the original one on a line of its own."""
    moved = item.due_on if item.current_due and item.due_on != item.current_due else None
    if item.current_due is None or moved is None:
        return letter.due_words(item)
    return f"{chinese_date(item.current_due)}\n原定{chinese_date(moved)}"
