"""更正 of an issued 纪要: its case, its changes, the units' answers, the signer's approval, the issue."""

from collections.abc import Callable
from typing import Any

from allauth.account.decorators import reauthentication_required
from django.core.exceptions import ValidationError
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.common import files
from apps.common.errors import Refused
from apps.common.workflow import WORKFLOWS, first_error, refusal
from apps.documents import show
from apps.minutes import correction, correction_pages, services
from apps.minutes.correction_selectors import answers_visible_to, cases_visible_to, open_case_of
from apps.minutes.deadlines import default_reply_by
from apps.minutes.enums import CaseState
from apps.minutes.forms.correcting import AskForm, CorrectionAnswerForm, LetterForm, ReasonForm
from apps.minutes.forms.issuing import PaperSignatureForm
from apps.minutes.models import CorrectionCase, CorrectionConsent
from apps.minutes.permissions import can_answer_correction, can_correct, can_handle, original_signer
from apps.minutes.services.correcting_issue import holders_of
from apps.roster.enums import PostKind
from apps.roster.selectors import holders, today

from .shared import attempt, done, fetch_whole, page, require

_ACTS: dict[str, Callable[..., CorrectionCase]] = {
    "submit": services.submit_correction,
}
_REASONED: dict[str, Callable[..., CorrectionCase]] = {
    "rework": services.rework_correction,
    "drop": services.drop,
}
_HINT = (
    "更正印错、写错的内容：文号不变，另印新版，原件作废，发给所有收过原件的单位。"
    "可以更正标题、正文、出席名单，也可以补上漏印的议定事项、删去错印的议定事项；督办台账随之更正。"
)


def case_of(request: HttpRequest, pk: int) -> CorrectionCase:
    """The correction if the user may see it, else 404."""
    return get_object_or_404(cases_visible_to(request.user), pk=pk)


@require_http_methods(["GET", "POST"])
def correct(request: HttpRequest, pk: int) -> HttpResponse:
    """Begin a 更正 with its reason, or go to the one on its way."""
    minutes = fetch_whole(request, pk)
    require(can_handle(request.user, minutes), f"correct minutes {pk}")
    if (known := open_case_of(minutes)) is not None:
        return redirect(known)
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        call = services.open_case
        made = attempt(form, lambda: call(minutes, by=request.user, **form.cleaned_data))
        if made is not None:
            return done(request, "已开始拟定更正。请选要更正的内容。", made)
    return page(request, "form", minutes, "更正", form=form, submit="开始拟定", hint=_HINT)


@require_GET
def case(request: HttpRequest, pk: int) -> HttpResponse:
    """One correction: why, what, who agrees, how the new version looks, and the next step."""
    return _case_page(request, case_of(request, pk))


def _case_page(
    request: HttpRequest, row: CorrectionCase, *, trouble: str = "", status: int = 200
) -> HttpResponse:
    user = request.user
    answer = page(
        request, "correction", row.minutes, "更正", case=row, colour=correction_pages.colour(row), trouble=trouble,
        changes=correction_pages.changes(row), answers=correction_pages.answers(row), actions=correction_pages.actions(user, row),
        may_write=can_correct(user, row) and row.state == CaseState.DRAFTING, others=correction_pages.unchanged(row),
        may_approve=original_signer(user, row) and row.state == CaseState.SIGNING, mark=correction.whole_mark(row),
        refusal=refusal(WORKFLOWS[CorrectionCase]["approve"], row) if row.state == CaseState.SIGNING else "",
        sheets=show.sheets(correction_pages.shown(row)) if row.changes.exists() else None,
        opinion=request.POST.get("opinion", ""), may_answer=can_correct(user, row) and row.state == CaseState.ASKING,
    )  # fmt: skip
    answer.status_code = status
    return answer


@require_GET
def paper(request: HttpRequest, pk: int, part: str = "") -> HttpResponse:
    """The paper as it would be printed with the changes."""
    return show.answer(request, correction_pages.shown(case_of(request, pk)), part)


@require_POST
def act(request: HttpRequest, pk: int, verb: str) -> HttpResponse:
    """Submit, take back, drop; the units are asked from a page of its own, by a date."""
    row = case_of(request, pk)
    if verb in _REASONED:
        call, extra = _REASONED[verb], {"reason": request.POST.get("reason", "")}
    elif verb in _ACTS:
        call, extra = _ACTS[verb], {}
    else:
        raise Http404(verb)
    try:
        call(row, by=request.user, **extra)
    except ValidationError as error:
        raise Refused(first_error(error), row, verb) from error
    return done(request, f"已办理：{WORKFLOWS[CorrectionCase][verb].label}。", row)


@require_http_methods(["GET", "POST"])
def ask(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask the units that the changes touch, by a date."""
    row = case_of(request, pk)
    require(can_correct(request.user, row), f"ask about correction {pk}")
    form = AskForm(request.POST or None, initial={"reply_by": default_reply_by()})
    if request.method == "POST" and form.is_valid():
        call = services.ask_correction
        if attempt(form, lambda: call(row, by=request.user, **form.cleaned_data)):
            return done(request, "已征求有关单位意见。", row)
    units = "、".join(unit.short_name for unit, _why in correction.not_agreed(row))
    return page(
        request, "form", row.minutes, "更正征求意见", form=form, submit="征求意见", hint=f"征求意见的单位：{units or '无'}。",
        refusal=refusal(WORKFLOWS[CorrectionCase]["ask"], row), back=row.get_absolute_url(),
    )  # fmt: skip


@require_POST
def chase(request: HttpRequest, pk: int) -> HttpResponse:
    """催报 to the silent units."""
    row = case_of(request, pk)
    require(can_correct(request.user, row), f"chase correction {pk}")
    told = services.chase_correction(row, by=request.user)
    alone = "、".join(entry.unit.short_name for entry in told if not entry.users)
    return done(request, f"已催报{len(told)}个单位。{f'{alone}没有账号，请另行通知。' if alone else ''}", row)


@require_POST
def decide(request: HttpRequest, pk: int) -> HttpResponse:
    """The signer: 同意更正 (asks for the password), or 退回修改 with words."""
    if request.POST.get("verb") != "send_back":
        return _approve(request, pk)
    row, words = case_of(request, pk), request.POST.get("opinion", "").strip()
    require(original_signer(request.user, row), f"decide correction {pk}")
    if not words and row.state == CaseState.SIGNING:
        return _case_page(request, row, trouble="退回修改，请写明理由。", status=422)
    services.send_back(row, by=request.user, reason=words[:1000])
    return done(request, "已退回办公室修改。", row)


@reauthentication_required
def _approve(request: HttpRequest, pk: int) -> HttpResponse:
    row = case_of(request, pk)
    given = {"opinion": request.POST.get("opinion", ""), "seen": request.POST.get("seen", "")}
    try:
        services.approve(row, by=request.user, **given)
    except services.StaleTextError as error:
        return _case_page(request, row, trouble=error.text, status=409)
    return done(request, "已批准更正，办公室将印发。", row)


@require_http_methods(["GET", "POST"])
def register(request: HttpRequest, pk: int) -> HttpResponse:
    """The signer approved on paper."""
    row = case_of(request, pk)
    require(can_correct(request.user, row), f"register approval {pk}")
    known = holders(PostKind.CONVENER)
    initial = {"name": known[0].person.name if known else "", "signed_on": today()}
    form = PaperSignatureForm(request.POST or None, request.FILES or None, initial=initial)
    form.fields["signed_on"].help_text = "原件上的完整日期。"
    if request.method == "POST" and form.is_valid():
        call = services.register_approval
        if attempt(form, lambda: call(row, by=request.user, **form.cleaned_data)):
            return done(request, "已补录，可以印发更正。", row)
    why = refusal(WORKFLOWS[CorrectionCase]["register_approval"], row)
    hint = "原签发人在纸上批准更正的，在这里补录，并上传扫描件。"
    return page(
        request, "form", row.minutes, "更正批准补录", form=form, submit="保存补录", hint=hint, refusal=why
    )


@require_http_methods(["GET", "POST"])
def issue(request: HttpRequest, pk: int) -> HttpResponse:
    """Print and send the new version with the notice."""
    row = case_of(request, pk)
    require(can_correct(request.user, row), f"issue correction {pk}")
    form = LetterForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        call = services.issue_correction
        if attempt(form, lambda: call(row, by=request.user, **form.cleaned_data)):
            words = "更正已印发，台账已同步。请登记新版的送达，再归档。"
            return done(request, words, "minutes:detail", row.minutes_id)
    why = refusal(WORKFLOWS[CorrectionCase]["issue"], row)
    paper = row.minutes.paper
    names = [recipient.name for recipient, _role in holders_of(paper)] if paper else []
    hint = f"文号不变，版次加一；新版和更正通知发给收过原件的{len(names)}个单位：{'、'.join(names)}。抄报要重新登记，才能归档。"
    return page(
        request, "form", row.minutes, "印发更正", form=form, submit="印发更正", hint=hint, refusal=why
    )


@require_http_methods(["GET", "POST"])
def answer(request: HttpRequest, pk: int) -> HttpResponse:
    """A unit's page: what changes for it, and its answer; the office enters it on the unit's behalf."""
    row: CorrectionConsent = get_object_or_404(answers_visible_to(request.user), pk=pk)
    own = can_answer_correction(request.user, row)
    behalf = not own and can_correct(request.user, row.case)
    form = CorrectionAnswerForm(request.POST or None, request.FILES or None, on_behalf=behalf)
    if request.method == "POST":
        require(own or behalf, f"answer correction {pk}")
        saved = attempt(form, lambda: _answered(request, row, form, behalf)) if form.is_valid() else None
        if saved is not None:
            return done(request, "已反馈。", "minutes:correction_answer", pk)
    return page(
        request, "correction_answer", row.case.minutes, "更正征求意见", case=row.case, consent=row, form=form, on_behalf=behalf,
        changes=correction_pages.changes_for(row), may_answer=(own or behalf) and row.case.state == CaseState.ASKING,
    )  # fmt: skip


def _answered(
    request: HttpRequest, row: CorrectionConsent, form: CorrectionAnswerForm, behalf: bool
) -> CorrectionConsent:
    given: dict[str, Any] = dict(form.cleaned_data)
    return services.answer_correction(row, by=request.user, on_behalf=behalf, **given)


@require_GET
def scan(request: HttpRequest, pk: int) -> FileResponse:
    """The scan of an approval given on paper."""
    row = case_of(request, pk)
    if row.scan is None:
        raise Http404("no scan")
    return files.answer(row.scan, by=request.user)


@require_GET
def proof(request: HttpRequest, pk: int) -> FileResponse:
    """The stamped reply of a unit."""
    row = get_object_or_404(answers_visible_to(request.user), pk=pk)
    if row.proof is None:
        raise Http404("no proof")
    return files.answer(row.proof, by=request.user)
