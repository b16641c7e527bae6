"""List, detail, preview, PDF, 发文稿纸, and acts that need no form."""

from collections.abc import Callable
from typing import Any

from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.db.models import Q
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_POST

from apps.accounts import grants
from apps.common import files
from apps.common.errors import Refused
from apps.common.workflow import WORKFLOWS, first_error
from apps.dispatch.selectors import panel_of
from apps.meetings.selectors import visible_to as meetings_visible_to
from apps.minutes import consent, content, correction_pages, misprints, pages, selectors, services
from apps.minutes.enums import MinutesState, Step
from apps.minutes.forms import FilterForm
from apps.minutes.models import Endorsement, Minutes
from apps.minutes.permissions import can_handle
from apps.roster.selectors import standing_of

from . import papers
from .shared import done, fetch, fetch_whole, page

# Verbs without a form → their service; those in `_REASONED` take a reason.
_ACTS: dict[str, Callable[..., Minutes]] = {
    name: getattr(services, name)
    for name in (
        "submit_review", "withdraw_review", "pass_review", "settle", "submit_audit", "withdraw_audit", "withdraw_check", "pass_audit",
        "check", "archive", "withdraw_pass_review", "withdraw_circulation", "withdraw_recirculation", "withdraw_settle",
        "withdraw_pass_audit", "withdraw_sign",
    )
}  # fmt: skip
_REASONED: dict[str, Callable[..., Minutes]] = {
    name: getattr(services, name)
    for name in ("return_draft", "rework", "return_audit", "return_sign", "reopen")
}


@require_GET
def index(request: HttpRequest) -> HttpResponse:
    """The list: filter, newest meeting first."""
    form = FilterForm(request.GET)
    rows = selectors.listed(selectors.visible_to(request.user))
    if form.is_valid():
        whole = standing_of(request.user).reads_all
        rows = _filtered(rows, form.cleaned_data, whole=whole)
    shown = Paginator(rows, 20).get_page(request.GET.get("page"))
    row: Any  # with the counts of `listed`
    for row in shown:
        row.silent_words = selectors.how_many(row.silent, row.silent_others)
    summary = "、".join(str(v) for v in request.GET.dict().values() if v) if form.is_valid() else ""
    return render(request, "minutes/list.html", {"page_obj": shown, "form": form, "summary": summary})


def _filtered(rows: Any, data: dict[str, Any], *, whole: bool) -> Any:
    if data.get("q"):
        inside = Q(passages__text__icontains=data["q"], passages__withheld=False)
        if not whole:
            inside &= Q(state__in=selectors.PUBLISHED)  # a draft is not to be guessed word by word
        rows = rows.filter(
            Q(title__icontains=data["q"])
            | Q(meeting__title__icontains=data["q"])
            | Q(paper__number_text__icontains=data["q"])
            | inside
        ).distinct()
    if data.get("state"):
        rows = rows.filter(state=data["state"])
    return rows.filter(meeting__starts_at__year=data["year"]) if data.get("year") else rows


@require_GET
def of_meeting(request: HttpRequest, pk: int) -> HttpResponse:
    """From a meeting to its 纪要 (meetings itself knows nothing of minutes)."""
    return redirect(get_object_or_404(selectors.visible_to(request.user), meeting_id=pk))


@require_GET
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    """The page of one 纪要; a unit that was asked sees where it stands, its own answer and, once issued, the paper."""
    minutes = fetch(request, pk)
    if not selectors.sees_whole(request.user, minutes):
        return _unit_detail(request, minutes)
    lines = content.lines_of(selectors.passages_of(minutes))
    endorsements = selectors.endorsements_of(minutes)
    return page(
        request, "detail", minutes, "", lines=lines, endorsements=endorsements,
        steps=pages.steps(minutes, endorsements),
        actions=[*pages.answers(request.user, minutes), *pages.actions(request.user, minutes)],
        history=pages.history(minutes), returned=pages.last_return(minutes, endorsements),
        withheld=any(line.passage.withheld for line in lines),
        written=_written(endorsements), after_issue=correction_pages.after_issue(request.user, minutes),
        may_mend=minutes.state == MinutesState.CHECKING and can_handle(request.user, minutes),
        meeting_is_seen=selectors.sees_meeting(request.user, minutes),
        misprints=list(minutes.misprints.select_related("by")),
        **grants.panel(minutes, request.user),
        panel=panel_of(minutes.paper, request.user) if minutes.paper else None,
        papers=papers.links(request.user, minutes), decided_line=content.decided_before(lines), gaps=sum(bool(line.gaps) for line in lines),
    )  # fmt: skip


def _written(endorsements: list[Endorsement]) -> Endorsement | None:
    """The convener's 批示, where he wrote more than that he agrees."""
    signed = [line for line in endorsements if line.step == Step.SIGN and not line.voided]
    return signed[-1] if signed and signed[-1].opinion not in ("同意签发", "同意", "圈阅", "") else None


def _unit_detail(request: HttpRequest, minutes: Minutes) -> HttpResponse:
    endorsements = [line for line in selectors.endorsements_of(minutes) if not line.voided]
    steps = [{**step, "by": ""} for step in pages.steps(minutes, endorsements)]
    issued = minutes.state in selectors.PUBLISHED and minutes.paper is not None
    return page(
        request, "unit_detail", minutes, "", steps=steps, issued=issued,
        consents=selectors.own_consents(request.user, minutes),
        panel=panel_of(minutes.paper, request.user) if issued and minutes.paper else None,
        lines=_printed(minutes) if issued and minutes.state != MinutesState.STOPPED else [],
    )  # fmt: skip


def _printed(minutes: Minutes) -> list[content.Line]:
    """What stands in the issued paper, passage by passage: an item's page leads to its own."""
    return [line for line in content.lines_of(selectors.passages_of(minutes)) if not line.passage.withheld]


@require_GET
def sheet(request: HttpRequest, pk: int) -> HttpResponse:
    """发文稿纸: every opinion with name and date, for print."""
    minutes = fetch_whole(request, pk)
    found = consent.picture(minutes)
    lines = selectors.endorsements_of(minutes)
    return page(
        request, "sheet", minutes, "发文稿纸", endorsements=lines, picture=found, figures=pages.figures(found),
        fixes=misprints.fixes_of(minutes), cases=correction_pages.finished(minutes),
    )  # fmt: skip


@require_GET
def scan(request: HttpRequest, pk: int, line: int) -> FileResponse:
    """The scan of an opinion given on paper."""
    minutes = fetch_whole(request, pk)
    row = get_object_or_404(minutes.endorsements.select_related("scan"), pk=line, scan__isnull=False)
    assert row.scan is not None  # noqa: S101 - the filter says so
    return files.answer(row.scan, by=request.user)


@require_POST
def act(request: HttpRequest, pk: int, verb: str) -> HttpResponse:
    """One step that needs no form of its own (a reason at most)."""
    minutes = fetch(request, pk)
    if verb in _REASONED:
        call, extra = _REASONED[verb], {"reason": request.POST.get("reason", "")}
    elif verb in _ACTS:
        call, extra = _ACTS[verb], {}
    else:
        raise Http404
    try:
        call(minutes, by=request.user, **extra)
    except ValidationError as error:
        raise Refused(first_error(error), minutes, verb) from error
    return done(request, f"已办理：{WORKFLOWS[Minutes][verb].label}。", "minutes:detail", pk)


@require_POST
def close_record(request: HttpRequest, pk: int) -> HttpResponse:
    """End the recording of a meeting; its draft is there at once."""
    meeting = get_object_or_404(meetings_visible_to(request.user), pk=pk)
    minutes = services.close_record(meeting, by=request.user)
    return redirect("minutes:born", minutes.pk)
