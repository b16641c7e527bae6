"""The 档案 of an item as one ZIP: what goes into it, in archive order, and what is missing, in words. No writes.

Sheets are made by the worker like any other paper; a file that cannot be read is named as missing, not left out in silence.
"""

import re
import shutil
import tempfile
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from django.conf import settings
from django.db.models import Q
from django.utils.translation import gettext as _

from apps.common.errors import Refused
from apps.common.models import StoredFile
from apps.documents import making
from apps.documents.composition import Paper
from apps.documents.enums import PaperStatus
from apps.documents.models import ArchivedPaper, Rendering
from apps.roster.selectors import standing_of

from . import item_life, item_sheets
from .enums import OPEN_STATES, EndingState, ItemState, SelfAssessment
from .models import ActionItem, Directive, Ending, Extension, ProgressReport

_SPOOLED = 8 * 1024 * 1024  # bytes kept in memory before the ZIP goes to the disk
_REFUSED_BY_WINDOWS = re.compile(r'[\\/:*?"<>|\x00-\x1f\x7f]')
_RESERVED = re.compile(r"^(con|prn|aux|nul|com\d|lpt\d)(\..*)?$", re.I)
_LONGEST = 90  # characters of a name: with its folder it stays below what old Windows programs open


def files_of(item: ActionItem) -> Q:
    """Which stored files belong to an item: of its reports, its requests, its decisions on paper, its 批示."""
    return (
        Q(pk__in=ProgressReport.objects.filter(item=item).values("files"))
        | Q(pk__in=Extension.objects.filter(item=item).values("files"))
        | Q(pk__in=Extension.objects.filter(item=item).values("scan"))
        | Q(pk__in=Ending.objects.filter(item=item).values("scan"))
        | Q(pk__in=Directive.objects.filter(item=item).values("file"))
        | Q(pk=item.confirmed_scan_id)
    )


@dataclass(frozen=True)
class Piece:
    """One file of the pack: a sheet to be made, a frozen paper, or a stored file."""

    title: str
    sheet: Callable[[], Paper] | None = None
    archived: ArchivedPaper | None = None
    stored: StoredFile | None = None
    note: str = ""

    @property
    def suffix(self) -> str:
        """The ending of its file name."""
        return Path(self.stored.name).suffix.lower() if self.stored else ".pdf"


@dataclass
class Section:
    """One part of the pack: its pieces, and in words what is missing. `empty` says that nothing belongs here."""

    title: str
    pieces: list[Piece] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    empty: str = ""


@dataclass(frozen=True)
class Named:
    """A piece under its number and its name in the ZIP."""

    number: str
    name: str
    piece: Piece


@dataclass(frozen=True)
class Pack:
    """The whole: folder name, pieces in order with the 卷内目录 first, and the lines of that catalogue.

    A line is (number, file name without it, note): the number begins the name in the ZIP.
    """

    folder: str
    named: tuple[Named, ...]
    lines: tuple[tuple[str, str, str], ...]
    missing: tuple[str, ...]


def sections(item: ActionItem, user: Any) -> list[Section]:
    """The parts of an item read by `item_reading`, in archive order. Three or four queries."""
    return [
        Section("议定事项", [Piece("议定事项", sheet=lambda: item_sheets.item_sheet(item))]),
        _minutes(item, user),
        _receipts(item),
        _reports(item),
        _letters(item, user),
        _extensions(item),
        _directives(item),
        _closing(item, user),
        _journal(item),
    ]


def _minutes(item: ActionItem, user: Any) -> Section:
    found = Section("会议纪要")
    if item.source_paper is None:
        found.missing.append(_("缺：会议纪要（本事项没有对应的纪要文件）"))
    elif not standing_of(user).is_any:
        found.missing.append(_("会议纪要未向您开放"))
    else:
        for paper in _versions(item.source_paper):
            _add_paper(found, paper)
    return found


def _add_paper(found: Section, paper: ArchivedPaper) -> None:
    name = f"{paper.number_text} {paper.title}" + (f"（第{paper.version}版）" if paper.version > 1 else "")
    if paper.status == PaperStatus.STOPPED:
        found.missing.append(_("%(name)s已停止使用，不再提供") % {"name": name})
    elif not paper.is_made:
        found.missing.append(_("缺：%(name)s（文件还没有做成）") % {"name": name})
    else:
        corrected = paper.status == PaperStatus.CORRECTED
        found.pieces.append(Piece(name, archived=paper, note=_("已更正，以新版为准") if corrected else ""))


def _versions(paper: ArchivedPaper) -> list[ArchivedPaper]:
    """Every version under the paper's number, the first one first. One query."""
    if paper.number_id is None:
        return [paper]
    same = ArchivedPaper.objects.filter(number=paper.number_id, kind=paper.kind)
    return list(same.order_by("version"))


def _receipts(item: ActionItem) -> Section:
    found = Section("交办和签收", [Piece("交办和签收情况", sheet=lambda: item_sheets.receipts_sheet(item))])
    unsigned = [part.unit.short_name for part in item.parts.all() if part.signed_at is None]
    if unsigned:
        found.missing.append(_("缺：%(units)s的签收") % {"units": "、".join(unsigned)})
    return found


def _reports(item: ActionItem) -> Section:
    rows = item_sheets.in_order(item)
    found = Section("进展报告")
    if not rows:
        found.missing.append(_("缺：进展报告"))
        return found
    found.pieces.append(Piece("进展报告", sheet=lambda: item_sheets.reports_sheet(item)))
    for row in rows:
        if row.assessment != SelfAssessment.CLOSING:
            _attach(found, row.files.all(), f"{row.reported_on:%Y%m%d}{row.unit.short_name}")
    return found


def _letters(item: ActionItem, user: Any) -> Section:
    """催办函, each for whoever may read it: it lists what else its unit leads, which is no other unit's affair."""
    found, standing = Section("催办函", empty=_("没有发过催办函")), standing_of(user)
    for row in item.chase_letters.select_related("paper", "unit"):
        if standing.reads_all or row.unit_id in standing.units:
            _add_paper(found, row.paper)
        else:
            number = f"{row.paper.number_text}（发{row.unit.short_name}）"
            found.missing.append(_("催办函%(number)s未向您开放") % {"number": number})
    return found


def _attach(found: Section, stored: Any, whose: str) -> None:
    for file in stored:
        if (Path(settings.FILES_ROOT) / file.path).is_file():
            found.pieces.append(Piece(f"附件 {whose} {Path(file.name).stem}", stored=file))
        else:
            found.missing.append(_("缺：附件%(name)s（文件读不出来）") % {"name": file.name})


def _extensions(item: ActionItem) -> Section:
    found = Section("延期", empty=_("没有申请过延期"))
    for row in item.extensions.all():
        found.pieces.append(
            Piece(
                f"{row.applied_on:%Y%m%d}延期审批表",
                sheet=lambda row=row: item_sheets.extension_sheet(row),  # type: ignore[misc]
                note=str(row.get_state_display()),
            )
        )
        _attach(found, [*row.files.all(), *([row.scan] if row.scan else [])], f"{row.applied_on:%Y%m%d}延期")
    return found


def _directives(item: ActionItem) -> Section:
    rows = list(item.directives.all())
    found = Section("领导批示", empty=_("没有批示"))
    if rows:
        found.pieces.append(Piece("领导批示", sheet=lambda: item_sheets.directives_sheet(item)))
    for row in rows:
        _attach(found, [row.file] if row.file else [], f"{row.given_on:%Y%m%d}批示")
    return found


def _closing(item: ActionItem, user: Any) -> Section:
    found = Section("办结")
    asked = [row for row in item_sheets.in_order(item) if row.assessment == SelfAssessment.CLOSING]
    if asked or item.claimed_on or item.endings.all() or item.state not in OPEN_STATES:
        found.pieces.append(Piece("办结情况", sheet=lambda: item_sheets.closing_sheet(item)))
    for row in asked:
        _attach(found, row.files.all(), f"{row.reported_on:%Y%m%d}{row.unit.short_name}办结佐证")
    _attach(found, [item.confirmed_scan] if item.confirmed_scan else [], "确认完成")
    _endings(found, item, user)
    if item.state == ItemState.CLOSED and not any(row.files.all() for row in asked):
        found.missing.append(_("缺：办结佐证材料"))
    elif item.state not in (ItemState.CLOSED, ItemState.TERMINATED, ItemState.MERGED):
        found.missing.append(_("事项尚未办结"))
    return found


def _endings(found: Section, item: ActionItem, user: Any) -> None:
    """终止（合并）审批表 of each proposal with what was signed on paper, and in words an approval that has no sheet."""
    for row in item.endings.all():
        found.pieces.append(
            Piece(
                f"{row.asked_on:%Y%m%d}终止（合并）审批表",
                sheet=lambda row=row: item_sheets.ending_sheet(row, reader=user),  # type: ignore[misc]
                note=str(row.get_state_display()),
            )
        )
        _attach(found, [row.scan] if row.scan else [], f"{row.asked_on:%Y%m%d}审批")
    approved = any(row.state == EndingState.APPROVED for row in item.endings.all())
    if item.state in (ItemState.TERMINATED, ItemState.MERGED) and not approved:
        found.missing.append(_("缺：终止（合并）审批表（没有经建议审批，理由见办理记录）"))


def _journal(item: ActionItem) -> Section:
    events = item_life.events_of(item)
    return Section("办理记录", [Piece("办理记录", sheet=lambda: item_sheets.journal_sheet(item, events))])


# --- names and order --------------------------------------------------------


def safe_name(words: str) -> str:
    """A file name that Windows and its old programs take, in Chinese; never empty, without its ending."""
    name = " ".join(_REFUSED_BY_WINDOWS.sub(" ", words).split())[:_LONGEST].strip(" .")
    return f"_{name}" if _RESERVED.match(name) else name or "未命名"


def pack_of(item: ActionItem, user: Any) -> Pack:
    """Everything named and numbered, with its catalogue. Nothing is made yet."""
    named: list[Named] = []
    lines: list[tuple[str, str, str]] = []
    missing: list[str] = []
    for place, section in enumerate(sections(item, user), start=1):
        for count, piece in enumerate(section.pieces, start=1):
            number = f"{place:02d}-{count}"
            name = f"{safe_name(f'{number} {piece.title}')}{piece.suffix}"
            named.append(Named(number, name, piece))
            lines.append((number, name.removeprefix(f"{number} "), piece.note))
        lines += [(f"{place:02d}", section.title, words) for words in section.missing]
        if not section.pieces and not section.missing:
            lines.append((f"{place:02d}", section.title, section.empty))
        missing += section.missing
    contents = Piece("卷内目录", sheet=lambda: item_sheets.catalogue(item, lines))
    first = Named("00", "00 卷内目录.pdf", contents)
    folder = safe_name(f"{item_sheets.source_of(item)}议定事项档案")
    return Pack(folder, (first, *named), tuple(lines), tuple(missing))


# --- making -----------------------------------------------------------------


@dataclass(frozen=True)
class Ready:
    """How far the sheets are: how many of how many are made, and what cannot be made."""

    made: int
    wanted: int
    trouble: str = ""

    @property
    def is_complete(self) -> bool:
        """True when the ZIP can be put together."""
        return self.made == self.wanted


def ask_for(pack: Pack) -> tuple[Ready, dict[str, Rendering]]:
    """Ask the worker for every sheet that is not made yet; (how far it is, number → rendering). One query a sheet."""
    rows = {one.number: making.ask(one.piece.sheet()) for one in pack.named if one.piece.sheet}
    made = sum(row.made_at is not None for row in rows.values())
    stuck = [row for row in rows.values() if row.trouble and row.made_at is None]
    return Ready(made, len(rows), making.waiting_words(stuck[0]) if stuck else ""), rows


def write_zip(pack: Pack, rows: dict[str, Rendering], item: ActionItem) -> IO[bytes]:
    """The ZIP, spooled to the disk when it is large, read from its start. Raises Refused when a file is gone."""
    out = tempfile.SpooledTemporaryFile(max_size=_SPOOLED)  # noqa: SIM115 - the answer closes it
    try:
        with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
            for one in pack.named:
                with archive.open(f"{pack.folder}/{one.name}", "w", force_zip64=True) as entry:
                    _copy(one, rows, entry)
    except OSError as error:
        out.close()
        raise Refused(_("档案没有打包成功：有文件读不出来，或服务器空间不足。请稍后再试。"), item) from error
    out.seek(0)
    return out


def _copy(one: Named, rows: dict[str, Rendering], entry: IO[bytes]) -> None:
    piece = one.piece
    if piece.archived is not None:
        entry.write(making.file_of(piece.archived))
        return
    path = piece.stored.path if piece.stored else rows[one.number].pdf_path
    with (Path(settings.FILES_ROOT) / path).open("rb") as source:
        shutil.copyfileobj(source, entry, 1024 * 1024)
