"""签发 on a phone, 线下签批补录, 编号, 印发."""

from typing import Any

from allauth.account.decorators import reauthentication_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods

from apps.common.workflow import WORKFLOWS, can, refusal
from apps.dispatch.enums import DeliveryRole
from apps.dispatch.telling import held_words
from apps.documents import show
from apps.minutes import consent, content, disputes, pages, reading, selectors, services
from apps.minutes.enums import Adoption, MinutesState
from apps.minutes.forms import NumberForm, PaperSignatureForm
from apps.minutes.models import Comment, Minutes
from apps.minutes.permissions import can_handle, can_sign, is_drafter
from apps.roster.enums import PostKind
from apps.roster.selectors import holders, today

from .papers import shown_minutes
from .shared import attempt, done, fetch_whole, page, require


@require_http_methods(["GET", "POST"])
def sign(request: HttpRequest, pk: int) -> HttpResponse:
    """The convener's page: what it is, what changed, how it looks, who agrees; 退回修改, 暂存, 同意签发."""
    if request.method == "POST" and request.POST.get("verb") in ("hold", "return"):
        return _not_yet(request, pk)
    return _decide(request, pk)


def _not_yet(request: HttpRequest, pk: int) -> HttpResponse:
    """暂存, or 退回修改 with words. Neither binds anybody, so neither asks for the password."""
    minutes, words = fetch_whole(request, pk), request.POST.get("opinion", "").strip()
    if request.POST["verb"] == "hold":
        services.hold(minutes, by=request.user, opinion=words)
        return done(request, "已暂存，只有您自己看得到。", "minutes:sign", pk)
    if not words and minutes.state == MinutesState.SIGNING:
        require(can_sign(request.user, minutes), f"return minutes {pk}")
        return _sign_page(request, minutes, trouble="退回修改，请在“批示”里写明理由。", status=422)
    services.return_sign(minutes, by=request.user, reason=words[:1000])
    return done(request, "已退回办公室修改。", "minutes:detail", pk)


@reauthentication_required(allow_get=True)
def _decide(request: HttpRequest, pk: int) -> HttpResponse:
    """Read, or sign: signing asks for the password again."""
    minutes = fetch_whole(request, pk)
    if request.method == "POST":
        given = {"opinion": request.POST.get("opinion", ""), "seen": request.POST.get("seen", "")}
        try:
            services.sign(minutes, by=request.user, **given)
        except services.StaleTextError as error:
            return _sign_page(request, minutes, trouble=error.text, status=409)
        return done(request, "已签发，办公室将复核、编号、印发。", "minutes:detail", pk)
    if minutes.state != MinutesState.SIGNING:
        return redirect(minutes)
    return _sign_page(request, minutes)


def _sign_page(
    request: HttpRequest, minutes: Minutes, *, trouble: str = "", status: int = 200
) -> HttpResponse:
    found = consent.picture(minutes)
    lines, endorsements = list(found.lines), selectors.endorsements_of(minutes)
    text = reading.text_of(minutes, lines)
    answer = page(
        request, "sign", minutes, "签发", picture=found, figures=pages.figures(found), sheets=show.sheets(shown_minutes(minutes)),
        may_sign=can_sign(request.user, minutes), is_drafter=is_drafter(request.user, minutes), trouble=trouble,
        refusal=refusal(WORKFLOWS[Minutes]["sign"], minutes), endorsements=endorsements, mark=reading.mark_of(text),
        lines=lines, history=pages.history(minutes), answers=pages.answers_in_short(found), warnings=_warnings(minutes, found),
        may_register=can(request.user, minutes, "register_signature"), decided_line=content.decided_before(lines),
        decided=sum(bool(line.seq) for line in lines), withheld=len(disputes.withheld_in(lines)), **_before(request, minutes, text),
    )  # fmt: skip
    answer.status_code = status
    return answer


def _before(request: HttpRequest, minutes: Minutes, text: reading.Snapshot) -> dict[str, Any]:
    """What changed since this signer looked last, and his words so far. A page fetched ahead by the browser is not read."""
    ahead = "prefetch" in (request.headers.get("Sec-Purpose", "") + request.headers.get("Purpose", ""))
    typed = request.POST.get("opinion")
    if not can_sign(request.user, minutes) or minutes.state != MinutesState.SIGNING:
        return {"changes": [], "opinion": typed or ""}
    row = reading.reading_of(minutes, request.user) if ahead else None
    row = row or services.note_reading(minutes, text, by=request.user)
    opinion = row.held_opinion if typed is None else typed
    return {"changes": reading.changes(row.before, text), "reading": row, "opinion": opinion}


def _warnings(minutes: Minutes, found: consent.Picture) -> list[str]:
    """What the signer should know though it bars nothing: units not counted, matters left open, comments refused."""
    found_words = [
        f"未与会、被列为牵头或配合的单位（不计入）：{text}" for text in pages.grouped(found.warnings)
    ]
    withheld = [line for line in found.lines if line.passage.withheld]
    if withheld:
        found_words.append(f"有{len(withheld)}段存议，不印入纪要。")
    refused = Comment.objects.filter(
        consent__circulation__minutes=minutes, adoption__in=[Adoption.REJECTED, Adoption.PARTLY]
    ).count()
    return found_words + ([f"有{refused}条意见没有采纳或只部分采纳，见情况表。"] if refused else [])


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
    return page(
        request, "form", minutes, "编号成文", form=form, submit="编号成文", hint=hint, refusal=why,
        signature=selectors.signature_of(minutes),
    )  # fmt: skip


@require_http_methods(["GET", "POST"])
def issue(request: HttpRequest, pk: int) -> HttpResponse:
    """印发: to whom it goes and which items it opens, then one button."""
    minutes = fetch_whole(request, pk)
    require(can_handle(request.user, minutes), f"issue minutes {pk}")
    if request.method == "POST":
        services.issue(minutes, by=request.user)
        words = f"已印发，议定事项已交办。请登记抄报送达情况，然后归档。{held_words()}"
        return done(request, words, "minutes:detail", pk)
    if minutes.state != MinutesState.ISSUING:
        return redirect(minutes)
    lines = content.lines_of(selectors.passages_of(minutes))
    return page(
        request, "issue", minutes, "印发", recipients=services.issuing.groups_of(minutes), roles=DeliveryRole,
        items=[line for line in lines if line.seq and line.passage.opens_item],
        refusal=refusal(WORKFLOWS[Minutes]["issue"], minutes), signature=selectors.signature_of(minutes),
        waits=minutes.paper is not None and not minutes.paper.is_made and not minutes.paper.trouble,
    )  # fmt: skip
