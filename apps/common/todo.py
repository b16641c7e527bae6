"""What waits for a user, and by when: the shapes that apps hand to the home page and to the reminders."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _


class TodoKind(models.TextChoices):
    """Kinds of waiting work. The first six are a unit's; the rest are the office's and the leaders'."""

    ANSWER = "answer", _("待回执")
    CONSENT = "consent", _("待反馈意见")
    SIGN_FOR = "sign_for", _("待签收")
    REPORT = "report", _("待报进展")
    OVERDUE = "overdue", _("已超期")
    SOON = "soon", _("临期、滞后")
    APPROVE = "approve", _("待批准")
    SIGN = "sign", _("待签发")
    REVIEW = "review", _("待审核")
    HANDLE = "handle", _("待办理")
    FAILURE = "failure", _("异常")


@dataclass(frozen=True, slots=True)
class Todo:
    """One line of somebody's 待办. `title` names the matter, `verb` is the button, `deadline` may be None."""

    kind: TodoKind
    title: str
    url: str
    verb: str
    deadline: datetime | None = None
    note: str = ""
    late: bool = False


@dataclass(frozen=True, slots=True)
class Waiting:
    """Lines of 待办, and how many there are of each kind: more than the lines where only the most urgent were read."""

    todos: list[Todo]
    counts: dict[TodoKind, int]

    def __add__(self, other: "Waiting") -> "Waiting":
        kinds = [*self.counts, *(kind for kind in other.counts if kind not in self.counts)]
        counts = {kind: self.counts.get(kind, 0) + other.counts.get(kind, 0) for kind in kinds}
        return Waiting([*self.todos, *other.todos], counts)


def waiting_of(todos: list[Todo]) -> Waiting:
    """Lines that are all there are."""
    counts: dict[TodoKind, int] = {}
    for todo in todos:
        counts[todo.kind] = counts.get(todo.kind, 0) + 1
    return Waiting(todos, counts)


@dataclass(frozen=True, slots=True)
class Deadline:
    """A matter somebody must still act on. The reminders speak once before `due_at` and once after it.

    `key` is stable for the matter and its date (moving a date moves its reminders); `users` must act.
    """

    kind: str
    key: str
    title: str
    url: str
    due_at: datetime
    users: tuple[Any, ...] = field(default=())
