"""撤回: an act taken back before the next person has acted. The workflow's guards say until when."""

from typing import Any

from django.db import transaction
from django.urls import reverse

from apps.common import audit
from apps.common.workflow import move, save_with_history
from apps.dispatch.services import tell
from apps.minutes.enums import Step
from apps.minutes.models import Circulation, Minutes
from apps.minutes.selectors import open_circulation
from apps.roster.enums import PostKind
from apps.roster.selectors import liaison_users, office_users, users_of

from .steps import back_to_office, pass_on, void


@transaction.atomic
def withdraw_pass_review(minutes: Minutes, *, by: Any) -> Minutes:
    """The proofreader takes 核稿通过 back while the office has not sent the draft out."""
    fresh = move(minutes, "withdraw_pass_review", by=by)
    void(fresh, [Step.PROOFREAD], by=by)
    back_to_office(fresh, "核稿已撤回，暂不要征求意见", by=by)
    return fresh


@transaction.atomic
def withdraw_circulation(minutes: Minutes, *, by: Any) -> Minutes:
    """Take the first round back before any unit has opened it: to where it was before it went out."""
    return _take_round_back(minutes, "withdraw_circulation", by=by)


@transaction.atomic
def withdraw_recirculation(minutes: Minutes, *, by: Any) -> Minutes:
    """Take a further round back before any unit has opened it; what units said in earlier rounds counts again."""
    return _take_round_back(minutes, "withdraw_recirculation", by=by)


def _take_round_back(minutes: Minutes, verb: str, *, by: Any) -> Minutes:
    """The round never was: its rows go (the history keeps them), its line of the 发文稿纸 is void, units are told."""
    fresh = move(minutes, verb, by=by)
    circulation = open_circulation(fresh)
    assert circulation is not None  # noqa: S101 - the guard has asked
    consents = list(circulation.consents.select_related("unit"))
    users = liaison_users({row.unit_id for row in consents})
    told = list(dict.fromkeys(user for row in consents for user in users[row.unit_id]))
    detail = {"round": circulation.round, "units": [str(row.unit) for row in consents]}
    audit.record(by=by, verb="withdraw_round", label="撤回本轮征求意见", obj=fresh, detail=detail)
    line = fresh.endorsements.filter(step=Step.CIRCULATE, voided=False).order_by("-id").first()
    if line is not None:
        line.voided = True
        save_with_history(line, by=by, why="撤回")
    key = f"{fresh.pk}:{circulation.pk}"
    for row in (*consents, circulation):
        row._history_user, row._change_reason = by, "撤回征求意见"  # type: ignore[attr-defined]
        row.delete()
    tell(
        told, kind="consent_withdrawn", title=f"征求意见已撤回，不必反馈：{fresh}", url=reverse("minutes:list"), key=key, by=by
    )  # fmt: skip
    return fresh


@transaction.atomic
def withdraw_settle(minutes: Minutes, *, by: Any) -> Minutes:
    """Open the round again that was closed too early: units can answer until its deadline."""
    fresh = move(minutes, "withdraw_settle", by=by)
    circulation = Circulation.objects.select_for_update().filter(minutes=fresh).order_by("-round")[0]
    circulation.closed_at = None
    save_with_history(circulation, by=by, why="继续征求意见")
    line = fresh.endorsements.filter(step=Step.SETTLE, voided=False).order_by("-id").first()
    if line is not None:
        line.voided = True
        save_with_history(line, by=by, why="撤回")
    return fresh


@transaction.atomic
def withdraw_pass_audit(minutes: Minutes, *, by: Any) -> Minutes:
    """The director takes 审核通过 back before the convener has acted."""
    fresh = move(minutes, "withdraw_pass_audit", by=by)
    void(fresh, [Step.AUDIT], by=by)
    pass_on(fresh, users_of(PostKind.CONVENER), "审核已撤回，暂不用签发", by=by)
    return fresh


@transaction.atomic
def withdraw_sign(minutes: Minutes, *, by: Any) -> Minutes:
    """The convener takes his signature back before 复核 (or the office what it had entered from paper)."""
    fresh = move(minutes, "withdraw_sign", by=by, signed_on=None, signed_by=None)
    void(fresh, [Step.SIGN], by=by)
    pass_on(fresh, [*office_users(), *users_of(PostKind.CONVENER)], "签发已撤回", by=by)
    return fresh
