"""Reads of corrections: who sees which, and what waits for whom."""

from typing import Any

from django.db.models import QuerySet
from django.urls import reverse

from apps.common import request_cache
from apps.common.todo import Todo, TodoKind
from apps.roster.selectors import standing_of

from . import permissions
from .enums import OPEN_CASES, CaseState, Reply
from .models import CorrectionCase, CorrectionConsent, Minutes


def cases_visible_to(user: Any) -> QuerySet[CorrectionCase]:
    """Corrections on their way: those who read everything."""
    rows = CorrectionCase.objects.select_related(
        "minutes__meeting", "minutes__paper", "minutes__signed_by", "opened_by", "scan", "correction__paper"
    )
    return rows if permissions.reads_all(user) else rows.none()


def answers_visible_to(user: Any) -> QuerySet[CorrectionConsent]:
    """What units were asked about corrections: all for those who read everything, a unit's own for its people."""
    rows = CorrectionConsent.objects.select_related(
        "case__minutes__meeting", "case__minutes__paper", "unit", "proof"
    )
    return rows if permissions.reads_all(user) else rows.filter(unit__in=standing_of(user).units)


def open_case_of(minutes: Minutes) -> CorrectionCase | None:
    """The correction that is on its way, if any."""
    return CorrectionCase.objects.filter(minutes=minutes, state__in=OPEN_CASES).first()


def waiting_for(user: Any) -> list[Todo]:
    """A unit's answers, the signer's approvals, the office's next steps. At most two queries besides the standing."""
    if not cases_are_open():
        return []
    standing = standing_of(user)
    found = _units(standing.liaison_units) if standing.liaison_units else []
    if standing.is_convener or standing.is_office:
        found += [todo for case in _open_cases() if (todo := _leaders(case, user)) is not None]
    return found


def cases_are_open() -> bool:
    """False when it is known in this request that no correction is on its way."""
    return request_cache.get_or_make("cases_are_open", lambda: True)


def _units(units: Any) -> list[Todo]:
    rows = answers_of_units(units).filter(case__state=CaseState.ASKING, reply=Reply.PENDING)
    return [
        Todo(
            TodoKind.CONSENT, f"更正征求意见：{row.case.minutes}", reverse("minutes:correction_answer", args=[row.pk]), "反馈意见",
            note=row.unit.short_name if len(units) > 1 else "",
        )
        for row in rows
    ]  # fmt: skip


def answers_of_units(units: Any) -> QuerySet[CorrectionConsent]:
    """What these units were asked, the newest first."""
    rows = CorrectionConsent.objects.filter(unit__in=units).order_by("-case_id", "unit__order")
    return rows.select_related("case__minutes__meeting", "unit")


def _open_cases() -> QuerySet[CorrectionCase]:
    rows = CorrectionCase.objects.filter(state__in=OPEN_CASES)
    return rows.select_related("minutes__meeting", "minutes__signed_by").prefetch_related("consents")


def _leaders(case: CorrectionCase, user: Any) -> Todo | None:
    url, title = case.get_absolute_url(), f"更正：{case.minutes}"
    if case.state == CaseState.SIGNING:
        mine = permissions.original_signer(user, case)
        return Todo(TodoKind.SIGN, title, url, "批准更正") if mine else None
    if not standing_of(user).is_office:
        return None
    if case.state == CaseState.ASKING and any(row.reply == Reply.PENDING for row in case.consents.all()):
        return None  # it waits for the units
    words = {CaseState.DRAFTING: "拟定更正", CaseState.ASKING: "处理反馈", CaseState.APPROVED: "印发更正"}
    return Todo(TodoKind.HANDLE, title, url, words[CaseState(case.state)])
