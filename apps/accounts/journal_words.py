"""What a line of the journal says of an act, in Chinese: keys by name, codes by their labels. No query."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.apps import apps
from django.core.exceptions import FieldDoesNotExist
from django.db import models

from apps.common import settings_rows
from apps.common.models import AuditEvent
from apps.common.workflow import WORKFLOWS

_SHORT = 12  # characters of a hash that are shown
_HASHES = frozenset({"sha256", "docx_sha256", "key", "head"})
_ROWS = frozenset({"passage", "comment", "against"})  # numbers of rows
_FIELDS = frozenset({"changed", "fields"})  # names of the object's columns
_PLAIN = frozenset({"path", "username", "address", "account"})
_STATES = frozenset({"from", "to"})
_WORDED = frozenset({"filter"})  # sentences of the portal
_ISO = re.compile(r"(?<!\d)(\d{4})-(\d{2})-(\d{2})(?!\d)")
# PostgreSQL keeps keys in an order of its own: what it is about first, 原为 before 改为 at the end, the rest by key.
_PLACE = {"name": -1, "role": -1, "comment": -1, "sha256": -1, "from": 1, "to": 2, "until": 3}
_FORMS = {"pdf": "PDF文件", "docx": "Word文件"}

KEYS = {
    "account": "账号", "active": "启用", "added": "新增", "address": "地址", "adoption": "采纳情况", "against": "不同意的段落",
    "agreed": "是否沟通一致", "applied": "已改入正文", "authorised_by": "审签人", "basis": "依据", "changed": "修改",
    "channel": "送达方式", "comment": "意见", "count": "条数", "day": "日期", "docx_sha256": "Word文件哈希", "duties": "职责条数",
    "ends_on": "统计截止", "fields": "修改", "file": "文件", "files": "文件数", "filter": "筛选", "form": "格式", "from": "原为",
    "full_name": "全称", "full_name_verified": "全称已核定", "head": "末条哈希", "imported": "历史导入", "initials": "拼音首字母",
    "items": "事项", "key": "成文哈希", "kind": "种类", "label": "名称", "left_out": "未导入的行", "mails_cancelled": "取消的邮件",
    "missing": "缺", "name": "名称", "next": "下一号", "on": "日期", "on_behalf": "代录", "paper": "公文", "passage": "段落",
    "path": "页面", "people": "人数", "person": "姓名", "post": "岗位", "reason": "说明", "received_by": "签收人", "removed": "删除",
    "replies": "反馈", "reply": "反馈", "reports": "进展条数", "role": "角色", "round": "轮次", "sha256": "文件哈希", "text": "文字",
    "title": "职务", "to": "改为", "unchanged": "没有变化的行", "unit": "单位", "units": "单位", "until": "截止", "username": "登录名",
    "version": "版本", "who": "经手人", "why": "原因", "workdays": "工作日", "years": "年份",
}  # fmt: skip
# What a key means in one act only.
_OF_VERB = {
    ("appoint", "from"): "自", ("give_role", "from"): "自", ("take_back", "from"): "收回自",
    ("register_return", "from"): "退回单位", ("send_paper", "to"): "发往", ("chase", "to"): "催报单位",
    ("test_mail", "to"): "收件地址", ("grant", "to"): "开放给", ("import", "key"): "会议编号",
    ("import_charter", "units"): "单位数", ("evidence", "missing"): "缺少的材料",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Detail:
    """One detail of an act: its name, what is shown, and the whole of it where it is shortened ("" if not)."""

    label: str
    text: str
    whole: str = ""

    def __str__(self) -> str:
        return f"{self.label}：{self.whole or self.text}"


def details(event: AuditEvent) -> list[Detail]:
    """The details of a line. A key or a code that nobody named is shown as it is: a journal leaves nothing out."""
    found = sorted(event.detail.items(), key=lambda pair: (_PLACE.get(pair[0], 0), pair[0]))
    return [_detail(event, key, value) for key, value in found]


def thing(event: AuditEvent) -> str:
    """What the act was done to, in words: a setting by its name, not by its key."""
    if event.object_type == "common.settingrow":
        return str(_setting(event.object_label) or event.object_label)
    return event.object_label


def _setting(key: str) -> Any:
    try:
        return settings_rows.definition_of(key).label
    except KeyError:  # a setting of an older release
        return None


def _detail(event: AuditEvent, key: str, value: Any) -> Detail:
    label = _OF_VERB.get((event.verb, key)) or KEYS.get(key, key)
    if (
        key in _HASHES
        and isinstance(value, str)
        and len(value) > _SHORT
        and (event.verb, key) not in _OF_VERB
    ):
        return Detail(label, f"{value[:_SHORT]}…", value)
    if event.verb == "edit_unit" and isinstance(value, list):  # before and after
        return Detail(label, " → ".join(_text(event, key, one) for one in value))
    return Detail(label, _text(event, key, value))


def _text(event: AuditEvent, key: str, value: Any) -> str:
    if value is None or value == "":
        return "—"
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, Mapping):
        return "，".join(f"{KEYS.get(name, name)}{_text(event, name, one)}" for name, one in value.items())
    if isinstance(value, list):
        return "、".join(_text(event, key, one) for one in value) or "无"
    if isinstance(value, int):
        return f"第{value}号" if key in _ROWS else str(value)
    return _word(event, key, str(value))


def _word(event: AuditEvent, key: str, text: str) -> str:
    if key in _PLAIN:
        return text
    if key in _FIELDS:
        return _column(event.object_type, text)
    codes = (label for labels in _labels(event, key) if (label := labels.get(text)))
    if found := next(codes, None):
        return found
    # Dates of its own words; the name of a file or what somebody wrote stands as it is.
    return _ISO.sub(_chinese, text) if key in _WORDED or _ISO.fullmatch(text) else text


def _labels(event: AuditEvent, key: str) -> Iterator[Mapping[str, str]]:
    """Where a code of this key may be named, the nearest first: the object's own table and columns, then any column."""
    if key == "form":
        yield _FORMS
    model = _model(event.object_type)
    names = ("status", "state", "value") if key in _STATES else ("reply",) if key == "replies" else (key,)
    if key in _STATES and event.object_type == "common.settingrow":
        yield _choices_of(event.object_label)
    if key in _STATES and model in WORKFLOWS:
        yield {code: str(label) for code, label in WORKFLOWS[model].states.choices}
    for name in names:
        if model is not None:
            yield _own(model, name)
    if key not in _STATES:
        yield _within(names[0], model._meta.app_label if model is not None else "")
        yield _within(names[0], "")


def _choices_of(key: str) -> dict[str, str]:
    try:
        return {code: str(label) for code, label in settings_rows.definition_of(key).choices}
    except KeyError:
        return {}


def _own(model: type[models.Model], name: str) -> dict[str, str]:
    try:
        field = model._meta.get_field(name)
    except FieldDoesNotExist:
        return {}
    return {str(code): str(label) for code, label in getattr(field, "choices", None) or ()}


@cache
def _within(name: str, app: str) -> dict[str, str]:
    """Codes of the columns of a name, in the tables of an app ("": of any), that mean the same wherever they stand."""
    found: dict[str, set[str]] = {}
    for model in apps.get_app_config(app).get_models() if app else apps.get_models():
        for code, label in _own(model, name).items():
            found.setdefault(code, set()).add(label)
    return {code: labels.pop() for code, labels in found.items() if len(labels) == 1}


def _column(object_type: str, name: str) -> str:
    model = _model(object_type)
    try:
        return str(model._meta.get_field(name).verbose_name) if model else name  # type: ignore[union-attr]
    except FieldDoesNotExist:
        return name


def _model(object_type: str) -> Any:
    try:
        return apps.get_model(object_type) if object_type else None
    except LookupError:  # a table of an older release
        return None


def _chinese(found: re.Match[str]) -> str:
    return f"{int(found[1])}年{int(found[2])}月{int(found[3])}日"
