"""What an administrator may set: key, Chinese name, one sentence, default. Rows keep only what was changed.

The rules come from the charter's silences (domain.md [P] and [D]): what the text leaves open is a setting.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from . import audit, request_cache, working_hours
from .models import SettingRow
from .workflow import save_with_history

Choices = tuple[tuple[str, Any], ...]


@dataclass(frozen=True, slots=True)
class Definition:
    """One setting. `kind` is bool, int, text or choice; ints have `low` and `high` (inclusive)."""

    key: str
    group: Any
    label: Any
    sentence: Any
    kind: str
    default: Any
    choices: Choices = ()
    low: int = 0
    high: int = 365
    page: str = (
        ""  # the route of the page on which alone it is changed, because a change shows its effect first
    )
    check: Callable[[Any], str] | None = (
        None  # for text: its one spelling, or a ValidationError that says what is wrong
    )


_BODY, _PAPER, _CONSENT, _FOLLOW, _SAFETY = _("会议"), _("公文"), _("征求意见"), _("跟踪督促"), _("安全")

LAMP_RULES = "action_items:rules"

DEFINITIONS: tuple[Definition, ...] = (
    Definition(
        "body_name",
        _BODY,
        _("联席会议全称"),
        _("印在公文和页面上的名称。"),
        "text",
        "泉州市职业病防治工作联席会议",
    ),
    Definition(
        "office_name",
        _BODY,
        _("办公室全称"),
        _("印发机关，印在版记中。"),
        "text",
        "泉州市职业病防治工作联席会议办公室",
    ),
    Definition(
        "liaison_label",
        _BODY,
        _("经办人的称呼"),
        _("章程原文没有“联络员”一词，可按本地习惯改。"),
        "text",
        "经办人",
    ),
    Definition(
        "substitute_approver",
        _BODY,
        _("代会由谁批准"),
        _("成员不能参会、委派他人时，由谁同意。"),
        "choice",
        "either",
        (
            ("either", _("召集人或办公室主任")),
            ("convener", _("只由召集人")),
            ("director", _("只由办公室主任")),
        ),
    ),
    Definition(
        "notice_days",
        _BODY,
        _("会议通知提前工作日"),
        _("通知发出到开会之间少于此数时提示。"),
        "int",
        3,
        low=0,
        high=30,
    ),
    Definition(
        "follow_up_first",
        _BODY,
        _("首项议题为上次会议议定事项落实情况"),
        _("新建会议方案时，自动列为第一项。"),
        "bool",
        True,
    ),
    Definition(
        "minutes_mark",
        _PAPER,
        _("纪要标志"),
        _("纪要首页的红色大字。"),
        "text",
        "泉州市职业病防治工作联席会议纪要",
    ),
    Definition(
        "letter_issuer",
        _PAPER,
        _("通知、函的发文名义"),
        _("联席会议不正式行文，通知和函以谁的名义发。"),
        "choice",
        "host",
        (("host", _("牵头单位（市卫健委）")), ("office", _("联席会议办公室（代章）"))),
    ),
    Definition(
        "number_style",
        _PAPER,
        _("纪要编号样式"),
        _("同一年内连续编号，不跳号。"),
        "choice",
        "hao",
        (("hao", _("〔2026〕1号")), ("qi", _("第1期"))),
    ),
    Definition(
        "imprint_layout",
        _PAPER,
        _("版记样式"),
        _("抄报单列一行，或全部写入抄送、市人民政府居首。"),
        "choice",
        "report_line",
        (("report_line", _("抄报单列，发送在下")), ("strict", _("全部列入抄送"))),
    ),
    Definition(
        "report_to", _PAPER, _("抄报对象"), _("每期纪要都要抄报（章程四（一））。"), "text", "市人民政府"
    ),
    Definition(
        "silence_consents",
        _CONSENT,
        _("逾期未反馈视为无意见"),
        _("只有征求意见函中写明时才算数，牵头单位必须明确答复。"),
        "bool",
        True,
    ),
    Definition(
        "consent_days",
        _CONSENT,
        _("征求意见工作日"),
        _("新的征求意见函默认给多少个工作日。"),
        "int",
        3,
        low=1,
        high=30,
    ),
    Definition(
        "work_day",
        _CONSENT,
        _("工作日作息时间"),
        _("倒计时按工作时间计算，写成“08:00–12:00，14:30–17:30”。"),
        "text",
        working_hours.WORK_DAY,
        check=working_hours.written,
    ),
    Definition(
        "proofreader",
        _CONSENT,
        _("核稿人"),
        _("拟稿后先由谁核稿；拟稿人本人不能核稿。"),
        "choice",
        "host_deputy",
        (("host_deputy", _("牵头单位的办公室副主任")), ("any_deputy", _("任一办公室副主任"))),
    ),
    Definition(
        "yellow_days",
        _FOLLOW,
        _("黄灯工作日"),
        _("距完成时限不足或等于此数时亮黄灯。"),
        "int",
        10,
        low=1,
        high=60,
        page=LAMP_RULES,
    ),
    Definition(
        "report_yellow_days",
        _FOLLOW,
        _("定期报送黄灯工作日"),
        _("没有完成时限的事项，距报送日不足或等于此数时亮黄灯；0表示过了报送日才亮。"),
        "int",
        0,
        high=30,
        page=LAMP_RULES,
    ),
    Definition(
        "report_red_days",
        _FOLLOW,
        _("漏报红灯工作日"),
        _("没有完成时限的事项，过了报送日满此数仍未报时亮红灯；0表示不亮红灯。"),
        "int",
        0,
        high=120,
        page=LAMP_RULES,
    ),
    Definition(
        "mail_from_hour",
        _FOLLOW,
        _("提醒邮件最早几点发"),
        _("早于此时的提醒和催办邮件，等到此时再发。"),
        "int",
        8,
        low=6,
        high=11,
    ),
    Definition(
        "mail_until_hour",
        _FOLLOW,
        _("提醒邮件最晚几点发"),
        _("晚于此时的提醒和催办邮件，等到下一个工作日早上再发。"),
        "int",
        18,
        low=12,
        high=23,
    ),
    Definition(
        "mail_on_days_off",
        _FOLLOW,
        _("休息日也发提醒邮件"),
        _("关：周末和节假日的提醒，等到下一个工作日早上再发。"),
        "bool",
        False,
    ),
    Definition(
        "digest",
        _FOLLOW,
        _("合并提醒邮件"),
        _("同一个人同一时间有几条提醒时，合成一封邮件，只列标题和期限。"),
        "bool",
        True,
    ),
    Definition(
        "units_see_peers",
        _FOLLOW,
        _("成员单位互见灯色"),
        _("关：单位只看本单位牵头、配合的事项和已印发的文。"),
        "bool",
        False,
    ),
    Definition(
        "separate_administrators",
        _SAFETY,
        _("三员分立"),
        _("系统管理员、安全管理员、安全审计员不得由一人兼任；办公室人手不足时可关，账号页会注明。"),
        "bool",
        True,
    ),
    Definition(
        "second_factor",
        _SAFETY,
        _("两步验证"),
        _("要求办公室、召集人和管理员登录时再输一次动态口令。"),
        "bool",
        False,
    ),
)
_BY_KEY = {definition.key: definition for definition in DEFINITIONS}


def definition_of(key: str) -> Definition:
    """The definition of a setting. Raises KeyError for a key that is not defined."""
    return _BY_KEY[key]


def value(key: str) -> Any:
    """The setting's present value. Raises KeyError for a key that is not defined."""
    definition = _BY_KEY[key]
    rows = request_cache.get_or_make("settings", lambda: dict(SettingRow.objects.values_list("key", "value")))
    return rows.get(key, definition.default)


def keep_for_request(texts: Mapping[str, str]) -> None:
    """Keep what another statement read along with its own: every row's key → its value as JSON text."""
    request_cache.keep("settings", {key: json.loads(text) for key, text in texts.items()})


def put(key: str, new: Any, *, by: Any) -> None:
    """Change one setting. Raises ValidationError when the value is not of the definition's kind."""
    definition = _BY_KEY[key]
    new = checked(definition, new)
    with transaction.atomic():
        row, _made = SettingRow.objects.select_for_update().get_or_create(
            key=key, defaults={"value": definition.default}
        )
        if row.value != new or _made:
            old, row.value = row.value, new
            save_with_history(row, by=by, why=str(definition.label))
            audit.record(
                by=by,
                verb="set",
                label="修改设置",
                obj=row,
                detail={"label": str(definition.label), "from": old, "to": new},
            )
    request_cache.forget("settings")


def checked(definition: Definition, new: Any) -> Any:
    """The value in its kind, or ValidationError."""
    if definition.kind == "bool" and isinstance(new, bool):
        return new
    if definition.kind == "int" and isinstance(new, int) and definition.low <= new <= definition.high:
        return new
    if definition.kind == "choice" and new in dict(definition.choices):
        return new
    if definition.kind == "text" and isinstance(new, str) and 0 < len(new.strip()) <= 60:
        return definition.check(new.strip()) if definition.check else new.strip()
    raise ValidationError(_("“%(label)s”的值不对。"), params={"label": definition.label})
