"""Comments on the draft: adopted in one act, taken back, or settled by hand."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from apps.common.errors import Refused
from apps.common.fields import whole_number
from apps.minutes import consent, pages_consent, selectors, services
from apps.minutes.forms import CommentForm
from apps.minutes.models import Comment
from apps.minutes.permissions import can_handle
from apps.minutes.services import StalePassageError
from apps.minutes.services.drafting import content_of

from .shared import attempt, done, page, require


def _comment(request: HttpRequest, pk: int) -> Comment:
    row = get_object_or_404(selectors.comments_visible_to(request.user), pk=pk)
    require(can_handle(request.user, row.consent.circulation.minutes), f"handle comment {pk}")
    return row


@require_POST
def adopt(request: HttpRequest, pk: int) -> HttpResponse:
    """采纳: verdict and wording at once; says which units this asks again."""
    row = _comment(request, pk)
    return _in_one_act(request, row, services.adopt, "已采纳，并已按建议改好文字。")


@require_POST
def undo(request: HttpRequest, pk: int) -> HttpResponse:
    """Take the adopted wording out again."""
    row = _comment(request, pk)
    return _in_one_act(request, row, services.undo_adopt, "已撤销采纳，文字已恢复。")


def _in_one_act(request: HttpRequest, row: Comment, act: Any, words: str) -> HttpResponse:
    minutes = row.consent.circulation.minutes
    before = {p.unit.pk for p in consent.picture(minutes).to_ask()}
    try:
        act(row, version=whole_number(request.POST.get("version", "")) or 0, by=request.user)
    except StalePassageError:
        messages.warning(request, "这一段刚刚被别人改过，请看过现在的文字再办。")
    except Refused as error:
        messages.warning(request, error.text)
        return redirect("minutes:comment", row.pk)
    else:
        messages.success(request, words + pages_consent.asked_again(minutes, before))
    return redirect(f"{reverse('minutes:board', args=[minutes.pk])}#comment-{row.pk}")


@require_http_methods(["GET", "POST"])
def comment(request: HttpRequest, pk: int) -> HttpResponse:
    """What becomes of one comment; the passage's words can be changed in the same act."""
    row = _comment(request, pk)
    minutes = row.consent.circulation.minutes
    form = CommentForm(request.POST or None, comment=row, initial=_comment_initial(row))
    if request.method == "POST" and "apply" in request.POST:
        form = _with_suggestion(request, row)
    elif request.method == "POST" and form.is_valid():
        saved = attempt(form, lambda: _save_comment(request, row, form))
        if saved:
            return done(request, f"已记下：{saved.get_adoption_display()}。", "minutes:board", minutes.pk)
    return page(
        request, "comment", minutes, "处理意见", form=form, comment=row, passage=row.passage,
        offer=pages_consent.adoption_offer(row, consent.picture(minutes)),
    )  # fmt: skip


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
