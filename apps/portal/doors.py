"""The administrators' pages: name, one sentence, and who finds them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from apps.roster.selectors import Standing


@dataclass(frozen=True, slots=True)
class Door:
    """One page of the administration."""

    label: Any
    sentence: Any
    route: str
    icon: str
    who: Callable[[Standing], bool]

    @property
    def url(self) -> str:
        """Where it leads."""
        return reverse(self.route)


def _system(standing: Standing) -> bool:
    return standing.is_system_admin


def _security(standing: Standing) -> bool:
    return standing.is_security_admin


def _auditor(standing: Standing) -> bool:
    return standing.is_auditor


def _system_or_auditor(standing: Standing) -> bool:
    return standing.is_system_admin or standing.is_auditor


def _office(standing: Standing) -> bool:
    return standing.runs_office or standing.is_system_admin


DOORS = (
    Door(
        _("催办与升级"),
        _("超期、漏报的事项逐级督办，催办函和发群文字。"),
        "reminders:ladder",
        "speakerphone",
        lambda s: s.runs_office or s.is_auditor,
    ),
    Door(_("账号"), _("开通、停用账号，重置密码。"), "accounts:list", "user-circle", _system),
    Door(_("角色"), _("给谁办公室、管理员、审计员的角色。"), "accounts:roles", "shield-lock", _security),
    Door(
        _("授权"),
        _("临时开放给别人看的会议、纪要、事项，随时收回。"),
        "accounts:grants",
        "key",
        lambda s: s.runs_office or s.is_security_admin,
    ),
    Door(_("名册与岗位"), _("成员单位、岗位、谁从哪天起担任。"), "roster:list", "users", _office),
    Door(_("职责清单"), _("联席会议和各单位的职责原文。"), "duties:list", "list-check", _office),
    Door(
        _("收文单位"), _("每个单位用什么方式收文，发一封测试邮件。"), "dispatch:recipients", "send", _office
    ),
    Door(_("发件箱"), _("每封邮件发到了没有，没发出去的重发。"), "dispatch:outbox", "message", _office),
    Door(_("工作日历"), _("节假日和调休，灯色按它计算。"), "accounts:calendar", "calendar-event", _system),
    Door(
        _("灯色规则"),
        _("几个工作日亮黄灯、红灯，先看会改变哪些事项。"),
        "action_items:rules",
        "flag",
        _system_or_auditor,
    ),
    Door(
        _("提醒规则"),
        _("什么事、提前或超过几个工作日提醒。"),
        "reminders:rules",
        "bell",
        _system_or_auditor,
    ),
    Door(_("编号"), _("下一号是几，起始号只能设一次。"), "documents:numbers", "flag", _office),
    Door(_("设置"), _("章程没有写明、各地做法不同的地方。"), "accounts:settings", "settings", _system),
    Door(_("审计"), _("谁在何时做了什么，只读。"), "accounts:audit", "history", _auditor),
)


def doors_for(standing: Standing) -> list[Door]:
    """The doors this person may open."""
    return [door for door in DOORS if door.who(standing)]
