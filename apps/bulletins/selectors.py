"""Reads of bulletins and information: what a user may see, what waits, who has not signed."""

import hashlib
import json
from collections.abc import Iterable
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from apps.accounts import grants
from apps.common import request_cache
from apps.common.todo import Todo, TodoKind
from apps.dispatch.enums import DeliveryRole, DeliveryState
from apps.dispatch.models import Delivery, Recipient
from apps.dispatch.receiving import READ_ELSEWHERE, papers_to_sign, unsigned_of
from apps.dispatch.selectors import unsigned_count
from apps.documents.enums import PaperStatus
from apps.documents.models import ArchivedPaper
from apps.roster.enums import PostKind
from apps.roster.models import Unit
from apps.roster.selectors import Standing, standing_of, users_of

from . import permissions
from .enums import BulletinKind, BulletinState, InformationState
from .models import Bulletin, Information, writers_of


def visible_to(user: Any) -> QuerySet[Bulletin]:
    """Bulletins this user may read: drafts for those who see everything, issued ones for every unit, grants on top."""
    standing = standing_of(user)
    if standing.reads_all:
        return Bulletin.objects.all()
    mine = grants.readable(Bulletin, user)
    if standing.units:
        mine |= Q(state=BulletinState.ISSUED)
    return Bulletin.objects.filter(mine)


def listed(rows: QuerySet[Bulletin]) -> QuerySet[Bulletin]:
    """With what a list shows, without the figures."""
    return rows.select_related("paper").defer("snapshot", "paper__text", "paper__data")


def informations_visible_to(user: Any) -> QuerySet[Information]:
    """Information: all for those who see everything; a unit's own, and what was issued to it."""
    standing = standing_of(user)
    rows = Information.objects.select_related("unit", "paper").defer("paper__text", "paper__data")
    if standing.reads_all:
        return rows
    if not standing.units:
        return rows.none()
    sent = Delivery.objects.filter(paper=OuterRef("paper"), recipient__unit__in=standing.units).order_by()
    return rows.filter(Q(unit__in=standing.units) | Exists(sent))


def previous_of(bulletin: Bulletin) -> Bulletin | None:
    """The last issued 通报, still in force, with an earlier cut-off: what the changes are told against."""
    if bulletin.kind != BulletinKind.PROGRESS:
        return None
    rows = Bulletin.objects.filter(
        kind=bulletin.kind, state=BulletinState.ISSUED, ends_on__lt=bulletin.ends_on,
        paper__status=PaperStatus.CURRENT,
    )  # fmt: skip
    return rows.exclude(pk=bulletin.pk).order_by("-ends_on", "-pk").first()


def mark_of(bulletin: Bulletin) -> str:
    """A mark of all that will be printed: who approves sends the one he saw. One query."""
    parts = list(bulletin.sections.values_list("code", "heading", "text"))
    seen = [bulletin.title, bulletin.period, bulletin.report_up, bulletin.snapshot, parts]
    text = json.dumps(seen, ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def information_mark(row: Information) -> str:
    """A mark of all that is read before it is issued or changed, 32 hex digits; its state is part of it. One query."""
    seen = [row.title, row.text, row.kind, row.state, sorted(file.pk for file in row.files.all())]
    return hashlib.sha256(json.dumps(seen, ensure_ascii=False).encode()).hexdigest()[:32]


def unsigned(paper: ArchivedPaper) -> list[Delivery]:
    """Copies for member units that nobody has signed for, in charter order. One query."""
    rows = paper.deliveries.filter(recipient__unit__isnull=False).exclude(state=DeliveryState.RECEIVED)
    return list(rows.select_related("recipient__unit"))


def recipients_of(bulletin: Bulletin) -> list[tuple[Recipient, DeliveryRole]]:
    """Who would get it as the list stands; a unit that joined since is added when it is issued. One query."""
    rows = Recipient.objects.filter(is_active=True).select_related("unit")
    return [
        (row, DeliveryRole.REPORT if row.is_superior else DeliveryRole.SEND)
        for row in rows
        if (row.is_superior and bulletin.report_up) or (row.unit_id is not None and not row.is_superior)
    ]


def switched_off(among: Iterable[Unit] | None = None) -> str:
    """Why nothing can go to all of `among` (None: all member units): whose recipient is switched off; or "". One query."""
    rows = Recipient.objects.filter(is_active=False, unit__in=Unit.objects.active()).select_related("unit")
    wanted = None if among is None else {unit.pk for unit in among}
    names = [row.unit.short_name for row in rows if row.unit and (wanted is None or row.unit_id in wanted)]
    words = _("收文单位已停用：%(names)s，请先在“收文单位”中启用。")
    return words % {"names": "、".join(names)} if names else ""


# --- what waits -----------------------------------------------------------

# State → (what the office does, kind of its line).
_OFFICE = {
    BulletinState.DRAFTING: "起草",
    BulletinState.APPROVED: "编号",
    BulletinState.NUMBERED: "印发",
}


def waiting_for(user: Any) -> list[Todo]:
    """What waits for a user here. Five queries at most, and one where nobody has counted what a unit has to sign for."""
    standing = standing_of(user)
    found = _unsigned_todos(standing) if unsigned_count(user) else []
    if not request_cache.get_or_make("bulletins_wait", lambda: True):  # the home page has counted none
        return found
    found += _returned_todos(standing) if standing.liaison_units else []
    found += _bulletin_todos(user, standing)
    return [*found, *_review_todos()] if standing.is_office else found


def _unsigned_todos(standing: Standing) -> list[Todo]:
    """Bulletins to sign for and information to read: a line a paper, however many of the user's units got it.

    No query where no paper that waits is one of these.
    """
    if not any(row.kind in READ_ELSEWHERE for row in papers_to_sign(standing.liaison_units)):
        return []
    rows = (
        unsigned_of(standing.liaison_units)
        .filter(paper__kind__in=READ_ELSEWHERE)
        .select_related("recipient", "paper__bulletin", "paper__information")
        .defer("paper__text", "paper__data", "paper__bulletin__snapshot", "paper__information__text")
    )
    first = {row.paper_id: row for row in reversed(rows)}
    return [_unsigned_todo(first[paper]) for paper in sorted(first, key=lambda paper: first[paper].pk)]


def _unsigned_todo(copy: Delivery) -> Todo:
    row = getattr(copy.paper, "bulletin", None)
    if row is None:
        row = copy.paper.information
        return Todo(
            TodoKind.SIGN_FOR,
            f"信息通报：{row.title}",
            row.get_absolute_url(),
            "签收",
            note=copy.paper.number_text,
        )
    return Todo(TodoKind.SIGN_FOR, row.title, row.get_absolute_url(), "签收", note=copy.paper.number_text)


def _returned_todos(standing: Standing) -> list[Todo]:
    rows = Information.objects.filter(state=InformationState.RETURNED, unit__in=standing.liaison_units)
    return [Todo(TodoKind.HANDLE, f"信息已退回：{row.title}", row.get_absolute_url(), "修改") for row in rows]


def _bulletin_todos(user: Any, standing: Standing) -> list[Todo]:
    states: list[str] = list(_OFFICE) if standing.is_office else []
    if permissions.approves(user):
        states.append(BulletinState.SUBMITTED)
    if not states:
        return []
    rows = list(Bulletin.objects.filter(state__in=states).defer("snapshot").order_by("pk"))
    submitted = [row for row in rows if row.state == BulletinState.SUBMITTED]
    ask = submitted and permissions.approves(user) and not standing.is_director
    writers = writers_of(submitted) if submitted else {}
    directors = {director.pk for director in users_of(PostKind.OFFICE_DIRECTOR)} if ask else set()
    found = []
    for row in rows:
        if row.state == BulletinState.SUBMITTED:
            found += _approval_todo(user, row, directors, {row.submitted_by_id, *writers[row.pk]})
        elif standing.is_office:
            note = "已退回修改" if row.state == BulletinState.DRAFTING and row.answer else ""
            verb = _OFFICE[BulletinState(row.state)]
            found.append(Todo(TodoKind.HANDLE, row.title, row.get_absolute_url(), verb, note=note))
    return found


def _approval_todo(user: Any, row: Bulletin, directors: set[int], taken: set[int | None]) -> list[Todo]:
    """The director's; the convener's (`directors` are the others) where none is left but who submitted or wrote it."""
    if user.pk in taken or directors - taken:
        return []
    return [Todo(TodoKind.APPROVE, row.title, reverse("bulletins:approve", args=[row.pk]), "审批")]


def _review_todos() -> list[Todo]:
    rows = Information.objects.filter(state=InformationState.SUBMITTED).select_related("unit").order_by("pk")
    return [
        Todo(
            TodoKind.REVIEW,
            f"信息通报：{row.title}",
            row.get_absolute_url(),
            "审核",
            note=row.unit.short_name,
        )
        for row in rows
    ]
