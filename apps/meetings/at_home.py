"""What waits for a user among the meetings, and which are coming: read in one question, composed once a process."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from django.db.models import CharField, Count, DateTimeField, F, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Cast
from django.utils import timezone

from apps.accounts import grants
from apps.common import request_cache
from apps.common.prepared import Prepared, Slot, any_of, prepare
from apps.common.ready import pattern_of
from apps.common.todo import Todo, TodoKind
from apps.roster.selectors import Standing, places_of, shape_of, standing_of

from . import permissions, selectors
from .enums import Approval, MeetingState, TopicState
from .models import Invitation, Meeting, Topic

_COMING = "coming"
# Verb, kind, address and words of each thing that waits, by the tag its row carries.
_WAITING: dict[str, tuple[TodoKind, str, str, str]] = {
    "answer": (TodoKind.ANSWER, "meetings:reply", "填回执", "会议通知：{title}"),
    "plan": (TodoKind.APPROVE, "meetings:detail", "审批", "会议方案：{title}"),
    "substitute": (TodoKind.APPROVE, "meetings:reply", "审批", "{who}委派代会：{title}"),
    "topic": (TodoKind.HANDLE, "meetings:topic", "办理", "{who}提出议题：{title}"),
    "notify": (TodoKind.HANDLE, "meetings:detail", "发通知", "方案已批：{title}"),
    "record": (TodoKind.HANDLE, "meetings:detail", "签到和记录", "今日会议：{title}"),
}


@dataclass(frozen=True, slots=True)
class Coming:
    """A meeting of the next days. `silent` says how many units owe an answer; 0 for those who see no replies."""

    title: str
    url: str
    starts_at: datetime
    place: str
    silent: int


def waiting_for(user: Any) -> list[Todo]:
    """What waits for a user in this app, soonest first. One query (the parts are a union)."""
    now = timezone.now()
    found = [_todo(now, *row) for row in _home_rows(user) if row[0] != _COMING]
    return sorted(found, key=lambda todo: (todo.deadline is None, todo.deadline or now, todo.title))


def coming(user: Any) -> list[Coming]:
    """The next three meetings the user may see. Read in one query with what waits, once a request."""
    found = [
        Coming(title, pattern_of("meetings:detail").format(pk), when, place, int(silent or 0))
        for tag, pk, title, place, when, silent in _home_rows(user)
        if tag == _COMING
    ]
    return sorted(found, key=lambda row: row.starts_at)


def _home_rows(user: Any) -> list[Any]:
    return request_cache.get_or_make(f"meetings_home:{user.pk}", lambda: _read_home_rows(user))


def _read_home_rows(user: Any) -> list[Any]:
    standing, now = standing_of(user), timezone.localtime()
    tomorrow = now.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    question = _home_question(shape_of(standing), permissions.approves_substitutes(user))
    values = {"user": user.pk, "day": now.date(), "now": now, "tomorrow": tomorrow}
    return question.run(**values, **places_of(standing))


@cache
def _home_question(shape: Standing, approves: bool) -> Prepared:
    """What waits and what comes, composed once for everybody of this standing."""
    return prepare(_coming_part(shape).union(*_parts(shape, approves), all=True))


def _coming_part(shape: Standing) -> QuerySet[Any, Any]:
    """The next meetings as rows of the union. The three are chosen inside: SQLite sorts no part of a union."""
    own, groups = grants.readable_ids(Meeting, Slot("user"), Slot("day"))
    seen = selectors.seen(shape.reads_all, any_of(shape.units), Q(pk__in=own) | Q(pk__in=groups))
    ahead = seen.filter(starts_at__gte=Slot("now")).exclude(state=MeetingState.CANCELLED)
    next_three = ahead.order_by("starts_at", "pk").values("pk")[:3]
    owed = Invitation.objects.silent().filter(meeting=OuterRef("pk"), meeting__state=MeetingState.NOTIFIED)
    number = owed.order_by().values("meeting").annotate(number=Count("pk")).values("number")
    rows = Meeting.objects.filter(pk__in=next_three)
    if not shape.reads_all:  # `permissions.sees_replies`
        return _row(rows, _COMING, "title", "place", "starts_at")
    rows = rows.annotate(silent=Cast(Subquery(number), CharField(max_length=8)))
    return _row(rows, _COMING, "title", "place", "starts_at", "silent")


def _todo(now: Any, tag: str, pk: int, title: str, who: str, when: Any, note: str) -> Todo:
    kind, address, verb, words = _WAITING[tag]
    note = "代会未获同意，请重新回执" if note == Approval.REFUSED else ""
    late = tag == "answer" and when is not None and when < now
    return Todo(
        kind, words.format(title=title, who=who), pattern_of(address).format(pk), verb, when, note, late
    )


def _parts(standing: Standing, approves: bool) -> list[QuerySet[Any, Any]]:
    """The questions that concern a shape of standing, each as rows (tag, pk, title, who, when, note)."""
    parts: list[QuerySet[Any, Any]] = []
    if standing.liaison_units:
        silent = Invitation.objects.silent().filter(meeting__state=MeetingState.NOTIFIED)
        silent = silent.filter(unit__in=any_of(standing.liaison_units))
        parts.append(
            _row(silent, "answer", "meeting__title", "unit__short_name", "meeting__reply_by", "approval")
        )
    if approves:
        asked = Invitation.objects.filter(
            approval=Approval.WAITING, meeting__state__in=permissions.SIGN_IN_STATES
        )
        parts.append(_row(asked, "substitute", "meeting__title", "unit__short_name", "meeting__starts_at"))
    if standing.is_convener:
        plans = Meeting.objects.filter(state=MeetingState.PLAN_SUBMITTED)
        parts.append(_row(plans, "plan", "title", "", "starts_at"))
    if standing.runs_office:
        topics = Topic.objects.filter(state=TopicState.PROPOSED)
        parts.append(_row(topics, "topic", "title", "unit__short_name", ""))
        approved = Meeting.objects.filter(state=MeetingState.PLAN_APPROVED)
        parts.append(_row(approved, "notify", "title", "", "starts_at"))
        begun = Q(state=MeetingState.RECORDING) | Q(
            state=MeetingState.NOTIFIED, starts_at__lt=Slot("tomorrow")
        )
        parts.append(_row(Meeting.objects.filter(begun), "record", "title", "", "starts_at"))
    return parts


def _row(
    rows: QuerySet[Any, Any], tag: str, title: str, who: str, when: str, note: str = ""
) -> QuerySet[Any, Any]:
    """One part of the union; every column has the same type in all of them."""
    nothing = Value("", output_field=CharField())
    never = Cast(Value(None), DateTimeField())
    return rows.order_by().values_list(
        Value(tag, output_field=CharField()),
        "pk",
        F(title),
        F(who) if who else nothing,
        F(when) if when else never,
        F(note) if note else nothing,
    )
