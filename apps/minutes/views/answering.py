"""A unit's page of 征求意见, and what the office enters for a unit."""

from typing import Any

from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_GET, require_http_methods

from apps.common import files
from apps.common.errors import Refused
from apps.documents import show
from apps.minutes import pages_consent, selectors, services
from apps.minutes.enums import REPLY_COLOURS, MinutesState, Reply
from apps.minutes.forms import AnswerForm, RemarkSet
from apps.minutes.models import Consent, Passage
from apps.minutes.permissions import can_answer, can_handle
from apps.roster.selectors import today

from .papers import shown_round
from .shared import attempt, done, page, require


def _consent(request: HttpRequest, pk: int) -> Consent:
    return get_object_or_404(selectors.consents_visible_to(request.user), pk=pk)


def _is_open(row: Consent) -> bool:
    return row.circulation.closed_at is None and row.circulation.minutes.state == MinutesState.CIRCULATING


@require_http_methods(["GET", "POST"])
def consent(request: HttpRequest, pk: int) -> HttpResponse:
    """A unit's page: its own passages first, three answers. The office enters what a unit said, named as such."""
    row = _consent(request, pk)
    if can_answer(request.user, row):
        return _answer(request, row, on_behalf=False)
    if can_handle(request.user, row.circulation.minutes):
        return _answer(request, row, on_behalf=True)
    require(request.method == "GET", f"answer consent {pk}")
    return _consent_page(request, row, None, None, on_behalf=False)


def _answer(request: HttpRequest, row: Consent, *, on_behalf: bool) -> HttpResponse:
    if request.method == "GET":
        services.mark_opened(row, by=request.user)
    elif not _is_open(row):
        return _too_late(request, row, on_behalf=on_behalf)
    form, remarks = _answer_forms(request, row, on_behalf=on_behalf)
    if request.method == "POST" and _both_valid(form, remarks):
        comments = form.cleaned_data["reply"] == Reply.COMMENT
        given = [remark for one in remarks if (remark := one.remark()) is not None] if comments else []
        saved = attempt(form, lambda: _save_answer(request, row, form, given, on_behalf=on_behalf))
        if saved:
            words = f"已记下{saved.unit}的反馈：{saved.get_reply_display()}。本轮结束前可以修改。"
            return done(
                request, words, *(("minutes:board", saved.circulation.minutes_id) if on_behalf else (saved,))
            )
    return _consent_page(request, row, form, remarks, on_behalf=on_behalf)


def _too_late(request: HttpRequest, row: Consent, *, on_behalf: bool) -> HttpResponse:
    """The round closed while the answer was being written: it does not count, and not a word of it is lost."""
    response = _consent_page(
        request, row, None, None, on_behalf=on_behalf, unsent=pages_consent.words_of_post(request.POST)
    )
    response.status_code = 409
    return response


def _both_valid(form: AnswerForm, remarks: Any) -> bool:
    """True when both are; comments are read only with 有意见."""
    if not form.is_valid():
        return False
    return form.cleaned_data["reply"] != Reply.COMMENT or remarks.is_valid()


def _answer_forms(request: HttpRequest, row: Consent, *, on_behalf: bool) -> tuple[AnswerForm, Any]:
    post = request.POST if request.method == "POST" else None
    choices = pages_consent.passage_choices(row)
    names = selectors.authorised_names(row.unit_id)
    form = AnswerForm(
        post, request.FILES or None, initial=_initial(row, names), on_behalf=on_behalf,
        has_proof=row.proof_id is not None, choices=choices, names=names,
    )  # fmt: skip
    written = [
        {"passage": c.passage_id, "original": c.original, "suggestion": c.suggestion, "reason": c.reason, "start": c.quote_start}
        for c in row.comments.all()
    ]  # fmt: skip
    return form, RemarkSet(post, initial=written, prefix="remark", form_kwargs={"choices": choices})


def _initial(row: Consent, names: list[str]) -> dict[str, Any]:
    chosen = row.reply if row.reply in (Reply.AGREE, Reply.COMMENT, Reply.OPPOSE) else None
    against = [passage.pk for passage in row.against.all()] if chosen == Reply.OPPOSE else None
    return {
        "reply": chosen, "authorised_by": row.authorised_by or (names[0] if names else ""), "reason": row.reason,
        "source_note": row.source_note, "said_on": row.said_on or today(),
        "against": against if against is not None else pages_consent.own_keys(row),
    }  # fmt: skip


def _save_answer(
    request: HttpRequest, row: Consent, form: AnswerForm, given: Any, *, on_behalf: bool
) -> Consent | None:
    data = form.cleaned_data
    against = list(Passage.objects.filter(minutes=row.circulation.minutes_id, pk__in=data["against"]))
    try:
        return services.answer(
            row, reply=data["reply"], by=request.user, authorised_by=data["authorised_by"], reason=data["reason"],
            remarks=given, proof=data["proof"], on_behalf=on_behalf, source_note=data.get("source_note", ""),
            said_on=data.get("said_on"), against=against,
        )  # fmt: skip
    except Refused as error:
        form.add_error(None, error.text)
        return None


def _consent_page(
    request: HttpRequest, row: Consent, form: Any, remarks: Any, *, on_behalf: bool, unsent: str = ""
) -> HttpResponse:
    previous, is_open = selectors.previous_consent(row), _is_open(row)
    return page(
        request, "consent", row.circulation.minutes, f"{row.unit}的反馈", form=form, remarks=remarks, consent=row,
        is_open=is_open, on_behalf=on_behalf, previous=previous, unsent=unsent,
        comments=list(row.comments.select_related("passage")), left=pages_consent.time_left(row.circulation),
        sections=pages_consent.consent_sections(row, previous), reply_colour=REPLY_COLOURS[Reply(row.reply)],
        sheets=show.sheets(shown_round(row.circulation, consent=row)), against=list(row.against.all()),
    )  # fmt: skip


@require_GET
def proof(request: HttpRequest, pk: int) -> FileResponse:
    """The stamped reply of a unit."""
    row = _consent(request, pk)
    if row.proof is None:
        raise Http404
    return files.answer(row.proof, by=request.user)
