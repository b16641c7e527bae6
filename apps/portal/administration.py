"""What waits for the administrators and the auditor: names, calendar, second factors, the chain."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from allauth.mfa.models import Authenticator
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import RoleGrant
from apps.common import calendar
from apps.common.models import AuditEvent
from apps.common.todo import Todo, TodoKind
from apps.dispatch import permissions as may_dispatch
from apps.dispatch import selectors as dispatch
from apps.roster.models import Unit
from apps.roster.selectors import standing_of, today

_VERIFY_EVERY = timedelta(days=30)


def waiting_for(user: Any) -> list[Todo]:
    """Matters of the administration that this user looks after."""
    standing = standing_of(user)
    found: list[Todo | None] = []
    if standing.is_system_admin:
        found += [_no_mail_server(), _mail_stands_still(), _unverified_names(), _missing_calendar()]
    if standing.is_security_admin:
        found.append(_without_second_factor())
    if standing.is_auditor:
        found.append(_chain_not_verified())
    return [todo for todo in found if todo is not None]


def _todo(title: str, route: str, verb: str) -> Todo:
    return Todo(kind=TodoKind.HANDLE, title=title, url=reverse(route), verb=verb)


def _no_mail_server() -> Todo | None:
    """Mails are written down and go nowhere."""
    if not dispatch.sends_nothing():
        return None
    title = _("没有配置邮件服务器，邮件只登记、不寄出（设置 EMAIL_URL）")
    return Todo(TodoKind.FAILURE, str(title), reverse("dispatch:outbox"), str(_("去查看")), late=True)


def _mail_stands_still() -> Todo | None:
    """Mails are due and no worker has looked at them."""
    if not dispatch.stalled():
        return None
    title = _("邮件等了十多分钟没有人处理，后台程序可能没有运行")
    return Todo(TodoKind.FAILURE, str(title), reverse("dispatch:outbox"), str(_("去查看")), late=True)


def failed_papers(user: Any, count: int) -> list[Todo]:
    """Archived papers whose files could not be made: for those who can have them made again."""
    if not count or not may_dispatch.can_resend(user):
        return []
    title = _("%(count)s份公文的存档文件没有做成") % {"count": count}
    return [Todo(TodoKind.FAILURE, title, reverse("dispatch:list"), str(_("去处理")), late=True)]


@dataclass(frozen=True, slots=True)
class Journal:
    """The journal's last line, and when its chain was last found whole (None: never)."""

    last: AuditEvent | None
    verified_at: datetime | None


def journal_for(user: Any) -> Journal | None:
    """For the auditor: where the journal stands. Two queries."""
    if not standing_of(user).is_auditor:
        return None
    verified = AuditEvent.objects.filter(verb="verify_audit", allowed=True).order_by("-id")
    return Journal(AuditEvent.objects.order_by("-id").first(), verified.values_list("at", flat=True).first())


def _unverified_names() -> Todo | None:
    count = Unit.objects.active().filter(full_name_verified=False).count()
    return _todo(f"{count}个单位的全称未核定", "roster:list", str(_("去核定"))) if count else None


def _missing_calendar() -> Todo | None:
    """Next year's data appear in autumn; deadlines already reach into it."""
    day = today()
    years = calendar.current().missing_years([day, day + timedelta(days=120)])
    words = "、".join(f"{year}年" for year in years)
    return _todo(f"{words}的节假日没有录入", "accounts:calendar", str(_("去录入"))) if years else None


def _without_second_factor() -> Todo | None:
    holders = set(RoleGrant.objects.filter(ends_on__isnull=True).values_list("user_id", flat=True))
    protected = set(Authenticator.objects.filter(user__in=holders).values_list("user_id", flat=True))
    count = len(holders - protected)
    return (
        _todo(f"{count}个管理或办公室账号没有启用两步验证", "accounts:roles", str(_("去查看")))
        if count
        else None
    )


def _chain_not_verified() -> Todo | None:
    since = timezone.now() - _VERIFY_EVERY
    if AuditEvent.objects.filter(verb="verify_audit", at__gte=since).exists():
        return None
    return _todo(str(_("审计日志30天内没有核验")), "accounts:audit", str(_("去核验")))
