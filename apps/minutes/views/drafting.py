"""Editing the draft: facts of the paper, passages, and what happens when two people save one passage."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from apps.common.fields import whole_number
from apps.minutes import consent, content, pages_consent, selectors, services
from apps.minutes.enums import MinutesState, PassageKind
from apps.minutes.forms import FactsForm, PassageForm
from apps.minutes.models import Passage
from apps.minutes.permissions import can_edit
from apps.minutes.services import StalePassageError
from apps.roster.models import Unit

from .shared import attempt, done, fetch, fetch_whole, page, require

_MOVES = ("up", "down")


@require_http_methods(["GET", "POST"])
def facts(request: HttpRequest, pk: int) -> HttpResponse:
    """办文要素: title, publicity, secrecy check."""
    minutes = fetch_whole(request, pk)
    require(can_edit(request.user, minutes), f"facts of minutes {pk}")
    form = FactsForm(request.POST or None, instance=minutes)
    if request.method == "POST" and form.is_valid():
        values = {name: form.cleaned_data[name] for name in form.fields}
        minutes = fetch(request, pk)  # the form has already put its values on the other instance
        if attempt(form, lambda: services.change_facts(minutes, by=request.user, **values)):
            return done(request, "办文要素已保存。", "minutes:detail", pk)
    return page(request, "form", minutes, "办文要素", form=form, submit="保存")


def _passage(request: HttpRequest, pk: int) -> Passage:
    passage = get_object_or_404(selectors.passages_visible_to(request.user), pk=pk)
    require(can_edit(request.user, passage.minutes), f"edit passage {pk}")
    return passage


@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    """One passage. A stale save shows both texts; nothing typed is lost."""
    passage = _passage(request, pk)
    form = PassageForm(request.POST or None, passage=passage)
    stale: Passage | None = None
    if request.method == "POST" and form.is_valid():
        before = _to_ask(passage)
        try:
            saved = attempt(form, lambda: _save(request, passage, form))
        except StalePassageError as error:
            saved, stale = None, error.passage
            form.data = _over(request, stale)
        if saved:
            return _to_passage(request, saved, f"已保存。{_asked_again(passage, before)}")
    lines = content.lines_of(selectors.passages_of(passage.minutes))
    line = next(line for line in lines if line.passage.pk == pk)
    return page(
        request, "passage", passage.minutes, f"修改{line.name}", form=form, line=line, stale=stale,
        comments=passage.comments.select_related("consent__unit"), reopens=_reopens(passage),
    )  # fmt: skip


def _over(request: HttpRequest, stale: Passage) -> Any:
    """What was typed, now against the version that is there: the next 保存 counts."""
    fresh = request.POST.copy()
    fresh["version"] = str(stale.version)
    return fresh


def _was_out(passage: Passage) -> bool:
    """True once units were asked: from then on a change of words can ask them again."""
    return passage.minutes.state == MinutesState.SETTLING


def _reopens(passage: Passage) -> list[Unit]:
    """Units that a change of this passage would ask again."""
    return consent.reopens(consent.picture(passage.minutes), passage) if _was_out(passage) else []


def _to_ask(passage: Passage) -> set[int]:
    if not _was_out(passage):
        return set()
    return {position.unit.pk for position in consent.picture(passage.minutes).to_ask()}


def _asked_again(passage: Passage, before: set[int]) -> str:
    return pages_consent.asked_again(passage.minutes, before) if _was_out(passage) else ""


def _save(request: HttpRequest, passage: Passage, form: PassageForm) -> Passage:
    return services.edit_passage(
        passage, form.content(), version=form.cleaned_data["version"], by=request.user
    )


def _to_passage(request: HttpRequest, passage: Passage, words: str) -> HttpResponse:
    done(request, words, "minutes:detail", passage.minutes_id)
    return redirect(f"{reverse('minutes:detail', args=[passage.minutes_id])}#passage-{passage.pk}")


@require_POST
def add(request: HttpRequest, pk: int) -> HttpResponse:
    """A new passage of a kind, after another one or at the end; its form opens at once."""
    minutes = fetch_whole(request, pk)
    kind = request.POST.get("kind", "")
    if kind not in PassageKind.values:
        raise Http404
    after = whole_number(request.POST.get("after", ""))
    before = minutes.passages.filter(pk=after).first() if after is not None else None
    passage = services.add_passage(minutes, kind=kind, after=before, by=request.user)
    return done(request, "已增加一段，请填写。", "minutes:edit_passage", passage.pk)


@require_POST
def passage_act(request: HttpRequest, pk: int, verb: str) -> HttpResponse:
    """Move up or down, split at line ends, remove."""
    passage = _passage(request, pk)
    version = whole_number(request.POST.get("version", "")) or 0
    given: dict[str, Any] = {"version": version, "by": request.user}
    try:
        words = _do(passage, verb, given)
    except StalePassageError:
        return _to_passage(request, passage, "这一段刚刚被别人改过，请看过现在的文字再操作。")
    return _to_passage(request, passage, words)


def _do(passage: Passage, verb: str, given: dict[str, Any]) -> str:
    if verb in _MOVES:
        services.move_passage(passage, up=verb == "up", by=given["by"])
        return "顺序已调整。"
    if verb == "split":
        return f"已拆成{len(services.split_passage(passage, **given))}段，请分别核对单位和时限。"
    if verb == "remove":
        services.remove_passage(passage, **given)
        return "已删除。"
    raise Http404
