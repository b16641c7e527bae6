"""A unit proposes what the joint meeting should discuss (C14: 成员主动研究有关问题)."""

from collections.abc import Iterable
from typing import Any

from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils import timezone

from apps.common import audit, files, workflow
from apps.dispatch.services import tell
from apps.duties.models import Duty
from apps.meetings import permissions
from apps.meetings.enums import TopicState
from apps.meetings.models import Topic
from apps.roster.models import Unit
from apps.roster.selectors import liaison_users, office_users, standing_of


@transaction.atomic
def propose(
    unit: Unit,
    *,
    title: str,
    request: str,
    by: Any,
    background: str = "",
    duties: Iterable[Duty] = (),
    uploads: Iterable[UploadedFile] = (),
) -> Topic:
    """A new topic of a unit, by its liaison, or by the office for a unit that wrote on paper.

    Raises PermissionDenied for another unit's people, ValidationError for bad text or a bad file.
    """
    standing = standing_of(by)
    if unit.pk not in standing.liaison_units and not standing.runs_office:
        raise PermissionDenied(f"propose for {unit.code}")
    topic = Topic(unit=unit, title=title, request=request, background=background, proposed_by=by)
    topic.full_clean()
    workflow.save_with_history(topic, by=by, why="提出议题")
    _attach(topic, duties, uploads, by)
    detail = {} if unit.pk in standing.liaison_units else {"reason": f"联席会议办公室代{unit}登记"}
    audit.record(by=by, verb="propose", label="提出议题", obj=topic, detail=detail)
    _tell([user for user in office_users() if user != by], topic, f"{unit}提出议题", by=by)
    return topic


@transaction.atomic
def answer_topic(topic: Topic, verb: str, *, by: Any, reason: str = "") -> Topic:
    """The office's answer (`accept`, `return_`, `defer`) with its words; a returned topic is told to its unit.

    Raises PermissionDenied, Refused (not now, no reason).
    """
    fresh = workflow.move(topic, verb, by=by, reason=reason, answer=reason)
    if verb == "return_":
        _tell(liaison_users({fresh.unit_id})[fresh.unit_id], fresh, "议题已退回，请修改后重新提交", by=by)
    return fresh


def _tell(users: list[Any], topic: Topic, words: str, *, by: Any) -> None:
    key = f"{topic.pk}:{timezone.now():%Y%m%d%H%M%S}"
    tell(users, kind="topic", title=f"{words}：{topic.title}", url=topic.get_absolute_url(), key=key, by=by)


@transaction.atomic
def change_topic(
    topic: Topic,
    *,
    title: str,
    request: str,
    by: Any,
    background: str = "",
    duties: Iterable[Duty] = (),
    uploads: Iterable[UploadedFile] = (),
) -> Topic:
    """Change a topic that is not accepted yet; a returned one goes back to the office by the same act.

    Raises PermissionDenied, ValidationError.
    """
    fresh = workflow.lock(topic)
    if not permissions.can_edit_topic(by, fresh):
        raise PermissionDenied(f"change topic {fresh.pk}")
    values = {"title": title, "request": request, "background": background}
    _attach(fresh, duties, uploads, by)
    if fresh.state == TopicState.RETURNED:
        return workflow.move(fresh, "resubmit", by=by, **values)
    for name, value in values.items():
        setattr(fresh, name, value)
    fresh.full_clean()
    workflow.save_with_history(fresh, by=by, why="修改议题")
    audit.record(by=by, verb="change", label="修改议题", obj=fresh)
    return fresh


def _attach(topic: Topic, duties: Iterable[Duty], uploads: Iterable[UploadedFile], by: Any) -> None:
    topic.duties.set(duties)
    for upload in uploads:
        topic.files.add(files.store(upload, by=by))
