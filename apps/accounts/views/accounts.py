"""The administrator's list of accounts, and what can be done with one."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.accounts import permissions, selectors, services, throttle
from apps.accounts.forms import AccountFilter, AccountForm, NewAccountForm
from apps.accounts.models import User

from .shared import chosen, only, page_of, sent, story


@require_GET
@only(permissions.can_see_accounts)
def index(request: HttpRequest) -> HttpResponse:
    """All accounts, the ones that may log in first."""
    form = AccountFilter(request.GET)
    wanted = form.cleaned_data if form.is_valid() else {}
    rows = selectors.accounts(
        words=wanted.get("q", ""), role=wanted.get("role", ""), active=wanted.get("active", "")
    )
    page = page_of(request, rows)
    roles = selectors.roles_by_user([user.pk for user in page])
    context = {
        "form": form,
        "page_obj": page,
        "rows": [(user, roles[user.pk]) for user in page],
        "summary": chosen(form),
        "may_manage": permissions.can_manage_accounts(request.user),
    }
    return render(request, "accounts/list.html", context)


@require_http_methods(["GET", "POST"])
@only(permissions.can_manage_accounts)
@never_cache
def create(request: HttpRequest) -> HttpResponse:
    """Open an account; the one-time password is on the answer and nowhere else."""
    form = NewAccountForm(sent(request)[0])
    if request.method == "POST" and form.is_valid():
        try:
            user, word = services.open_account(by=request.user, **form.cleaned_data)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            return render(request, "accounts/password.html", {"account": user, "word": word, "is_new": True})
    return render(request, "accounts/form.html", {"form": form}, status=422 if form.errors else 200)


@require_GET
@only(permissions.can_see_accounts)
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One account: who it is, its roles, what was done with it."""
    account = get_object_or_404(User.objects.select_related("person__unit"), pk=pk)
    context = {
        "account": account,
        "roles": selectors.grants_today().filter(user=account),
        "is_locked": throttle.is_locked(account.username),
        "history": story(account),
        "may_manage": permissions.can_manage_accounts(request.user),
        "may_unlock": permissions.can_unlock(request.user),
        "may_give": permissions.can_manage_roles(request.user),
    }
    return render(request, "accounts/detail.html", context)


@require_http_methods(["GET", "POST"])
@only(permissions.can_manage_accounts)
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Change name, mail address and telephone."""
    account = get_object_or_404(User, pk=pk)
    form = AccountForm(sent(request)[0], instance=get_object_or_404(User, pk=pk))
    if request.method == "POST" and form.is_valid():
        services.edit_account(account, by=request.user, **form.cleaned_data)
        messages.success(request, "账号已修改。")
        return redirect("accounts:detail", account.pk)
    context = {"form": form, "account": account}
    return render(request, "accounts/form.html", context, status=422 if form.errors else 200)


@require_POST
@never_cache
def act(request: HttpRequest, pk: int, verb: str) -> HttpResponse:
    """Disable, enable, reset the password, unlock."""
    rule, say = VERBS.get(verb, (None, ""))
    if rule is None:
        raise Http404(verb)
    if not rule(request.user):
        raise PermissionDenied(verb)
    account = get_object_or_404(User, pk=pk)
    if verb == "reset":
        word = services.reset_password(account, by=request.user)
        return render(request, "accounts/password.html", {"account": account, "word": word})
    if verb == "unlock":
        services.unlock(account, by=request.user)
    else:
        reason = request.POST.get("reason", "")
        services.set_active(account, active=verb == "enable", reason=reason, by=request.user)
    messages.success(request, say)
    return redirect("accounts:detail", account.pk)


VERBS = {
    "disable": (permissions.can_manage_accounts, "账号已停用，对方下一次操作即退出。"),
    "enable": (permissions.can_manage_accounts, "账号已启用。"),
    "reset": (permissions.can_manage_accounts, ""),
    "unlock": (permissions.can_unlock, "登录限制已解除。"),
}
