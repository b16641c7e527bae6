"""The only roads that change accounts and roles."""

import secrets
from datetime import date, timedelta
from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone

from apps.common import audit, settings_rows
from apps.common.errors import Refused
from apps.common.workflow import lock, save_with_history

from . import permissions, selectors, throttle
from .enums import Role
from .models import RoleGrant, User, normal_username

# Without letters and digits that look alike when read from a slip of paper.
_LETTERS = "abcdefghjkmnpqrstuvwxyz"
_DIGITS = "23456789"


def one_time_password() -> str:
    """A password for a slip of paper: four groups, three kinds of character, 67 bits."""
    pool = _LETTERS + _LETTERS.upper() + _DIGITS
    groups = ["".join(secrets.choice(pool) for _i in range(3)) for _g in range(4)]
    lead = secrets.choice(_LETTERS.upper()) + secrets.choice(_LETTERS) + secrets.choice(_DIGITS)
    return "-".join([lead, *groups])


@transaction.atomic
def open_account(
    username: str, *, name: str, by: Any, email: str = "", phone: str = "", password: str = ""
) -> tuple[User, str]:
    """A new account and its one-time password, shown once and to be changed at the first login.

    With `password` (the first administrator's) that one is set after the usual checks, and need not be
    changed. Raises ValidationError.
    """
    user = User(username=normal_username(username), name=name, email=email, phone=phone)
    if password:
        validate_password(password, user)
    word = password or one_time_password()
    user.must_change_password = not password
    user.set_password(word)
    user.full_clean()
    save_with_history(user, by=by, why="开通账号")
    audit.record(by=by, verb="open_account", label="开通账号", obj=user, detail={"username": user.username})
    return user, "" if password else word


@transaction.atomic
def edit_account(user: User, *, name: str, email: str, phone: str, by: Any) -> User:
    """Change what an account is called and how it is reached. Raises ValidationError."""
    user = lock(user)
    wanted = {"name": name, "email": email, "phone": phone}
    changed = {
        key: [getattr(user, key), value] for key, value in wanted.items() if getattr(user, key) != value
    }
    if changed:
        for key, value in wanted.items():
            setattr(user, key, value)
        user.full_clean()
        save_with_history(user, by=by, why="修改账号")
        # Addresses and numbers are personal data: the journal says that they changed, not to what.
        audit.record(
            by=by, verb="edit_account", label="修改账号", obj=user, detail={"fields": sorted(changed)}
        )
    return user


@transaction.atomic
def set_active(user: User, *, active: bool, reason: str, by: Any) -> User:
    """Disable an account (out at the next request) or enable it again. Raises Refused."""
    user = lock(user)
    if user.is_active == active:
        return user
    if user == by:
        raise Refused("不能停用自己的账号。", user)
    if not reason.strip():
        raise Refused("请写明原因。", user)
    last = selectors.holders(Role.SYSTEM_ADMIN).exclude(pk=user.pk)
    if not active and Role.SYSTEM_ADMIN in selectors.roles_of(user) and not last.exists():
        raise Refused("这是唯一可用的系统管理员，停用后将无人能管理账号。", user)
    user.is_active = active
    save_with_history(user, by=by, why=reason)
    label = "启用账号" if active else "停用账号"
    audit.record(by=by, verb="set_active", label=label, obj=user, detail={"reason": reason.strip()[:500]})
    return user


@transaction.atomic
def reset_password(user: User, *, by: Any) -> str:
    """A new one-time password, returned once; all sessions of the account end. No mail is sent."""
    user = lock(user)
    word = one_time_password()
    user.set_password(word)
    user.must_change_password = True
    save_with_history(user, by=by, why="重置密码")
    audit.record(by=by, verb="reset_password", label="重置密码", obj=user)
    throttle.lift(user.username)
    return word


@transaction.atomic
def unlock(user: User, *, by: Any) -> None:
    """Forget the wrong passwords of an account."""
    throttle.lift(user.username)
    audit.record(by=by, verb="unlock", label="解除登录限制", obj=user)


@transaction.atomic
def give_role(
    user: User, *, role: Role, by: Any, starts_on: date | None = None, ends_on: date | None = None
) -> RoleGrant:
    """Hand a role to an account from today (or a day) on.

    Raises PermissionDenied, Refused, ValidationError.
    """
    if by is not None and not permissions.can_give_role(by, role):
        raise PermissionDenied(f"give {role}")
    if by == user and settings_rows.value("separate_administrators"):
        raise Refused("不能给自己授予角色，请由另一位管理员办理。", user)
    user = lock(user)
    selectors.forget_roles(user)
    starts_on = starts_on or timezone.localdate()
    if not user.is_active:
        raise Refused("账号已停用，不能授予角色。", user)
    if selectors.valid(RoleGrant.objects.filter(user=user, role=role), starts_on).exists():
        raise Refused(f"该账号已是{role.label}。", user)
    clash = permissions.role_clash(_roles_held_from(user, starts_on), role)
    if clash:
        raise Refused(f"三员分立：该账号已是{clash}，不能兼任{role.label}。", user)
    row = RoleGrant(user=user, role=role, starts_on=starts_on, ends_on=ends_on, granted_by=by)
    row.full_clean(exclude=["granted_by"])  # nobody, when the command makes the first administrator
    save_with_history(row, by=by, why="授予角色")
    detail = {
        "role": role.value,
        "from": starts_on.isoformat(),
        "until": ends_on.isoformat() if ends_on else "",
    }
    audit.record(by=by, verb="give_role", label=f"授予{role.label}", obj=user, detail=detail)
    return row


def _roles_held_from(user: User, day: date) -> frozenset[str]:
    """Roles in force on a day or beginning after it: a clash next week is a clash."""
    rows = RoleGrant.objects.filter(user=user)
    later = rows.filter(starts_on__gt=day).values_list("role", flat=True)
    return frozenset([*selectors.valid(rows, day).values_list("role", flat=True), *later])


@transaction.atomic
def take_role(grant: RoleGrant, *, by: Any) -> None:
    """End a role now: yesterday was its last day (or it never counts, when given today). Raises Refused."""
    grant = lock(grant)
    role, user = Role(grant.role), grant.user
    if not permissions.can_give_role(by, role):
        raise PermissionDenied(f"take {role}")
    others = selectors.holders(role).exclude(pk=user.pk)
    if role == Role.SYSTEM_ADMIN and not others.exists():
        raise Refused("这是唯一的系统管理员，请先指定另一位。", user)
    if role == Role.SECURITY_ADMIN and user == by and not others.exists():
        raise Refused("这是唯一的安全管理员，请先指定另一位。", user)
    yesterday = timezone.localdate() - timedelta(days=1)
    if grant.starts_on > yesterday:
        grant._history_user = by  # type: ignore[attr-defined]
        grant.delete()
    else:
        grant.ends_on = yesterday
        grant.full_clean(exclude=["granted_by"])
        save_with_history(grant, by=by, why="收回角色")
    selectors.forget_roles(user)
    audit.record(by=by, verb="take_role", label=f"收回{role.label}", obj=user, detail={"role": role.value})


@transaction.atomic
def save_preferences(user: Any, *, by: Any, **wanted: Any) -> User:
    """The user's own text size and contrast; unknown values leave them as they are."""
    user = User.objects.select_for_update().get(pk=user.pk)  # a request's user is a lazy wrapper
    if all(getattr(user, key) == value for key, value in wanted.items()):
        return user
    for key, value in wanted.items():
        setattr(user, key, value)
    user.full_clean()
    save_with_history(user, by=by, why="显示设置")
    return user
