"""What a 更正 changes: its reason, passages, new and struck resolutions, title, names. Each page writes one thing."""

from collections.abc import Callable
from typing import Any

from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_http_methods, require_POST

from apps.common.fields import whole_number
from apps.minutes import content, correction, printed_names, selectors, services
from apps.minutes.correction_selectors import cases_visible_to
from apps.minutes.enums import ChangeKind, PassageKind
from apps.minutes.forms.correcting import AddForm, ChangeForm, NamesForm, ReasonForm, TitleForm, names_initial
from apps.minutes.models import CorrectionCase, CorrectionChange, Passage
from apps.minutes.permissions import can_correct

from .correcting import case_of
from .shared import attempt, done, page, put_errors, require

_SAVED = "更正内容已保存。"


def _own(request: HttpRequest, pk: int) -> CorrectionCase:
    """The correction, for who may write it."""
    row = case_of(request, pk)
    require(can_correct(request.user, row), f"write correction {pk}")
    return row


def _printed(case: CorrectionCase) -> list[content.Line]:
    return [
        line for line in content.lines_of(selectors.passages_of(case.minutes)) if not line.passage.withheld
    ]


@require_http_methods(["GET", "POST"])
def reason(request: HttpRequest, pk: int) -> HttpResponse:
    """Change the reason while the correction is written."""
    row = _own(request, pk)
    form = ReasonForm(request.POST or None, initial={"reason": row.reason})
    if request.method == "POST" and form.is_valid():
        call = services.set_reason
        if attempt(form, lambda: call(row, by=request.user, **form.cleaned_data)):
            return done(request, "已保存。", row)
    return page(
        request, "form", row.minutes, "更正原因", form=form, submit="保存", back=row.get_absolute_url()
    )


@require_http_methods(["GET", "POST"])
def change(request: HttpRequest, pk: int, passage: int) -> HttpResponse:
    """How one passage shall read."""
    row = _own(request, pk)
    line = next((line for line in _printed(row) if line.passage.pk == passage), None)
    if line is None:
        raise Http404(str(passage))
    known = row.changes.filter(passage=passage, what=ChangeKind.TEXT).first()
    shown = correction.revise(line.passage, known.after) if known else line.passage
    form = ChangeForm(request.POST or None, passage=shown)
    passage_row = line.passage
    if request.method == "POST" and form.is_valid():
        call = services.set_change
        if _saved(form, lambda: call(row, passage_row, form.content(), by=request.user)):
            return done(request, _SAVED, row)
    return page(
        request, "correction_change", row.minutes, f"更正{line.name}", case=row, form=form, name=line.name
    )


@require_http_methods(["GET", "POST"])
def add(request: HttpRequest, pk: int) -> HttpResponse:
    """A resolution left out of the paper; `?change=` opens one that was written before."""
    row = _own(request, pk)
    known = _known(request, row)
    form = _add_form(request, row, known)
    if request.method == "POST" and form.is_valid():
        call, follows = services.add_resolution, form.cleaned_data["follows"]
        if _saved(form, lambda: call(row, form.content(), follows=follows, change=known, by=request.user)):
            return done(request, _SAVED, row)
    return page(
        request,
        "correction_change",
        row.minutes,
        "增加一项",
        case=row,
        form=form,
        name="：增加一项",
        is_new=True,
    )


def _known(request: HttpRequest, case: CorrectionCase) -> CorrectionChange | None:
    given = request.GET.get("change", "")
    if not given:
        return None
    rows = case.changes.filter(what=ChangeKind.ADD, passage=None)
    return get_object_or_404(rows, pk=whole_number(given) or 0)


def _add_form(request: HttpRequest, case: CorrectionCase, known: CorrectionChange | None) -> AddForm:
    """Empty, behind the last resolution; or as it was written before."""
    lines = _printed(case)
    numbered = [line.passage.pk for line in lines if line.seq]
    shown = Passage(pk=-1, minutes=case.minutes, kind=PassageKind.RESOLUTION)
    if known is not None:
        shown = correction.fresh_passage(case.minutes, known.after, key=known.pk)
    place = known.follows_id if known is not None else numbered[-1] if numbered else None
    return AddForm(request.POST or None, passage=shown, lines=lines, initial={"follows": place})


def _saved(form: Any, call: Callable[[], Any]) -> bool:
    """True when the service took it; its complaints stand in the form. Taking a change back is a success too."""
    try:
        call()
    except ValidationError as error:
        put_errors(form, error)
        return False
    return True


@require_POST
def remove(request: HttpRequest, pk: int, passage: int) -> HttpResponse:
    """Strike a resolution out."""
    row = _own(request, pk)
    line = next((line for line in _printed(row) if line.passage.pk == passage), None)
    if line is None:
        raise Http404(str(passage))
    services.remove_resolution(row, line.passage, by=request.user)
    return done(request, f"已列为删去{line.name}。", row)


@require_POST
def take_out(request: HttpRequest, pk: int) -> HttpResponse:
    """Give one change up."""
    change = get_object_or_404(
        CorrectionChange.objects.filter(case__in=cases_visible_to(request.user)), pk=pk
    )
    require(can_correct(request.user, change.case), f"take change {pk} out")
    services.take_out(change, by=request.user)
    return done(request, "已取消这一处更正。", change.case)


@require_http_methods(["GET", "POST"])
def title(request: HttpRequest, pk: int) -> HttpResponse:
    """The title of the new version."""
    row = _own(request, pk)
    form = TitleForm(request.POST or None, initial={"title": correction.title_after(row)})
    if request.method == "POST" and form.is_valid():
        call = services.set_title
        if _saved(form, lambda: call(row, by=request.user, **form.cleaned_data)):
            return done(request, _SAVED, row)
    hint = f"现在印的是：{row.minutes.title}。改回原样即取消这一处更正。"
    return page(
        request,
        "form",
        row.minutes,
        "更正标题",
        form=form,
        submit="保存",
        hint=hint,
        back=row.get_absolute_url(),
    )


@require_http_methods(["GET", "POST"])
def names(request: HttpRequest, pk: int) -> HttpResponse:
    """出席, 请假, 列席 of the new version."""
    row = _own(request, pk)
    shown = printed_names.texts_of(correction.names_after(row))
    form = NamesForm(request.POST or None, initial=names_initial(shown))
    if request.method == "POST" and form.is_valid():
        call = services.set_names
        if _saved(form, lambda: call(row, form.texts(), by=request.user)):
            return done(request, _SAVED, row)
    hint = "只更正印出的名单，不改会议的签到记录；名单有增减改动的单位须同意。改回原样即取消这一处更正。"
    return page(
        request,
        "form",
        row.minutes,
        "更正出席名单",
        form=form,
        submit="保存",
        hint=hint,
        back=row.get_absolute_url(),
    )
