"""What a 更正 changes, while it is drafted: a passage, a new resolution, one struck out, the title, the names."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from apps.common.errors import Refused
from apps.common.workflow import save_with_history
from apps.minutes import content, correction, printed_names
from apps.minutes.enums import ChangeKind, PassageKind
from apps.minutes.models import CorrectionCase, CorrectionChange, Passage
from apps.minutes.selectors import passages_of

from .correcting import drafting
from .drafting import Content, check_content

_NOT_PRINTED = "这一段没有印在纪要里，不能更正。"


@transaction.atomic
def set_change(case: CorrectionCase, passage: Passage, given: Content, *, by: Any) -> CorrectionChange | None:
    """Say how a passage shall read; as it is printed now takes the change out again (None).

    One that was to be struck out stays after all. Raises ValidationError, Refused, PermissionDenied.
    """
    fresh = drafting(case, by=by)
    row = _printed(fresh, passage)
    check_content(given)
    before, after = correction.snapshot(row), _after(row, given)
    known = fresh.changes.filter(passage=row).first()
    if {**after, "words": ""} == {**before, "words": ""}:
        if known is not None:
            _delete(known, by=by)
        return None
    change = known or CorrectionChange(case=fresh, passage=row)
    change.what = ChangeKind.TEXT
    return _keep(change, before, after, by=by)


@transaction.atomic
def add_resolution(
    case: CorrectionCase, given: Content, *, follows: Passage, change: CorrectionChange | None = None, by: Any
) -> CorrectionChange:
    """A resolution that was decided and left out of the paper, behind another passage; `change` rewrites one.

    Those after it move on by one number. Raises ValidationError, Refused, PermissionDenied.
    """
    fresh = drafting(case, by=by)
    place = _printed(fresh, follows)
    check_content(given)
    blank = Passage(pk=-1, minutes=fresh.minutes, kind=PassageKind.RESOLUTION, opens_item=given.opens_item)
    after = _after(blank, given) | {"opens_item": given.opens_item}
    row = CorrectionChange(case=fresh) if change is None else _still_there(fresh, change)
    row.what, row.follows = ChangeKind.ADD, place
    return _keep(row, {}, after, by=by)


@transaction.atomic
def remove_resolution(case: CorrectionCase, passage: Passage, *, by: Any) -> CorrectionChange:
    """A resolution that was not decided is struck out: the later ones move up, its item ends with the issue.

    Raises Refused (not printed, no resolution), PermissionDenied.
    """
    fresh = drafting(case, by=by)
    row = _printed(fresh, passage)
    if row.kind != PassageKind.RESOLUTION:
        raise Refused("只有议定事项可以整项删去；其他段落请改文字。", fresh, "remove")
    name = next(
        line.name for line in content.lines_of(passages_of(fresh.minutes)) if line.passage.pk == row.pk
    )
    change = fresh.changes.filter(passage=row).first() or CorrectionChange(case=fresh, passage=row)
    change.what = ChangeKind.REMOVE
    return _keep(change, {**correction.snapshot(row), "name": name}, {}, by=by)


@transaction.atomic
def take_out(change: CorrectionChange, *, by: Any) -> None:
    """Give one change up. Raises Refused (not drafting, taken out meanwhile), PermissionDenied."""
    fresh = drafting(change.case, by=by)
    _delete(_still_there(fresh, change), by=by)


@transaction.atomic
def set_title(case: CorrectionCase, *, title: str, by: Any) -> CorrectionChange | None:
    """The title the new version bears; the printed one takes the change out. Raises ValidationError, Refused."""
    fresh = drafting(case, by=by)
    title = title.strip()
    if not title or len(title) > 200:
        raise ValidationError({"title": _("标题须有1至200个字。")})
    return _set_one(fresh, ChangeKind.TITLE, _titled(fresh.minutes.title), _titled(title), by=by)


def _titled(title: str) -> correction.Snapshot:
    return {"title": title, "words": title}


@transaction.atomic
def set_names(case: CorrectionCase, texts: printed_names.Texts, *, by: Any) -> CorrectionChange | None:
    """出席, 请假, 列席 of the new version, one line a unit; as printed takes the change out.

    The sign-in list of the meeting is another record and is not touched. Raises ValidationError, Refused.
    """
    fresh = drafting(case, by=by)
    known = printed_names.printed(fresh.minutes)
    before = printed_names.texts_of(known)
    after = printed_names.texts_of(printed_names.lists_of(texts, printed=known))
    if not after["出席"]:
        raise ValidationError({"present": _("出席名单不能为空。")})
    pair = [{**row, "words": printed_names.words_of(row)} for row in (before, after)]
    return _set_one(fresh, ChangeKind.NAMES, pair[0], pair[1], by=by)


def _set_one(
    case: CorrectionCase,
    what: ChangeKind,
    before: correction.Snapshot,
    after: correction.Snapshot,
    *,
    by: Any,
) -> CorrectionChange | None:
    known = case.changes.filter(what=what).first()
    if before == after:
        if known is not None:
            _delete(known, by=by)
        return None
    return _keep(known or CorrectionChange(case=case, what=what), before, after, by=by)


def _still_there(case: CorrectionCase, change: CorrectionChange) -> CorrectionChange:
    """The row as it is under the lock: what the page fetched before may have been taken out by a colleague."""
    row = case.changes.filter(pk=change.pk).first()
    if row is None:
        raise Refused("这一处更正已被同事取消，没有保存。请返回更正页面核对。", case, "change")
    return row


def _printed(case: CorrectionCase, passage: Passage) -> Passage:
    row = next((row for row in passages_of(case.minutes) if row.pk == passage.pk), None)
    if row is None or row.withheld:
        raise Refused(_NOT_PRINTED, case, "change")
    return row


def _after(row: Passage, given: Content) -> correction.Snapshot:
    """The passage with what was given, as a snapshot; `row` is revised in memory. Raises ValidationError on a gap."""
    after = {name: getattr(given, name) for name in correction.PLAIN} | {
        "due_on": given.due_on.isoformat() if given.due_on else "",
        "leads": [unit.pk for unit in given.leads],
        "supports": [] if given.all_support else [unit.pk for unit in given.supports],
        "duties": sorted(duty.pk for duty in given.duties),
    }
    gaps = content.gaps_of(correction.revise(row, after))
    if gaps:
        raise ValidationError(_("缺%(what)s，不能更正成这样。"), params={"what": "、".join(gaps)})
    return {**after, "words": content.words_of(row)}


def _keep(
    change: CorrectionChange, before: correction.Snapshot, after: correction.Snapshot, *, by: Any
) -> CorrectionChange:
    change.before, change.after = before, after
    change.full_clean()
    save_with_history(change, by=by, why=str(change.get_what_display()))
    return change


def _delete(change: CorrectionChange, *, by: Any) -> None:
    change._history_user = by  # type: ignore[attr-defined]
    change.delete()
