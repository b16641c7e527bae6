"""What a file of past meetings says, as typed data. Read by `meeting_file`, written by `importing`."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from apps.action_items.enums import SelfAssessment
from apps.common.yamlfile import Problem, Table
from apps.duties.models import Duty
from apps.meetings.enums import MeetingKind
from apps.roster.models import Unit

from .enums import Adoption, Reply, Step


@dataclass(frozen=True)
class Known:
    """What a file may refer to: units by any of their names, clauses by code."""

    units: Mapping[str, Unit]
    duties: Mapping[str, Duty]

    def unit(self, name: Any, line: int) -> Unit:
        """The unit, or a Problem."""
        if not isinstance(name, str) or name not in self.units:
            raise Problem(line, f"没有这个成员单位：“{str(name)[:40]}”。")
        return self.units[name]


@dataclass(frozen=True)
class PastReport:
    """A progress report."""

    unit: Unit
    on: date
    text: str
    problem: str = ""
    next_step: str = ""
    assessment: str = SelfAssessment.NORMAL


@dataclass(frozen=True)
class PastExtension:
    """A request to move a deadline; `granted` None while it is not decided."""

    applied_on: date
    reason: str
    new_due: date
    decided_on: date | None
    decided_by: str
    granted: bool | None


@dataclass
class PastItem:
    """One resolution and what became of it."""

    ref: str
    line: int
    seq: int
    text: str
    leads: list[Unit]
    supports: list[Unit]
    all_support: bool
    due_on: date | None
    recurrence: str
    duties: list[Duty]
    done_on: date | None
    extensions: list[PastExtension]
    reports: list[PastReport] = field(default_factory=list)


@dataclass(frozen=True)
class PastComment:
    """A suggestion on one item, and what was done with it."""

    unit: Unit
    item: str
    original: str
    suggestion: str
    adoption: Adoption
    reason: str


@dataclass(frozen=True)
class PastReply:
    """A unit's answer in the first round; `later` is the day of its written consent after an objection."""

    unit: Unit
    reply: Reply
    on: date | None
    note: str
    later: date | None


@dataclass(frozen=True)
class PastEvent:
    """A dated step on the way of the paper."""

    on: date
    step: Step
    label: str
    by: str
    reason: str
    line: int
    consent: tuple[Unit, ...] = ()
    approved_by: str = ""


@dataclass(frozen=True)
class Misprint:
    """What a 更正 put right, as far as its reason can be read: texts, and dates when they are dates."""

    seq: int
    old: str
    new: str
    old_due: date | None
    new_due: date | None


@dataclass
class PastMeeting:
    """One meeting with its paper, checked. `table` is the part of the file it was read from."""

    key: str
    line: int
    table: Table
    kind: MeetingKind
    starts_at: datetime
    ends_at: datetime | None
    attending: list[Unit]
    not_invited: list[Unit]
    items: list[PastItem]
    replies: list[PastReply]
    comments: list[PastComment]
    events: list[PastEvent]
    number: tuple[int, int]
    number_line: int
    signed_on: date
    printed_on: date
    silence_consents: bool

    def event(self, step: Step) -> PastEvent | None:
        """The first event of a step."""
        return next((row for row in self.events if row.step == step), None)


@dataclass(frozen=True)
class PastFile:
    """All meetings of a file; `marker` is 示例（虚构） for invented ones."""

    marker: str
    meetings: list[PastMeeting]
