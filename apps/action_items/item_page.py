"""What an item's page shows: facts in words, buttons, the next step. No writes."""

from datetime import date
from typing import Any

from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from apps.common import workflow
from apps.roster.enums import AssignmentRole
from apps.roster.models import Unit
from apps.roster.selectors import standing_of, today

from . import item_life, ledger, lights, permissions, selectors, support
from .deadlines import missed_on
from .enums import ENDED_STATES, ItemState, ReviewState, SelfAssessment
from .lights import Verdict
from .models import ActionItem
from .pages import STATE_COLOURS, day_off_words, deadline_words, lamp_of, missed_words


def whole(user: Any, item: ActionItem) -> dict[str, Any]:
    """Everything an item's page shows, of an item read by `item_reading`. Two queries: the journal, the calendar."""
    rule = selectors.rule_on()
    known = selectors.facts_of(item)
    verdict = rule.judge(lights.snapshot(known, rule.as_of))
    row = ledger.Row(item, verdict, selectors.leads_of(item), [])
    events = item_life.events_of(item)
    actions, seldom = buttons(user, item)
    return {
        "item": item,
        "row": row,
        "lamp": lamp_of(item, verdict, rule.as_of),
        "counts_days": bool(verdict.workdays_left) and item.state not in ENDED_STATES,
        "missed": missed_words(missed(item, known, rule.as_of)),
        "colour": STATE_COLOURS[ItemState(item.state)],
        "actions": actions,
        "seldom": seldom,
        "facts": facts(item, verdict, selectors.paper_link(item, user)),
        "parts": parts(item),
        "extensions": item_life.extensions(item),
        "endings": item_life.endings(item),
        "corrections": corrections(item),
        "reports": reports(item),
        "asked": support.asked_of(item),
        "held": item_life.held(item, events, rule.as_of),
        "history": item_life.timeline(item, events),
        "may_review": permissions.can_review(user, item),
        "waiting": ReviewState.WAITING,
        "stopped": selectors.source_is_stopped(item),
        "no_duty": selectors.leads_without_duty(item),
        "next_step": next_step(user, item),
        "may_open": selectors.may_open_files(user, item),
        "missing_years": ledger.missing_years([row], rule),
    }


def missed(item: ActionItem, known: lights.Facts, day: date) -> date | None:
    """The day of the report that did not come (漏报), as on the ledger; None while the office is asked to close it."""
    if item.state in ENDED_STATES or item.state == ItemState.CLOSING:
        return None
    last = known.last_report(day)
    return missed_on(item, last.on if last else None, day)


def reports(item: ActionItem) -> list[dict[str, Any]]:
    """The reports, newest first; a supporting unit's is marked as an addition to what the leads say."""
    leads = {part.unit_id for part in item.parts.all() if part.role == AssignmentRole.LEAD}
    return [{"row": row, "adds": row.unit_id not in leads} for row in item.reports.all()]


def parts(item: ActionItem) -> list[dict[str, Any]]:
    """Each unit's part, leads first in the order named: who signed for it when, and its last report."""
    last: dict[int, Any] = {}
    for row in item.reports.all():  # newest first; one that was sent back is none, as in the ledger
        if row.review != ReviewState.RETURNED:
            last.setdefault(row.unit_id, row.reported_on)
    ordered = sorted(item.parts.all(), key=lambda p: (p.role != AssignmentRole.LEAD, p.position, p.pk))
    return [{"part": part, "reported_on": last.get(part.unit_id)} for part in ordered]


def leads_said(item: ActionItem, acting: list[Unit]) -> str:
    """With several leads one reports for all: which other lead reported last, and when; empty with one lead."""
    leads = {part.unit_id for part in item.parts.all() if part.role == AssignmentRole.LEAD}
    mine = {unit.pk for unit in acting}
    if len(leads) < 2 or not leads & mine:
        return ""
    for row in item.reports.all():
        if row.unit_id in leads - mine and row.review != ReviewState.RETURNED:
            day = date_format(row.reported_on, "Y年n月j日")
            return f"本事项有{len(leads)}个牵头单位，一家报送即可。{row.unit}已于{day}报送。"
    return f"本事项有{len(leads)}个牵头单位，一家报送即可。"


def speakers(item: ActionItem, acting: list[Unit], chosen: Unit) -> list[dict[str, Any]]:
    """The units a report may be written for, each with its part and the address of its form; empty for one unit."""
    if len(acting) < 2:
        return []
    here, leads = reverse("action_items:report", args=[item.pk]), selectors.leads_of(item)
    return [
        {
            "unit": unit,
            "url": f"{here}?unit={unit.pk}",
            "role": _("牵头") if unit in leads else _("配合"),
            "now": unit == chosen,
        }
        for unit in acting
    ]


FORM_PAGES = {
    "report": "report", "ask_close": "ask_close", "close": "close", "ask_extension": "extend",
    "propose_ending": "end", "direct": "direct", "enter_confirmation": "confirm",
}  # fmt: skip


ONE_BUTTON = (
    "sign_for",
    "sign_part",
    "report",
    "ask_extension",
    "ask_close",
    "confirm_close",
    "enter_confirmation",
    "direct",
    "return_close",  # no at the left, yes at the right
    "close",
    "propose_ending",
)
ANSWER_SUPPORT = _("答复支持")
SELDOM = frozenset({"propose_ending"})


ICONS = {
    "sign_for": "check",
    "sign_part": "check",
    "report": "edit",
    "ask_extension": "clock",
    "ask_close": "flag",
    "direct": "rubber-stamp",
    "propose_ending": "ban",
    "close": "circle-check",
}


QUESTIONS = {
    "confirm_close": _("确认后，由办公室主任办结。"),
}


def facts(item: ActionItem, verdict: Verdict, link: str) -> list[dict[str, Any]]:
    """Field list of an item's page."""
    opened = date_format(item.opened_on, "Y年n月j日")
    rows: list[dict[str, Any]] = [
        {"label": _("来源"), "value": f"{item.source_label}第{item.seq}项", "url": at_passage(item, link)},
        {"label": _("交办日期"), "value": opened},
        {"label": _("完成时限"), "value": deadline_words(item, verdict)},
    ]
    if item.current_due and item.state not in ENDED_STATES and (words := day_off_words(item.current_due)):
        rows.append({"label": _("请注意"), "value": words})
    if item.report_due_on and not item.current_due:
        rows.append({"label": _("下次报送日"), "value": date_format(item.report_due_on, "Y年n月j日")})
    rows += _claim_facts(item)
    if item.closed_on:
        rows.append({"label": _("办结日期"), "value": date_format(item.closed_on, "Y年n月j日")})
    if item.ended_on:
        rows.append({"label": _("终止、合并日期"), "value": date_format(item.ended_on, "Y年n月j日")})
    if item.merged_into:
        heir = f"{item.merged_into.source_label}第{item.merged_into.seq}项"
        rows.append({"label": _("已并入"), "value": heir, "url": item.merged_into.get_absolute_url()})
    return rows


def _claim_facts(item: ActionItem) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    if item.claimed_on and item.state == ItemState.CLOSING:
        rows.append({"label": _("申报完成日期"), "value": date_format(item.claimed_on, "Y年n月j日")})
    if item.confirmed_by_unit:
        confirmed = item_life.confirmed_words(item)
        rows.append({"label": _("确认完成的配合单位"), "value": confirmed, "url": scan_of(item)})
    return rows


def claimed(user: Any, item: ActionItem) -> dict[str, Any]:
    """What the pages that judge a request for 办结 show of it: the unit's words and files, and who has confirmed.

    Reads `reports` as prefetched; one query for the files.
    """
    asked = [row for row in item.reports.all() if row.assessment == SelfAssessment.CLOSING]
    verdict = selectors.rule_on().judge(lights.snapshot(selectors.facts_of(item), today()))
    return {
        "claim": max(asked, key=lambda row: row.pk, default=None),
        "claim_facts": [
            {"label": _("完成时限"), "value": deadline_words(item, verdict)},
            *_claim_facts(item),
        ],
        "may_open": selectors.may_open_files(user, item),
        "template": "action_items/close.html",
    }


def scan_of(item: ActionItem) -> str:
    """The address of the sheet a confirmation was entered from; empty without one."""
    return (
        reverse("action_items:file", args=[item.pk, item.confirmed_scan_id]) if item.confirmed_scan_id else ""
    )


def at_passage(item: ActionItem, link: str) -> str:
    """The address of the 纪要 at the passage the item comes from; empty where the reader may not open it."""
    return f"{link}#{item.source_anchor}" if link and item.source_anchor else link


def corrections(item: ActionItem) -> list[str]:
    """Each 更正 of the deadline in words."""
    return [
        f"{date_format(row.corrected_on, 'Y年n月j日')}更正：{row.reason}" for row in item.corrections.all()
    ]


def buttons(user: Any, item: ActionItem) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """(the bar, what is done seldom): the acts this user may do now, with the reason where not yet."""
    order = {name: place for place, name in enumerate(ONE_BUTTON)}
    verbs = sorted(workflow.verbs(user, item, only=ONE_BUTTON), key=lambda verb: order[verb.name])
    if any(verb.name == "sign_for" for verb in verbs):
        verbs = [verb for verb in verbs if verb.name != "sign_part"]
    found = [_button(user, verb, item) for verb in verbs]
    for row in found:
        if row["name"] == "report" and permissions.answers_for_support(user, item):
            row["label"] = ANSWER_SUPPORT
    seldom = [row for row in found if row["name"] in SELDOM]
    return [row for row in found if row not in seldom], seldom


def _button(user: Any, verb: workflow.Verb, item: ActionItem) -> dict[str, Any]:
    page = FORM_PAGES.get(verb.name)
    url = reverse(f"action_items:{page}", args=[item.pk]) if page else ""
    name = "sign_for" if verb.name == "sign_part" else verb.name
    return {
        "name": verb.name,
        "label": _label(user, verb, item),
        "url": url or reverse("action_items:act", args=[item.pk, name]),
        "method": "get" if page else "post",
        "style": {"secondary": "outline-primary"}.get(verb.style, verb.style),
        "enabled": verb.enabled,
        "reason_disabled": verb.refusal,
        "icon": ICONS.get(verb.name, ""),
        "confirm": "" if page else QUESTIONS.get(verb.name, ""),
        "reason": _("理由") if verb.needs_reason and not page else "",
        "reason_required": verb.needs_reason and not page,
    }


def _label(user: Any, verb: workflow.Verb, item: ActionItem) -> Any:
    """What the button says: past the deadline nothing is extended, only explained; the convener decides, not proposes."""
    if verb.name == "propose_ending":
        return _("终止、合并") if permissions.can_decide(user, item) else _("建议终止、合并")
    late = item.current_due is not None and item.current_due < today()
    return _("逾期说明") if verb.name == "ask_extension" and late else verb.label


def next_step(user: Any, item: ActionItem) -> str:
    """One sentence: what is waited for, and from whom."""
    standing = standing_of(user)
    leads = permissions.is_lead(user, item) and not standing.runs_office
    if item.state == ItemState.ASSIGNED:
        return "请先点“签收”，表示已收到这项任务。" if leads else "等待牵头单位签收。"
    if item.state == ItemState.CLOSING and permissions.needs_confirmation(item):
        if item.confirmed_by_unit_id is None:
            words = "市卫健委牵头的事项，先由一个配合单位确认完成，再由办公室主任办结。"
            return words + ("配合单位没有账号的，请代录。" if standing.runs_office else "")
        return "配合单位已确认，等待办公室主任办结。"
    if item.state == ItemState.CLOSING:
        return "已申请办结，等待办公室审核。"
    if item.state == ItemState.IN_PROGRESS and leads and any(row["answer"] for row in support.asked_of(item)):
        return "请求的支持已有答复，请报一次进展，更新自评。"
    if item.state == ItemState.IN_PROGRESS and leads:
        return "请按时报进展；完成后点“申请办结”。"
    return ""
