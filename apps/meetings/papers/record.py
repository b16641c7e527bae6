"""会议记录: what was said and decided, item by item. Kept apart from the 纪要, for those who may read the record."""

from collections.abc import Iterable

from django.utils import timezone

from apps.action_items.papers import deadline_words
from apps.documents.composition import (
    Block,
    Cell,
    Face,
    Layout,
    Paper,
    Run,
    Table,
    heading,
    level_label,
    paragraph,
    printed_name,
)
from apps.meetings import selectors
from apps.meetings.enums import AttendanceStatus, BlockKind
from apps.meetings.grids import cells_of
from apps.meetings.models import AgendaItem, Attendance, ItemFile, Meeting, Movement, RecordBlock

from .words import bare, chair_of, fact, reporter_of, sheet_title, spoken_time

WARNING = "内部资料\u3000不得外传"
_BLANK = "\u3000" * 8
_DATE = "年\u3000\u3000月\u3000\u3000日"


def record(meeting: Meeting) -> Paper:
    """会议记录: facts, attendance, then by agenda item the discussion, resolutions, objections and notes.

    The raw record with its own, tighter rights (permissions.can_read_record): never sent, never attached to a 纪要.
    Thirteen queries, however long it is.
    """
    return Paper(
        mark="",
        title=sheet_title(meeting, "记录"),
        layout=Layout.SHEET,
        corner=(WARNING,),
        marker=meeting.marker,
        body=(*_facts(meeting), *_attendance(meeting), *_course(meeting), _signatures()),
    )


def _facts(meeting: Meeting) -> tuple[Block, ...]:
    return (
        fact("会议名称", bare(meeting, meeting.title)),
        fact("时\u3000\u3000间", spoken_time(meeting.starts_at, meeting.ends_at)),
        fact("地\u3000\u3000点", bare(meeting, meeting.place)),
        fact("主\u3000\u3000持", chair_of(meeting) or _BLANK),
        fact("记\u3000\u3000录", meeting.recorder or _BLANK),
        *[fact("休\u3000\u3000会", words) for words in _recesses(meeting)],
    )


def _recesses(meeting: Meeting) -> list[str]:
    """15:20—15:35（短暂休会） — one line for all, none when there were none."""
    found = []
    for row in meeting.adjournments.all():
        begin, end = timezone.localtime(row.from_at), row.until_at
        until = f"—{timezone.localtime(end):%H:%M}" if end else "起"
        found.append(f"{begin:%H:%M}{until}" + (f"（{bare(meeting, row.reason)}）" if row.reason else ""))
    return ["；".join(found)] if found else []


def _moves(meeting: Meeting) -> list[str]:
    """Who left and came back, at which item; one line for all."""
    rows = Movement.objects.filter(attendance__meeting=meeting).select_related("attendance", "agenda_item")
    found = []
    for row in rows.order_by("at", "pk"):
        item = f"第{level_label(1, row.agenda_item.seq)[:-1]}项议题时" if row.agenda_item else ""
        at = f"{timezone.localtime(row.at):%H:%M}"
        found.append(f"{printed_name(row.attendance.name)}{at}{item}{row.get_kind_display()}")
    return ["；".join(found)] if found else []


def _attendance(meeting: Meeting) -> list[Block]:
    """出席, 请假, 缺席, 未签到, 列席; a line nobody belongs to is left out."""
    rows = selectors.expected_at(meeting)
    members, observers = [r for r in rows if not r.observes], [r for r in rows if r.observes]
    away = [row for row in members if row.status in (AttendanceStatus.LEAVE, AttendanceStatus.SUBSTITUTE)]
    lists = (
        ("出\u3000\u3000席", [(row, _present(row)) for row in members if row.in_the_room]),
        ("请\u3000\u3000假", [(row, _excused(meeting, row)) for row in away]),
        ("缺\u3000\u3000席", [(row, row.name) for row in members if row.status == AttendanceStatus.ABSENT]),
        (
            "未\u3000签\u3000到",
            [(row, row.name) for row in members if row.status == AttendanceStatus.EXPECTED],
        ),
        ("列\u3000\u3000席", [(row, row.name) for row in observers if row.in_the_room or row.pk is None]),
    )
    moved = [fact("进出会场", words) for words in _moves(meeting)]
    return [*[fact(label, *_by_unit(people)) for label, people in lists if people], *moved]


def _present(row: Attendance) -> str:
    if row.status == AttendanceStatus.SUBSTITUTE:
        return f"{row.delegate_name or row.name}（代{row.name}）"
    return f"{row.name}（迟到）" if row.status == AttendanceStatus.LATE else row.name


def _excused(meeting: Meeting, row: Attendance) -> str:
    reason = bare(meeting, row.reason)
    return f"{row.name}（{reason}）" if reason else row.name


def _by_unit(people: Iterable[tuple[Attendance, str]]) -> list[Run]:
    """People of one unit together, at the place of its first: 市卫健委　叶一帆、吴光腾；… — each name whole."""
    groups: dict[str, list[str]] = {}
    for row, name in people:
        groups.setdefault(row.unit.short_name if row.unit else "", []).append(printed_name(name))
    runs: list[Run] = []
    for unit, names in groups.items():
        runs += [Run("；")] * bool(runs) + [Run(f"{unit}\u3000")] * bool(unit)
        for place, name in enumerate(names):
            runs += [Run("、")] * bool(place) + [Run(name, keep=bool(unit))]
    return runs


def _course(meeting: Meeting) -> list[Block | Table]:
    """The agenda with what was recorded under each item; resolutions are counted through the whole meeting."""
    items, loose = selectors.record_of(meeting), selectors.loose_of(meeting)
    if loose and not any(item.blocks.all() for item in items):
        agenda: list[Block | Table] = [
            paragraph(f"{n}.{_item_words(meeting, item)}") for n, item in enumerate(items, 1)
        ]
        return [heading(1, "会议议程"), *agenda, heading(1, "讨论记录（未分议题）"), *_said(loose, 0)[0]]
    blocks: list[Block | Table] = []
    decided, attached = 0, _files(meeting)
    for number, item in enumerate(items, 1):
        blocks.append(heading(1, f"{level_label(1, number)}{_item_words(meeting, item)}"))
        said, decided = _said(list(item.blocks.all()), decided)
        blocks += said or [paragraph("（本议题没有记录。）")]
        blocks += [paragraph(f"（附件：{names}）") for names in [attached.get(item.pk, "")] if names]
    said, _all = _said(loose, decided)
    return [*blocks, heading(1, "未分议题的记录"), *said] if said else blocks


def _files(meeting: Meeting) -> dict[int, str]:
    """Item → the names of the photos and files put into it."""
    found: dict[int, list[str]] = {}
    rows = ItemFile.objects.filter(agenda_item__meeting=meeting, removed_at__isnull=True)
    for row in rows.select_related("file"):
        found.setdefault(row.agenda_item_id, []).append(str(row))
    return {pk: "、".join(names) for pk, names in found.items()}


def _item_words(meeting: Meeting, item: AgendaItem) -> str:
    who = reporter_of(item)
    basis = f"，{bare(meeting, item.basis)}" if item.basis else ""
    spot = f"（临时议题{basis}）" if item.added_on_the_spot else ""
    return f"{bare(meeting, item.title)}{f'（{who}）' if who else ''}{spot}"


def _said(rows: list[RecordBlock], decided: int) -> tuple[list[Block | Table], int]:
    blocks: list[Block | Table] = []
    for row in rows:
        if not row.text.strip():
            continue
        decided += row.kind == BlockKind.RESOLUTION
        blocks += _block(row, decided)
    return blocks, decided


def _grid(row: RecordBlock) -> Table:
    """A typed table, its columns as wide as their longest words ask."""
    rows = cells_of(row.text)
    longest = [max(2, min(12, max(len(cells[place]) for cells in rows))) for place in range(len(rows[0]))]
    room = 28 / sum(longest)
    return Table(widths=tuple(length * room for length in longest), rows=tuple(map(tuple, rows)), size=12.0)


def _block(row: RecordBlock, decided: int) -> list[Block | Table]:
    """One block; its first paragraph begins with who spoke, or what it is, in 楷体."""
    if row.kind == BlockKind.TABLE:
        return [_grid(row)]
    first, *rest = [part.strip() for part in row.text.strip().split("\n") if part.strip()]
    who = (row.unit.short_name if row.unit else "") + (f"（{row.speaker}）" if row.speaker else "")
    label = {
        BlockKind.SPEECH: who or "发言",
        BlockKind.RESOLUTION: f"议定事项（{decided}）",
        BlockKind.OBJECTION: f"异议（{who}）" if who else "异议",
        BlockKind.NOTE: "备注",
    }[BlockKind(row.kind)]
    blocks: list[Block | Table] = [
        Block((Run(f"{label}：", Face.KAI), Run(first))),
        *[paragraph(part) for part in rest],
    ]
    terms = _terms(row) if row.kind == BlockKind.RESOLUTION else ""
    return [*blocks, paragraph(terms)] if terms else blocks


def _terms(row: RecordBlock) -> str:
    """牵头单位, 配合单位 and 完成时限 of a resolution, as far as the meeting named them."""
    support = "全体成员单位" if row.all_support else "、".join(unit.short_name for unit in row.supports)
    parts = (
        ("原则同意", "是" if row.in_principle else ""),
        ("牵头单位", "、".join(unit.short_name for unit in row.leads)),
        ("配合单位", support),
        ("完成时限", deadline_words(row)),
    )
    found = "；".join(f"{label}：{words}" for label, words in parts if words)
    return f"（{found}）" if found else ""


def _signatures() -> Table:
    """Where chair and recorder sign, each with a date."""
    return Table(
        widths=(6, 8, 6, 8),
        rows=(
            (Cell("主持人（签名）", head=True), "", Cell("记录人（签名）", head=True), ""),
            (Cell("日\u3000\u3000期", head=True), _DATE, Cell("日\u3000\u3000期", head=True), _DATE),
        ),
        header=False,
    )
