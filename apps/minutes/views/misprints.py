"""改正错漏 in a signed 纪要: the difference is shown, and what it makes of the signature, before anything is saved."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from apps.minutes import content, selectors, services
from apps.minutes.enums import MinutesState
from apps.minutes.forms.issuing import MendForm
from apps.minutes.models import Passage
from apps.minutes.permissions import can_handle
from apps.minutes.services import StalePassageError
from apps.minutes.services.misprints import verdict_on

from .shared import attempt, done, page, require


@require_http_methods(["GET", "POST"])
def mend(request: HttpRequest, pk: int) -> HttpResponse:
    """One passage of a signed 纪要. A change of substance is saved only when it is confirmed that the signature goes."""
    passage = get_object_or_404(selectors.passages_visible_to(request.user), pk=pk)
    minutes = passage.minutes
    require(can_handle(request.user, minutes), f"mend passage {pk}")
    if request.method == "GET" and minutes.state != MinutesState.CHECKING:
        return redirect(minutes)
    form = MendForm(request.POST or None, initial={"text": passage.text, "version": passage.version})
    if request.method == "POST" and form.is_valid():
        found = verdict_on(passage, form.cleaned_data["text"])
        if not (found.is_misprint or request.POST.get("sure") or minutes.state != MinutesState.CHECKING):
            return _form(request, passage, form, substance=found)
        try:
            return _mended(request, passage, form)
        except StalePassageError as error:
            return _form(request, passage, form, stale=error.passage)
    return _form(request, passage, form)


def _form(request: HttpRequest, passage: Passage, form: MendForm, **found: Any) -> HttpResponse:
    """The form; 409 beside a text somebody else changed, 422 beside a change of substance."""
    minutes = passage.minutes
    line = next(
        row for row in content.lines_of(selectors.passages_of(minutes)) if row.passage.pk == passage.pk
    )
    shown = {"substance": None, "stale": None, **found}
    answer = page(request, "misprint", minutes, f"改正{line.name}", form=form, line=line, **shown)
    answer.status_code = 409 if shown["stale"] else 422 if shown["substance"] else answer.status_code
    return answer


def _mended(request: HttpRequest, passage: Passage, form: MendForm) -> HttpResponse:
    verdict = attempt(form, lambda: services.mend(passage, by=request.user, **form.cleaned_data))
    words = (
        "错漏已改正，签发有效。"
        if verdict and verdict.is_misprint
        else "已修改，签发和审核失效，请重新征求有关单位意见。"
    )
    done(request, words, "minutes:detail", passage.minutes_id)
    return redirect(f"{reverse('minutes:detail', args=[passage.minutes_id])}#passage-{passage.pk}")
