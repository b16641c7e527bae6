"""交办 and 签收: an item opens from an issued paper, its units sign for it."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.action_items import days, lights, selectors
from apps.action_items.enums import ItemState, ReviewState, SelfAssessment, SourceKind
from apps.action_items.models import ActionItem, ItemUnit, ProgressReport
from apps.common import audit
from apps.common.workflow import lock, move, save_with_history
from apps.dispatch.services import tell
from apps.documents.models import ArchivedPaper
from apps.duties.models import Duty
from apps.roster.enums import AssignmentRole
from apps.roster.models import Unit
from apps.roster.selectors import standing_of, today


@transaction.atomic
def open_item(
    *,
    ref: str,
    seq: int,
    text: str,
    leads: Sequence[Unit],
    supports: Sequence[Unit],
    all_support: bool,
    due_on: date | None,
    recurrence: str,
    is_standing: bool,
    duties: Iterable[Duty],
    source_kind: str = SourceKind.MINUTES,
    source_paper: ArchivedPaper | None,
    source_anchor: str,
    source_label: str,
    opened_on: date,
    by: Any,
) -> ActionItem:
    """Open one item from an issued paper (交办). The caller has the right to issue; tells nobody.

    Raises ValidationError: no lead unit, a unit named twice, more than one kind of deadline, a used `ref`.
    """
    item = ActionItem(
        ref=ref, seq=seq, text=text, all_support=all_support, due_on=due_on, recurrence=recurrence,
        is_standing=is_standing, source_kind=source_kind, source_paper=source_paper,
        source_anchor=source_anchor, source_label=source_label, opened_on=opened_on,
    )  # fmt: skip
    check_parts(item, leads, supports)
    facts = lights.Facts(opened_on=opened_on, due_on=due_on, recurrence=recurrence)
    put_columns(item, facts)
    item.full_clean()
    save_with_history(item, by=by, why="交办")
    add_parts(item, leads, supports, by=by)
    item.duties.set(duties)
    audit.record(by=by, verb="open", label="交办", obj=item, detail={"on": opened_on.isoformat()})
    return item


def check_parts(item: ActionItem, leads: Sequence[Unit], supports: Sequence[Unit]) -> None:
    """Raise ValidationError when the units or the deadline of a new item make no sense."""
    if not leads:
        raise ValidationError(_("“%(text)s”没有牵头单位。"), params={"text": item.text[:20]})
    named = [unit.pk for unit in (*leads, *supports)]
    if len(named) != len(set(named)):
        raise ValidationError(_("“%(text)s”中有单位重复。"), params={"text": item.text[:20]})
    if sum((item.due_on is not None, bool(item.recurrence), item.is_standing)) > 1:
        raise ValidationError(
            _("“%(text)s”的完成时限、定期要求和长期坚持只能选一种。"), params={"text": item.text[:20]}
        )


def add_parts(item: ActionItem, leads: Sequence[Unit], supports: Sequence[Unit], *, by: Any) -> None:
    """Keep who leads and who supports, in the order named. With 全体配合 no support rows are kept."""
    named = [(AssignmentRole.LEAD, leads), (AssignmentRole.SUPPORT, () if item.all_support else supports)]
    for role, group in named:
        for position, unit in enumerate(group, start=1):
            part = ItemUnit(item=item, unit=unit, role=role, position=position)
            save_with_history(part, by=by, why="交办")


def columns(facts: lights.Facts) -> dict[str, Any]:
    """What all facts on record amount to, as the columns that lists filter by."""
    now = lights.snapshot(facts, date.max)
    return {
        "current_due": now.effective_due,
        "times_extended": now.extended,
        "report_due_on": now.report_due_on,
        "required_since": now.required_since,
        "last_assessment": now.last_assessment,
    }


def put_columns(item: ActionItem, facts: lights.Facts) -> None:
    """Set today's columns on an item that is not saved yet."""
    for name, value in columns(facts).items():
        setattr(item, name, value)


def today_columns(item: ActionItem) -> dict[str, Any]:
    return columns(selectors.facts_of(item)) | blocked_columns(item)


UNBLOCKED: dict[str, Any] = {"blocked": "", "blocked_need": "", "blocked_from": None}


def telling_report(item: ActionItem) -> ProgressReport | None:
    """The report that says whether the item is blocked: the last of a lead unit with news that was not sent back."""
    return _said_by_leads(item).filter(nothing_new=False).first()


def _said_by_leads(item: ActionItem) -> QuerySet[ProgressReport]:
    leads = item.parts.filter(role=AssignmentRole.LEAD).values("unit")
    rows = item.reports.filter(unit__in=leads).exclude(review=ReviewState.RETURNED)
    return rows.select_related("need_from").order_by("-reported_on", "-pk")


def blocked_columns(item: ActionItem) -> dict[str, Any]:
    """What the leads' reports say of 受阻, as columns of the item. Two queries at most.

    无新进展 repeats what was told before: the words are those of the report with news, its own where that was sent
    back since. So the columns say 受阻 exactly where the lamp's last word (`last_assessment`) does.
    """
    last = _said_by_leads(item).first()
    news = telling_report(item) if last is not None and last.nothing_new else last
    told = next((row for row in (news, last) if row and row.assessment == SelfAssessment.BLOCKED), None)
    return blocked_by(told) if last and told and last.assessment == SelfAssessment.BLOCKED else UNBLOCKED


def blocked_by(row: ProgressReport) -> dict[str, Any]:
    """What a lead's report says of 受阻, as columns of the item; the next one that is not blocked clears them."""
    if row.assessment != SelfAssessment.BLOCKED:
        return UNBLOCKED
    return {
        "blocked": (row.problem or row.text)[:1000],
        "blocked_need": row.need,
        "blocked_from": row.need_from,
    }


def refresh(item: ActionItem, *, by: Any) -> None:
    """Bring an item's columns in step with its facts, where a fact changed without a move of its own."""
    found = today_columns(item)
    if any(getattr(item, name) != value for name, value in found.items()):
        for name, value in found.items():
            setattr(item, name, value)
        save_with_history(item, by=by, why="按事实更新")


@transaction.atomic
def sign_for(item: ActionItem, *, by: Any) -> ActionItem:
    """Sign for the parts of this liaison's units; the first lead to sign starts the item. Twice is once."""
    fresh = lock(item)
    mine = standing_of(by).liaison_units
    parts = [part for part in fresh.parts.all() if part.unit_id in mine]
    unsigned = [part for part in parts if part.signed_at is None]
    if parts and not unsigned:
        return fresh
    starts = fresh.state == ItemState.ASSIGNED and any(p.role == AssignmentRole.LEAD for p in unsigned)
    fresh = move(item, "sign_for" if starts else "sign_part", by=by)
    for part in unsigned:
        part.signed_at, part.signed_by = timezone.now(), by
        save_with_history(part, by=by, why="签收")
    return fresh


def tell_about(item: ActionItem, users: list[Any], key: str, what: str, by: Any) -> None:
    """Tell them of the item, with its deadline while that lies ahead: a date gone by is nobody's to keep any more."""
    ahead = item.current_due is not None and item.current_due >= today()
    due = days.end_of(item.current_due) if item.current_due and ahead else None
    tell(
        users,
        kind="item",
        title=f"{what}：{item.source_label}第{item.seq}项议定事项",
        url=item.get_absolute_url(),
        key=f"{item.pk}:{key}",
        deadline=due,
        by=by,
    )
