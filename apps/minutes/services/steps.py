"""What every step shares (the line on the 发文稿纸, the word to the next), and the plain steps 拟稿 → 送审."""

from collections.abc import Iterable
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.urls import reverse

from apps.common import settings_rows
from apps.common.errors import Refused
from apps.common.workflow import WORKFLOWS, Row, lock, move, refusal, save_with_history
from apps.dispatch.services import tell
from apps.minutes.enums import Step
from apps.minutes.models import Endorsement, Minutes
from apps.roster.enums import PostKind
from apps.roster.selectors import host_unit, office_users, today, users_of

UNNAMED = "×××"


def ask(obj: Row, verb: str, *, by: Any) -> Row:
    """A 纪要 or a correction locked, or the refusal: for acts that must do something before `move` can be called.

    Raises PermissionDenied or Refused, as `move` does. The caller holds the transaction.
    """
    fresh = lock(obj)
    row = WORKFLOWS[type(fresh)][verb]
    if not row.allowed(by, fresh):
        raise PermissionDenied(f"{verb} on {fresh._meta.label_lower} {fresh.pk}")
    if why := refusal(row, fresh):
        raise Refused(why, fresh, verb)
    return fresh


def name_of(user: Any) -> str:
    """The name on the 发文稿纸: the person's, or the account's where no name is known."""
    person = getattr(user, "person", None)
    return person.name if person is not None and person.name != UNNAMED else str(user)


def endorse(minutes: Minutes, step: Step, *, by: Any, opinion: str = "", **fields: Any) -> Endorsement:
    """Write one line of the 发文稿纸, dated today unless told otherwise."""
    fields = {"name": name_of(by)[:60], "signed_on": today()} | fields
    line = Endorsement(minutes=minutes, step=step, opinion=opinion.strip()[:1000], entered_by=by, **fields)
    line.full_clean()
    save_with_history(line, by=by, why=str(line.get_step_display()))
    return line


def void(minutes: Minutes, steps: Iterable[Step], *, by: Any) -> None:
    """Mark opinions that no longer count: the text went back after they were given."""
    for line in minutes.endorsements.filter(step__in=list(steps), voided=False):
        line.voided = True
        save_with_history(line, by=by, why="已失效")


def pass_on(minutes: Minutes, users: Iterable[Any], words: str, *, by: Any, page: str = "detail") -> None:
    """Tell those who must act next. A step taken a second time is told a second time."""
    users = [user for user in users if user.pk != by.pk]
    url = reverse(f"minutes:{page}", args=[minutes.pk])
    key = f"{minutes.pk}:{minutes.state}:{minutes.history.count()}"
    tell(users, kind="minutes", title=f"{words}：{minutes}", url=url, key=key, by=by)


def proofreaders() -> list[Any]:
    """Accounts that proofread, as the setting says."""
    anybody = settings_rows.value("proofreader") == "any_deputy"
    return users_of(PostKind.OFFICE_DEPUTY, unit=None if anybody else host_unit())


def back_to_office(minutes: Minutes, words: str, *, by: Any) -> None:
    """Tell the office that the 纪要 is with it again."""
    pass_on(minutes, office_users(), words, by=by)


@transaction.atomic
def submit_review(minutes: Minutes, *, by: Any) -> Minutes:
    """送核稿. Raises Refused while a gap is open."""
    fresh = move(minutes, "submit_review", by=by)
    endorse(fresh, Step.DRAFT, by=by)
    pass_on(fresh, proofreaders(), "待核稿", by=by)
    return fresh


@transaction.atomic
def withdraw_review(minutes: Minutes, *, by: Any) -> Minutes:
    """Take it back from the proofreader, who has not acted yet."""
    return move(minutes, "withdraw_review", by=by)


@transaction.atomic
def return_draft(minutes: Minutes, *, by: Any, reason: str) -> Minutes:
    """The proofreader sends it back."""
    fresh = move(minutes, "return_draft", by=by, reason=reason)
    endorse(fresh, Step.RETURN, by=by, opinion=reason)
    back_to_office(fresh, "核稿退回", by=by)
    return fresh


@transaction.atomic
def pass_review(minutes: Minutes, *, by: Any) -> Minutes:
    """核稿通过. The drafter cannot."""
    fresh = move(minutes, "pass_review", by=by)
    endorse(fresh, Step.PROOFREAD, by=by, opinion="同意")
    back_to_office(fresh, "核稿通过，待征求意见", by=by)
    return fresh


@transaction.atomic
def rework(minutes: Minutes, *, by: Any, reason: str) -> Minutes:
    """Back to the draft before anybody outside was asked: it must be proofread again."""
    fresh = move(minutes, "rework", by=by, reason=reason)
    void(fresh, [Step.PROOFREAD], by=by)
    endorse(fresh, Step.RETURN, by=by, opinion=reason)
    return fresh


@transaction.atomic
def submit_audit(minutes: Minutes, *, by: Any) -> Minutes:
    """送审核. C11 is asked here for the first time."""
    fresh = move(minutes, "submit_audit", by=by)
    pass_on(fresh, users_of(PostKind.OFFICE_DIRECTOR), "待审核", by=by)
    return fresh


@transaction.atomic
def withdraw_audit(minutes: Minutes, *, by: Any) -> Minutes:
    """Take it back from the director, who has not acted yet."""
    return move(minutes, "withdraw_audit", by=by)


def withdraw_check(minutes: Minutes, *, by: Any) -> Minutes:
    """Before a number is taken a fault can still be put right: back to 复核, and from there to the signer."""
    return move(minutes, "withdraw_check", by=by)
