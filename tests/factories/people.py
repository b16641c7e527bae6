"""The people of the joint meeting, made when a test first asks for them.

Accounts are named by post; the only names are those of the charter's roster, everybody else is ×××.
"""

from datetime import date
from functools import cached_property
from typing import Any

from django.conf import settings
from django.test import Client

from apps.accounts.enums import Role
from apps.accounts.models import RoleGrant, User
from apps.duties.importing import ImportResult, import_charter
from apps.roster.enums import LIAISON_POSTS, BasisKind, PostKind
from apps.roster.models import Appointment, Person, Post, Unit
from tests.support.worlds import world

PASSWORD = "Kai-hui_2026-tong"
SINCE = date(2021, 3, 17)


def load_charter() -> ImportResult:
    """Import the real charter through its service."""
    return import_charter(settings.FIXTURES / "charter.yaml", by=None)


def make_user(username: str, name: str = "", **fields: Any) -> User:
    """An active account with the password above and a mail address."""
    fields.setdefault("email", f"{username}@portal.test")
    return User.objects.create_user(username, password=PASSWORD, name=name or username, **fields)


def give_role(user: User, role: Role, *, since: date = SINCE) -> User:
    """Hand a role to an account."""
    RoleGrant.objects.create(user=user, role=role, starts_on=since)
    return user


def fill_post(kind: PostKind, code: str, user: User, *, name: str = "×××", title: str = "") -> Appointment:
    """Make a user the holder of a vacant post."""
    post = Post.objects.select_related("unit__group").get(kind=kind, unit__code=code)
    person = Person.objects.create(name=name, unit=post.unit, user=user)
    user.groups.add(post.unit.group)
    return Appointment.objects.create(
        post=post, person=person, title=title, starts_on=SINCE, basis_kind=BasisKind.FILED, basis="示例"
    )


class People:
    """Every role of the portal by name; each account is made at the first use and kept."""

    def __init__(self) -> None:
        world("charter", load_charter)
        self._made: dict[tuple[str, str], User] = {}

    def unit(self, code: str) -> Unit:
        """A member unit by its code."""
        return Unit.objects.get(code=code)

    @cached_property
    def office(self) -> User:
        """Office staff."""
        return give_role(make_user("office", "办公室工作人员"), Role.OFFICE_STAFF)

    @cached_property
    def office2(self) -> User:
        """A second member of the office staff."""
        return give_role(make_user("office2", "办公室工作人员二"), Role.OFFICE_STAFF)

    @cached_property
    def director(self) -> User:
        """Office director (C7)."""
        user = make_user("director", "办公室主任")
        fill_post(PostKind.OFFICE_DIRECTOR, "weijianwei", user)
        return user

    @cached_property
    def convener(self) -> User:
        """The charter's convener with an account."""
        return self._account_of(PostKind.CONVENER, "weijianwei", "convener", "召集人")

    @property
    def host_deputy(self) -> User:
        """The deputy director of 市卫健委, who is also its liaison."""
        return self.liaison("weijianwei")

    @property
    def deputy_rensheju(self) -> User:
        """The deputy director of 市人社局, who is also its liaison."""
        return self.liaison("rensheju")

    def member(self, code: str) -> User:
        """The charter's member of a unit with an account."""
        return self._account_of(PostKind.MEMBER, code, f"member-{code}", f"{code}成员")

    def liaison(self, code: str) -> User:
        """A unit's first liaison: its office member, or its deputy director where it has one."""
        if ("a", code) not in self._made:
            post = Post.objects.exclude(kind=PostKind.LIAISON_B).get(unit__code=code, kind__in=LIAISON_POSTS)
            user = make_user(f"liaison-{code}", f"{post.unit.short_name}经办人A")
            fill_post(PostKind(post.kind), code, user)
            self._made["a", code] = user
        return self._made["a", code]

    def liaison_b(self, code: str) -> User:
        """A unit's second liaison."""
        if ("b", code) not in self._made:
            user = make_user(f"liaison-b-{code}", f"{self.unit(code).short_name}经办人B")
            fill_post(PostKind.LIAISON_B, code, user)
            self._made["b", code] = user
        return self._made["b", code]

    @cached_property
    def sysadmin(self) -> User:
        """System administrator."""
        return give_role(make_user("sysadmin", "系统管理员"), Role.SYSTEM_ADMIN)

    @cached_property
    def secadmin(self) -> User:
        """Security administrator."""
        return give_role(make_user("secadmin", "安全管理员"), Role.SECURITY_ADMIN)

    @cached_property
    def auditor(self) -> User:
        """安全审计员."""
        return give_role(make_user("auditor", "安全审计员"), Role.AUDITOR)

    @cached_property
    def visitor(self) -> User:
        """An account with neither post nor role: sees only what is granted to it."""
        return make_user("visitor", "巡察组")

    def _account_of(self, kind: PostKind, code: str, username: str, name: str) -> User:
        if (kind, code) not in self._made:
            row = Appointment.objects.select_related("person__unit__group").get(
                post__kind=kind, post__unit__code=code, ends_on__isnull=True
            )
            user = make_user(username, name)
            Person.objects.filter(pk=row.person_id).update(user=user)
            user.groups.add(row.person.unit.group)
            self._made[kind, code] = user
        return self._made[kind, code]


def client_of(user: User) -> Client:
    """A browser in which this user is logged in."""
    client = Client()
    client.force_login(user)
    return client


def sure_client_of(user: User) -> Client:
    """A browser in which this user has just given his password again."""
    client = client_of(user)
    client.post("/account/reauthenticate/", {"password": PASSWORD})
    return client


def after_password(client: Client, url: str, data: dict[str, Any]) -> Any:
    """Post, be asked for the password (nothing is done before), give it; the answer to what was posted.

    What is not accepted is handed back and posted again to its own page, as a browser does.
    """
    asked = client.post(url, data)
    assert asked["Location"].split("?")[0] == "/account/reauthenticate/"
    answer = client.post(asked["Location"], {"password": PASSWORD})
    if answer.status_code != 200:
        return answer
    assert f'<form method="post" action="{url}" data-submit-now>' in answer.content.decode()
    words: dict[str, list[str]] = {}
    for name, value in answer.context["words"]:
        words.setdefault(name, []).append(value)
    return client.post(answer.context["address"], words)
