"""Pages of the roster: units, one unit, appointments, names."""

from functools import partial
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.accounts.views.shared import chosen, only, sent, story
from apps.common import files
from apps.common.errors import Refused
from apps.documents import show
from apps.documents.composition import chinese_date

from . import board, papers, permissions, services
from .forms import AccountOfForm, AppointForm, RosterFilter, UnitForm, VacateForm
from .models import Appointment, Charter, Person, Post, Unit
from .selectors import today


@require_GET
@only(permissions.can_see_roster)
def index(request: HttpRequest) -> HttpResponse:
    """Member units in charter order with who holds what, as of a day."""
    form = RosterFilter(request.GET)
    wanted = form.cleaned_data if form.is_valid() else {}
    day = wanted.get("on") or today()
    rows = board.board(day, words=wanted.get("q") or "")
    may_edit = permissions.can_edit_roster(request.user)
    context = {
        "form": form,
        "rows": rows,
        "day": day,
        "is_today": day == today(),
        "summary": chosen(form),
        "may_edit": may_edit,
        "unverified": [row.unit for row in rows if not row.unit.full_name_verified] if may_edit else [],
        "gaps": board.gaps(rows) if may_edit and not wanted.get("q") and day == today() else [],
    }
    return render(request, "roster/list.html", context)


@require_GET
@only(permissions.can_see_roster)
def members(request: HttpRequest, part: str = "") -> HttpResponse:
    """成员名单 as of a day (`on` in the query; today without one)."""
    form = RosterFilter(request.GET)
    wanted = form.cleaned_data.get("on") if form.is_valid() else None
    shown = show.Shown(
        f"成员名单（截至{chinese_date(wanted or today())}）", reverse("roster:members"), Charter.objects.first(),
        paper=partial(papers.member_list, wanted or today()), query=f"on={wanted:%Y-%m-%d}" if wanted else "",
        back=reverse("roster:list"),
    )  # fmt: skip
    return show.answer(request, shown, part)


@require_GET
@only(permissions.can_see_roster)
def unit(request: HttpRequest, pk: int) -> HttpResponse:
    """One unit: names, posts, who held them over time."""
    row = get_object_or_404(Unit.objects.prefetch_related("aliases"), pk=pk)
    past = Appointment.objects.filter(post__unit=row).select_related("post", "person__user", "scan")
    context = {
        "unit": row,
        "seats": board.seats_on(today(), [row.pk]).get(row.pk, []),
        "past": past.order_by("post__order", "-starts_on", "-pk"),
        "may_edit": permissions.can_edit_roster(request.user),
        "may_see_contacts": permissions.can_see_contacts(request.user),
        "may_see_scans": permissions.can_see_scans(request.user),
        "history": story(row),
    }
    return render(request, "roster/unit.html", context)


@require_http_methods(["GET", "POST"])
@only(permissions.can_edit_roster)
def edit_unit(request: HttpRequest, pk: int) -> HttpResponse:
    """Full name, confirmation, initials."""
    row = get_object_or_404(Unit, pk=pk)
    form = UnitForm(sent(request)[0], instance=get_object_or_404(Unit, pk=pk))
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        services.edit_unit(
            row,
            full_name=data["full_name"],
            initials=data["initials"],
            verified=data["full_name_verified"],
            by=request.user,
        )
        messages.success(request, "单位资料已保存。")
        return redirect(row)
    context = {"form": form, "unit": row, "heading": f"修改{row}"}
    return render(request, "roster/form.html", context, status=422 if form.errors else 200)


@require_POST
@only(permissions.can_edit_roster)
def confirm_name(request: HttpRequest, pk: int) -> HttpResponse:
    """The full name is right as it stands."""
    row = get_object_or_404(Unit, pk=pk)
    services.edit_unit(row, full_name=row.full_name, initials=row.initials, verified=True, by=request.user)
    messages.success(request, f"“{row.full_name}”已核定。")
    return redirect("roster:list")


@require_http_methods(["GET", "POST"])
@only(permissions.can_edit_roster)
def appoint(request: HttpRequest, pk: int) -> HttpResponse:
    """A new holder of a post, with the basis."""
    post = get_object_or_404(Post.objects.select_related("unit"), pk=pk)
    form = AppointForm(*sent(request), post=post)
    if request.method == "POST" and form.is_valid():
        try:
            _appoint(post, form, request.user)
        except ValidationError as error:
            form.add_error(None, ValidationError(error.messages))
        except Refused as error:
            form.add_error(None, error.text)
        else:
            messages.success(request, f"{post}已更新。以前印发的公文仍保留原来的姓名和职务。")
            return redirect(post.unit)
    context = {"form": form, "unit": post.unit, "heading": f"{post}：登记任职", "multipart": True}
    return render(request, "roster/form.html", context, status=422 if form.errors else 200)


@transaction.atomic
def _appoint(post: Post, form: AppointForm, by: Any) -> None:
    data = dict(form.cleaned_data)
    name, user, upload = data.pop("name"), data.pop("user"), data.pop("upload")
    person = services.person_named(name, unit=post.unit, by=by)
    if user is not None:
        services.link_account(person, user=user, by=by)
    scan = files.store(upload, by=by) if upload else None
    services.appoint(post, person=person, scan=scan, by=by, **data)


@require_http_methods(["GET", "POST"])
@only(permissions.can_edit_roster)
def vacate(request: HttpRequest, pk: int) -> HttpResponse:
    """The present holder leaves; the post is vacant until somebody is appointed."""
    post = get_object_or_404(Post.objects.select_related("unit"), pk=pk)
    form = VacateForm(sent(request)[0], initial={"ends_on": today()})
    if request.method == "POST" and form.is_valid():
        services.vacate(post, by=request.user, **form.cleaned_data)
        messages.success(request, f"{post}的离任已登记。")
        return redirect(post.unit)
    context = {"form": form, "unit": post.unit, "heading": f"{post}：登记离任"}
    return render(request, "roster/form.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
@only(permissions.can_edit_roster)
def account_of(request: HttpRequest, pk: int) -> HttpResponse:
    """Which account a person logs in with."""
    person = get_object_or_404(Person.objects.select_related("unit"), pk=pk)
    form = AccountOfForm(sent(request)[0], person=person)
    if request.method == "POST" and form.is_valid():
        services.link_account(person, user=form.cleaned_data["user"], by=request.user)
        messages.success(request, f"{person}的账号已保存。")
        return redirect(person.unit)
    context = {"form": form, "unit": person.unit, "heading": f"{person}：对应账号"}
    return render(request, "roster/form.html", context, status=422 if form.errors else 200)


@require_GET
def scan(request: HttpRequest, pk: int) -> HttpResponse:
    """The letter or signed sheet behind an appointment, for those who may see contacts and the auditor."""
    if not permissions.can_see_scans(request.user):
        raise PermissionDenied("scan")
    row = get_object_or_404(Appointment.objects.select_related("scan"), pk=pk, scan__isnull=False)
    return files.answer(row.scan, by=request.user)  # type: ignore[arg-type, return-value]
