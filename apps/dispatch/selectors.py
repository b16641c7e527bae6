"""Reads of the outbox, the recipients, the copies of papers, and what a user was told."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from typing import Any

from django.conf import settings
from django.db import connection
from django.db.models import Exists, F, OuterRef, Prefetch, Q, QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.common import request_cache
from apps.common.prepared import Prepared, prepare
from apps.common.todo import Deadline, Todo, TodoKind
from apps.common.workflow import Verb, verbs
from apps.documents.enums import PaperStatus
from apps.documents.models import ArchivedPaper
from apps.roster.papers import SEALED_BY_HOST
from apps.roster.selectors import standing_of

from . import permissions, receiving
from .enums import SENT_AT_ALL, Channel, DeliveryRole, DeliveryState, MessageState
from .models import Delivery, OutboxMessage, PortalNotice, Recipient, StopOrder

_SILENT_BACKENDS = ("dummy", "console", "filebased")
STALLED_AFTER = timedelta(minutes=10)


def visible_to(user: Any) -> QuerySet[Delivery]:
    """Copies of papers: all for those who read everything, its own for a unit."""
    standing = standing_of(user)
    rows = Delivery.objects.select_related("recipient__unit", "paper", "message", "registered_by")
    if standing.reads_all or standing.is_system_admin:
        return rows
    return rows.filter(recipient__unit__in=standing.units)


def papers_visible_to(user: Any) -> QuerySet[ArchivedPaper]:
    """Issued papers of which the user may see a copy, the newest first; `copies` are those, in order.

    Of what was frozen only `signature` and `imprint` come along, for `issuer_of`.
    """
    seen = visible_to(user)
    mine = Exists(seen.filter(paper=OuterRef("pk")).order_by())
    return (
        ArchivedPaper.objects.filter(mine)
        .defer("text", "data")
        .prefetch_related(Prefetch("deliveries", seen.defer("paper__text", "paper__data"), to_attr="copies"))
        .annotate(signature=F("data__signature"), imprint=F("data__imprint"))
        .select_related("stop_order")
        .order_by("-id")
    )


def years_of_papers() -> list[int]:
    """Years in which papers with copies were issued, the newest first."""
    return sorted({day.year for (day,) in _years().run()}, reverse=True)


@cache
def _years() -> Prepared:
    found = Delivery.objects.filter(paper__printed_on__isnull=False).order_by()
    return prepare(found.dates("paper__printed_on", "year"))


def copies_of(paper: ArchivedPaper) -> list[Delivery]:
    """The copies that `papers_visible_to` fetched along."""
    return list(getattr(paper, "copies"))  # noqa: B009 - set by the prefetch, unknown to the model


def issuer_of(paper: ArchivedPaper) -> str:
    """Who issued a paper as frozen in it, or "": its 署名 (without 代章), else who printed it, as a 纪要 bears no 署名.

    No query where the paper is whole or comes from `papers_visible_to`.
    """
    seen = paper.__dict__
    parts = seen if "signature" in seen else paper.data
    names = ((parts.get(name) or {}).get("issuer", "") for name in ("signature", "imprint"))
    return next((str(name).removesuffix(SEALED_BY_HOST) for name in names if name), "")


def outbox_visible_to(user: Any) -> QuerySet[OutboxMessage]:
    """Every mail for those who may see the outbox, none for anybody else."""
    rows = OutboxMessage.objects.select_related("user", "recipient").defer("body")
    return rows if permissions.can_see_outbox(user) else rows.none()


def recipients() -> QuerySet[Recipient]:
    """Recipients: the municipal government first, then the charter's order."""
    return Recipient.objects.select_related("unit")


def recipient_names() -> list[tuple[int, str]]:
    """The same as choices: id and name. One query."""
    return _recipient_names().run()


@cache
def _recipient_names() -> Prepared:
    return prepare(Recipient.objects.values_list("pk", "name"))


def notices_of(user: Any) -> QuerySet[PortalNotice]:
    """What the user was told, the newest first."""
    return PortalNotice.objects.filter(user=user)


# Every page asks this; written out, since putting it together took longer than its answer.
_UNREAD = "SELECT COUNT(*) FROM dispatch_portalnotice WHERE user_id = %s AND read_at IS NULL"
_UNSIGNED = """SELECT COUNT(DISTINCT copy.paper_id) FROM dispatch_delivery copy
JOIN dispatch_recipient mine ON mine.id = copy.recipient_id
JOIN documents_archivedpaper paper ON paper.id = copy.paper_id
WHERE copy.state <> 'received' AND paper.status = 'current' AND mine.unit_id IN ({slots})"""

# The same two beside the standing (`roster.selectors.standing_beside`), which is not known yet: user, user, day, day.
FRAME_BESIDE = """
SELECT 'unread', '', COUNT(*), 0, 0 FROM dispatch_portalnotice WHERE user_id = %s AND read_at IS NULL
UNION ALL
SELECT 'unsigned', '', COUNT(DISTINCT copy.paper_id), 0, 0 FROM dispatch_delivery copy
JOIN documents_archivedpaper paper ON paper.id = copy.paper_id
JOIN dispatch_recipient mine ON mine.id = copy.recipient_id
WHERE copy.state <> 'received' AND paper.status = 'current' AND mine.unit_id IN (
    SELECT post.unit_id FROM roster_appointment held
    JOIN roster_person person ON person.id = held.person_id
    JOIN roster_post post ON post.id = held.post_id
    WHERE person.user_id = %s AND held.starts_on <= %s AND (held.ends_on IS NULL OR held.ends_on >= %s)
        AND post.kind IN ('office_deputy', 'office_member', 'liaison_b')
)
"""


def keep_frame(user: Any, counts: Mapping[str, int]) -> None:
    """Keep what `FRAME_BESIDE` counted for this request."""
    for word in ("unread", "unsigned"):
        request_cache.keep(f"{word}:{user.pk}", counts[word])


def unread_count(user: Any) -> int:
    """How many of these lines the user has not opened; read once a request."""
    return request_cache.get_or_make(f"unread:{user.pk}", lambda: _frame(user)[0])


def unsigned_count(user: Any) -> int:
    """How many papers wait for a liaison to sign (`receiving.unsigned_of`); read once a request, with the unread lines."""
    if not standing_of(user).liaison_units:
        return 0
    return request_cache.get_or_make(f"unsigned:{user.pk}", lambda: _frame(user)[1])


def _frame(user: Any) -> tuple[int, int]:
    """Both numbers of the frame, each kept for this request. One query."""
    units = sorted(standing_of(user).liaison_units)
    unsigned = _UNSIGNED.format(slots=", ".join(["%s"] * len(units))) if units else "SELECT 0"
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT ({_UNREAD}), ({unsigned})", [user.pk, *units])
        found = cursor.fetchone()
    keep_frame(user, {"unread": found[0], "unsigned": found[1]})
    return found


def deliveries_of(paper: ArchivedPaper) -> list[Delivery]:
    """The copies of a paper: the municipal government first, then the charter's order."""
    return list(paper.deliveries.select_related("recipient__unit", "message", "registered_by"))


def versions_of(paper: ArchivedPaper) -> list[ArchivedPaper]:
    """This version and every one before it, the newest first. A query for each earlier one."""
    found = [paper]
    while found[-1].previous is not None:
        found.append(found[-1].previous)
    return found


def order_on(paper: ArchivedPaper) -> StopOrder | None:
    """The order that stops this version, or the later version that took its place."""
    current: ArchivedPaper | None = paper
    while current is not None:
        order = StopOrder.objects.filter(paper=current).first()
        if order is not None:
            return order
        current = ArchivedPaper.objects.filter(previous=current).first()
    return None


def copies_sent(paper: ArchivedPaper) -> list[Delivery]:
    """The copies that went out, of this version and of earlier ones: one a recipient, that of the newest he had."""
    found: dict[int, Delivery] = {}
    for version in versions_of(paper):
        for copy in deliveries_of(version):
            if copy.sent_on:
                found.setdefault(copy.recipient_id, copy)
    order = {pk: place for place, pk in enumerate(found)}
    key = lambda copy: (not copy.recipient.is_superior, copy.recipient.order, order[copy.recipient_id])  # noqa: E731
    return sorted(found.values(), key=key)


def is_done(delivery: Delivery) -> bool:
    """Sent by mail and taken by the server, or registered with date and receiver."""
    if delivery.state == DeliveryState.RECEIVED:
        return True
    return (
        delivery.channel == Channel.MAIL
        and delivery.state == DeliveryState.SENT
        and delivery.message is not None
        and delivery.message.state == MessageState.SENT
    )


def report_is_done(paper: ArchivedPaper) -> bool:
    """C12: the paper was 抄报 to somebody, and every such copy is done."""
    reports = [copy for copy in deliveries_of(paper) if copy.role == DeliveryRole.REPORT]
    return bool(reports) and all(is_done(copy) for copy in reports)


def problems() -> QuerySet[OutboxMessage]:
    """Mails that were refused for good or tried too often; the office decides what becomes of them."""
    rows = OutboxMessage.objects.filter(state=MessageState.DEAD)
    return rows.select_related("user", "recipient", "delivery__paper").order_by("-id")


def sends_nothing() -> bool:
    """True when no mail server is configured: mails are written down here and go nowhere."""
    return settings.EMAIL_BACKEND.rsplit(".", 2)[-2] in _SILENT_BACKENDS


def stalled() -> bool:
    """True when mails have been due for ten minutes and no worker has looked at them."""
    limit = timezone.now() - STALLED_AFTER
    return OutboxMessage.objects.filter(state=MessageState.WAITING, attempts=0, due_at__lt=limit).exists()


def waiting_for(user: Any) -> list[Todo]:
    """What a unit has to sign for and to give back; and for those who can send again, one line while mails are dead.

    A query each.
    """
    units = standing_of(user).liaison_units
    found = receiving.to_sign(units) if unsigned_count(user) else []
    found += _to_give_back(units) if units and copies_are_called_back() else []
    if not permissions.can_resend(user):
        return found
    count = dead_mails()
    if not count:
        return found
    title = _("%(count)s封邮件没有送达") % {"count": count}
    return [*found, Todo(TodoKind.FAILURE, title, reverse("dispatch:problems"), _("处理"), late=True)]


def dead_mails() -> int:
    """How many mails did not arrive; read once a request."""
    dead = OutboxMessage.objects.filter(state=MessageState.DEAD)
    return request_cache.get_or_make("dead_mails", dead.count)


def copies_are_called_back() -> bool:
    """False when it is known in this request that no unit holds a copy of a stopped paper."""
    return request_cache.get_or_make("copies_called_back", lambda: True)


def _to_give_back(units: Any) -> list[Todo]:
    """Copies of stopped papers that a unit still holds, until the office writes down that they came back."""
    rows = Delivery.objects.filter(
        recipient__unit__in=units,
        paper__status=PaperStatus.STOPPED,
        sent_on__isnull=False,
        returned_on__isnull=True,
    ).select_related("paper", "recipient__unit")
    return [
        Todo(
            TodoKind.HANDLE, f"停止使用：{row.paper}", reverse("dispatch:paper", args=[row.paper_id]), "退回"
        )
        for row in rows
    ]


def deadlines() -> list[Deadline]:
    """Nothing here has a date somebody must keep."""
    return []


@dataclass(frozen=True, slots=True)
class PanelRow:
    """One copy and what this user may do with it."""

    delivery: Delivery
    acts: frozenset[str]
    done: bool

    @property
    def may_register(self) -> bool:
        """True when the office may write down how the copy went, or put the entry right."""
        return bool(self.acts & {"register_sent", "register_received", "amend"})

    @property
    def may_chase(self) -> bool:
        """True when the office may ask the unit to sign: it has the copy, and nobody asked today."""
        return "chase" in self.acts and self.delivery.state == DeliveryState.SENT

    @property
    def may_confirm(self) -> bool:
        """True for the liaison of the unit that has not signed for its copy."""
        return "confirm" in self.acts


@dataclass(frozen=True, slots=True)
class Panel:
    """What templates/dispatch/_deliveries.html shows: give it to the page as `panel`."""

    paper: ArchivedPaper
    rows: list[PanelRow]
    counts: dict[str, int]

    @property
    def chaseable(self) -> list[int]:
        """Copies that went out, wait for a signature, and may be asked for now."""
        return [row.delivery.pk for row in self.rows if row.may_chase]


def panel_of(paper: ArchivedPaper, user: Any) -> Panel:
    """The copies of a paper that the user may see, with figures by state. One query besides the standing."""
    seen = list(visible_to(user).filter(paper=paper))
    return Panel(paper, [_row(delivery, user) for delivery in seen], count_states(seen))


def _row(delivery: Delivery, user: Any) -> PanelRow:
    possible: list[Verb] = verbs(user, delivery)
    return PanelRow(delivery, frozenset(verb.name for verb in possible if verb.enabled), is_done(delivery))


@dataclass(frozen=True, slots=True)
class Figure:
    """How many copies of a paper stand somehow, and where they are listed."""

    label: str
    count: int
    url: str


def figures_of(paper: ArchivedPaper, copies: list[Delivery], *, desk: bool) -> list[Figure]:
    """待送出, 送出, 其中签收, 未送达; `desk`: the user has the dispatch desk, which lists just these. No query."""
    counts = count_states(copies)
    rows = (
        (_("待送出"), counts[DeliveryState.WAITING], DeliveryState.WAITING.value),
        (_("送出"), sum(counts[state] for state in SENT_AT_ALL), "out"),
        (_("其中签收"), counts[DeliveryState.RECEIVED], DeliveryState.RECEIVED.value),
        (_("未送达"), counts[DeliveryState.FAILED], DeliveryState.FAILED.value),
    )
    page, there = reverse("dispatch:paper", args=[paper.pk]), reverse("dispatch:copies")
    return [
        Figure(label, count, f"{there}?paper={paper.pk}&state={state}" if desk else page)
        for label, count, state in rows
    ]


def count_states(copies: list[Delivery]) -> dict[str, int]:
    """How many copies stand in each state; every state is named."""
    counts = dict.fromkeys((str(state) for state in DeliveryState.values), 0)
    for copy in copies:
        counts[str(copy.state)] += 1
    return counts


def register_rows(
    user: Any, *, year: int | None = None, paper: ArchivedPaper | None = None
) -> list[Delivery]:
    """The copies the user may see, of a year (of 印发, else of 成文) or of one paper, in the order of the 发文登记表.

    `paper_marker` on each is the mark printed on its paper (示例), if any. One query besides the standing.
    """
    rows = visible_to(user).defer("paper__text", "paper__data")
    if paper is not None:
        rows = rows.filter(paper=paper)
    if year is not None:
        unprinted = Q(paper__printed_on__isnull=True, paper__signed_on__year=year)
        rows = rows.filter(Q(paper__printed_on__year=year) | unprinted)
    order = ("paper__printed_on", "paper_id", "-recipient__is_superior", "recipient__order", "id")
    return list(rows.annotate(paper_marker=F("paper__data__marker")).order_by(*order))
