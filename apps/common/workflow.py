"""The state table. An app writes its transitions as rows; `move` is the only road that changes a state.

In one transaction `move` locks the row, asks permission, source and guard, sets the fields, checks the whole
row, saves it with its history and writes the audit line. Its refusal text is also the disabled button's tooltip.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import models, transaction

from . import audit
from .errors import Refused
from .fields import plain, tidy

Row = TypeVar("Row", bound=models.Model)
Allowed = Callable[[Any, Any], bool]
Guard = Callable[[Any], str | None]

STAY = ""  # a target that leaves the state as it is


@dataclass(frozen=True, slots=True)
class Transition:
    """One verb: from which states, to which, who may, and what must hold.

    `allowed(user, obj)` asks the permissions room. `guard(obj)` answers None or the Chinese reason why not now.
    """

    name: str
    label: Any
    sources: frozenset[str]
    target: str
    allowed: Allowed
    guard: Guard | None = None
    needs_reason: bool = False
    style: str = "secondary"
    system: bool = False  # the portal itself may do it (by=None)


@dataclass(frozen=True, slots=True)
class Verb:
    """What a page shows of a transition: a button, and why it is grey when it is."""

    name: str
    label: str
    enabled: bool
    refusal: str
    needs_reason: bool
    style: str


@dataclass(frozen=True)
class Workflow:
    """The table of one model, whose states are the members of `states` (a TextChoices)."""

    model: type[models.Model]
    label: Any
    states: type[models.TextChoices]
    rows: tuple[Transition, ...] = field(default=())

    def __getitem__(self, name: str) -> Transition:
        for row in self.rows:
            if row.name == name:
                return row
        raise KeyError(f"{self.model.__name__} has no verb {name!r}")


WORKFLOWS: dict[type[models.Model], Workflow] = {}


def register(flow: Workflow) -> Workflow:
    """Make the table known. Raises ValueError when it names a state that does not exist, or a verb twice."""
    known = set(flow.states.values)
    names = [row.name for row in flow.rows]
    if len(names) != len(set(names)):
        raise ValueError(f"{flow.model.__name__}: a verb stands twice")
    for row in flow.rows:
        strangers = (set(row.sources) | ({row.target} if row.target else set())) - known
        if strangers:
            raise ValueError(f"{flow.model.__name__}.{row.name}: unknown states {sorted(strangers)}")
    WORKFLOWS[flow.model] = flow
    return flow


def sources(*states: str) -> frozenset[str]:
    """A set of states, to keep the tables short."""
    return frozenset(str(state) for state in states)


def refusal(row: Transition, obj: Any) -> str:
    """Why this act cannot happen now, or an empty string."""
    flow = WORKFLOWS[type(obj)]
    if obj.state not in row.sources:
        now = flow.states(obj.state).label
        return f"当前状态为“{now}”，不能{row.label}。"
    return (row.guard(obj) or "") if row.guard else ""


def verbs(user: Any, obj: Any, *, only: Iterable[str] | None = None) -> list[Verb]:
    """The acts this user may see on this object in its present state, in the table's order.

    Beside one that sends back or refuses (it asks for a reason), the act that says yes (primary) comes last: on every
    bar, on the desk as on the phone, no stands at the left and yes at the right.
    """
    wanted = None if only is None else set(only)
    found = []
    for row in WORKFLOWS[type(obj)].rows:
        if wanted is not None and row.name not in wanted:
            continue
        if obj.state in row.sources and row.allowed(user, obj):
            why = refusal(row, obj)
            found.append(Verb(row.name, str(row.label), not why, why, row.needs_reason, row.style))
    if any(verb.needs_reason for verb in found):
        found.sort(key=lambda verb: verb.style == "primary")
    return found


def open_to(user: Any, obj: Any) -> tuple[str, ...]:
    """Names of the acts that are permitted and possible now, in the table's order; for lists, which need no words."""
    return tuple(
        row.name
        for row in WORKFLOWS[type(obj)].rows
        if obj.state in row.sources and row.allowed(user, obj) and not (row.guard and row.guard(obj))
    )


def can(user: Any, obj: Any, verb: str) -> bool:
    """True when the act is permitted and possible now."""
    row = WORKFLOWS[type(obj)][verb]
    return row.allowed(user, obj) and not refusal(row, obj)


def _check(row: Transition, obj: Any, by: Any, reason: str) -> None:
    permitted = row.system if by is None else row.allowed(by, obj)
    if not permitted:
        raise PermissionDenied(f"{row.name} on {obj._meta.label_lower} {obj.pk}")
    why = refusal(row, obj)
    if why:
        raise Refused(why, obj, row.name)
    if row.needs_reason and not reason.strip():
        raise Refused(f"请写明{row.label}的理由。", obj, row.name)


def lock(obj: Row) -> Row:
    """The row as it is now, locked until the transaction ends. Lock before you decide."""
    return type(obj)._base_manager.select_for_update(of=("self",)).get(pk=obj.pk)


def move(obj: Row, verb: str, *, by: Any, reason: str = "", **fields: Any) -> Row:
    """Do one verb. Returns the saved row (the one passed in is brought up to date too).

    Raises PermissionDenied (not yours), Refused (not now, with the Chinese reason), ValidationError (bad value).
    """
    row = WORKFLOWS[type(obj)][verb]
    reason = tidy(reason)
    plain(reason)
    with transaction.atomic():
        fresh: Any = lock(obj)
        _check(row, fresh, by, reason)
        before = fresh.state
        for name, value in fields.items():
            setattr(fresh, name, value)
        if row.target:
            fresh.state = row.target
        fresh.full_clean()
        save_with_history(fresh, by=by, why=str(row.label))
        detail = {"from": before, "to": fresh.state}
        if reason.strip():
            detail["reason"] = reason.strip()[:2000]
        audit.record(by=by, verb=row.name, label=str(row.label), obj=fresh, detail=detail)
    obj.__dict__.update({key: value for key, value in fresh.__dict__.items() if key != "_state"})
    return fresh


def save_with_history(obj: Any, *, by: Any, why: str = "") -> None:
    """Save a row so that its history names who and why."""
    obj._history_user = by
    obj._change_reason = why[:100]
    obj.save()


def first_error(error: ValidationError) -> str:
    """The first message of a ValidationError, for places that can show one line only."""
    return error.messages[0] if error.messages else "填写有误。"
