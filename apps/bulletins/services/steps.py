"""A bulletin's way: 送审 → 批准 or 退回 → 编号 → 印发. Each by `move`, which locks before it decides."""

from datetime import date, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.bulletins import papers, selectors
from apps.bulletins.enums import PAPER_KINDS, BulletinKind
from apps.bulletins.models import Bulletin
from apps.bulletins.numbering import series_text, with_series
from apps.common.errors import Refused
from apps.common.workflow import can, lock, move
from apps.dispatch.enums import DeliveryRole
from apps.dispatch.models import Delivery, Recipient
from apps.dispatch.services import issue_list, send_paper, tell
from apps.documents.services import freeze, mark_stopped, settable, take_number, void_number
from apps.roster.enums import PostKind
from apps.roster.selectors import liaison_users, office_users, users_of

LATEST_PRINT = 30  # days ahead that the printed date may lie


@transaction.atomic
def submit(bulletin: Bulletin, *, by: Any) -> Bulletin:
    """送审批: to the director; to the convener when the director submits it himself, or wrote in it.

    Raises Refused where each of them did: nobody approves his own words, and it would wait for ever.
    """
    settable(papers.bulletin_paper(bulletin))
    fresh = move(bulletin, "submit", by=by, submitted_by=by, submitted_at=timezone.now(), answer="")
    taken = {by.pk, *fresh.writers()}
    posts = [users_of(kind) for kind in (PostKind.OFFICE_DIRECTOR, PostKind.CONVENER)]
    left = [free for users in posts if (free := [user for user in users if user.pk not in taken])]
    if any(posts) and not left:
        raise Refused(_nobody_left(fresh, posts), bulletin, "submit")
    _tell(left[0] if left else [], fresh, "待审批", by=by)
    return fresh


def _nobody_left(bulletin: Bulletin, posts: list[list[Any]]) -> str:
    """Why nobody may approve, and what to do: the parts they wrote in are proposed again, or another submits."""
    approvers = {user.pk for users in posts for user in users}
    parts, facts = bulletin.written_by(approvers), bulletin.facts_by(approvers - {bulletin.drafted_by_id})
    words = "办公室主任和召集人中没有人可以批准：起草、送审和修改过文字的人不批准。"
    todo = [f"重新拟写他们改过的{'、'.join(f'“{heading}”' for heading in parts)}"] if parts else []
    todo += [f"由别人改定他们改过的{'、'.join(facts)}"] if facts else []
    return words + (f"请先{'，'.join(todo)}，再送审。" if todo else "请由另一位送审。")


@transaction.atomic
def withdraw(bulletin: Bulletin, *, by: Any) -> Bulletin:
    """撤回送审, until it is decided."""
    return move(bulletin, "withdraw", by=by, submitted_by=None, submitted_at=None)


@transaction.atomic
def approve(bulletin: Bulletin, *, by: Any, seen: str, opinion: str = "") -> Bulletin:
    """批准 what was read: `seen` is `selectors.mark_of` of it. Raises Refused when the text changed meanwhile."""
    if seen != selectors.mark_of(lock(bulletin)):
        raise Refused("您打开之后文字有改动，请重新看过再批准。", bulletin, "approve")
    fresh = move(
        bulletin, "approve", by=by, reason=opinion, answer=opinion.strip() or "同意", approved_by=by,
        approved_at=timezone.now(), signed_on=timezone.localdate(),
    )  # fmt: skip
    _tell(office_users(), fresh, "已批准，请编号印发", by=by)
    return fresh


@transaction.atomic
def send_back(bulletin: Bulletin, *, reason: str, by: Any) -> Bulletin:
    """退回修改, with a word."""
    fresh = move(
        bulletin, "send_back", by=by, reason=reason, answer=reason, submitted_by=None, submitted_at=None
    )
    _tell(office_users(), fresh, "已退回修改", by=by)
    return fresh


@transaction.atomic
def withdraw_approval(bulletin: Bulletin, *, by: Any) -> Bulletin:
    """撤回批准, by who approved, until the number is taken."""
    return move(
        bulletin, "withdraw_approval", by=by, approved_by=None, approved_at=None, signed_on=None, answer=""
    )


@transaction.atomic
def drop(bulletin: Bulletin, *, reason: str, by: Any) -> Bulletin:
    """作废 a draft; it stays on record."""
    return move(bulletin, "drop", by=by, reason=reason, answer=reason)


@transaction.atomic
def number(bulletin: Bulletin, *, printed_on: date, by: Any) -> Bulletin:
    """编号成文: the next number of the series in the year of approval, and the paper frozen, all or nothing.

    What is wrong with the paper is found before a number is taken. Raises ValidationError for the day.
    """
    fresh = lock(bulletin)
    if fresh.signed_on is None or not can(by, fresh, "number"):
        return move(bulletin, "number", by=by)  # refused or forbidden, with the reason
    signed_on = fresh.signed_on
    _check_day(signed_on, printed_on)
    kind = PAPER_KINDS[BulletinKind(fresh.kind)]
    settable(papers.bulletin_paper(fresh, number=with_series(kind, "〔2000〕1号"), final=True))
    taken = take_number(kind, year=signed_on.year, by=by)
    text = series_text(taken)
    archived = freeze(
        papers.bulletin_paper(fresh, number=text, printed_on=printed_on, final=True), kind=kind,
        title=fresh.title, number=taken, number_text=text, signed_on=signed_on, printed_on=printed_on, by=by,
    )  # fmt: skip
    return move(bulletin, "number", by=by, number=taken, paper=archived, printed_on=printed_on)


def _check_day(signed_on: date, printed_on: date) -> None:
    if printed_on < signed_on:
        raise ValidationError({"printed_on": _("印发日期不能早于批准日期。")})
    if printed_on > timezone.localdate() + timedelta(days=LATEST_PRINT):
        raise ValidationError({"printed_on": _("印发日期过晚，请核对。")})


@transaction.atomic
def void(bulletin: Bulletin, *, reason: str, by: Any) -> Bulletin:
    """作废编号 of one that was numbered and not issued: the number stays used, the paper is stopped, both on record."""
    fresh = move(bulletin, "void", by=by, reason=reason, answer=reason)
    assert fresh.paper is not None and fresh.number is not None  # noqa: S101, PT018 - a constraint of the row
    mark_stopped(lock(fresh.paper))
    void_number(fresh.number, reason=reason, by=by)
    done = Bulletin.objects.get(pk=fresh.pk)
    _tell(
        _who_had_it(done), done, f"停止使用，编号{done.paper.number_text if done.paper else ''}已作废", by=by
    )
    return done


def _who_had_it(bulletin: Bulletin) -> list[Any]:
    """Everybody in whose hands it was: who drafted, submitted and approved it, the office, and units that hold a copy.

    It was not issued, so no unit holds one as a rule; an issued one is stopped in dispatch, which tells its units.
    """
    copies = Delivery.objects.filter(paper=bulletin.paper_id, recipient__unit__isnull=False)
    people = liaison_users(copies.values_list("recipient__unit", flat=True))
    known = [bulletin.drafted_by, bulletin.submitted_by, bulletin.approved_by, *office_users()]
    told = [user for user in known if user is not None] + [
        user for found in people.values() for user in found
    ]
    return list(dict.fromkeys(told))


def recipients_of(bulletin: Bulletin, *, by: Any) -> list[tuple[Recipient, DeliveryRole]]:
    """Every member unit (发送), and the municipal government (抄报) where it was ticked."""
    rows = issue_list(by=by)
    return [(row, role) for row, role in rows if role != DeliveryRole.REPORT or bulletin.report_up]


@transaction.atomic
def issue(bulletin: Bulletin, *, by: Any) -> Bulletin:
    """印发 to ALL units through dispatch, with receipts (章程四（二）: 及时向各成员单位通报).

    Raises PermissionDenied, Refused (also while a member unit's recipient is switched off).
    """
    if can(by, lock(bulletin), "issue") and (off := selectors.switched_off()):
        raise Refused(off, bulletin, "issue")
    fresh = move(bulletin, "issue", by=by)
    assert fresh.paper is not None  # noqa: S101 - a constraint of the row
    rows = recipients_of(fresh, by=by)
    send_paper(fresh.paper, recipients=rows, by=by)
    people = liaison_users({row.unit_id for row, _role in rows} - {None})
    told = [user for found in people.values() for user in found]
    _tell(list(dict.fromkeys(told)), fresh, "请签收", by=by)
    return fresh


def _tell(users: list[Any], bulletin: Bulletin, words: str, *, by: Any) -> None:
    tell(
        [user for user in users if user != by], kind="bulletin", title=f"{words}：{bulletin.title}",
        url=bulletin.get_absolute_url(), key=f"{bulletin.pk}:{timezone.now():%Y%m%d%H%M%S%f}", by=by,
    )  # fmt: skip
