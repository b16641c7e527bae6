"""Accounts and roles: disjoint administrators, one-time passwords, nobody locks everybody out."""

import re
from datetime import timedelta

import pytest
from django.contrib.auth.password_validation import password_validators_help_texts
from django.core.exceptions import PermissionDenied, ValidationError
from django.utils import timezone

from apps.accounts import permissions, selectors, services
from apps.accounts.enums import DISJOINT, Role
from apps.accounts.models import RoleGrant, User
from apps.common import settings_rows
from apps.common.errors import Refused
from apps.common.models import AuditEvent
from tests.factories.people import People, make_user

pytestmark = pytest.mark.django_db


@pytest.mark.core
def test_a_new_account_gets_a_password_shown_once(people: People) -> None:
    user, word = services.open_account("ＪＹＪ\u200b-B", name="市教育局经办人B", by=people.sysadmin)
    assert (user.username, user.must_change_password, user.check_password(word)) == ("jyj-b", True, True)
    assert re.fullmatch(r"[A-Z][a-z][2-9](-[A-Za-z2-9]{3}){4}", word)
    event = AuditEvent.objects.get(verb="open_account")
    assert (event.actor, event.object_label, event.detail) == (
        people.sysadmin,
        "市教育局经办人B",
        {"username": "jyj-b"},
    )
    assert word not in str(AuditEvent.objects.values())
    with pytest.raises(ValidationError, match="已存在"):
        services.open_account("JYJ-b", name="又一个", by=people.sysadmin)
    assert User.objects.filter(username__startswith="jyj").count() == 1


def test_a_reset_ends_the_old_password(people: People) -> None:
    user = make_user("somebody")
    word = services.reset_password(user, by=people.sysadmin)
    user.refresh_from_db()
    assert (user.check_password(word), user.must_change_password) == (True, True)
    assert AuditEvent.objects.filter(verb="reset_password", object_id=str(user.pk)).count() == 1
    assert [hint for hint in password_validators_help_texts() if hint] == [
        "密码不能与您的其他个人信息太相似。", "密码不少于10个字符。", "不能使用常见密码。",
    ]  # fmt: skip


@pytest.mark.core
@pytest.mark.parametrize("first", sorted(DISJOINT))
@pytest.mark.parametrize("second", sorted(DISJOINT))
def test_the_three_administrators_are_three_people(people: People, first: Role, second: Role) -> None:
    user = make_user("somebody")
    services.give_role(user, role=first, by=people.secadmin)
    with pytest.raises(Refused, match=r"三员分立|该账号已是"):
        services.give_role(user, role=second, by=people.secadmin)
    assert selectors.roles_of(User.objects.get(pk=user.pk)) == {first}
    assert not AuditEvent.objects.filter(verb="give_role", label=f"授予{second.label}").exclude(
        label=f"授予{first.label}"
    )


def test_a_clash_next_week_is_a_clash(people: People) -> None:
    user, later = make_user("somebody"), timezone.localdate() + timedelta(days=7)
    services.give_role(user, role=Role.AUDITOR, by=people.secadmin, starts_on=later)
    with pytest.raises(Refused, match="三员分立：该账号已是安全审计员"):
        services.give_role(user, role=Role.SYSTEM_ADMIN, by=people.secadmin)


def test_a_small_office_may_switch_the_rule_off(people: People) -> None:
    settings_rows.put("separate_administrators", False, by=people.sysadmin)
    services.give_role(people.sysadmin, role=Role.AUDITOR, by=people.sysadmin)
    assert selectors.roles_of(User.objects.get(pk=people.sysadmin.pk)) == {Role.SYSTEM_ADMIN, Role.AUDITOR}


def test_office_staff_may_also_be_an_administrator(people: People) -> None:
    services.give_role(people.office, role=Role.SYSTEM_ADMIN, by=people.secadmin)
    assert selectors.roles_of(User.objects.get(pk=people.office.pk)) == {Role.OFFICE_STAFF, Role.SYSTEM_ADMIN}


def test_nobody_gives_a_role_to_himself_or_beyond_his_own(people: People) -> None:
    with pytest.raises(Refused, match="不能给自己授予角色"):
        services.give_role(people.secadmin, role=Role.OFFICE_STAFF, by=people.secadmin)
    other = make_user("somebody")
    for user in (people.office, people.director, people.convener, people.auditor, people.visitor):
        with pytest.raises(PermissionDenied):
            services.give_role(other, role=Role.OFFICE_STAFF, by=user)
    assert not selectors.roles_of(other)


def test_the_first_security_administrator_comes_from_the_system_administrator(people: People) -> None:
    first, second = make_user("first"), make_user("second")
    assert permissions.can_give_role(people.sysadmin, Role.SECURITY_ADMIN)
    assert not permissions.can_give_role(people.sysadmin, Role.OFFICE_STAFF)
    services.give_role(first, role=Role.SECURITY_ADMIN, by=people.sysadmin)
    with pytest.raises(PermissionDenied):
        services.give_role(second, role=Role.SECURITY_ADMIN, by=people.sysadmin)


@pytest.mark.core
def test_a_role_taken_back_ends_at_once_and_stays_in_history(people: People) -> None:
    old = RoleGrant.objects.get(user=people.office)
    services.take_role(old, by=people.secadmin)
    new = services.give_role(people.office2, role=Role.AUDITOR, by=people.secadmin)
    services.take_role(new, by=people.secadmin)
    assert [selectors.roles_of(User.objects.get(pk=u.pk)) for u in (people.office, people.office2)] == [
        set(),
        {Role.OFFICE_STAFF},
    ]
    old.refresh_from_db()
    assert old.ends_on == timezone.localdate() - timedelta(days=1)
    assert RoleGrant.history.filter(history_type="-").count() == 1  # type: ignore[attr-defined]


def test_the_last_administrators_stay(people: People) -> None:
    grants = {row.role: row for row in RoleGrant.objects.filter(user__in=[people.sysadmin, people.secadmin])}
    with pytest.raises(Refused, match="唯一的系统管理员"):
        services.take_role(grants[Role.SYSTEM_ADMIN], by=people.secadmin)
    with pytest.raises(Refused, match="唯一的安全管理员"):
        services.take_role(grants[Role.SECURITY_ADMIN], by=people.secadmin)
    other = make_user("other-admin")
    RoleGrant.objects.create(user=other, role=Role.SYSTEM_ADMIN, starts_on=timezone.localdate())
    services.set_active(people.sysadmin, active=False, reason="调离", by=other)
    with pytest.raises(Refused, match="不能停用自己的账号"):
        services.set_active(other, active=False, reason="调离", by=other)
    with pytest.raises(Refused, match="唯一可用的系统管理员"):
        services.set_active(other, active=False, reason="调离", by=people.secadmin)
    with pytest.raises(Refused, match="请写明原因"):
        services.set_active(people.visitor, active=False, reason=" ", by=other)


def test_an_edit_journals_which_fields_not_what_they_say(people: People) -> None:
    user = make_user("somebody", "某单位经办人")
    services.edit_account(
        user, name="某单位经办人", email="new@portal.test", phone="0595-1", by=people.sysadmin
    )
    services.edit_account(
        user, name="某单位经办人", email="new@portal.test", phone="0595-1", by=people.sysadmin
    )
    assert [e.detail for e in AuditEvent.objects.filter(verb="edit_account")] == [
        {"fields": ["email", "phone"]}
    ]


def test_when_the_journal_fails_the_account_does_not_change(
    people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    user = make_user("somebody")

    def broken(**kwargs: object) -> None:
        raise OSError("journal")

    monkeypatch.setattr("apps.common.audit.record", broken)
    with pytest.raises(OSError, match="journal"):
        services.set_active(user, active=False, reason="试", by=people.sysadmin)
    user.refresh_from_db()
    assert user.is_active
    assert user.history.filter(is_active=False).count() == 0  # type: ignore[attr-defined]
