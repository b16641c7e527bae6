"""Issued papers and their copies."""

from functools import partial
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.common import files
from apps.common.audit import history_of
from apps.common.errors import Refused, demand
from apps.common.fields import FIRST_YEAR, LAST_YEAR, whole_number
from apps.common.going_back import safe_next
from apps.dispatch import papers as papers_room
from apps.dispatch import permissions, receiving, selectors, services, stopping
from apps.dispatch.enums import DeliveryRole
from apps.dispatch.forms import RegisterForm, ReturnForm, ScanForm, StopForm
from apps.dispatch.models import Delivery, StopOrder
from apps.documents import show
from apps.documents.enums import PaperKind, PaperStatus
from apps.documents.making import try_again
from apps.documents.models import ArchivedPaper
from apps.documents.services import attach_scan

PAGE_SIZE = 20
STOPPED_WORDS = "这份公文已停止使用，不再提供下载。请退回或删除已有的文件。"


@require_GET
def papers(request: HttpRequest) -> HttpResponse:
    """发文: issued papers, and how far their copies have come; for a unit 收文, what was issued to it."""
    before = whole_number(request.GET.get("before", ""))
    found = selectors.papers_visible_to(request.user)
    if before is not None:
        found = found.filter(pk__lt=before)
    page = list(found[: PAGE_SIZE + 1])
    context: dict[str, Any] = {
        "rows": [(paper, selectors.copies_of(paper)) for paper in page[:PAGE_SIZE]],
        "older_url": f"?before={page[PAGE_SIZE - 1].pk}" if len(page) > PAGE_SIZE else "",
        "newer_url": "?" if before else "",
    }
    if permissions.sees_every_copy(request.user):
        return _issued(request, context)
    context["rows"] = [
        receiving.received(paper, selectors.issuer_of(paper), copies, request.user)
        for paper, copies in context["rows"]
    ]
    return render(request, "dispatch/received.html", context)


def _issued(request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
    may_see = permissions.can_see_outbox(request.user)
    context["rows"] = [
        (paper, selectors.figures_of(paper, copies, desk=may_see)) for paper, copies in context["rows"]
    ]
    context |= {"may_see_outbox": may_see, "years": selectors.years_of_papers() if may_see else []}
    return render(request, "dispatch/list.html", context)


@require_GET
def paper(request: HttpRequest, pk: int) -> HttpResponse:
    """One paper's copies: where each stands, and the button for who may act."""
    archived = get_object_or_404(selectors.papers_visible_to(request.user), pk=pk)
    context = {
        "paper": archived,
        "issuer": selectors.issuer_of(archived),
        "panel": selectors.panel_of(archived, request.user),
        "history": _history(archived),
        "report_done": not _owes_report(archived) or selectors.report_is_done(archived),
        "sees_every_copy": permissions.sees_every_copy(request.user),
        "reads_all": permissions.can_see_outbox(request.user),
        "order": _order(archived),
        "may_stop": _may_stop(request.user, archived),
        "may_register": permissions.can_register(request.user),
        "may_make_again": not archived.is_made and permissions.can_resend(request.user),
        "scans": archived.scans.select_related("file") if _is_handed_out(request.user, archived) else [],
        "scan_form": ScanForm(),
        "today": timezone.localdate(),
    }
    return render(request, "dispatch/paper.html", context)


def _owes_report(archived: ArchivedPaper) -> bool:
    """A 纪要 is 抄报 always (C12), any other paper where it went to the authority: a 催办函 goes to its unit alone."""
    copies = selectors.copies_of(archived)
    return archived.kind == PaperKind.MINUTES or any(copy.role == DeliveryRole.REPORT for copy in copies)


def _may_stop(user: Any, archived: ArchivedPaper) -> bool:
    """A 纪要 is stopped on its own page (its signer approves), any other paper here."""
    in_force = archived.status == PaperStatus.CURRENT and archived.kind != PaperKind.MINUTES
    return in_force and permissions.can_stop(user)


def _history(archived: Any) -> list[dict[str, Any]]:
    return [
        {"at": event.at, "by": event.actor_label, "label": event.label, "text": ""}
        for event in history_of(archived).reverse()
        if event.verb != "download"
    ]


@require_GET
def sheet(request: HttpRequest, pk: int, kind: str, part: str = "") -> HttpResponse:
    """The paper itself, the notice that stops it, or the register of its copies."""
    archived = get_object_or_404(selectors.papers_visible_to(request.user), pk=pk)
    base = reverse("dispatch:sheet", args=[pk, kind])
    back = reverse("dispatch:paper", args=[pk])
    if kind == "paper":
        if part in show.TYPES:
            _hand_out(request, archived)
        shown = show.Shown(archived.title, base, archived, archived=archived, back=back)
    elif kind == PaperKind.STOP and (order := _order(archived)):
        title = f"{archived.title}停止使用通知"
        shown = show.Shown(title, base, archived, paper=lambda: papers_room.stop_notice(order), back=back)
    elif kind == PaperKind.REGISTER:
        demand(permissions.can_see_outbox(request.user), "register of copies")
        copies = selectors.register_rows(request.user, paper=archived)
        make = partial(papers_room.register, copies, scope=archived.number_text or archived.title)
        shown = show.Shown(f"{archived.title}发文登记表", base, archived, paper=make, back=back)
    else:
        raise Http404(kind)
    return show.answer(request, shown, part)


def _is_handed_out(user: Any, archived: ArchivedPaper) -> bool:
    """A stopped paper is looked at, and handed out to nobody but those who keep it."""
    return archived.status != PaperStatus.STOPPED or permissions.can_see_outbox(user)


def _hand_out(request: HttpRequest, archived: ArchivedPaper) -> None:
    if not _is_handed_out(request.user, archived):
        raise Refused(STOPPED_WORDS, archived)


def _order(archived: ArchivedPaper) -> StopOrder | None:
    return getattr(archived, "stop_order", None)


@require_GET
def year_register(request: HttpRequest, year: int, part: str = "") -> HttpResponse:
    """发文登记表 of a year: every copy of every paper issued in it."""
    if not permissions.can_see_outbox(request.user):
        raise PermissionDenied("register of copies")
    # The database knows no other years than the calendar does.
    copies = selectors.register_rows(request.user, year=year) if FIRST_YEAR <= year <= LAST_YEAR else []
    if not copies:
        raise Http404(str(year))
    base = reverse("dispatch:year_register", args=[year])
    make = partial(papers_room.register, copies, scope=f"{year}年")
    shown = show.Shown(
        f"{year}年发文登记表", base, copies[0].paper, paper=make, back=reverse("dispatch:list")
    )
    return show.answer(request, shown, part)


@require_http_methods(["GET", "POST"])
def stop(request: HttpRequest, pk: int) -> HttpResponse:
    """停止使用: why, since when, who approved."""
    archived = get_object_or_404(selectors.papers_visible_to(request.user), pk=pk)
    if not permissions.can_stop(request.user):
        raise PermissionDenied("stop paper")
    if archived.kind == PaperKind.MINUTES:
        raise Refused("纪要停止使用须经召集人批准，请在该纪要的页面办理。", archived)
    form = StopForm(request.POST or None, initial={"stopped_on": timezone.localdate()})
    if request.method == "POST" and form.is_valid():
        try:
            stopping.stop_paper(archived, by=request.user, **form.cleaned_data)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, _("已停止使用，收文单位已收到退回的提醒。请逐份登记退回。"))
            return redirect("dispatch:paper", pk)
    context = {"paper": archived, "form": form}
    return render(request, "dispatch/stop.html", context, status=422 if form.errors else 200)


@require_POST
def give_back(request: HttpRequest, pk: int) -> HttpResponse:
    """A copy of a stopped paper came back."""
    delivery = get_object_or_404(selectors.visible_to(request.user), pk=pk)
    demand(permissions.can_register(request.user, delivery), "register return")
    form = ReturnForm(request.POST)
    if not form.is_valid():
        raise Refused(str(form.errors["returned_on"][0]), delivery)
    stopping.register_return(delivery, returned_on=form.cleaned_data["returned_on"], by=request.user)
    messages.success(request, _("已登记退回：%(name)s。") % {"name": delivery.recipient})
    return redirect(safe_next(request, reverse("dispatch:paper", args=[delivery.paper_id])))


@require_POST
def attach(request: HttpRequest, pk: int) -> HttpResponse:
    """Keep the signed copy (scan or OFD) beside the paper."""
    archived = get_object_or_404(selectors.papers_visible_to(request.user), pk=pk)
    if not permissions.can_register(request.user):
        raise PermissionDenied("attach scan")
    form = ScanForm(request.POST, request.FILES)
    if not form.is_valid():
        raise Refused(str(next(iter(form.errors.values()))[0]), archived)
    attach_scan(archived, upload=form.cleaned_data["file"], note=form.cleaned_data["note"], by=request.user)
    messages.success(request, _("签署件已存入档案。"))
    return redirect("dispatch:paper", pk)


@require_GET
def scan(request: HttpRequest, pk: int, file: int) -> FileResponse:
    """A signed copy, for whoever sees the paper; of a stopped one for those who keep it."""
    archived = get_object_or_404(selectors.papers_visible_to(request.user), pk=pk)
    row = get_object_or_404(archived.scans.select_related("file"), pk=file)
    _hand_out(request, archived)
    return files.answer(row.file, by=request.user)


@require_POST
def make_again(request: HttpRequest, pk: int) -> HttpResponse:
    """Try once more to make the files of a paper that could not be made."""
    archived = get_object_or_404(selectors.papers_visible_to(request.user), pk=pk)
    if not permissions.can_resend(request.user):
        raise PermissionDenied("make again")
    try_again(archived, by=request.user)
    messages.success(request, _("正在重新制作。"))
    return redirect("dispatch:paper", pk)


@require_http_methods(["GET", "POST"])
def register(request: HttpRequest, pk: int) -> HttpResponse:
    """The office writes down when a copy went and who received it."""
    delivery = get_object_or_404(selectors.visible_to(request.user), pk=pk)
    if not permissions.can_register(request.user, delivery):
        raise PermissionDenied("register delivery")
    form = RegisterForm(request.POST or None, delivery=delivery)
    if request.method == "POST" and form.is_valid() and _registered(delivery, form, request):
        messages.success(request, _("已登记：%(name)s。") % {"name": delivery.recipient})
        return redirect("dispatch:paper", delivery.paper_id)
    context = {"delivery": delivery, "form": form}
    return render(request, "dispatch/register.html", context, status=422 if form.errors else 200)


def _registered(delivery: Delivery, form: RegisterForm, request: HttpRequest) -> bool:
    try:
        services.register_delivery(delivery, by=request.user, **form.cleaned_data)
    except ValidationError as error:
        form.add_error(None, error)
        return False
    return True


@require_POST
def receive(request: HttpRequest, pk: int) -> HttpResponse:
    """The unit's liaison signs for its copy."""
    delivery = get_object_or_404(selectors.visible_to(request.user), pk=pk)
    services.confirm_receipt(delivery, by=request.user)
    messages.success(request, _("已签收：%(paper)s。") % {"paper": delivery.paper.title})
    listed = request.POST.get("next") == reverse("dispatch:list")
    return redirect("dispatch:list") if listed else redirect("dispatch:paper", delivery.paper_id)
