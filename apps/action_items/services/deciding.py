"""What decisions of the convener share: whose name stands under them, and a decision given on paper."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _

from apps.action_items.models import ActionItem
from apps.common import audit
from apps.dispatch.services import tell
from apps.roster.enums import PostKind
from apps.roster.selectors import holders, liaison_users, today

UNNAMED = "×××"  # a post whose holder's name is not in the text of the charter


@dataclass(frozen=True, slots=True)
class OnPaper:
    """线下审批: what the convener wrote, under which name and date, and the sheet itself."""

    granted: bool
    name: str
    decided_on: date
    note: str
    scan: UploadedFile


def name_of(user: Any) -> str:
    """The name under a decision: the person's, or the account's where no name is known."""
    person = getattr(user, "person", None)
    return str(person.name if person is not None and person.name != UNNAMED else user)[:60]


def check_paper(given: OnPaper, *, asked_on: date) -> None:
    """Raise ValidationError unless that day's convener decided after the request and not in the future."""
    if given.decided_on > today():
        raise ValidationError({"decided_on": _("审批日期不能晚于今天。")})
    if given.decided_on < asked_on:
        raise ValidationError({"decided_on": _("审批日期不能早于申请日期。")})
    known = [row.person.name for row in holders(PostKind.CONVENER, on=given.decided_on)]
    bare = given.name.replace("\u3000", "").replace(" ", "")
    if known and bare not in known and UNNAMED not in known:
        raise ValidationError({"name": _("该日的召集人不是这个姓名，请核对。")})


def note_on(item: ActionItem, verb: str, label: str, words: str, *, by: Any) -> None:
    """One line in the item's own journal about a step of its request: its page tells the whole life."""
    detail = {"reason": words[:500]} if words else {}
    audit.record(by=by, verb=verb, label=label, obj=item, detail=detail)


def tell_of(obj: Any, users: list[Any], key: str, what: str, *, by: Any) -> None:
    """Tell people of a request; the line leads to the request's own page."""
    item = obj.item
    tell(
        list(dict.fromkeys(users)),
        kind="item",
        title=f"{what}：{item.source_label}第{item.seq}项议定事项",
        url=obj.get_absolute_url(),
        key=f"{item.pk}:{key}",
        by=by,
    )


def people_of(unit_ids: Any) -> list[Any]:
    """The liaisons of some units, each once."""
    return list(dict.fromkeys(user for group in liaison_users(unit_ids).values() for user in group))


def units_of(item: ActionItem) -> list[int]:
    """Ids of the units named in an item."""
    return [part.unit_id for part in item.parts.all()]
