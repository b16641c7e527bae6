"""停止使用 of a 纪要, and the list by which it is taken back."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from apps.accounts.decorators import ask_password_again
from apps.common.workflow import WORKFLOWS
from apps.dispatch.permissions import can_register
from apps.minutes import retrieval, services
from apps.minutes.correction_selectors import open_case_of
from apps.minutes.enums import MinutesState
from apps.minutes.forms.correcting import StopMinutesForm
from apps.minutes.models import Minutes
from apps.minutes.permissions import can_stop, reads_all
from apps.roster.enums import PostKind
from apps.roster.selectors import holders, standing_of, today

from .shared import attempt, done, fetch_whole, page, require


@require_http_methods(["GET", "POST"])
def stop(request: HttpRequest, pk: int) -> HttpResponse:
    """停止使用: by the convener on line, or by the office with the scan of his signature. Asks for the password."""
    minutes = fetch_whole(request, pk)
    require(can_stop(request.user, minutes), f"stop minutes {pk}")
    if request.method == "GET" and minutes.state not in WORKFLOWS[Minutes]["stop"].sources:
        return redirect(minutes)
    on_line = standing_of(request.user).is_convener
    # The office's form takes a scan, which would not outlive the asking.
    if request.method == "POST" or not on_line:
        ask_password_again(request)
    form = _form(request, on_line=on_line)
    valid = request.method == "POST" and form.is_valid()
    call = services.stop
    if valid and attempt(form, lambda: call(minutes, by=request.user, **form.cleaned_data)) is not None:
        return done(request, "已停止使用，收文单位已收到退回的消息。请按清单收回。", "minutes:retrieval", pk)
    return page(
        request, "stop", minutes, "停止使用", form=form, on_line=on_line, holders=retrieval.holders(minutes),
        items=retrieval.items_left(minutes), case=open_case_of(minutes),
    )  # fmt: skip


def _form(request: HttpRequest, *, on_line: bool) -> StopMinutesForm:
    known = holders(PostKind.CONVENER)
    initial = {"name": known[0].person.name if known else "", "stopped_on": today()}
    return StopMinutesForm(request.POST or None, request.FILES or None, on_line=on_line, initial=initial)


@require_GET
def retrieval_list(request: HttpRequest, pk: int) -> HttpResponse:
    """收回清单: who has it, who has given it back, and the matters that wait for the convener's word."""
    minutes = fetch_whole(request, pk)
    require(reads_all(request.user), f"retrieval list {pk}")
    if minutes.state != MinutesState.STOPPED or minutes.paper is None:
        return redirect(minutes)
    rows = retrieval.holders(minutes)
    copies = [row for row in rows if row.delivery is not None]
    return page(
        request, "retrieval", minutes, "收回清单", rows=rows, items=retrieval.items_left(minutes), total=len(copies),
        back=sum(row.returned_on is not None for row in copies), may_register=can_register(request.user),
        order=getattr(minutes.paper, "stop_order", None), today=timezone.localdate(),
        may_end=standing_of(request.user).is_convener,
    )  # fmt: skip
