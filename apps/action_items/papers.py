"""任务分工通知: who does what by when of the matters a 纪要 decided, to the units that lead and support."""

from datetime import date

from django.utils import timezone

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
from apps.documents.models import ArchivedPaper
from apps.roster.models import Unit
from apps.roster.papers import SEALED_BY_HOST, addressees_of, letter_issuer, signed_by
from apps.roster.selectors import units

from .commitment import Commitment
from .models import ActionItem
from .selectors import items_of_paper, leads_of, supports_of

_COLUMNS = ("序号", "议定事项", "牵头单位", "配合单位", "完成时限")


def assignment_notice(paper: ArchivedPaper, *, number: str = "", on: date | None = None) -> Paper:
    """任务分工通知 of a 纪要 (交办; charter 四（二）: 认真落实联席会议议定事项, 办公室跟踪督促落实).

    The matters stand in the paper's order with the deadlines now in force in it (a 更正 counts, an extension does
    not). `number` is the issuer's own (typed in), `on` its date (default: the day the matters were opened). Four queries.
    """
    items = items_of_paper(paper)
    issuer = letter_issuer()
    day = (
        on or (items[0].opened_on if items else None) or paper.printed_on or timezone.localdate(paper.made_at)
    )
    return Paper(
        mark=issuer.removesuffix(SEALED_BY_HOST),
        title=f"关于印发《{paper.title}》任务分工的通知",
        layout=Layout.OFFICIAL,
        number=number,
        marker=str(paper.data.get("marker", "")),
        addressees=addressees_of(_concerned(items)),
        body=_body(paper, items),
        attachments=(Attachment(f"{paper.title}任务分工表", (_table(items),)),),
        signature=signed_by(issuer, day),
        imprint=Imprint(issuer=issuer.removesuffix(SEALED_BY_HOST), printed_on=day),
        words=(f"《{paper.title}》", paper.title, str(settings_rows.value("body_name"))),
    )


def deadline_words(row: Commitment) -> str:
    """2026年6月30日前, 每季度首月15日前, 长期坚持, or an empty string where none was named."""
    if row.due_on:
        return f"{chinese_date(row.due_on)}前"
    return row.recurrence or ("长期坚持" if row.is_standing else "")


def _concerned(items: list[ActionItem]) -> list[Unit]:
    """Lead and supporting units of all matters, in charter order."""
    members = units()
    found = {unit.pk: unit for item in items for unit in [*leads_of(item), *supports_of(item, members)]}
    return sorted(found.values(), key=lambda unit: (unit.order, unit.pk))


def _body(paper: ArchivedPaper, items: list[ActionItem]) -> tuple[Block, ...]:
    which = f"《{paper.title}》" + (f"（{paper.number_text}）" if paper.number_text else "")
    first = paper
    while first.previous is not None:  # a corrected paper was issued when its first version was
        first = first.previous
    issued = f"已于{chinese_date(first.printed_on)}印发" if first.printed_on else "已印发"
    return (
        paragraph(
            f"{which}{issued}，共有议定事项{len(items)}项。为做好跟踪督促落实工作，现将任务分工（见附件）印发给你们，"
            "请认真抓好落实。有关事项通知如下："
        ),
        heading(1, "一、落实责任"),
        paragraph(
            "牵头单位要切实负起责任，会同配合单位抓紧推进；配合单位要按照职责分工主动配合，按时完成各项任务。"
        ),
        heading(1, "二、报送进展"),
        paragraph(
            "牵头单位于每季度首月15日前登录联席会议平台报送进展情况、存在问题和下一步措施，配合单位可以补充报送；"
            "议定事项另有定期要求的，按其要求报送。"
        ),
        heading(1, "三、办结和延期"),
        paragraph(
            "事项完成后，由牵头单位及时申请办结，联席会议办公室审核后销号；确实不能按期完成的，牵头单位应当在时限届满前提出延期申请，"
            "说明理由和拟完成时间，经联席会议办公室审核后报召集人批准。"
        ),
    )


def _table(items: list[ActionItem]) -> Table:
    rows: list[tuple[Cell | str, ...]] = [_row(item) for item in items]
    return Table(
        widths=(2.25, 9, 4.75, 5.25, 6.75),
        rows=(_COLUMNS, *(rows or [("", "（没有列入督办的议定事项）", "", "", "")])),
        size=12.0,
    )


def _row(item: ActionItem) -> tuple[Cell | str, ...]:
    supports = "全体成员单位" if item.all_support else "、".join(u.short_name for u in supports_of(item, ()))
    return (
        str(item.seq),
        Cell(item.text, align=Align.LEFT),
        "、".join(unit.short_name for unit in leads_of(item)),
        supports,
        deadline_words(item),
    )
