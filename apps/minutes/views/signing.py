"""签发 on a phone, 线下签批补录, 编号, 印发."""

from allauth.account.decorators import reauthentication_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from apps.common.workflow import WORKFLOWS, can, refusal
from apps.dispatch.enums import DeliveryRole
from apps.documents import show
from apps.minutes import consent, content, pages, selectors, services
from apps.minutes.enums import MinutesState
from apps.minutes.forms import NumberForm, PaperSignatureForm
from apps.minutes.models import Minutes
from apps.minutes.permissions import can_handle, can_sign, is_drafter
from apps.roster.enums import PostKind
from apps.roster.selectors import holders, today

from .papers import shown_minutes
from .shared import attempt, done, fetch_whole, page, require


@require_http_methods(["GET", "POST"])
@reauthentication_required(allow_get=True)
def sign(request: HttpRequest, pk: int) -> HttpResponse:
    """The convener's page: what it is, how it looks, who agrees, two buttons. Signing asks for the password again."""
    minutes = fetch_whole(request, pk)
    if request.method == "POST":
        services.sign(minutes, by=request.user, opinion=request.POST.get("opinion", "")[:200])
        return done(request, "已签发，办公室将复核、编号、印发。", "minutes:detail", pk)
    if minutes.state != MinutesState.SIGNING:
        return redirect(minutes)
    return _sign_page(request, minutes)


def _sign_page(request: HttpRequest, minutes: Minutes) -> HttpResponse:
    pk = minutes.pk
    found = consent.picture(minutes)
    endorsements = selectors.endorsements_of(minutes)
    lines = list(found.lines)
    return page(
        request, "sign", minutes, "签发", picture=found, figures=pages.figures(found), sheets=show.sheets(shown_minutes(minutes)),
        may_sign=can_sign(request.user, minutes), is_drafter=is_drafter(request.user, minutes),
        refusal=refusal(WORKFLOWS[Minutes]["sign"], minutes), endorsements=endorsements,
        lines=lines, history=pages.history(minutes),
        answers=pages.answers_in_short(found), warnings=pages.grouped(found.warnings),
        may_register=can(request.user, minutes, "register_signature"), preview_url=reverse("minutes:paper", args=[pk, "minutes"]),
        board_url=reverse("minutes:board", args=[pk]), return_url=reverse("minutes:act", args=[pk, "return_sign"]),
        decided_line=content.decided_before(lines),
    )  # fmt: skip


@require_http_methods(["GET", "POST"])
def register_signature(request: HttpRequest, pk: int) -> HttpResponse:
    """线下签批补录: opinion, name, full date, scan."""
    minutes = fetch_whole(request, pk)
    require(can_handle(request.user, minutes), f"register signature {pk}")
    known = holders(PostKind.CONVENER)
    initial = {"name": known[0].person.name if known else "", "signed_on": today()}
    form = PaperSignatureForm(request.POST or None, request.FILES or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        call = services.register_signature
        if attempt(form, lambda: call(minutes, by=request.user, **form.cleaned_data)):
            return done(request, "线下签批已补录，请复核。", "minutes:detail", pk)
    why = refusal(WORKFLOWS[Minutes]["register_signature"], minutes)
    hint = "召集人在纸上签批的，在这里补录。意见、姓名、日期照原件录入，并上传扫描件。"
    return page(
        request, "form", minutes, "线下签批补录", form=form, submit="保存补录", hint=hint, refusal=why
    )


@require_http_methods(["GET", "POST"])
def number(request: HttpRequest, pk: int) -> HttpResponse:
    """编号成文: take the number, freeze the paper."""
    minutes = fetch_whole(request, pk)
    require(can_handle(request.user, minutes), f"number minutes {pk}")
    form = NumberForm(request.POST or None, initial={"printed_on": today(), "copies": minutes.copies.all()})
    if request.method == "POST" and form.is_valid():
        given = {"printed_on": form.cleaned_data["printed_on"], "copies": form.cleaned_data.get("copies", ())}
        saved = attempt(form, lambda: services.number(minutes, by=request.user, **given))
        if saved is not None and saved.paper is not None:
            return done(request, f"已编为{saved.paper.number_text}，正式文件已存档。", "minutes:issue", pk)
    hint = "编号后正式文件即生成、存档，文字、编号、印发日期不能再改。编号按签发年份连续编排，不跳号。"
    why = refusal(WORKFLOWS[Minutes]["number"], minutes)
    return page(request, "form", minutes, "编号成文", form=form, submit="编号成文", hint=hint, refusal=why)


@require_http_methods(["GET", "POST"])
def issue(request: HttpRequest, pk: int) -> HttpResponse:
    """印发: to whom it goes and which items it opens, then one button."""
    minutes = fetch_whole(request, pk)
    require(can_handle(request.user, minutes), f"issue minutes {pk}")
    if request.method == "POST":
        services.issue(minutes, by=request.user)
        return done(request, "已印发，议定事项已交办。请登记抄报送达情况，然后归档。", "minutes:detail", pk)
    if minutes.state != MinutesState.ISSUING:
        return redirect(minutes)
    lines = content.lines_of(selectors.passages_of(minutes))
    return page(
        request, "issue", minutes, "印发", recipients=services.issuing.groups_of(minutes), roles=DeliveryRole,
        items=[line for line in lines if line.seq and line.passage.opens_item],
        refusal=refusal(WORKFLOWS[Minutes]["issue"], minutes),
    )  # fmt: skip
