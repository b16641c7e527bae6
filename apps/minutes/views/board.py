"""The office's side of 征求意见: the letter, the table of answers, 催报, 现场会签, and what was taken out."""

from typing import Any

from django import forms
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseNotModified
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods

from apps.common import calendar, files, settings_rows
from apps.common.polling import unchanged
from apps.common.workflow import WORKFLOWS, refusal
from apps.minutes import consent as standing
from apps.minutes import disputes as taken_out
from apps.minutes import pages, pages_consent, selectors, services
from apps.minutes.deadlines import default_reply_by
from apps.minutes.enums import MinutesState
from apps.minutes.forms import CirculateForm, LetterForm, SheetForm, SignedForm
from apps.minutes.models import Circulation, Minutes
from apps.minutes.permissions import can_handle
from apps.minutes.services.on_the_spot import Signed

from .shared import attempt, done, fetch_whole, page, require

SignedSet = forms.formset_factory(SignedForm, extra=0, max_num=60, absolute_max=61)


@require_http_methods(["GET", "POST"])
def circulate(request: HttpRequest, pk: int) -> HttpResponse:
    """Open a round: who will be asked, by when, and the printed rule on silence."""
    minutes = fetch_whole(request, pk)
    require(can_handle(request.user, minutes), f"circulate minutes {pk}")
    again = minutes.state == MinutesState.SETTLING
    initial = {"reply_by": default_reply_by(), "silence_consents": settings_rows.value("silence_consents")}
    form = CirculateForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        call = services.recirculate if again else services.circulate
        sent = attempt(form, lambda: call(minutes, by=request.user, **form.cleaned_data))
        if sent:
            return done(request, f"已发出，征求{sent.consents.count()}个单位意见。", "minutes:board", pk)
    found = standing.picture(minutes)
    return page(
        request, "circulate", minutes, "再次征求意见" if again else "征求意见", form=form, again=again,
        asked=found.to_ask(), verbs=pages.actions(request.user, minutes), picture=found,
        rows=[row for row in pages_consent.board_rows(found) if row["position"].must_be_asked],
        missing_years=calendar.current().missing_years([default_reply_by().date()]),
    )  # fmt: skip


@require_GET
def board(request: HttpRequest, pk: int) -> HttpResponse:
    """征求意见情况表: who said what, who is silent, what became of each comment; for print too."""
    minutes = fetch_whole(request, pk)
    found, rounds = standing.picture(minutes), selectors.circulations_of(minutes)
    return page(
        request, "board", minutes, "征求意见情况表", comments=pages_consent.comments_by_passage(rounds, found),
        actions=pages.actions(request.user, minutes), rounds=rounds,
        withheld=any(line.passage.withheld for line in found.lines),
        **pages_consent.board_context(minutes, found, rounds[0] if rounds else None, request.GET.get("show", "")),
    )  # fmt: skip


@require_GET
def live(request: HttpRequest, pk: int) -> HttpResponse:
    """The part of the board that changes by itself, polled; 304 while nothing changed. Reads only."""
    minutes = fetch_whole(request, pk)
    newest = minutes.circulations.order_by("-round").first()
    tag = pages_consent.board_tag(minutes, newest)
    if unchanged(request, tag):
        response: HttpResponse = HttpResponseNotModified()
    else:
        show = request.GET.get("show", "")
        context = pages_consent.board_context(minutes, standing.picture(minutes), newest, show)
        shell = pages.shell(request.user, minutes, "")
        response = render(request, "minutes/_board_live.html", {**shell, **context})
    response["ETag"] = tag
    response["Cache-Control"] = "private, no-cache"
    return response


@require_http_methods(["GET", "POST"])
def chase(request: HttpRequest, pk: int) -> HttpResponse:
    """催报 to the silent; then who was told and how, with words to send by other ways."""
    minutes = fetch_whole(request, pk)
    require(can_handle(request.user, minutes), f"chase minutes {pk}")
    if request.method == "POST":
        told = services.chase(minutes, by=request.user)
        return done(request, f"已向{len(told)}个未反馈的单位催报。", "minutes:chase", pk)
    newest = selectors.open_circulation(minutes)
    if newest is None:
        return redirect("minutes:board", pk)
    return page(
        request, "chased", minutes, "催报", rows=pages_consent.chased(newest), current=newest,
        left=pages_consent.time_left(newest),
    )  # fmt: skip


@require_http_methods(["GET", "POST"])
def letter(request: HttpRequest, pk: int) -> HttpResponse:
    """A letter that reached a unit on paper, because it has no account."""
    row = get_object_or_404(selectors.consents_visible_to(request.user), pk=pk)
    minutes = row.circulation.minutes
    require(can_handle(request.user, minutes), f"letter of consent {pk}")
    form = LetterForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        saved = attempt(form, lambda: services.register_letter(row, by=request.user, **form.cleaned_data))
        if saved:
            return done(request, f"已登记{row.unit}签收。", "minutes:board", minutes.pk)
    hint = f"{row.unit}没有平台账号。登记纸质征求意见函的送达后，逾期不反馈才按函中写明的办法处理。"
    return page(request, "form", minutes, f"登记送达{row.unit}", form=form, submit="保存", hint=hint)


@require_http_methods(["GET", "POST"])
def countersign(request: HttpRequest, pk: int) -> HttpResponse:
    """现场会签 of an emergency meeting: the sheet's scan and each unit's line."""
    minutes = fetch_whole(request, pk)
    require(can_handle(request.user, minutes), f"countersign minutes {pk}")
    found = standing.picture(minutes)
    units = [position.unit for position in found.positions]
    form = SheetForm(request.POST or None, request.FILES or None)
    lines = SignedSet(request.POST or None, initial=[{"reply": "agree"}] * len(units), prefix="unit")
    if request.method == "POST" and form.is_valid() and lines.is_valid():
        saved = attempt(form, lambda: _enter(request, minutes, form, lines, units))
        if saved:
            return done(request, "现场会签已录入，请核对各单位情况。", "minutes:board", pk)
    return page(
        request, "countersign", minutes, "现场会签", form=form, lines=lines, rows=list(zip(found.positions, lines, strict=False)),
        refusal=refusal(WORKFLOWS[Minutes]["countersign"], minutes),
    )  # fmt: skip


def _enter(request: HttpRequest, minutes: Minutes, form: Any, lines: Any, units: list[Any]) -> Circulation:
    signed = [
        Signed(unit, line.cleaned_data["name"], line.cleaned_data["reply"], line.cleaned_data["words"])
        for unit, line in zip(units, lines, strict=False)
        if line.cleaned_data.get("name")
    ]
    return services.countersign(minutes, signed=signed, by=request.user, **form.cleaned_data)


@require_GET
def signed_sheet(request: HttpRequest, pk: int, number: int) -> FileResponse:
    """The scan of a sheet signed in the room."""
    minutes = fetch_whole(request, pk)
    row = minutes.circulations.select_related("sheet").filter(round=number, sheet__isnull=False).first()
    if row is None or row.sheet is None:
        raise Http404
    return files.answer(row.sheet, by=request.user)


@require_GET
def disputes(request: HttpRequest, pk: int) -> HttpResponse:
    """What was taken out, with the objections: for print, and to copy into a 请示."""
    minutes = fetch_whole(request, pk)
    found = taken_out.disputes_of(minutes)
    return page(request, "disputes", minutes, "存议事项", disputes=found)
