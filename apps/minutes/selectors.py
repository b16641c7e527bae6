"""Reads of 纪要: what a user may see, the passages, what waits for whom, and by when."""

from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from django.db.models import Count, Exists, OuterRef, Prefetch, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils import timezone

from apps.accounts import grants
from apps.common import request_cache
from apps.common.prepared import Prepared, Slot, any_of, prepare
from apps.common.todo import Deadline, Todo, TodoKind
from apps.meetings import selectors as meetings
from apps.roster.selectors import Standing, liaison_users, places_of, shape_of, standing_of

from . import correction_selectors, permissions
from .enums import MinutesState, Reply, Step
from .models import Circulation, Comment, Consent, Endorsement, Minutes, Passage, PassageUnit, Reading

PUBLISHED = (MinutesState.ISSUED, MinutesState.ARCHIVED, MinutesState.STOPPED)
_OPEN = Q(circulation__closed_at__isnull=True, circulation__minutes__state=MinutesState.CIRCULATING)


def visible_to(user: Any) -> QuerySet[Minutes]:
    """All for the office and the leaders; a unit's from the moment it is asked; issued ones for every unit; grants."""
    if permissions.reads_all(user):
        return Minutes.objects.all()
    units = standing_of(user).units
    facts = Q(pk__in=Circulation.objects.filter(consents__unit__in=units).values("minutes"))
    if units:
        facts |= Q(state__in=PUBLISHED)
    return Minutes.objects.filter(facts | grants.readable(Minutes, user)).distinct()


def sees_whole(user: Any, minutes: Minutes) -> bool:
    """True for those who read text, consent table and sign-off in every state: office, leaders, a handed-out grant."""
    if permissions.reads_all(user):
        return True
    return Minutes.objects.filter(grants.readable(Minutes, user), pk=minutes.pk).exists()


def sees_meeting(user: Any, minutes: Minutes) -> bool:
    """True when the user may open the meeting as well: a visitor may have been given the 纪要 alone."""
    if permissions.reads_all(user):
        return True
    return meetings.visible_to(user).filter(pk=minutes.meeting_id).exists()


def consents_visible_to(user: Any) -> QuerySet[Consent]:
    """All for the office and the leaders, a unit's own for its people."""
    rows = Consent.objects.select_related("circulation__minutes__meeting", "unit", "replied_by", "proof")
    return rows if permissions.reads_all(user) else rows.filter(unit__in=standing_of(user).units)


def comments_visible_to(user: Any) -> QuerySet[Comment]:
    """Comments on the drafts: for the office and the leaders, and for the unit that made them."""
    rows = Comment.objects.select_related(
        "consent__unit", "consent__circulation__minutes__meeting", "passage"
    )
    return rows if permissions.reads_all(user) else rows.filter(consent__unit__in=standing_of(user).units)


def passages_visible_to(user: Any) -> QuerySet[Passage]:
    """Passages as they stand now: for those who see drafts at all."""
    rows = Passage.objects.select_related("minutes__meeting")
    return rows if permissions.reads_all(user) else rows.none()


def how_many(attending: int, others: int) -> str:
    """Units by number, as every page says it: those that count for C11, and beside them who was only asked; "" for none."""
    if not attending:
        return f"{others}个未与会单位" if others else ""
    return f"{attending}个单位（另{others}个未与会单位）" if others else f"{attending}个单位"


def listed(minutes: QuerySet[Minutes]) -> QuerySet[Minutes]:
    """What the list shows of each: meeting, number, the paper, replies of the open round."""
    open_round = Q(circulations__closed_at__isnull=True)
    silent = open_round & Q(circulations__consents__reply=Reply.PENDING)
    return (
        minutes.select_related("meeting", "number", "paper")
        .annotate(
            silent=Count(
                "circulations__consents",
                filter=silent & Q(circulations__consents__counted=True),
                distinct=True,
            ),
            silent_others=Count(
                "circulations__consents",
                filter=silent & Q(circulations__consents__counted=False),
                distinct=True,
            ),
        )
        .order_by("-meeting__starts_at", "-id")
    )


def detailed(minutes: QuerySet[Minutes]) -> QuerySet[Minutes]:
    """With what the object's own pages and guards read."""
    return minutes.select_related("meeting", "number", "paper", "drafted_by", "signed_by")


def passages_of(minutes: Minutes) -> list[Passage]:
    """All passages in order, with units and duties (three queries); what a 更正 struck out is none any more."""
    parts = Prefetch("parts", PassageUnit.objects.select_related("unit").order_by("role", "position", "id"))
    return list(Passage.objects.filter(minutes=minutes, struck=False).prefetch_related(parts, "duties"))


def signature_of(minutes: Minutes) -> Endorsement | None:
    """The 签发 that counts: what the signer wrote, for those who act on it next."""
    rows = Endorsement.objects.filter(minutes=minutes, step=Step.SIGN, voided=False)
    return rows.select_related("scan").order_by("-id").first()


def open_circulation(minutes: Minutes) -> Circulation | None:
    """The round that units can answer now."""
    return Circulation.objects.filter(minutes=minutes, closed_at__isnull=True).order_by("-round").first()


def circulations_of(minutes: Minutes) -> list[Circulation]:
    """Every round, the newest first, with consents in charter order and their comments."""
    consents = Consent.objects.select_related("unit", "replied_by", "proof").prefetch_related(
        "comments__passage", "against"
    )
    return list(minutes.circulations.order_by("-round").prefetch_related(Prefetch("consents", consents)))


def authorised_names(unit_id: int) -> list[str]:
    """Who authorised this unit's earlier answers, the latest first; at most five."""
    rows = Consent.objects.filter(unit=unit_id, replied_at__isnull=False).exclude(authorised_by="")
    names = rows.order_by("-replied_at").values_list("authorised_by", flat=True)[:40]
    return list(dict.fromkeys(names))[:5]


def previous_consent(row: Consent) -> Consent | None:
    """What the same unit was asked the round before, with that round's text."""
    earlier = Consent.objects.filter(
        unit=row.unit_id,
        circulation__minutes=row.circulation.minutes_id,
        circulation__round__lt=row.circulation.round,
    )
    return earlier.select_related("circulation").order_by("-circulation__round").first()


def own_consents(user: Any, minutes: Minutes) -> list[Consent]:
    """What the user's units were asked, the newest round first."""
    units = standing_of(user).units
    rows = Consent.objects.filter(circulation__minutes=minutes, unit__in=units)
    return list(rows.select_related("unit", "circulation").order_by("-circulation__round", "unit__order"))


def endorsements_of(minutes: Minutes) -> list[Endorsement]:
    """The lines of the 发文稿纸, in the order they were written."""
    return list(minutes.endorsements.select_related("scan", "entered_by").order_by("id"))


# State → who it waits for, kind, the button, and the URL name where the work is done.
_OFFICE: dict[str, tuple[str, str]] = {
    MinutesState.DRAFTING: ("拟稿、送核稿", "minutes:detail"),
    MinutesState.REVIEWED: ("征求意见", "minutes:circulate"),
    MinutesState.CIRCULATING: ("结束征求意见", "minutes:board"),
    MinutesState.SETTLING: ("处理意见", "minutes:board"),
    MinutesState.CHECKING: ("复核", "minutes:detail"),
    MinutesState.NUMBERING: ("编号", "minutes:number"),
    MinutesState.ISSUING: ("印发", "minutes:issue"),
    MinutesState.ISSUED: ("登记抄报、归档", "minutes:detail"),
}


@dataclass(frozen=True, slots=True)
class OnItsWay:
    """A 纪要 between the meeting and the archive: its state, when it came into it, and who is silent.

    `silent`: attending units that owe an answer in the open round; `silent_others`: who was only asked and owes one;
    `due`: by when; `since`: None where no history tells; `held`: the asking signer has put it aside with words (暂存).
    """

    pk: int
    state: str
    drafted_by_id: int | None
    meeting: str
    silent: int
    silent_others: int
    due: datetime | None
    since: datetime | None
    held: bool

    def __str__(self) -> str:
        return f"{self.meeting}纪要"

    @property
    def silent_words(self) -> str:
        """How many are silent, or ""."""
        return how_many(self.silent, self.silent_others)


def waiting_for(user: Any) -> list[Todo]:
    """What waits for a user in this app, soonest deadline first. At most four queries, corrections included."""
    standing = standing_of(user)
    found = _units_todo(standing) if standing.liaison_units else []
    states = _states_of(user)
    if states:
        rows = [row for row in on_their_way(user) if row.state in states]
        found += [todo for row in rows if (todo := _leader_todo(row, user)) is not None]
    found += correction_selectors.waiting_for(user)
    now = timezone.now()
    return sorted(found, key=lambda todo: (todo.deadline is None, todo.deadline or now))


def on_their_way(user: Any) -> list[OnItsWay]:
    """Every 纪要 between the meeting and the archive, the oldest meeting first; read once a request.

    For those who read everything, and for the steps of a leader.
    """
    rows = lambda: [OnItsWay(*row) for row in _way().run(user=user.pk)]  # noqa: E731
    return request_cache.get_or_make(f"minutes_on_their_way:{user.pk}", rows)


@cache
def _way() -> Prepared:
    """Composed once a process: nothing in it depends on when it is asked."""
    versions: Any = Minutes.history.model
    left_later = versions.objects.filter(id=OuterRef("id"), history_id__gt=OuterRef("history_id"))
    since = versions.objects.filter(
        ~Exists(left_later.exclude(state=OuterRef("state"))), id=OuterRef("pk"), state=OuterRef("state")
    )
    pending = Consent.objects.filter(_OPEN, circulation__minutes=OuterRef("pk"), reply=Reply.PENDING)
    by_minutes = pending.order_by().values("circulation__minutes")
    number = [
        Coalesce(Subquery(by_minutes.filter(counted=counts).annotate(n=Count("pk")).values("n")), 0)
        for counts in (True, False)
    ]
    held = Reading.objects.filter(minutes=OuterRef("pk"), user=Slot("user"), held_at__isnull=False)
    rows = Minutes.objects.exclude(state__in=[MinutesState.ARCHIVED, MinutesState.STOPPED])
    return prepare(
        rows.order_by("meeting__starts_at", "id").values_list(
            "pk", "state", "drafted_by", "meeting__title", *number, _due(),
            Subquery(since.order_by("history_id").values("history_date")[:1]), Exists(held),
        )
    )  # fmt: skip


def _due() -> Subquery:
    latest = Circulation.objects.filter(minutes=OuterRef("pk"), closed_at__isnull=True).order_by("-round")
    return Subquery(latest.values("reply_by")[:1])


def _states_of(user: Any) -> set[str]:
    standing = standing_of(user)
    states: set[str] = set(_OFFICE) if standing.is_office else set()
    states |= {MinutesState.REVIEWING} if permissions.proofreads(user) else set()
    states |= {MinutesState.AUDITING} if standing.is_director else set()
    return states | ({MinutesState.SIGNING} if standing.is_convener else set())


def _leader_todo(row: OnItsWay, user: Any) -> Todo | None:
    if row.state in _OFFICE and standing_of(user).is_office:
        silent = row.silent or row.silent_others
        if row.state == MinutesState.CIRCULATING and silent and row.due and row.due > timezone.now():
            return None  # it waits for the units, not for the office
        verb, name = _OFFICE[row.state]
        return Todo(TodoKind.HANDLE, str(row), reverse(name, args=[row.pk]), verb)
    if permissions.is_drafter(user, row):
        return None
    if row.state == MinutesState.SIGNING:
        url, note = reverse("minutes:sign", args=[row.pk]), "已暂存" if row.held else ""
        return Todo(TodoKind.SIGN, str(row), url, "签发", note=note)
    words = {MinutesState.REVIEWING: "核稿", MinutesState.AUDITING: "审核"}.get(MinutesState(row.state))
    return Todo(TodoKind.REVIEW, str(row), reverse("minutes:detail", args=[row.pk]), words) if words else None


def _pending() -> QuerySet[Consent]:
    rows = Consent.objects.filter(_OPEN, reply=Reply.PENDING)
    return rows.select_related("circulation__minutes__meeting", "unit").order_by(
        "circulation__reply_by", "id"
    )


@cache
def _units_question(shape: Standing) -> Prepared:
    """What units of this standing owe an answer to, in the order of the deadlines; composed once."""
    rows = _pending().filter(unit__in=any_of(shape.liaison_units))
    return prepare(
        rows.values_list(
            "pk", "circulation__minutes__meeting__title", "circulation__reply_by", "unit__short_name"
        )
    )


def _units_todo(standing: Standing) -> list[Todo]:
    now, several = timezone.now(), len(standing.liaison_units) > 1
    rows = _units_question(shape_of(standing)).run(**places_of(standing))
    return [
        Todo(
            TodoKind.CONSENT, f"征求意见：{title}纪要", reverse("minutes:consent", args=[pk]), "反馈意见",
            due, unit if several else "", due < now,
        )
        for pk, title, due, unit in rows
    ]  # fmt: skip


def deadlines() -> list[Deadline]:
    """Every unit that was asked and is silent, with the accounts that act for it. Two queries."""
    rows = list(_pending())
    users = liaison_users({row.unit_id for row in rows}) if rows else {}
    return [
        Deadline(
            kind="consent",
            key=f"consent:{row.pk}:{timezone.localtime(row.circulation.reply_by):%Y%m%d%H%M}",
            title=f"征求意见：{row.circulation.minutes}",
            url=row.get_absolute_url(),
            due_at=row.circulation.reply_by,
            users=tuple(users[row.unit_id]),
        )
        for row in rows
    ]
