"""`manage.py create_administrator`: the first account of a new install. There is no default password."""

import getpass
import sys
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from apps.accounts import selectors, services
from apps.accounts.enums import Role
from apps.common.errors import Refused


class Command(BaseCommand):
    help = "Make an administrator. The password is asked for on the terminal, or read as one line from stdin."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--username", required=True)
        parser.add_argument("--name", required=True, help="shown name, by post, for example 系统管理员")
        parser.add_argument(
            "--role", choices=["system_admin", "security_admin", "auditor"], default="system_admin"
        )
        parser.add_argument("--another", action="store_true", help="although there is one already")

    def handle(self, *, username: str, name: str, role: str, another: bool, **options: Any) -> None:
        chosen = Role(role)
        if selectors.holders(chosen).exists() and not another:
            raise CommandError(f"已有{chosen.label}；确需再建一个，请加 --another。")
        try:
            with transaction.atomic():
                user, _word = services.open_account(username, name=name, by=None, password=_password())
                services.give_role(user, role=chosen, by=None)
        except (ValidationError, Refused) as error:
            words = error.messages if isinstance(error, ValidationError) else [error.text]
            raise CommandError("没有建立账号：" + "；".join(words)) from error
        self.stdout.write(f"已建立{chosen.label}“{user.name}”，登录名 {user.username}。")


def _password() -> str:
    """Typed twice on a terminal; otherwise one line of stdin, so that a script can pass it unseen."""
    if not sys.stdin.isatty():
        word = sys.stdin.readline().rstrip("\n")
    else:
        word = getpass.getpass("密码：")
        if word != getpass.getpass("再输入一次："):
            raise CommandError("两次输入的密码不一致。")
    if not word:
        raise CommandError("没有输入密码。")
    return word
