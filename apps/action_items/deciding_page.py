"""What the pages of a request for 延期 and of a proposal of 终止 or 合并 show. No writes."""

from typing import Any

from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from apps.common import workflow

from . import item_life
from .enums import DECIDED_REQUESTS, EndingState, ExtensionState
from .models import ActionItem, Ending, Extension
from .pages import day_off_words
from .selectors import leads_of, may_open_files, sees

# Verb → the look of its button; what is not named is outlined.
_PRIMARY = frozenset({"review", "grant", "approve"})
_REGISTERS = frozenset({"register_grant", "register_approval"})
_HERE = frozenset({"review", "send_back", "grant", "refuse", "approve", "withdraw"})
_ICONS = {
    "review": "send", "send_back": "arrow-back-up", "grant": "rubber-stamp", "approve": "rubber-stamp", "refuse": "x",
    "withdraw": "arrow-back-up",
}  # fmt: skip


def _day(day: Any) -> str:
    return date_format(day, "Y年n月j日") if day else ""


def decisions(user: Any, obj: Extension | Ending) -> list[dict[str, Any]]:
    """The buttons of the page: all post the same form, so that the words typed go with whichever is pressed."""
    return [
        {
            "name": verb.name,
            "label": verb.label,
            "icon": _ICONS[verb.name],
            "style": "primary" if verb.name in _PRIMARY else "outline-secondary",
            "refusal": verb.refusal,
            "needs_reason": verb.needs_reason,
        }
        for verb in workflow.verbs(user, obj, only=_HERE)
    ]


def note_help(buttons: list[dict[str, Any]]) -> str:
    """What stands under the box for words; empty (no box) for who only takes his own request back."""
    if not any(button["name"] != "withdraw" for button in buttons):
        return ""
    strict = "、".join(str(button["label"]) for button in buttons if button["needs_reason"])
    return f"可以不写。{strict}须写明理由。" if strict else "可以不写。"


def _register_url(user: Any, obj: Extension | Ending, name: str) -> str:
    may = [verb for verb in workflow.verbs(user, obj, only=_REGISTERS) if verb.enabled]
    return reverse(f"action_items:{name}", args=[obj.item_id, obj.pk]) if may else ""


def extension(user: Any, row: Extension) -> dict[str, Any]:
    """The page of a request. Its item's earlier requests are counted: the signer sees how often it was moved."""
    item = row.item
    buttons = decisions(user, row)
    shown = may_open_files(user, item)
    files = [*row.files.all(), *([row.scan] if row.scan else [])] if shown else []
    return {
        "row": row,
        "item": item,
        "leads": leads_of(item),
        "heading": _("说明内容") if row.asked_late else _("申请内容"),
        "facts": _extension_facts(row),
        "colour": item_life.REQUEST_COLOURS[ExtensionState(row.state)],
        "files": [_file(item.pk, file) for file in files],
        "buttons": buttons,
        "note_help": note_help(buttons),
        "refusal": next((button["refusal"] for button in buttons if button["refusal"]), ""),
        "register_url": _register_url(user, row, "extension_register"),
        "sheet_url": reverse("action_items:extension_sheet", args=[item.pk, row.pk]),
    }


def _file(item_pk: int, file: Any) -> dict[str, Any]:
    url = reverse("action_items:file", args=[item_pk, file.pk])
    return {"name": file.name, "url": url, "size": file.size, "at": file.uploaded_at}


def _extension_facts(row: Extension) -> list[dict[str, Any]]:
    item = row.item
    first, late = item.due_on or row.old_due, row.asked_late
    behalf = f"（办公室代录，{row.source_note}）" if row.on_behalf else ""
    rows: list[dict[str, Any]] = [
        {"label": _("说明单位") if late else _("申请单位"), "value": f"{row.unit}{behalf}"},
        {"label": _("说明日期") if late else _("申请日期"), "value": _day(row.applied_on)},
        {"label": _("最初时限"), "value": _day(first)},
        {"label": _("说明时的时限") if late else _("申请时的时限"), "value": _day(row.old_due)},
        {"label": _("预计完成") if late else _("申请延至"), "value": _day(row.new_due)},
        {"label": _("此前已延期"), "value": f"{_granted_before(row)}次"},
    ]
    if not late and (words := day_off_words(row.new_due)):
        rows.append({"label": _("请注意"), "value": words.replace("时限", "申请延至的", 1), "wide": True})
    rows.append({"label": _("理由"), "value": row.reason, "wide": True})
    if row.reviewed_on:
        words = f"{row.review_note or '拟同意'}（{_day(row.reviewed_on)}）"
        rows.append({"label": _("办公室意见"), "value": words, "wide": True})
    if row.state in DECIDED_REQUESTS:
        words = f"{row.get_state_display()}{'：' + row.decision_note if row.decision_note else ''}"
        on_paper = "，线下审批" if row.scan_id else ""
        rows.append(
            {
                "label": _("召集人意见"),
                "value": f"{words}（{row.decided_by}，{_day(row.decided_on)}{on_paper}）",
                "wide": True,
            }
        )
    elif row.decision_note:
        rows.append({"label": _("说明"), "value": row.decision_note, "wide": True})
    return rows


def _granted_before(row: Extension) -> int:
    """How often the deadline had been moved when this was asked (late ones moved nothing)."""
    earlier = row.item.extensions.filter(state=ExtensionState.GRANTED, asked_late=False, pk__lt=row.pk)
    return int(earlier.count())


def _heir(user: Any, heir: ActionItem) -> dict[str, Any]:
    """What another matter goes on in; who may not read that is told its number and no more."""
    number = f"{heir.source_label}第{heir.seq}项"
    if not sees(user, heir):
        return {"value": number}
    return {"value": f"{number}：{heir.text}", "url": heir.get_absolute_url()}


def _who_brought(row: Ending) -> str:
    return f"召集人{row.decided_by}，直接决定" if row.by_convener else str(row.asked_by or "")


def ending(user: Any, row: Ending) -> dict[str, Any]:
    """The page of a proposal."""
    buttons = decisions(user, row)
    rows: list[dict[str, Any]] = [
        {"label": _("方式"), "value": row.get_kind_display()},
        {"label": _("提出"), "value": f"{_who_brought(row)}（{_day(row.asked_on)}）"},
    ]
    if row.heir:
        rows.append({"label": _("并入"), "wide": True, **_heir(user, row.heir)})
        if row.add_missing:
            words = "本事项的牵头、配合单位列为并入事项的配合单位"
            rows.append({"label": _("同时"), "value": words, "wide": True})
    rows.append({"label": _("理由"), "value": row.reason, "wide": True})
    if row.decided_on:
        words = f"{row.get_state_display()}{'：' + row.decision_note if row.decision_note else ''}"
        on_paper = "，线下审批" if row.scan_id else ""
        label = _("说明") if row.state == EndingState.WITHDRAWN else _("召集人意见")
        value = f"{words}（{row.decided_by}，{_day(row.decided_on)}{on_paper}）"
        rows.append({"label": label, "value": value, "wide": True})
    shown = may_open_files(user, row.item)
    return {
        "row": row,
        "item": row.item,
        "heading": item_life.ending_title(row),
        "leads": leads_of(row.item),
        "facts": rows,
        "colour": item_life.ENDING_COLOURS[EndingState(row.state)],
        "files": [_file(row.item_id, row.scan)] if row.scan and shown else [],
        "buttons": buttons,
        "note_help": note_help(buttons),
        "refusal": "",
        "register_url": _register_url(user, row, "ending_register"),
        "sheet_url": reverse("action_items:ending_sheet", args=[row.item_id, row.pk]),
    }
