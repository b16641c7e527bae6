"""Accounts of the demo, named by post."""

from dataclasses import dataclass
from datetime import date
from functools import cache, cached_property
from typing import Any

from django.contrib.auth.hashers import make_password

from apps.accounts import demo
from apps.accounts.enums import Role
from apps.accounts.models import RoleGrant, User
from apps.common.settings_rows import value
from apps.roster.enums import BasisKind, PostKind
from apps.roster.models import Appointment, Person, Post, Unit
from apps.roster.services import appoint, follow_posts, link_account

SINCE = date(2021, 3, 17)
_BASIS = "示例（虚构）：演示账号"
_ROLES = (
    ("bangongshi", "联席会议办公室工作人员", Role.OFFICE_STAFF),
    ("bangongshi2", "联席会议办公室工作人员（二）", Role.OFFICE_STAFF),
    ("xitong", "系统管理员", Role.SYSTEM_ADMIN),
    ("anquan", "安全管理员", Role.SECURITY_ADMIN),
    ("shenji", "安全审计员", Role.AUDITOR),
)


@dataclass
class Cast:
    """The people the demo's meetings need."""

    accounts: dict[str, User]

    @cached_property
    def office(self) -> User:
        """Who convenes, records and circulates."""
        return self.accounts["bangongshi"]

    @cached_property
    def convener(self) -> User:
        """The convener."""
        return self.accounts["zhaojiren"]

    @cached_property
    def director(self) -> User:
        """The office director: audits."""
        return self.accounts["zhuren"]

    @cached_property
    def deputy(self) -> User:
        """Deputy director of the host unit: proofreads."""
        return self.accounts["weijianwei"]

    def liaison(self, code: str) -> User:
        """The first liaison of a unit."""
        return self.accounts[code]


@cache
def _hashed() -> str:
    """The demo's shared password hashed once: forty slow hashes would only cost the first start seconds."""
    return make_password(demo.SHARED_WORD)


def _account(username: str, name: str) -> User:
    user = User(username=username, name=name, email=f"{username}@example.invalid", password=_hashed())
    user.full_clean(exclude=["password"])
    user.save()
    return user


def _fill(post: Post, user: User) -> None:
    person = Person.objects.create(name="×××", unit=post.unit, user=user)
    appoint(post, person=person, title="", starts_on=SINCE, basis_kind=BasisKind.FILED, basis=_BASIS, by=None)


def _entry(user: User) -> dict[str, str]:
    return {"label": user.name, "username": user.username}


def make_cast() -> Cast:
    """Accounts for every role and unit, linked to the charter's posts. The caller holds the transaction."""
    accounts: dict[str, User] = {}
    for username, name, role in _ROLES:
        accounts[username] = _account(username, name)
        RoleGrant.objects.create(user=accounts[username], role=role, starts_on=SINCE)
    accounts["xuncha"] = _account("xuncha", "巡察组（来访查阅）")
    _leaders(accounts)
    units = list(Unit.objects.active())
    for unit in units:
        _liaison(accounts, unit)
    _members(accounts, units)
    follow_posts()
    _publish(accounts, units)
    return Cast(accounts)


def _leaders(accounts: dict[str, User]) -> None:
    convener = Appointment.objects.get(post__kind=PostKind.CONVENER, ends_on__isnull=True)
    accounts["zhaojiren"] = _account("zhaojiren", "召集人")
    link_account(convener.person, user=accounts["zhaojiren"], by=accounts["xitong"])
    accounts["zhuren"] = _account("zhuren", "联席会议办公室主任")
    _fill(Post.objects.select_related("unit").get(kind=PostKind.OFFICE_DIRECTOR), accounts["zhuren"])


def _liaison(accounts: dict[str, User], unit: Unit) -> None:
    post = unit.posts.filter(kind__in=[PostKind.OFFICE_DEPUTY, PostKind.OFFICE_MEMBER]).get()
    deputy = "（办公室副主任）" if post.kind == PostKind.OFFICE_DEPUTY else ""
    accounts[unit.code] = _account(unit.code, f"{unit.short_name}{value('liaison_label')}A{deputy}")
    _fill(post, accounts[unit.code])


def _members(accounts: dict[str, User], units: list[Unit]) -> None:
    held = {
        row.post.unit_id: row
        for row in Appointment.objects.filter(
            post__kind=PostKind.MEMBER, ends_on__isnull=True
        ).select_related("post", "person")
    }
    for unit in units:
        username = f"{unit.code}-chengyuan"
        accounts[username] = _account(username, f"{unit.short_name}成员")
        link_account(held[unit.pk].person, user=accounts[username], by=accounts["xitong"])


def _publish(accounts: dict[str, User], units: list[Unit]) -> None:
    """What the login page offers, by group."""
    office = ["bangongshi", "bangongshi2", "zhuren", "zhaojiren"]
    keepers = ["xitong", "anquan", "shenji", "xuncha"]
    groups: list[dict[str, Any]] = [
        {"group": "办公室和召集人", "entries": [_entry(accounts[name]) for name in office]},
        {"group": "成员单位经办人", "entries": [_entry(accounts[unit.code]) for unit in units]},
        {"group": "联席会议成员", "entries": [_entry(accounts[f"{unit.code}-chengyuan"]) for unit in units]},
        {"group": "管理、审计和来访", "entries": [_entry(accounts[name]) for name in keepers]},
    ]
    demo.put_logins(groups)
