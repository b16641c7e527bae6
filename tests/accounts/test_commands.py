"""The first administrator comes from one command; there is no default password."""

import io

import pytest
from django.core.management import CommandError, call_command

from apps.accounts import selectors
from apps.accounts.enums import Role
from apps.accounts.models import User
from tests.factories.people import PASSWORD

pytestmark = [pytest.mark.django_db, pytest.mark.core]


def create(monkeypatch: pytest.MonkeyPatch, *args: str, typed: str = PASSWORD) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(typed + "\n"))
    call_command("create_administrator", "--name", "系统管理员", "--username", *args)


def test_it_makes_the_first_one_and_another_only_when_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    create(monkeypatch, "root-a")
    with pytest.raises(CommandError, match="已有系统管理员；确需再建一个，请加 --another。"):
        create(monkeypatch, "root-b")
    create(monkeypatch, "root-b", "--another")
    create(monkeypatch, "sec", "--role", "security_admin")
    assert {user.username: sorted(selectors.roles_of(user)) for user in User.objects.all()} == {
        "root-a": [Role.SYSTEM_ADMIN],
        "root-b": [Role.SYSTEM_ADMIN],
        "sec": [Role.SECURITY_ADMIN],
    }
    first = User.objects.get(username="root-a")
    assert (first.check_password(PASSWORD), first.must_change_password, first.is_superuser) == (
        True,
        False,
        False,
    )


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("", "没有输入密码。"),
        ("short", "没有建立账号"),
        ("password1234", "没有建立账号"),
        ("root-a-root", "与 用户名 太相似|没有建立账号"),
    ],
)
def test_a_weak_or_missing_password_makes_nothing(
    monkeypatch: pytest.MonkeyPatch, typed: str, words: str
) -> None:
    with pytest.raises(CommandError, match=words):
        create(monkeypatch, "root-a", typed=typed)
    assert not User.objects.exists()


def test_nobody_stands_above_the_rules() -> None:
    with pytest.raises(NotImplementedError, match="create_administrator"):
        User.objects.create_superuser("root", password=PASSWORD)
