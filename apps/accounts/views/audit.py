"""The auditor's page: reads everything, changes nothing."""

import io

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from apps.accounts import journal_pages, journal_words, long, permissions
from apps.accounts.forms import AuditFilter
from apps.common import audit
from apps.common.sheets import answer_xlsx

from .shared import chosen, only


@require_GET
@only(permissions.can_read_journal)
def index(request: HttpRequest) -> HttpResponse:
    """The journal, newest first, filtered."""
    form = AuditFilter(request.GET)
    wanted = form.cleaned_data if form.is_valid() else {}
    page = journal_pages.page(
        journal_pages.events(wanted),
        before=request.GET.get("before", ""),
        after=request.GET.get("after", ""),
    )
    query = request.GET.copy()
    for key in ("before", "after"):
        query.pop(key, None)
    context = {
        "form": form,
        "page": page,
        "lines": [(event, journal_words.thing(event), journal_words.details(event)) for event in page.rows],
        "summary": chosen(form),
        "head": journal_pages.head(),
        "query": query.urlencode(),
    }
    return render(request, "accounts/audit.html", context)


@require_GET
@only(permissions.can_read_journal)
def export(request: HttpRequest) -> HttpResponse:
    """The filtered lines as a sheet; that they were taken out is itself a line. Many are written by the worker."""
    words, out = chosen(AuditFilter(request.GET)), io.BytesIO()
    work = long.start_export(request.GET, words=words, by=request.user)
    if work is not None:
        return redirect(work)
    name, _count = long.write(out, request.GET, words=words, by=request.user)
    return answer_xlsx(out.getvalue(), name)


@require_POST
@only(permissions.can_read_journal)
def verify(request: HttpRequest) -> HttpResponse:
    """Walk the hash chain and say what came out."""
    report = audit.verify()
    audit.record(
        by=request.user,
        verb="verify_audit",
        label="核验日志链",
        detail={"count": report.count, "head": report.head},
    )
    if report.broken_id is None:
        messages.success(request, f"日志链完好：共{report.count}条，末条哈希 {report.head[:16]}…")
    else:
        messages.error(
            request, f"日志链在第{report.broken_id}号记录处断裂，此前{report.count}条完好。请立即报告。"
        )
    return redirect("accounts:audit")
