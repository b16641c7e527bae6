"""Numbers and the archive. What is issued is never edited; a number once taken stays on record."""

from datetime import date, datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.common import audit, files
from apps.common.errors import Refused
from apps.common.workflow import move, save_with_history

from . import composition, making
from .enums import PaperKind, PaperStatus
from .models import ArchivedPaper, IssuedNumber, NumberCounter, PaperScan
from .numbers import number_text

__all__ = [
    "attach_scan", "enter_taken", "freeze", "number_text", "set_start", "settable", "take_number", "void_number",
]  # fmt: skip

HIGHEST_START = 9999


def _locked_counter(kind: str, year: int) -> NumberCounter:
    """The counter's row, made if need be, locked until the transaction ends."""
    if kind not in PaperKind.values:
        raise ValidationError(_("没有这种公文：%(kind)s。"), params={"kind": kind})
    if not 2000 <= year <= 2199:
        raise ValidationError(_("年份不对：%(year)s。"), params={"year": year})
    NumberCounter.objects.get_or_create(kind=kind, year=year)
    return NumberCounter.objects.select_for_update().get(kind=kind, year=year)


def _record_taken(counter: NumberCounter, number: int, *, by: Any, at: datetime, label: str) -> IssuedNumber:
    taken = IssuedNumber(kind=counter.kind, year=counter.year, number=number, taken_at=at, taken_by=by)
    taken.full_clean()
    save_with_history(taken, by=by, why=label)
    audit.record(by=by, verb="take_number", label=label, obj=taken, detail={"kind": counter.kind})
    return taken


def hold_counter(kind: str, *, year: int) -> None:
    """Hold a kind's numbers of a year until the transaction ends, taken or not.

    For an act that may take several, with lines of the journal between them: everybody holds the counter before the
    journal, so that nobody waits in a ring. Raises ValidationError for an unknown kind or year.
    """
    _locked_counter(kind, year)


def take_number(kind: str, *, year: int, by: Any) -> IssuedNumber:
    """The next number of a kind in a year (that of 签发), without gap or repetition.

    Call it last in the transaction that issues: the counter stays locked until that one ends, and a number
    taken in a transaction that fails was never taken. Raises ValidationError for an unknown kind.
    """
    with transaction.atomic():
        counter = _locked_counter(kind, year)
        number, counter.next_number = counter.next_number, counter.next_number + 1
        save_with_history(counter, by=by, why="取号")
        return _record_taken(counter, number, by=by, at=timezone.now(), label="取号")


def enter_taken(kind: str, *, year: int, number: int, by: Any, taken_at: datetime) -> IssuedNumber:
    """Record a number that was used on paper, or in an imported file: the next one, or one before the start.

    Raises Refused when it would leave a gap or is recorded already.
    """
    with transaction.atomic():
        counter = _locked_counter(kind, year)
        if number < 1 or number > counter.next_number:
            raise Refused(
                _("编号须连续：%(year)s年下一个编号是%(next)s号，不能登记%(number)s号。")
                % {"year": year, "next": counter.next_number, "number": number}
            )
        if IssuedNumber.objects.filter(kind=kind, year=year, number=number).exists():
            raise Refused(_("〔%(year)s〕%(number)s号已经使用。") % {"year": year, "number": number})
        if number == counter.next_number:
            counter.next_number = number + 1
            save_with_history(counter, by=by, why="登记已用编号")
        return _record_taken(counter, number, by=by, at=taken_at, label="登记已用编号")


def set_start(kind: str, *, year: int, number: int, by: Any) -> NumberCounter:
    """Let a year start at `number` because earlier ones were used on paper. Once, and before any is taken.

    Raises Refused (too late) or ValidationError (not between 2 and 9999).
    """
    if not 2 <= number <= HIGHEST_START:
        raise ValidationError(_("起始编号应在2到9999之间；从1号开始不必设置。"))
    with transaction.atomic():
        counter = _locked_counter(kind, year)
        if IssuedNumber.objects.filter(kind=kind, year=year).exists():
            raise Refused(_("%(year)s年已经编过号，不能再设置起始编号。") % {"year": year})
        if counter.next_number != 1:
            raise Refused(_("%(year)s年的起始编号已经设置过，只能设置一次。") % {"year": year})
        counter.next_number = number
        counter.full_clean()
        save_with_history(counter, by=by, why="设置起始编号")
        audit.record(by=by, verb="set_start", label="设置起始编号", obj=counter, detail={"next": number})
        return counter


def void_number(number: IssuedNumber, *, reason: str, by: Any) -> IssuedNumber:
    """Void a number; it stays on record, unused. Raises Refused while a valid paper bears it."""
    return move(number, "void", by=by, reason=reason, void_reason=reason.strip()[:200])


def settable(paper: composition.Paper) -> int:
    """How many pages the paper takes, or a ValidationError naming every character or part that cannot be set."""
    missing = composition.missing_glyphs(paper)
    if missing:
        raise ValidationError([_("不能成文：%(what)s") % {"what": item} for item in missing[:5]])
    try:
        return len(composition.lay_out(paper))
    except composition.PaperError as error:
        raise ValidationError(_("不能成文：%(what)s"), params={"what": str(error)}) from error


def freeze(
    paper: composition.Paper,
    *,
    kind: str,
    title: str,
    by: Any,
    number: IssuedNumber | None = None,
    number_text: str = "",
    signed_on: date | None = None,
    printed_on: date | None = None,
    previous: ArchivedPaper | None = None,
    made_at: datetime | None = None,
) -> ArchivedPaper:
    """Keep a paper for good: the data it is made from, its text, its number. The worker makes the files at once.

    Everything that can be wrong with the paper itself is found here, before anything is kept. `previous` is the
    version this one corrects: it is marked 已更正, and the new one is a version higher. Raises ValidationError.
    """
    pages = settable(paper)
    with transaction.atomic():
        if previous is not None:
            previous = ArchivedPaper.objects.select_for_update().get(pk=previous.pk)
        archived = ArchivedPaper(
            kind=kind, title=title, number=number, number_text=number_text, previous=previous,
            version=previous.version + 1 if previous else 1, signed_on=signed_on, printed_on=printed_on, pages=pages,
            text=composition.plain_text(paper), data=composition.to_dict(paper),
            made_at=made_at or timezone.now(), made_by=by,
        )  # fmt: skip
        archived.full_clean()
        archived.save()
        if previous is not None:
            previous.status = PaperStatus.CORRECTED
            previous.save(update_fields=["status"])
        audit.record(
            by=by, verb="freeze", label="成文存档", obj=archived, detail={"key": making.key_of(paper)}
        )
        making.wake(papers=[archived.pk])
        return archived


def mark_stopped(archived: ArchivedPaper) -> None:
    """停止使用. The caller holds the transaction and the row's lock, and says why in its own row."""
    archived.status = PaperStatus.STOPPED
    archived.save(update_fields=["status"])


def attach_scan(archived: ArchivedPaper, *, upload: UploadedFile, note: str = "", by: Any) -> PaperScan:
    """Keep the signed copy (scan or OFD) beside the paper. Raises ValidationError for a file that is not let in."""
    with transaction.atomic():
        scan = PaperScan(paper=archived, file=files.store(upload, by=by), note=note.strip(), added_by=by)
        scan.full_clean()
        scan.save()
        audit.record(
            by=by, verb="attach_scan", label="附签署件", obj=archived, detail={"sha256": scan.file.sha256}
        )
        return scan
