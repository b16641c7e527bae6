"""征求意见: the letter, a unit's answer, the table of answers, 催报, and comments."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.common import calendar, files, settings_rows
from apps.minutes import consent as standing
from apps.minutes import pages, selectors, services
from apps.minutes.enums import REPLY_COLOURS, MinutesState, Reply
from apps.minutes.forms import AnswerForm, CirculateForm, CommentForm, RemarkSet, default_reply_by
from apps.minutes.models import Comment, Consent
from apps.minutes.permissions import can_answer, can_handle
from apps.minutes.services import StalePassageError
from apps.minutes.services.drafting import content_of

from .shared import attempt, done, fetch, fetch_whole, page, require


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
        rows=[row for row in pages.board_rows(found) if row["position"].must_be_asked],
        missing_years=calendar.current().missing_years([default_reply_by().date()]),
    )  # fmt: skip


def _consent(request: HttpRequest, pk: int) -> Consent:
    return get_object_or_404(selectors.consents_visible_to(request.user), pk=pk)


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


def _both_valid(form: AnswerForm, remarks: Any) -> bool:
    """True when both are; comments are read only with 有意见."""
    if not form.is_valid():
        return False
    return form.cleaned_data["reply"] != Reply.COMMENT or remarks.is_valid()


def _answer_forms(request: HttpRequest, row: Consent, *, on_behalf: bool) -> tuple[AnswerForm, Any]:
    post = request.POST if request.method == "POST" else None
    chosen = row.reply if row.reply in (Reply.AGREE, Reply.COMMENT, Reply.OPPOSE) else None
    initial = {
        "reply": chosen, "authorised_by": row.authorised_by, "reason": row.reason, "source_note": row.source_note,
    }  # fmt: skip
    form = AnswerForm(
        post, request.FILES or None, initial=initial, on_behalf=on_behalf, has_proof=row.proof_id is not None
    )
    written = [
        {"passage": c.passage_id, "original": c.original, "suggestion": c.suggestion, "reason": c.reason}
        for c in row.comments.all()
    ]
    choices = [
        (int(part["key"]), f"{part['label']}{part['words'][:24]}…")
        for part in row.circulation.draft
        if part["key"] != "title" and not part["withheld"]
    ]
    return form, RemarkSet(post, initial=written, prefix="remark", form_kwargs={"choices": choices})


def _save_answer(
    request: HttpRequest, row: Consent, form: AnswerForm, given: Any, *, on_behalf: bool
) -> Consent:
    data = form.cleaned_data
    return services.answer(
        row, reply=data["reply"], by=request.user, authorised_by=data["authorised_by"], reason=data["reason"],
        remarks=given, proof=data["proof"], on_behalf=on_behalf, source_note=data.get("source_note", ""),
    )  # fmt: skip


def _consent_page(
    request: HttpRequest, row: Consent, form: Any, remarks: Any, *, on_behalf: bool
) -> HttpResponse:
    minutes = row.circulation.minutes
    earlier = Consent.objects.filter(
        unit=row.unit, circulation__minutes=minutes, circulation__round__lt=row.circulation.round
    )
    previous = earlier.select_related("circulation").order_by("-circulation__round").first()
    is_open = row.circulation.closed_at is None and minutes.state == MinutesState.CIRCULATING
    return page(
        request, "consent", minutes, f"{row.unit}的反馈", form=form, remarks=remarks, consent=row, is_open=is_open,
        on_behalf=on_behalf, previous=previous, comments=list(row.comments.select_related("passage")),
        sections=pages.consent_sections(row, previous), reply_colour=REPLY_COLOURS[Reply(row.reply)],
    )  # fmt: skip


@require_GET
def proof(request: HttpRequest, pk: int) -> FileResponse:
    """The stamped reply of a unit."""
    row = _consent(request, pk)
    if row.proof is None:
        raise Http404
    return files.answer(row.proof, by=request.user)


@require_GET
def board(request: HttpRequest, pk: int) -> HttpResponse:
    """征求意见情况表: who said what, who is silent, what became of each comment; for print too."""
    minutes = fetch_whole(request, pk)
    found = standing.picture(minutes)
    rounds = selectors.circulations_of(minutes)
    names = {line.passage.pk: line.name for line in found.lines}
    return page(
        request, "board", minutes, "征求意见情况表", picture=found, rows=pages.board_rows(found), rounds=rounds,
        comments=pages.comments_by_passage(rounds, names), current=rounds[0] if rounds else None,
        missing=pages.grouped(found.missing), warnings=pages.grouped(found.warnings), figures=pages.figures(found),
        actions=pages.actions(request.user, minutes),
        settled=minutes.state not in (MinutesState.CIRCULATING, MinutesState.SETTLING),
    )  # fmt: skip


@require_POST
def chase(request: HttpRequest, pk: int) -> HttpResponse:
    """催报 to the silent."""
    minutes = fetch(request, pk)
    count = services.chase(minutes, by=request.user)
    return done(request, f"已向{count}个未反馈的单位催报。", "minutes:board", pk)


@require_http_methods(["GET", "POST"])
def comment(request: HttpRequest, pk: int) -> HttpResponse:
    """What becomes of one comment; the passage's words can be changed in the same act."""
    row = get_object_or_404(selectors.comments_visible_to(request.user), pk=pk)
    minutes = row.consent.circulation.minutes
    require(can_handle(request.user, minutes), f"handle comment {pk}")
    form = CommentForm(request.POST or None, comment=row, initial=_comment_initial(row))
    if request.method == "POST" and "apply" in request.POST:
        form = _with_suggestion(request, row)
    elif request.method == "POST" and form.is_valid():
        saved = attempt(form, lambda: _save_comment(request, row, form))
        if saved:
            return done(request, f"已记下：{saved.get_adoption_display()}。", "minutes:board", minutes.pk)
    return page(request, "comment", minutes, "处理意见", form=form, comment=row, passage=row.passage)


def _comment_initial(row: Comment) -> dict[str, Any]:
    found = {"adoption": row.adoption, "adoption_reason": row.adoption_reason, "agreed": row.agreed}
    if row.passage is not None:
        found |= {"text": row.passage.text, "version": row.passage.version}
    return found


def _with_suggestion(request: HttpRequest, row: Comment) -> CommentForm:
    """The form again, the suggestion put into the passage's text where the quoted words stand."""
    initial = {
        name: request.POST.get(name, "") for name in ("adoption", "adoption_reason", "agreed", "version")
    }
    text = request.POST.get("text", "")
    if row.original.strip() and row.original.strip() in text:
        text = text.replace(row.original.strip(), row.suggestion.strip(), 1)
        messages.info(request, "已把建议的文字放入该段，请核对后保存。")
    else:
        messages.warning(request, "该段文字里找不到意见所引的原文，请直接修改文字。")
    return CommentForm(initial={**initial, "text": text}, comment=row)


def _save_comment(request: HttpRequest, row: Comment, form: CommentForm) -> Comment:
    """Text and verdict in one transaction. Raises ValidationError, also when somebody saved the passage meanwhile."""
    data = form.cleaned_data
    with transaction.atomic():
        if row.passage is not None and data["text"].strip() != row.passage.text.strip():
            try:
                given = content_of(row.passage, text=data["text"])
                services.edit_passage(row.passage, given, version=data["version"] or 0, by=request.user)
            except StalePassageError as error:
                raise ValidationError({"text": f"这一段刚被别人改成：{error.passage.text}"}) from error
        return services.handle_comment(
            row, adoption=data["adoption"], adoption_reason=data["adoption_reason"], agreed=data["agreed"],
            by=request.user,
        )  # fmt: skip
