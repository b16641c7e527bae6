"""进展: a unit reports, the office reads or sends back."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.action_items import support
from apps.action_items.enums import ItemState, ReviewState, SelfAssessment
from apps.action_items.lights import WORRIED
from apps.action_items.models import ActionItem, ProgressReport
from apps.common import files
from apps.common.errors import Refused
from apps.common.fields import tidy
from apps.common.workflow import lock, move, save_with_history
from apps.roster.enums import AssignmentRole
from apps.roster.models import Unit
from apps.roster.selectors import liaison_users, standing_of, today, units

from .deciding import people_of
from .opening import refresh, sign_for, tell_about, telling_report, today_columns

_SAME_TAP = timedelta(minutes=1)  # the same words of the same person within it are one form sent twice
# [D] How far back a unit may date its own report: what the ledger said of an earlier day stays as it was read.
BACKDATED = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Progress:
    """What a unit says. `reported_on` None is today; `source_note` says where the office had it from.

    `need` and `need_from` say what is wanted from whom while it is blocked (受阻); they count with no other assessment.
    """

    text: str
    problem: str = ""
    next_step: str = ""
    need: str = ""
    need_from: Unit | None = None
    assessment: str = SelfAssessment.NORMAL
    nothing_new: bool = False
    reported_on: date | None = None
    source_note: str = ""
    files: tuple[UploadedFile, ...] = ()


@transaction.atomic
def report(item: ActionItem, said: Progress, *, unit: Unit, by: Any) -> ProgressReport:
    """Keep a progress report. Reporting implies signing for; the office may enter it on the unit's behalf.

    A form that was sent twice makes one report: the second answer is the first report.

    Raises PermissionDenied (not your unit), Refused (item ended), ValidationError (bad text or date).
    """
    fresh = lock(item)
    if (kept := _kept_just_now(fresh, said, unit, by)) is not None:
        return kept
    awaited = not said.nothing_new and support.is_waited_for(fresh, unit)
    imply_signed(fresh, unit, by)
    row = keep_report(fresh, said, unit, by)
    move(item, "report", by=by, reason=gist(row), **today_columns(fresh))
    told = telling_report(fresh)
    if row.need_from is not None and told is not None and told.pk == row.pk:
        asked = row.need_from.pk
        tell_about(item, liaison_users([asked])[asked], f"need-{row.pk}", _("请协调支持"), by)
    if awaited:
        what = _("%(unit)s已答复支持") % {"unit": unit.short_name}
        tell_about(item, people_of(_other_leads(fresh, unit)), f"answered-{row.pk}", what, by)
    return row


def _other_leads(item: ActionItem, unit: Unit) -> list[int]:
    parts = [part for part in item.parts.all() if part.role == AssignmentRole.LEAD]
    return [part.unit_id for part in parts if part.unit_id != unit.pk]


def _kept_just_now(item: ActionItem, said: Progress, unit: Unit, by: Any) -> ProgressReport | None:
    """The unit's newest report where it is this very one, by the same hand a moment ago. The item is locked."""
    mine = item.reports.filter(unit=unit, entered_at__gte=timezone.now() - _SAME_TAP).order_by("pk")
    last = mine.prefetch_related("files").last()
    if last is None or last.entered_by_id != by.pk or last.review == ReviewState.RETURNED:
        return None
    blocked = said.assessment == SelfAssessment.BLOCKED
    words = {
        "text": said.text, "problem": said.problem, "next_step": said.next_step, "need": said.need if blocked else "",
        "need_from": said.need_from if blocked else None, "assessment": said.assessment, "nothing_new": said.nothing_new,
        "reported_on": said.reported_on or today(), "source_note": said.source_note if last.on_behalf else "",
    }  # fmt: skip
    same = all(_spelt(getattr(last, name)) == _spelt(value) for name, value in words.items())
    files_kept = sorted((file.name, file.size) for file in last.files.all())
    return last if same and files_kept == sorted((f.name, f.size) for f in said.files) else None


def _spelt(value: Any) -> Any:
    return tidy(value).strip() if isinstance(value, str) else value


@transaction.atomic
def nothing_new(item: ActionItem, *, why: str, unit: Unit, source_note: str = "", by: Any) -> ProgressReport:
    """无新进展: a report of its own that repeats nothing; a worry or a block told before stands until another report.

    Raises PermissionDenied, Refused, ValidationError (no reason).
    """
    if not why.strip():
        raise ValidationError({"why": _("请写明没有新进展的原因。")})
    fresh = lock(item)
    kept = _worry_before(fresh, unit)
    need_from = kept.need_from if kept and kept.need_from_id != unit.pk else None
    said = Progress(
        text=_("本期无新进展：%(why)s") % {"why": why.strip()},
        problem=kept.problem if kept else "",
        need=kept.need if kept else "",
        need_from=need_from,
        assessment=kept.assessment if kept else SelfAssessment.NORMAL,
        nothing_new=True,
        source_note=source_note,
    )
    return report(item, said, unit=unit, by=by)


def _worry_before(item: ActionItem, unit: Unit) -> ProgressReport | None:
    """The worry that stands when this unit has nothing new: a lead speaks for all leads, a support for itself."""
    leads = [part.unit_id for part in item.parts.all() if part.role == AssignmentRole.LEAD]
    rows = item.reports.filter(unit__in=leads if unit.pk in leads else [unit.pk])
    last = rows.exclude(review=ReviewState.RETURNED).order_by("-reported_on", "-pk").first()
    return last if last is not None and last.assessment in WORRIED else None


def imply_signed(item: ActionItem, unit: Unit, by: Any) -> None:
    owed = any(part.unit_id == unit.pk and part.signed_at is None for part in item.parts.all())
    if owed and unit.pk in standing_of(by).liaison_units:
        sign_for(item, by=by)


def keep_report(item: ActionItem, said: Progress, unit: Unit, by: Any) -> ProgressReport:
    own = unit.pk in standing_of(by).liaison_units
    if not own and not standing_of(by).runs_office:
        raise PermissionDenied(f"report for {unit.code}")
    named = {part.unit_id for part in item.parts.all()} | {item.blocked_from_id}
    if unit.pk not in named and not (item.all_support and unit in units()):
        raise ValidationError({"unit": _("%(unit)s不是本事项的牵头或配合单位。") % {"unit": unit}})
    if said.need_from is not None and said.need_from.pk == unit.pk:
        raise ValidationError({"need_from": _("请选择其他单位。")})
    day = said.reported_on or today()
    _check_day(item, day, by)
    if not own and not said.source_note.strip():
        raise ValidationError({"source_note": _("代录须写明来源，例如“电话，张三”或“来函”。")})
    blocked = said.assessment == SelfAssessment.BLOCKED
    row = ProgressReport(
        item=item,
        unit=unit,
        reported_on=day,
        text=said.text,
        problem=said.problem,
        next_step=said.next_step,
        need=said.need if blocked else "",
        need_from=said.need_from if blocked else None,
        nothing_new=said.nothing_new,
        assessment=said.assessment,
        entered_by=by,
        on_behalf=not own,
        source_note="" if own else said.source_note,
        **read_at_once(said, own=own),
    )
    row.full_clean()
    save_with_history(row, by=by, why="报进展")
    if said.files:
        row.files.set([files.store(upload, by=by) for upload in said.files])
    return row


def _check_day(item: ActionItem, day: date, by: Any) -> None:
    """Raise ValidationError for a day to come, one before the matter was there, and one too long ago for a unit's own."""
    if day > today():
        raise ValidationError({"reported_on": _("日期不能晚于今天。")})
    if day < item.opened_on:
        raise ValidationError(
            {"reported_on": _("日期不能早于交办日期（%(day)s）。") % {"day": f"{item.opened_on:%Y-%m-%d}"}}
        )
    if day < today() - BACKDATED and not standing_of(by).runs_office:
        raise ValidationError({"reported_on": _("本单位报送的日期最早为7天前；更早的请联系办公室代录。")})


def read_at_once(said: Progress, *, own: bool) -> dict[str, Any]:
    """The columns of a report the office enters for a unit (代录): read by whoever entered it, on that day.

    Nobody is asked to read what the office wrote itself. What comes with 申请办结 is judged with the request.
    """
    if own or said.assessment == SelfAssessment.CLOSING:
        return {}
    return {"review": ReviewState.ACCEPTED, "reviewed_on": today()}


def gist(row: ProgressReport) -> str:
    """The report in one line of the journal; only a lead unit says how the matter stands."""
    leads = {part.unit_id for part in row.item.parts.all() if part.role == AssignmentRole.LEAD}
    how = f"（{row.get_assessment_display()}）" if row.unit_id in leads else "："
    words = f"{row.unit}{how}{row.text}"
    if row.on_behalf:
        words = f"{words}（办公室代录，{row.source_note}）"
    return words[:500]


@transaction.atomic
def review_report(row: ProgressReport, *, accept: bool, note: str = "", by: Any) -> ProgressReport:
    """Accept a report, or send it back with a word.

    Raises Refused when it has been reviewed, or came with a request for completion: that goes back as a whole.
    """
    item = lock(row.item)
    fresh = lock(row)
    if fresh.review != ReviewState.WAITING:
        raise Refused(_("这条进展已经审阅过了。"), item, "accept_report")
    if not accept and item.state == ItemState.CLOSING and fresh.assessment == SelfAssessment.CLOSING:
        raise Refused(_("这条进展是申请办结的说明，请用“退回”办结申请的办法退回。"), item, "return_report")
    move(item, "accept_report" if accept else "return_report", by=by, reason=note)
    fresh.review = ReviewState.ACCEPTED if accept else ReviewState.RETURNED
    fresh.review_note, fresh.reviewed_on = note.strip(), today()
    fresh.full_clean()
    save_with_history(fresh, by=by, why="审阅")
    refresh(item, by=by)  # one sent back answers nothing any more
    if not accept:
        tell_about(
            item,
            liaison_users([fresh.unit_id])[fresh.unit_id],
            f"report-returned-{fresh.pk}",
            _("进展被退回"),
            by,
        )
    return fresh
