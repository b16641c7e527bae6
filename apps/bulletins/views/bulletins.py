"""通报 and 总结: list, one of them, its text, its way to the units."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.bulletins import pages, permissions, selectors, services
from apps.bulletins.enums import BulletinKind, BulletinState
from apps.bulletins.forms import FactsForm, ListFilter, NewForm, SectionForm
from apps.bulletins.models import Bulletin
from apps.bulletins.services.reports import StaleError
from apps.common.errors import Refused, demand
from apps.dispatch.views.desk import say_chased
from apps.documents import show
from apps.meetings.views.shared import attempt, page_of, sent, status_of, timeline

STOPPED = "这份公文已停止使用，不再提供下载。请退回或删除已有的文件。"
DONE = {
    "submit": _("已送审批。"),
    "withdraw": _("已撤回，可以继续修改。"),
    "withdraw_approval": _("已撤回批准。"),
    "drop": _("草稿已作废。"),
    "void": _("编号已作废，公文不再使用。"),
    "take_again": _("已重新取数。没有改过的部分已按新的数字重新拟写，改过的部分请核对。"),
}


def fetch(request: HttpRequest, pk: int) -> Bulletin:
    """The bulletin if the user may see it, else 404."""
    rows = selectors.visible_to(request.user).select_related(
        "paper", "drafted_by", "approved_by", "submitted_by", "previous__paper"
    )
    return get_object_or_404(rows.prefetch_related("sections"), pk=pk)


@require_GET
def index(request: HttpRequest) -> HttpResponse:
    """Bulletins the user may see, the newest cut-off first."""
    form = ListFilter(request.GET)
    rows = form.narrow(selectors.listed(selectors.visible_to(request.user)), day="ends_on")
    context = {
        "form": form, "summary": form.in_words(), "page_obj": page_of(request, rows),
        "may_write": permissions.can_write(request.user),
    }  # fmt: skip
    return render(request, "bulletins/list.html", context)


@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """A new draft: its figures are frozen when it is made."""
    demand(permissions.can_write(request.user), "write a bulletin")
    kind = (request.POST or request.GET).get("kind", "")
    form = NewForm(request.POST or None, initial=NewForm.defaults(kind))
    if request.method == "POST" and form.is_valid():
        made = attempt(form, lambda: services.make_bulletin(**form.cleaned_data, by=request.user))
        if made:
            messages.success(request, _("已取数并拟好初稿，请逐部分核对。"))
            return redirect(made)
    kind = form["kind"].value()
    word = BulletinKind.ANNUAL.label if kind == BulletinKind.ANNUAL else _("通报")
    context = {"form": form, "kinds": BulletinKind.choices, "kind": kind, "word": word}
    return render(request, "bulletins/new.html", context, status=status_of(form))


@require_GET
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One bulletin: its figures, its text, its way, and what this user may do now."""
    context = pages.bulletin_context(request.user, fetch(request, pk), timeline)
    return render(request, "bulletins/detail.html", context)


@require_http_methods(["GET", "POST"])
def facts(request: HttpRequest, pk: int) -> HttpResponse:
    """Title, period, and whether the municipal government gets a copy."""
    bulletin = fetch(request, pk)
    demand(permissions.can_write(request.user, bulletin), "edit bulletin")
    initial = {name: getattr(bulletin, name) for name in ("title", "period", "report_up")}
    form = FactsForm(request.POST or None, initial=initial)
    if sent(request, form, lambda: services.change_facts(bulletin, **form.cleaned_data, by=request.user)):
        messages.success(request, _("已保存。"))
        return redirect(bulletin)
    context = {"form": form, "bulletin": bulletin, "title": _("标题和抄报")}
    return render(request, "bulletins/form.html", context, status=status_of(form))


@require_http_methods(["GET", "POST"])
def section(request: HttpRequest, pk: int, code: str) -> HttpResponse:
    """Edit one part; 409 with both texts when somebody saved it meanwhile."""
    bulletin = fetch(request, pk)
    row = get_object_or_404(bulletin.sections, code=code)
    demand(permissions.can_write(request.user, bulletin), "edit bulletin")
    if bulletin.state != BulletinState.DRAFTING:
        raise Refused(_("只有起草中的通报可以修改；已送审的，请先撤回。"), bulletin)
    initial = {"heading": row.heading, "text": row.text, "version": row.version}
    form = SectionForm(request.POST or None, initial=initial)
    context = {"form": form, "bulletin": bulletin, "section": row, **pages.tables(bulletin.snapshot)}
    try:
        if sent(request, form, lambda: services.edit_section(row, **form.cleaned_data, by=request.user)):
            messages.success(request, _("已保存。"))
            return redirect(bulletin)
    except StaleError as stale:
        mine = form.cleaned_data
        form = SectionForm(initial={**mine, "version": stale.section.version})
        context |= {"form": form, "theirs": stale.section, "mine": mine["text"]}
        return render(request, "bulletins/section.html", context, status=409)
    return render(request, "bulletins/section.html", context, status=status_of(form))


@require_POST
def propose(request: HttpRequest, pk: int, code: str) -> HttpResponse:
    """重新拟写 one part from the figures."""
    bulletin = fetch(request, pk)
    row = get_object_or_404(bulletin.sections, code=code)
    services.propose_again(row, by=request.user)
    messages.success(request, _("已按取数重新拟写。原来的文字在修改记录中。"))
    return redirect(bulletin)


@require_POST
def act(request: HttpRequest, pk: int, verb: str) -> HttpResponse:
    """An act without fields of its own."""
    bulletin = fetch(request, pk)
    if verb == "chase":
        say_chased(request, services.chase(bulletin, by=request.user))
        return redirect(bulletin)
    if verb not in DONE:
        raise Http404(verb)
    if verb in ("drop", "void"):
        getattr(services, verb)(bulletin, reason=request.POST.get("reason", ""), by=request.user)
    else:
        getattr(services, verb)(bulletin, by=request.user)
    messages.success(request, DONE[verb])
    return redirect(bulletin)


@require_POST
def sign_for(request: HttpRequest, pk: int) -> HttpResponse:
    """签收 of the copies of the user's units."""
    bulletin = fetch(request, pk)
    services.sign_for(bulletin, by=request.user)
    messages.success(request, _("已签收。"))
    return redirect(bulletin)


@require_GET
def paper(request: HttpRequest, pk: int, part: str = "") -> HttpResponse:
    """The paper: its page, its pictures, its files."""
    bulletin = fetch(request, pk)
    if part in show.TYPES and not pages.can_be_read_as_issued(request.user, bulletin):
        raise Refused(STOPPED, bulletin)
    return show.answer(request, pages.shown(bulletin), part)
