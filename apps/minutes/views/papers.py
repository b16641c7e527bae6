"""The papers of a 纪要: itself, and what is written to get it issued, followed and corrected."""

from collections.abc import Callable
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_GET

from apps.action_items.papers import assignment_notice
from apps.common.errors import Refused
from apps.common.fields import whole_number
from apps.documents import show
from apps.documents.enums import PaperKind
from apps.minutes import pages_consent, papers, selectors
from apps.minutes.enums import MinutesState, Way
from apps.minutes.models import Circulation, Consent, Correction, Minutes

from .shared import fetch, require


@require_GET
def paper(request: HttpRequest, pk: int, kind: str, part: str = "") -> HttpResponse:
    """One paper: its page, its pictures, its files. `round` and `version` in the query name an earlier one."""
    minutes = fetch(request, pk)
    make = _MAKERS.get(kind)
    if make is None:
        raise Http404(kind)
    shown = make(request, minutes)
    stopped = minutes.state == MinutesState.STOPPED and shown.archived is not None and part in show.TYPES
    if stopped and not selectors.sees_whole(request.user, minutes):
        raise Refused("这份纪要已停止使用，不再提供下载。请退回或删除已有的文件。", minutes)
    return show.answer(request, shown, part)


def _shown(minutes: Minutes, kind: PaperKind, title: str = "", **given: Any) -> show.Shown:
    base = reverse("minutes:paper", args=[minutes.pk, kind])
    given.setdefault("back", minutes.get_absolute_url())
    return show.Shown(title or f"{minutes}{kind.label}", base, minutes, **given)


def _itself(request: HttpRequest, minutes: Minutes) -> show.Shown:
    """Units see pages of the draft only while it circulates: what they see is what they were sent."""
    whole = selectors.sees_whole(request.user, minutes)
    out = minutes.state in selectors.PUBLISHED or minutes.state == MinutesState.CIRCULATING
    require(whole or out, f"preview minutes {minutes.pk}")
    return shown_minutes(minutes)


def _letter(request: HttpRequest, minutes: Minutes) -> show.Shown:
    """The letter of a round, for those who read everything and the units it asked."""
    row, wanted = _round(request, minutes)
    if row.way == Way.ON_THE_SPOT:
        raise Http404("signed in the room: there was no letter")
    title = f"{minutes}征求意见函" + (f"（第{row.round}轮）" if row.round > 1 else "")
    query = f"round={row.round}" if wanted else ""
    return _shown(
        minutes, PaperKind.CONSENT_LETTER, title, paper=lambda: papers.consent_letter(row), query=query
    )


def _round(request: HttpRequest, minutes: Minutes) -> tuple[Circulation, int | None]:
    """The round that the query names, or the newest: for those who read everything and the units it asked."""
    rows = Circulation.objects.filter(minutes=minutes).select_related("minutes__meeting").order_by("-round")
    wanted = whole_number(request.GET.get("round", ""))
    row = (rows.filter(round=wanted) if wanted else rows).first()
    if row is None:
        raise Http404("no such round")
    asked = any(consent.circulation_id == row.pk for consent in selectors.own_consents(request.user, minutes))
    require(selectors.sees_whole(request.user, minutes) or asked, f"round of minutes {minutes.pk}")
    return row, wanted


def _draft(request: HttpRequest, minutes: Minutes) -> show.Shown:
    """A unit's own page names its consent in the query: its passages are tinted."""
    row, _wanted = _round(request, minutes)
    asked = whole_number(request.GET.get("consent", ""))
    rows = selectors.consents_visible_to(request.user).filter(circulation=row, pk=asked) if asked else ()
    return shown_round(row, consent=next(iter(rows), None))


def _table(request: HttpRequest, minutes: Minutes) -> show.Shown:
    require(selectors.sees_whole(request.user, minutes), f"consent table of minutes {minutes.pk}")
    back = reverse("minutes:board", args=[minutes.pk])
    return _shown(minutes, PaperKind.CONSENT_TABLE, paper=lambda: papers.consent_table(minutes), back=back)


def _routing(request: HttpRequest, minutes: Minutes) -> show.Shown:
    require(selectors.sees_whole(request.user, minutes), f"routing sheet of minutes {minutes.pk}")
    back = reverse("minutes:sheet", args=[minutes.pk])
    return _shown(minutes, PaperKind.ROUTING_SHEET, paper=lambda: papers.routing_sheet(minutes), back=back)


def _assignment(request: HttpRequest, minutes: Minutes) -> show.Shown:
    """Who does what, for everybody who has the issued paper."""
    archived = minutes.paper
    if archived is None or minutes.state not in selectors.PUBLISHED or not minutes.has_items():
        raise Http404("no items yet")
    return _shown(minutes, PaperKind.ASSIGNMENT, paper=lambda: assignment_notice(archived))


def _correction(request: HttpRequest, minutes: Minutes) -> show.Shown:
    """The notice as it was issued; one entered from history, which has none, is composed anew."""
    rows = Correction.objects.filter(minutes=minutes).select_related("paper__previous", "notice")
    rows = rows.order_by("-version")
    wanted = whole_number(request.GET.get("version", ""))
    row = (rows.filter(version=wanted) if wanted else rows).first()
    if row is None:
        raise Http404("no such correction")
    query = f"version={row.version}" if wanted else ""
    return _shown(
        minutes,
        PaperKind.CORRECTION,
        archived=row.notice,
        paper=lambda: papers.correction_notice(row),
        query=query,
    )


_MAKERS: dict[str, Callable[[HttpRequest, Minutes], show.Shown]] = {
    PaperKind.MINUTES: _itself,
    PaperKind.CONSENT_LETTER: _letter,
    PaperKind.CONSENT_TABLE: _table,
    PaperKind.ROUTING_SHEET: _routing,
    PaperKind.ASSIGNMENT: _assignment,
    PaperKind.CORRECTION: _correction,
    "draft": _draft,
}


def shown_minutes(minutes: Minutes) -> show.Shown:
    """The paper itself, for pages that show its pictures beside other things and have authorised already."""
    return _shown(
        minutes, PaperKind.MINUTES, str(minutes), archived=minutes.paper, paper=lambda: papers.paper_of(minutes),
        note="按现在的文字排出的样子，还不是正式文件",
    )  # fmt: skip


def shown_round(row: Circulation, *, consent: Consent | None = None) -> show.Shown:
    """The paper as a round sent it out, for a unit's page that has authorised already; its own passages are tinted."""
    minutes = row.minutes
    return show.Shown(
        f"{minutes}（征求意见稿，第{row.round}轮）", reverse("minutes:paper", args=[minutes.pk, "draft"]), minutes,
        paper=lambda: papers.draft_paper(row), back=minutes.get_absolute_url(),
        query=f"round={row.round}" + (f"&consent={consent.pk}" if consent else ""),
        note=f"第{row.round}轮征求意见时的文字，还不是正式文件",
        marks=pages_consent.own_words(consent) if consent else (),
        mark_words=f"底色标出的是与{consent.unit}有关的议定事项" if consent else "",
    )  # fmt: skip


def links(user: Any, minutes: Minutes) -> list[dict[str, str]]:
    """The papers there are beside the 纪要 itself, for whoever reads everything."""
    found = [PaperKind.CONSENT_TABLE, PaperKind.ROUTING_SHEET]
    if minutes.circulations.filter(way=Way.LETTER).exists():
        found.insert(0, PaperKind.CONSENT_LETTER)
    if minutes.state in selectors.PUBLISHED and minutes.has_items():
        found.append(PaperKind.ASSIGNMENT)
    if minutes.corrections.exists():
        found.append(PaperKind.CORRECTION)
    return [
        {"label": str(kind.label), "url": reverse("minutes:paper", args=[minutes.pk, kind])} for kind in found
    ]
