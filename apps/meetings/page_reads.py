"""What the list of meetings and the page of one read, and no more than they show."""

from functools import cache
from typing import Any

from django.db.models import (
    BooleanField,
    CharField,
    IntegerField,
    OuterRef,
    QuerySet,
    Subquery,
    Value,
)

from apps.common.prepared import PreparedObjects, Slot, put_beside
from apps.common.written import Written

from .models import AgendaItem, Attendance, Invitation, Meeting

_INVITED = "SELECT COUNT(*) FROM meetings_invitation asked WHERE asked.meeting_id = meetings_meeting.id"
_ANSWERED = f"{_INVITED} AND asked.reply <> ''"

_IS_SHARED = Written(
    """SELECT EXISTS (SELECT 1 FROM meetings_meetingusergrant given WHERE given.content_object_id = meetings_meeting.id)
    OR EXISTS (SELECT 1 FROM meetings_meetinggroupgrant given WHERE given.content_object_id = meetings_meeting.id)""",
    output_field=BooleanField(),
)


def listed(meetings: QuerySet[Meeting], units: frozenset[int]) -> QuerySet[Meeting]:
    """Meetings with what their list shows: invited and answered units, and the answer of one's own unit.

    `own`, `own_reply` and `own_approval` are None where none of `units` is invited.
    """
    own = Invitation.objects.filter(meeting=OuterRef("pk"), unit__in=units).order_by("unit__order")
    none = Value(None, output_field=CharField())
    return meetings.annotate(
        invited=Written(_INVITED, output_field=IntegerField()),
        answered=Written(_ANSWERED, output_field=IntegerField()),
        own=Subquery(own.values("pk")[:1]) if units else none,
        own_reply=Subquery(own.values("reply")[:1]) if units else none,
        own_approval=Subquery(own.values("approval")[:1]) if units else none,
    )


def detailed(meetings: QuerySet[Meeting]) -> QuerySet[Meeting]:
    """Meetings with `is_shared`: it was opened to somebody. What else its page shows is put beside one by `fill`."""
    return meetings.annotate(is_shared=_IS_SHARED)


def fill(meeting: Meeting) -> Meeting:
    """The meeting with agenda, invitations and attendance beside it, as far as its page shows them. Three queries."""
    for name, question in _beside().items():
        put_beside(meeting, name, "meeting", question.run(meeting=meeting.pk))
    return meeting


@cache
def _beside() -> dict[str, PreparedObjects]:
    agenda = AgendaItem.objects.select_related("reporter_unit", "topic__unit").only(
        "meeting", "seq", "title", "reporter", "minutes", "added_on_the_spot", "reporter_unit__short_name",
        "topic__unit__short_name",
    )  # fmt: skip
    asked = Invitation.objects.select_related("unit", "replied_by").only(
        "meeting", "read_at", "reply", "delegate_name", "delegate_title", "reason", "replied_at", "on_behalf",
        "source_note", "approval", "approval_note", "chased_at", "unit__short_name", "replied_by__name",
        "replied_by__username",
    )  # fmt: skip
    here = Attendance.objects.only("meeting", "role", "unit", "status")
    rows: dict[str, Any] = {"agenda": agenda, "invitations": asked, "attendance": here}
    return {name: PreparedObjects(found.filter(meeting=Slot("meeting"))) for name, found in rows.items()}
