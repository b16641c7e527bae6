"""信息通报: a unit sends it in, the office issues it, sends it back or leaves it; opening it counts as 签收."""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.bulletins import papers, permissions, selectors
from apps.bulletins.enums import InformationState
from apps.bulletins.models import Information
from apps.bulletins.numbering import series_text
from apps.common import audit, files
from apps.common.errors import Refused
from apps.common.fields import tidy
from apps.common.workflow import can, lock, move, save_with_history
from apps.dispatch.enums import DeliveryRole, DeliveryState
from apps.dispatch.models import Recipient
from apps.dispatch.services import confirm_receipt, register_delivery, send_paper, sync_recipients, tell
from apps.documents.enums import PaperKind, PaperStatus
from apps.documents.services import freeze, settable, take_number
from apps.roster.models import Unit
from apps.roster.selectors import liaison_users, office_users, standing_of

SAME_WITHIN = timedelta(minutes=1)
WROTE_IT = "报送单位，不用签收"
CHANGED = _("您打开之后内容有改动，请重新看过再办。")


class StaleInformationError(Exception):
    """Somebody changed the information since the form was opened; nothing was saved. `information` is what is kept now."""

    def __init__(self, information: Information) -> None:
        super().__init__(str(CHANGED))
        self.information = information


@transaction.atomic
def send_information(
    unit: Unit, *, title: str, text: str, kind: str, by: Any, uploads: Iterable[UploadedFile] = (), source_note: str = "",
    marker: str = "", once: bool = False,
) -> Information:  # fmt: skip
    """报送: by a liaison of the unit, or by the office for it (`source_note` says how it came).

    `once`: what the same person handed in within the last minute, word for word, is that same row. Raises
    PermissionDenied (also where the unit has left), ValidationError (texts, files, no source where the office enters it).
    """
    standing = standing_of(by)
    own = unit.pk in standing.liaison_units
    uploads = list(uploads)
    unit = lock(unit)  # the second of two at once waits here and sees the first
    if unit.left_on is not None or not (own or standing.runs_office):
        raise PermissionDenied(f"send information for {unit.code}")
    if once and (same := _just_sent(unit, title=title, text=text, kind=kind, by=by, uploads=uploads)):
        return same
    row = Information(
        unit=unit, kind=kind, title=title, text=text, submitted_by=by, on_behalf=not own, marker=marker,
        source_note="" if own else source_note,
    )  # fmt: skip
    if not own and not source_note.strip():
        raise ValidationError({"source_note": _("请写明代录来源。")})
    row.full_clean()
    save_with_history(row, by=by, why="报送")
    _attach(row, uploads, by=by)
    settable(papers.information_paper(row))
    detail = {} if own else {"reason": f"联席会议办公室代{unit}录入（{row.source_note}）"}
    audit.record(by=by, verb="send", label="报送", obj=row, detail=detail)
    _tell([user for user in office_users() if user != by], row, f"{unit}报送信息", by=by)
    return row


@transaction.atomic
def change_information(
    information: Information,
    *,
    title: str,
    text: str,
    kind: str,
    by: Any,
    uploads: Iterable[UploadedFile] = (),
    seen: str | None = None,
) -> Information:
    """Change it before it is issued; one that was sent back is handed in again by the same act.

    `seen` is `selectors.information_mark` of what the form showed; None where no form was. Raises PermissionDenied,
    ValidationError, StaleInformationError (it was changed since).
    """
    fresh = lock(information)
    if not permissions.can_edit_information(by, fresh):
        raise PermissionDenied(f"change information {fresh.pk}")
    if _changed_since(fresh, seen):
        raise StaleInformationError(fresh)
    _attach(fresh, uploads, by=by)
    values = {"title": title, "text": text, "kind": kind}
    if fresh.state == InformationState.RETURNED:
        again = move(fresh, "resubmit", by=by, **values)
        settable(papers.information_paper(again))
        _tell(office_users(), again, f"{again.unit}重新报送信息", by=by)
        return again
    for name, value in values.items():
        setattr(fresh, name, value)
    fresh.full_clean()
    settable(papers.information_paper(fresh))
    save_with_history(fresh, by=by, why="修改")
    audit.record(by=by, verb="change", label="修改信息", obj=fresh)
    return fresh


def _just_sent(
    unit: Unit, *, title: str, text: str, kind: str, by: Any, uploads: Sequence[UploadedFile]
) -> Information | None:
    """The same words and files of the same person, not a minute old: a form sent twice. One query, two where found."""
    since = timezone.now() - SAME_WITHIN
    found = Information.objects.filter(
        unit=unit, submitted_by=by, submitted_at__gte=since, kind=kind, title=tidy(title), text=tidy(text),
        state=InformationState.SUBMITTED,
    ).order_by("pk").first()  # fmt: skip
    if found is None:
        return None
    kept = sorted(found.files.values_list("name", "size"))
    return found if kept == sorted(((row.name or "")[-200:], row.size or 0) for row in uploads) else None


def _changed_since(fresh: Information, seen: str | None) -> bool:
    """The locked row is not what was shown to whoever acts."""
    return seen is not None and seen != selectors.information_mark(fresh)


def _attach(row: Information, uploads: Iterable[UploadedFile], *, by: Any) -> None:
    for upload in uploads:
        row.files.add(files.store(upload, by=by))


@transaction.atomic
def issue_information(
    information: Information, *, to: Sequence[Unit], by: Any, seen: str | None = None
) -> Information:
    """Number it, freeze it and send it to the units chosen.

    `seen` is `selectors.information_mark` of what was reviewed; None where no page was. Raises PermissionDenied, Refused
    (also where it was changed since), ValidationError (nobody chosen, a recipient switched off, text that cannot be set).
    """
    if not to:
        raise ValidationError({"units": _("请至少选择一个单位。")})
    fresh = lock(information)
    day = timezone.localdate()
    named = list(to)
    if not can(by, fresh, "issue"):
        return move(information, "issue", by=by)  # refused or forbidden, with the reason
    if _changed_since(fresh, seen):
        raise Refused(str(CHANGED), fresh, "issue")
    if off := selectors.switched_off(named):
        raise ValidationError({"units": off})
    settable(papers.information_paper(fresh, to=named, number="信息〔2000〕1号", on=day))
    taken = take_number(PaperKind.INFORMATION, year=day.year, by=by)
    text = series_text(taken)
    archived = freeze(
        papers.information_paper(fresh, to=named, number=text, on=day), kind=PaperKind.INFORMATION,
        title=papers.information_title(fresh), number=taken, number_text=text, signed_on=day, printed_on=day, by=by,
    )  # fmt: skip
    done = move(information, "issue", by=by, number=taken, paper=archived, issued_on=day, issued_by=by)
    sync_recipients(by=by)
    wanted = {unit.pk for unit in named}
    rows = Recipient.objects.filter(is_active=True, unit__in=wanted).select_related("unit")
    for copy in send_paper(archived, recipients=[(row, DeliveryRole.SEND) for row in rows], by=by):
        if copy.recipient.unit_id == done.unit_id:  # it wrote it: there is nothing to read and sign for
            register_delivery(
                copy, sent_on=day, received_on=day, receiver=str(done.unit), note=WROTE_IT, by=by
            )
    people = liaison_users(wanted - {done.unit_id})
    _tell(
        list(dict.fromkeys(user for found in people.values() for user in found)),
        done,
        "信息通报，请签收",
        by=by,
    )
    _tell(liaison_users({done.unit_id})[done.unit_id], done, "报送的信息已印发", by=by)
    return done


@transaction.atomic
def return_information(information: Information, *, reason: str, by: Any) -> Information:
    """退回 with a word; its unit is told."""
    return _answered(information, "return_", "信息已退回，请修改后重新报送", reason=reason, by=by)


@transaction.atomic
def drop_information(information: Information, *, reason: str, by: Any) -> Information:
    """不采用, with the reason; its unit is told."""
    return _answered(information, "drop", "信息没有采用", reason=reason, by=by)


def _answered(information: Information, verb: str, words: str, *, reason: str, by: Any) -> Information:
    fresh = move(information, verb, by=by, reason=reason, answer=reason)
    _tell(liaison_users({fresh.unit_id})[fresh.unit_id], fresh, words, by=by)
    return fresh


@transaction.atomic
def withdraw_information(information: Information, *, by: Any) -> Information:
    """撤回 by its unit, before it is issued."""
    return move(information, "withdraw", by=by)


def open_copy(information: Information, *, by: Any) -> None:
    """签收: the first time a liaison of a unit opens what was sent to it. Nothing for anybody else, or once it is stopped."""
    if information.paper is None or information.paper.status != PaperStatus.CURRENT:
        return
    mine = standing_of(by).liaison_units
    for copy in selectors.unsigned(information.paper):
        if copy.recipient.unit_id in mine:
            with transaction.atomic():
                if lock(copy).state != DeliveryState.RECEIVED:  # two windows opened at the same moment
                    confirm_receipt(copy, by=by)


def _tell(users: list[Any], row: Information, words: str, *, by: Any) -> None:
    tell(
        [user for user in users if user != by], kind="information", title=f"{words}：{row.title}",
        url=row.get_absolute_url(), key=f"{row.pk}:{timezone.now():%Y%m%d%H%M%S%f}", by=by,
    )  # fmt: skip
