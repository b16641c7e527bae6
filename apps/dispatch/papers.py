"""停止使用通知 of a wrong paper, and the 发文登记表."""

from collections.abc import Sequence
from datetime import date

from apps.common import settings_rows
from apps.documents.composition import (
    Align,
    Attachment,
    Block,
    Cell,
    Imprint,
    Layout,
    Paper,
    Table,
    chinese_date,
    heading,
    paragraph,
)
from apps.roster.papers import SEALED_BY_HOST, addressees_of, letter_issuer, signed_by

from .enums import Channel, DeliveryRole, DeliveryState
from .models import Delivery, StopOrder
from .selectors import copies_sent

_BACK = ("序号", "收文单位", "类别", "送达方式", "签收日期", "退回情况")
_REGISTER = ("序号", "文号", "收文单位", "类别", "送达方式", "送出日期", "签收日期", "签收人", "备注")


def stop_notice(order: StopOrder) -> Paper:
    """停止使用通知 to all who had the paper: which, why, since when, by whose decision, and that it goes back.

    The attachment names who must give it back, those marked who have. Give `order` with its paper; four queries.
    """
    paper, issuer = order.paper, letter_issuer()
    copies = copies_sent(paper)
    above = tuple(copy.recipient.name for copy in copies if copy.recipient.is_superior)
    return Paper(
        mark=issuer.removesuffix(SEALED_BY_HOST),
        title=f"关于停止使用《{paper.title}》的通知",
        layout=Layout.OFFICIAL,
        number=order.letter_number,
        marker=str(paper.data.get("marker", "")),
        addressees=_addressees(copies),
        body=_body(order),
        attachments=(Attachment("应退回文件单位名单", (_back_table(copies),)),),
        signature=signed_by(issuer, order.stopped_on),
        imprint=Imprint(
            report_to=above, issuer=issuer.removesuffix(SEALED_BY_HOST), printed_on=order.stopped_on
        ),
        words=(f"《{paper.title}》", str(settings_rows.value("body_name"))),
    )


def register(copies: Sequence[Delivery], *, scope: str) -> Paper:
    """发文登记表: a line a copy under its paper's title and dates, from `selectors.register_rows`.

    `scope` says of what: 2026年, or one paper's number. No queries of its own but the settings'.
    """
    rows: list[tuple[Cell | str, ...]] = []
    before: int | None = None
    for number, copy in enumerate(copies, 1):
        if copy.paper_id != before:
            rows.append((Cell(_paper_words(copy), span=len(_REGISTER), head=True, align=Align.LEFT),))
        rows.append(_entry(number, copy))
        before = copy.paper_id
    table = Table(
        widths=(2, 6, 5, 2, 4.5, 5.25, 5.25, 3, 7),
        rows=(_REGISTER, *(rows or [("",) * len(_REGISTER)])),
        height=1,
        size=10.5,
    )
    return Paper(
        mark="",
        title=f"{settings_rows.value('body_name')}发文登记表",
        layout=Layout.SHEET,
        marker=next((found for copy in copies if (found := getattr(copy, "paper_marker", "") or "")), ""),
        body=(paragraph(f"登记范围：{scope}", flush=True), table),
        words=(str(settings_rows.value("body_name")), "发文登记表"),
        landscape=True,
        running=f"发文登记表（{scope}）",
    )


def _addressees(copies: list[Delivery]) -> tuple[str, ...]:
    """Those who had the paper; the superior is named in the 版记."""
    below = [copy.recipient for copy in copies if not copy.recipient.is_superior]
    member_units = [recipient.unit for recipient in below if recipient.unit]
    others = [recipient.name for recipient in below if not recipient.unit]
    return (*(addressees_of(member_units) if member_units else ()), *others)


def _body(order: StopOrder) -> tuple[Block, ...]:
    paper = order.paper
    which = f"《{paper.title}》" + (f"（{paper.number_text}）" if paper.number_text else "")
    issued = f"{chinese_date(paper.printed_on)}印发的" if paper.printed_on else ""
    why = order.reason.strip().rstrip("。").removeprefix("因")
    return (
        paragraph(
            f"{issued}{which}因{why}，经{order.approved_by}批准，自{chinese_date(order.stopped_on)}起停止使用。"
            "现将有关事项通知如下："
        ),
        heading(1, "一、停止使用"),
        paragraph("自停止使用之日起，该文件不再作为工作依据，不得引用、转发、公开；已经转发的，请负责追回。"),
        heading(1, "二、退回文件"),
        paragraph(
            "请有关单位（名单见附件）及时将收到的文件退回联席会议办公室；收到电子件的，请一并删除，并向联席会议办公室确认。"
        ),
        heading(1, "三、后续处理"),
        paragraph("已按该文件开展的工作，请先行暂停并及时与联席会议办公室联系；需要重新印发的，另行通知。"),
    )


def _back_table(copies: list[Delivery]) -> Table:
    rows = [
        (
            str(number),
            copy.recipient.name,
            str(DeliveryRole(copy.role).label),
            str(Channel(copy.channel).label),
            chinese_date(copy.received_on) if copy.received_on else "",
            f"{chinese_date(copy.returned_on)}退回" if copy.returned_on else "",
        )
        for number, copy in enumerate(copies, 1)
    ] or [("", "（没有送出）", "", "", "", "")]
    return Table(widths=(2, 7, 2.25, 4.75, 5.25, 6.75), rows=(_BACK, *rows), height=1.1, size=10.5)


def _paper_words(copy: Delivery) -> str:
    """The line above a paper's copies: title, version, 成文 and 印发 dates."""
    paper = copy.paper
    version = f"（第{paper.version}版，更正）" if paper.version > 1 else ""
    dates = (("成文日期", paper.signed_on), ("印发日期", paper.printed_on))
    told = "\u3000".join(f"{label}：{_day(day)}" for label, day in dates if day)
    return f"{paper.title}{version}\u3000\u3000{told}".rstrip()


def _entry(number: int, copy: Delivery) -> tuple[Cell | str, ...]:
    """One copy; the number stands on every line, so that a line can be read alone."""
    return (
        str(number),
        copy.paper.number_text,
        copy.recipient.name,
        str(DeliveryRole(copy.role).label),
        str(Channel(copy.channel).label),
        _day(copy.sent_on),
        _day(copy.received_on),
        copy.receiver,
        _note(copy),
    )


def _note(copy: Delivery) -> str:
    """A copy that has not gone says so here: the column of dates holds dates."""
    unsent = "" if copy.sent_on else str(DeliveryState(copy.state).label)
    returned = f"{_day(copy.returned_on)}退回" if copy.returned_on else ""
    return "；".join(part for part in (unsent, copy.note, returned) if part)


def _day(day: date | None) -> str:
    return chinese_date(day) if day else ""
