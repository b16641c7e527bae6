"""印发更正: the passages, the paper, the notice, those who had the old one, and the ledger, in one transaction."""

from datetime import date
from typing import Any

from django.db import transaction

from apps.common.errors import Refused
from apps.common.workflow import move, save_with_history
from apps.dispatch.enums import DeliveryRole
from apps.dispatch.models import Delivery, Recipient
from apps.dispatch.selectors import versions_of
from apps.dispatch.services import send_paper, tell
from apps.dispatch.stopping import cancel_mails, hold
from apps.documents.composition import NameList
from apps.documents.enums import PaperKind
from apps.documents.models import ArchivedPaper
from apps.documents.services import freeze
from apps.minutes import correction, papers
from apps.minutes.enums import Step
from apps.minutes.models import Correction, CorrectionCase, Minutes
from apps.minutes.retrieval import holders_by_grant
from apps.roster.selectors import liaison_users, today

from .correcting_text import apply, follow, lock_items
from .steps import ask, endorse


@transaction.atomic
def issue_correction(case: CorrectionCase, *, letter_number: str = "", by: Any) -> Correction:
    """Same number, next version, to everybody who had the old one, with the 更正通知; the ledger follows.

    The 纪要 is 已印发 again, so C12 (抄报) is asked for the new version too. Raises Refused, ValidationError.
    """
    fresh = ask(case, "issue", by=by)
    minutes = ask(fresh.minutes, "correct", by=by)
    day, old = today(), minutes.paper
    assert old is not None  # noqa: S101 - a constraint of the row
    hold(old)  # paper, mails and matters before the first line of the journal
    lock_items(minutes)
    names = correction.names_after(fresh)
    changes = correction.ordered(fresh)
    stand_behind = correction.consenting(fresh)  # before the text moves: afterwards nothing differs any more
    apply(minutes, changes, by=by)
    new = _freeze(minutes, old, names, day, by=by)
    minutes = move(minutes, "correct", by=by, paper=new, reason=fresh.reason)
    row = Correction(
        minutes=minutes, version=new.version, corrected_on=day, reason=fresh.reason, approved_by=fresh.signed_name, paper=new
    )  # fmt: skip
    row.full_clean()
    save_with_history(row, by=by, why="更正")
    row.consented.set(stand_behind)
    move(case, "issue", by=by, correction=row, letter_number=letter_number.strip())
    endorse(minutes, Step.CORRECT, by=by, opinion=fresh.reason, name=fresh.signed_name)
    notice = row.notice = _notice(row, letter_number.strip(), by=by)
    save_with_history(row, by=by, why="更正通知")
    _send(minutes, old, (new, notice), by=by)
    follow(minutes, changes, reason=f"更正：{fresh.reason}"[:500], on=day, by=by)
    return row


def _freeze(
    minutes: Minutes, old: ArchivedPaper, names: tuple[NameList, ...], day: date, *, by: Any
) -> ArchivedPaper:
    paper = papers.paper_of(minutes, number=old.number_text, printed_on=day, final=True, names=names)
    return freeze(
        paper, kind=PaperKind.MINUTES, title=minutes.title, number=old.number, number_text=old.number_text,
        signed_on=minutes.signed_on, printed_on=day, previous=old, by=by,
    )  # fmt: skip


def _notice(row: Correction, number: str, *, by: Any) -> ArchivedPaper:
    full = Correction.objects.select_related("paper__previous", "minutes__meeting").get(pk=row.pk)
    paper = papers.correction_notice(full, number=number)
    return freeze(
        paper, kind=PaperKind.CORRECTION, title=paper.title, number_text=number, signed_on=row.corrected_on,
        printed_on=row.corrected_on, by=by,
    )  # fmt: skip


def holders_of(paper: ArchivedPaper) -> list[tuple[Recipient, DeliveryRole]]:
    """Everybody who was sent this version or an earlier one, each once, as last sent."""
    found: dict[int, tuple[Recipient, DeliveryRole]] = {}
    for version in versions_of(paper):
        for copy in Delivery.objects.filter(paper=version).select_related("recipient__unit"):
            found.setdefault(copy.recipient_id, (copy.recipient, DeliveryRole(copy.role)))
    return list(found.values())


def _send(minutes: Minutes, old: ArchivedPaper, sent: tuple[ArchivedPaper, ...], *, by: Any) -> None:
    recipients = holders_of(old)
    if not any(role == DeliveryRole.REPORT for _recipient, role in recipients):
        raise Refused("原纪要没有抄报登记，不能印发更正（章程四（一））。", minutes, "correct")
    cancel_mails(versions_of(old), why="这一版已更正，没有发出；收件人另收新版。")
    for paper in sent:
        send_paper(paper, recipients=recipients, by=by)
    units = {recipient.unit_id for recipient, _role in recipients if recipient.unit_id}
    people = [user for group in liaison_users(units).values() for user in group]
    people += holders_by_grant(minutes)
    tell(
        list(dict.fromkeys(people)), kind="corrected", title=f"纪要已更正，请换用新版：{sent[0].number_text}",
        url=minutes.get_absolute_url(), key=f"{sent[0].pk}", by=by,
    )  # fmt: skip
