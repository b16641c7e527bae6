"""督办台账: the list, its sheet, its paper, the filters somebody keeps."""

from functools import partial
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from apps.action_items import ledger, ledger_page, ledger_views, long, permissions
from apps.action_items.asking import PAGE_SIZE
from apps.action_items.beside import beside
from apps.action_items.forms.ledger import LedgerFilter, ViewForm
from apps.action_items.models import LedgerView
from apps.action_items.papers_ledger import ledger_paper
from apps.common import settings_rows
from apps.common.ready import pattern_of
from apps.common.sheets import answer_rows
from apps.documents import show
from apps.documents.composition import chinese_date
from apps.roster.selectors import standing_of


@require_GET
def index(request: HttpRequest) -> HttpResponse:
    """督办台账: figures by lamp, filter, saved filters, one page of items; of another day with `as_of`."""
    found, form, question = long.asked(request.user, request.GET)
    counts, page, rows = question.page(request.GET.get("page"))
    start = (page.number - 1) * PAGE_SIZE + 1
    lines = list(ledger_page.lines(rows, question.rule, found.holders, start=start, full=False))
    address = pattern_of("action_items:detail")
    runs_office = standing_of(request.user).runs_office
    context = {
        "form": form, "summary": form.in_words(), "page_obj": page, "lines": lines, "question": question,
        "table": [ledger_page.on_screen(line, address) for line in lines],
        "stats": ledger_page.stat_cards(counts, form.given()),
        "missing_years": ledger.missing_years(rows, question.rule),
        "query": form.query(), "yellow_days": settings_rows.value("yellow_days"),
        "views": found.views, "papers": found.papers, "may_import": permissions.can_import(request.user),
        "batch": ledger_page.batch_verbs() if runs_office and question.is_today else [],
    }  # fmt: skip
    return render(request, "action_items/list.html", context, status=422 if form.of_no_day else 200)


def _told_on_the_page(request: HttpRequest) -> HttpResponse:
    """A wrong day is told beside its field."""
    return redirect(f"{reverse('action_items:list')}?{request.GET.urlencode()}")


@require_GET
def export(request: HttpRequest) -> HttpResponseBase:
    """The filtered ledger as a sheet, in the order of the page; a long one is made by the worker."""
    found, form, question = long.asked(request.user, request.GET)
    if form.of_no_day:
        return _told_on_the_page(request)
    work = long.start_export(question, form, by=request.user)
    if work is not None:
        return redirect(work)
    rows, name = long.sheet_rows(question, found), long.sheet_name(question)
    said = long.in_words(question, form)
    return answer_rows(
        ledger_page.SHEET, rows, title="督办台账", name=name, by=request.user, said=said,
        hidden=ledger_page.HIDDEN,
    )  # fmt: skip


@require_POST
def keep_view(request: HttpRequest) -> HttpResponse:
    """Keep the present filter under a name; a name that is there already takes the new filter."""
    kept = LedgerFilter(request.GET, duties=beside(request.user).duties).query()
    form = ViewForm(request.POST)
    if not form.is_valid():
        raise ValidationError([error for errors in form.errors.values() for error in errors])
    name = form.cleaned_data["name"]
    ledger_views.keep(request.user, name, kept)
    messages.success(request, f"已保存为“{name}”。")
    return redirect(f"{reverse('action_items:list')}?{kept}")


@require_POST
def drop_view(request: HttpRequest, pk: int) -> HttpResponse:
    """Forget a saved filter of one's own."""
    view: Any = get_object_or_404(LedgerView.objects.filter(user=request.user.pk), pk=pk)
    ledger_views.drop(view)
    messages.success(request, f"已删除“{view.name}”。")
    return redirect("action_items:list")


@require_GET
def paper(request: HttpRequest, part: str = "") -> HttpResponse:
    """督办台账 as a paper: the filtered lines, of today or of the day asked for."""
    found, form, question = long.asked(request.user, request.GET)
    if form.of_no_day:
        return _told_on_the_page(request)
    lines = list(ledger_page.lines(question.rows(), question.rule, found.holders))
    make = partial(ledger_paper, lines, form.in_words(), question.day)
    back = f"{reverse('action_items:list')}?{form.query()}"
    shown = show.Shown(
        f"督办台账（截至{chinese_date(question.day)}）", reverse("action_items:paper"), None, paper=make,
        query=form.query(), back=back,
    )  # fmt: skip
    return show.answer(request, shown, part)
