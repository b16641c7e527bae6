"""办结: a lead asks, who must confirm does, the office closes or sends back."""

from datetime import date, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.action_items import permissions
from apps.action_items.enums import ReviewState, SelfAssessment, SourceKind
from apps.action_items.models import ActionItem, ProgressReport
from apps.common import files
from apps.common.workflow import lock, move, save_with_history
from apps.roster.enums import AssignmentRole, PostKind
from apps.roster.models import Unit
from apps.roster.selectors import liaison_users, office_users, today, users_of

from . import ending, extending
from .opening import refresh, tell_about, today_columns
from .progress import Progress, gist, imply_signed, keep_report

BEFORE_ISSUE = timedelta(days=60)  # [D] how long a 纪要 may have been on its way from the meeting
UNCONFIRMED: dict[str, Any] = {"confirmed_by_unit": None, "confirmed_note": "", "confirmed_scan": None}


@transaction.atomic
def ask_close(
    item: ActionItem, said: Progress, *, unit: Unit, completed_on: date | None = None, by: Any
) -> ActionItem:
    """Ask for completion (申请办结), with what was done and the day it was done (default today).

    Raises PermissionDenied, Refused, ValidationError.
    """
    done = completed_on or today()
    if done > today():
        raise ValidationError({"completed_on": _("完成日期不能晚于今天。")})
    if done < earliest(item):
        raise ValidationError(
            {"completed_on": _("完成日期不能早于%(day)s。") % {"day": f"{earliest(item):%Y-%m-%d}"}}
        )
    fresh = lock(item)
    if unit.pk not in {part.unit_id for part in fresh.parts.all() if part.role == AssignmentRole.LEAD}:
        raise ValidationError({"unit": _("%(unit)s不是牵头单位，不能申请办结。") % {"unit": unit}})
    imply_signed(fresh, unit, by)
    row = keep_report(fresh, _as_closing(said), unit, by)
    fresh = move(
        item,
        "ask_close",
        by=by,
        reason=gist(row),
        claimed_on=done,
        **UNCONFIRMED,
        **today_columns(fresh),
    )
    tell_about(fresh, _who_handles(fresh), f"closing-{row.pk}", _("申请办结待审核"), by)
    return fresh


def earliest(item: ActionItem) -> date:
    """Before which day nothing of the item can have been done: the meeting's, where its 纪要 is known here.

    A 纪要 is issued after its meeting, and what was decided may be done before the paper is out. Of one that is not
    kept here `BEFORE_ISSUE` is taken; a finding or an emergency opens on the day it is known.
    """
    if item.source_kind != SourceKind.MINUTES:
        return item.opened_on
    number = item.source_paper.number if item.source_paper else None
    minutes = getattr(number, "minutes", None) if number else None
    return timezone.localdate(minutes.meeting.starts_at) if minutes else item.opened_on - BEFORE_ISSUE


def _as_closing(said: Progress) -> Progress:
    return Progress(
        text=said.text,
        problem=said.problem,
        next_step=said.next_step,
        assessment=SelfAssessment.CLOSING,
        reported_on=said.reported_on,
        source_note=said.source_note,
        files=said.files,
    )


def _who_handles(item: ActionItem) -> list[Any]:
    """Who acts next on a request for completion: the confirming units, else director or office."""
    if permissions.needs_confirmation(item) and item.confirmed_by_unit_id is None:
        people = liaison_users(permissions.confirming_units(item)).values()
        return [
            user for group in people for user in group
        ] or office_users()  # who has no account is telephoned
    return users_of(PostKind.OFFICE_DIRECTOR) if permissions.host_leads(item) else office_users()


@transaction.atomic
def confirm_close(item: ActionItem, *, by: Any) -> ActionItem:
    """A supporting unit confirms that what the host unit led is done; the director may then close."""
    lock(item)
    unit_id = permissions.confirms_for(by, item)
    unit = Unit.objects.get(pk=unit_id) if unit_id is not None else None
    fresh = move(item, "confirm_close", by=by, reason=str(unit or ""), confirmed_by_unit=unit)
    tell_about(fresh, _who_handles(fresh), _confirmed(fresh), _("配合单位已确认，待办结"), by)
    return fresh


@transaction.atomic
def enter_confirmation(
    item: ActionItem, *, unit: Unit, source_note: str, scan: UploadedFile | None = None, by: Any
) -> ActionItem:
    """代录: the office enters what a supporting unit confirmed by telephone or on paper, and where it has that from.

    Raises ValidationError (no source, a unit that does not confirm this item), Refused, PermissionDenied.
    """
    fresh, note = lock(item), source_note.strip()
    if not note:
        raise ValidationError({"source_note": _("代录须写明来源，例如“电话，张三”或“来函”。")})
    if unit.pk not in permissions.confirming_units(fresh):
        raise ValidationError({"unit": _("%(unit)s不能为本事项确认完成。") % {"unit": unit}})
    given = {
        "confirmed_by_unit": unit, "confirmed_note": note,
        "confirmed_scan": files.store(scan, by=by) if scan is not None else None,
    }  # fmt: skip
    fresh = move(item, "enter_confirmation", by=by, reason=f"{unit}（办公室代录，{note}）", **given)
    tell_about(fresh, _who_handles(fresh), _confirmed(fresh), _("配合单位已确认，待办结"), by)
    return fresh


def _confirmed(item: ActionItem) -> str:
    """What a confirmation is told under: asked and confirmed again on the same day, it is told again."""
    asked = _asked_with(item)
    return f"confirmed-{asked.pk if asked else item.claimed_on}"


def _asked_with(item: ActionItem) -> ProgressReport | None:
    """The report that came with the last request for completion."""
    return item.reports.filter(assessment=SelfAssessment.CLOSING).order_by("-pk").first()


@transaction.atomic
def close(item: ActionItem, *, closed_on: date | None = None, note: str = "", by: Any) -> ActionItem:
    """Close an item (销号) on the day of closing or the stated day of completion. Open reports are accepted.

    Raises PermissionDenied, Refused (not confirmed), ValidationError (a day after today).
    """
    day = closed_on or today()
    if day > today():
        raise ValidationError({"closed_on": _("办结日期不能晚于今天。")})
    if day < earliest(item):
        raise ValidationError(
            {"closed_on": _("办结日期不能早于%(day)s。") % {"day": f"{earliest(item):%Y-%m-%d}"}}
        )
    fresh = lock(item)
    fresh.closed_on = day
    fresh = move(item, "close", by=by, reason=note, closed_on=day, closed_by=by, **today_columns(fresh))
    for row in fresh.reports.filter(review=ReviewState.WAITING):
        row.review, row.reviewed_on = ReviewState.ACCEPTED, today()
        save_with_history(row, by=by, why="办结")
    _let_go(fresh, "事项已办结。", by=by)
    return fresh


def _let_go(item: ActionItem, why: str, *, by: Any) -> None:
    """What was asked about an item that has ended is void."""
    extending.lapse(item, why=why, by=by)
    ending.drop_open(item, why=why, by=by)


@transaction.atomic
def return_close(item: ActionItem, *, reason: str, by: Any) -> ActionItem:
    """Send a request for completion back, with the reason; a confirmation given for it is void.

    The report that came with the request goes back with it: nobody has to read it again.
    """
    fresh = move(item, "return_close", by=by, reason=reason, claimed_on=None, **UNCONFIRMED)
    # Only what this request said: it was read, or waits. An earlier one was sent back with its own words.
    asked = _asked_with(fresh)
    for row in [asked] if asked is not None and asked.review != ReviewState.RETURNED else []:
        row.review, row.review_note = ReviewState.RETURNED, reason.strip()[:1000]
        row.reviewed_on = today()
        save_with_history(row, by=by, why="退回")
    refresh(fresh, by=by)
    leads = [part.unit_id for part in fresh.parts.all() if part.role == AssignmentRole.LEAD]
    people = [user for group in liaison_users(leads).values() for user in group]
    tell_about(fresh, people, f"close-returned-{timezone.now():%Y%m%d%H%M%S}", _("申请办结被退回"), by)
    return fresh
