"""What the pages show: buttons from the state tables, figures and changes in words, receipts. No writes."""

from collections.abc import Callable
from typing import Any

from django.db import models
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from apps.accounts import grants
from apps.common import workflow
from apps.dispatch.enums import DeliveryState
from apps.dispatch.selectors import deliveries_of
from apps.documents import show
from apps.documents.composition import text_of
from apps.documents.enums import PaperStatus
from apps.documents.models import ArchivedPaper
from apps.roster.selectors import standing_of, today

from . import checking, papers, permissions, wording
from .enums import PAPER_KINDS, BulletinKind, BulletinState, InformationState
from .models import Bulletin, Information, Section

# Verbs done on a page of their own.
_FORM_PAGES = {
    "approve": "bulletins:approve",
    "number": "bulletins:number",
    "issue": "bulletins:issue",
}
_INFORMATION_PAGES = {"issue": "bulletins:information_issue", "resubmit": "bulletins:information_edit"}
_SELDOM = frozenset({"drop", "void", "withdraw_approval"})
_ICONS = {
    "submit": "send",
    "approve": "check",
    "number": "flag",
    "issue": "send",
    "withdraw": "arrow-back-up",
    "return_": "arrow-back-up",
    "resubmit": "edit",
}
_QUESTIONS = {
    "drop": _("作废后不能恢复。"),
    "void": _("编号作废后不再使用，不能恢复；需要时重新起草、另编一号。"),
    "withdraw_approval": _("撤回后回到待审批。"),
}
# 退回修改 is a button of the approver's page.
_ON_THE_PAGE = frozenset({"send_back"})
_STEPS = (
    (BulletinState.DRAFTING, _("起草")),
    (BulletinState.SUBMITTED, _("审批")),
    (BulletinState.APPROVED, _("编号")),
    (BulletinState.NUMBERED, _("印发")),
    (BulletinState.ISSUED, _("签收")),
)


def buttons(user: Any, obj: Bulletin | Information) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """(the bar, what is done seldom): the acts this user may do now, with the reason where not yet."""
    is_bulletin = isinstance(obj, Bulletin)
    route = "bulletins:act" if is_bulletin else "bulletins:information_act"
    forms = _FORM_PAGES if is_bulletin else _INFORMATION_PAGES
    rows = [
        _button(verb, obj, route, forms)
        for verb in workflow.verbs(user, obj)
        if verb.name not in _ON_THE_PAGE
    ]
    seldom = [row for row in rows if is_bulletin and row["name"] in _SELDOM]
    return [row for row in rows if row not in seldom], seldom


def _button(verb: workflow.Verb, obj: models.Model, route: str, forms: dict[str, str]) -> dict[str, Any]:
    page = forms.get(verb.name)
    url = reverse(page, args=[obj.pk]) if page else reverse(route, args=[obj.pk, verb.name])
    asks = verb.needs_reason and not page
    return {
        "name": verb.name,
        "label": verb.label,
        "url": url,
        "method": "get" if page else "post",
        "style": {"secondary": "outline-primary", "danger": "outline-danger"}.get(verb.style, verb.style),
        "enabled": verb.enabled,
        "reason_disabled": verb.refusal,
        "icon": _ICONS.get(verb.name, ""),
        "confirm": "" if page else _QUESTIONS.get(verb.name, ""),
        "reason": _("理由") if asks else "",
        "reason_required": asks,
    }


def steps(bulletin: Bulletin) -> list[dict[str, Any]]:
    """How far it has come; none for a dropped draft."""
    order = [state for state, _label in _STEPS]
    if bulletin.state not in order:
        return []
    at = order.index(BulletinState(bulletin.state))
    return [
        {"label": label, "state": "done" if place < at else "current" if place == at else "todo"}
        for place, (_state, label) in enumerate(_STEPS)
    ]


def facts(bulletin: Bulletin, *, whole: bool) -> list[dict[str, Any]]:
    """Field list of a bulletin's page; who drafted and approved it, and his opinion, only for `whole` readers."""
    rows: list[dict[str, Any]] = [
        {"label": _("期次"), "value": bulletin.period},
        {
            "label": _("统计期间"),
            "value": f"{_day(bulletin.starts_on)}至{_day(bulletin.ends_on)}",
        },
    ]
    if whole:
        rows.append({"label": _("起草"), "value": bulletin.drafted_by})
    if whole and bulletin.approved_by is not None:
        opinion = (
            bulletin.answer if bulletin.state != BulletinState.DROPPED else ""
        )  # that is why it was voided
        said = f"{bulletin.approved_by}（{opinion}）" if opinion else bulletin.approved_by
        rows.append({"label": _("批准"), "value": said})
    if bulletin.signed_on:
        rows.append({"label": _("成文日期"), "value": _day(bulletin.signed_on)})
    if bulletin.printed_on:
        rows.append({"label": _("印发日期"), "value": _day(bulletin.printed_on)})
    if bulletin.report_up:
        rows.append({"label": _("抄报"), "value": _("市人民政府")})
    return rows


def _day(day: Any) -> str:
    return wording.day_words(day.isoformat())


def stats(snapshot: dict[str, Any]) -> list[dict[str, Any]]:
    """The frozen totals as figures."""
    totals = snapshot["totals"]
    told = (
        (_("议定事项"), "all", ""), (_("按期办结"), "on_time", "done"), (_("逾期办结"), "late", "done"),
        (_("推进中"), "running", "green"), (_("超期"), "overdue", "red"), (_("长期坚持"), "standing", "standing"),
        (_("受阻"), "blocked", ""),  # ▲ is 临期 in the ledger
    )  # fmt: skip
    return [{"label": label, "value": totals[name], "lamp": lamp} for label, name, lamp in told]


def tables(snapshot: dict[str, Any]) -> dict[str, Any]:
    """The frozen tables, as the page and the paper show them."""
    changes = [
        {"kind": row[0], "item": text_of(row[1]), "leads": row[2], "words": row[3]}
        for row in papers.changes_rows(snapshot)
    ]
    troubled = [
        {
            **line,
            "late": wording.late_words(line),
            "deadline": wording.deadline_words(line),
            "who": "、".join(line["leads"]),
        }
        for line in snapshot["troubled"]
    ]
    extended = [
        {**line, "deadline": wording.deadline_words(line), "who": "、".join(line["leads"])}
        for line in snapshot["extended"]
    ]
    return {
        "units": snapshot["units"], "troubled": troubled, "extended": extended, "changes": changes,
        "since": wording.day_words((snapshot["changes"] or {}).get("since")),
        "missing_years": snapshot["missing_years"],
    }  # fmt: skip


def warnings(sections: list[Section], snapshot: dict[str, Any]) -> list[str]:
    """Numbers in the text that the figures do not bear out."""
    return [line for row in sections for line in checking.warnings(str(row.heading), str(row.text), snapshot)]


def shown(bulletin: Bulletin) -> show.Shown:
    """The paper itself: the frozen one once it is numbered."""
    kind = PAPER_KINDS[BulletinKind(bulletin.kind)]
    return show.Shown(
        bulletin.title, reverse("bulletins:paper", args=[bulletin.pk]), bulletin, archived=bulletin.paper,
        paper=lambda: papers.bulletin_paper(bulletin), back=bulletin.get_absolute_url(),
        note=f"{kind.label}，按现在的文字排出的样子，还不是正式文件",
    )  # fmt: skip


def shown_information(row: Information) -> show.Shown:
    """The information as it is, or would be, issued."""
    return show.Shown(
        papers.information_title(row), reverse("bulletins:information_paper", args=[row.pk]), row, archived=row.paper,
        paper=lambda: papers.information_paper(row), back=row.get_absolute_url(),
        note="按现在的文字排出的样子，还不是正式文件",
    )  # fmt: skip


def receipts(user: Any, paper: ArchivedPaper | None, row: Bulletin | Information) -> dict[str, Any]:
    """Who has signed and who has not: all copies for those who see everything, else the user's units'. One query."""
    if paper is None:
        return {}
    everything = permissions.sees_receipts(user)
    standing = standing_of(user)
    copies = [
        copy
        for copy in deliveries_of(paper)
        if everything or copy.recipient.unit_id in standing.units
    ]  # fmt: skip
    silent = [copy for copy in copies if copy.recipient.unit_id and copy.state != DeliveryState.RECEIVED]
    asked = silent if paper.status == PaperStatus.CURRENT else []  # nobody signs for what is stopped
    mine = [copy for copy in asked if copy.recipient.unit_id in standing.liaison_units]
    copies.sort(key=lambda copy: copy.state == DeliveryState.RECEIVED)  # who has not signed stands first
    return {
        "copies": copies, "silent": silent, "mine": mine, "everything": everything, "paper": paper,
        "may_chase": bool(asked) and permissions.can_write(user),
        "chased_today": row.chased_on == today(), "chased_on": row.chased_on,
    }  # fmt: skip


def why_not_approve(user: Any, bulletin: Bulletin) -> str:
    """Why who otherwise approves finds no button, or ""."""
    if bulletin.state != BulletinState.SUBMITTED or not permissions.approves(user):
        return ""
    word = {"word": gettext("总结") if bulletin.kind == BulletinKind.ANNUAL else gettext("通报")}
    if bulletin.submitted_by_id == user.pk:
        return gettext("这份%(word)s是您送审的，须由办公室主任或者召集人中的另一位批准。") % word
    if bulletin.drafted_by_id == user.pk:
        return gettext("这份%(word)s是您起草的，须由办公室主任或者召集人中的另一位批准。") % word
    parts, facts = bulletin.written_by([user.pk]), bulletin.facts_by([user.pk])
    names = "、".join([*facts, *(f"“{heading}”" for heading in parts)])
    if facts:
        return gettext("您修改过%(names)s，须由办公室主任或者召集人中的另一位批准。") % {"names": names}
    if parts:
        return gettext(
            "您修改过%(names)s，须由办公室主任或者召集人中的另一位批准；撤回送审、重新拟写这些部分之后，您也可以批准。"
        ) % {"names": names}
    return ""


def bulletin_context(user: Any, bulletin: Bulletin, history: Callable[[Any], Any]) -> dict[str, Any]:
    """Everything the page of a bulletin shows."""
    sections = list(bulletin.sections.all())
    actions, seldom = buttons(user, bulletin)
    whole = standing_of(user).reads_all
    out = bulletin.state == BulletinState.ISSUED
    return {
        "bulletin": bulletin, "sections": sections, "actions": actions, "seldom": seldom,
        "steps": steps(bulletin) if whole else [], "facts": facts(bulletin, whole=whole), "stats": stats(bulletin.snapshot),
        "may_edit": permissions.can_edit(user, bulletin), "whole": whole,
        "warnings": warnings(sections, bulletin.snapshot) if whole and not out else [],
        "not_approver": why_not_approve(user, bulletin),
        "history": history(bulletin) if whole else [], "sheets": show.sheets(shown(bulletin)),
        "receipts": receipts(user, bulletin.paper, bulletin) if out else {},
        **tables(bulletin.snapshot), **grants.panel(bulletin, user),
    }  # fmt: skip


def information_context(user: Any, row: Information, history: Callable[[Any], Any]) -> dict[str, Any]:
    """Everything the page of a piece of information shows."""
    actions, seldom = buttons(user, row)
    near = standing_of(user).reads_all or permissions.is_sender(user, row)
    return {
        "row": row, "actions": actions, "seldom": seldom, "near": near,
        "may_edit": permissions.can_edit_information(user, row) and row.state != InformationState.RETURNED,
        "history": history(row) if near else [], "sheets": show.sheets(shown_information(row)),
        "files": list(row.files.all()), "receipts": receipts(user, row.paper, row),
    }  # fmt: skip


def can_be_read_as_issued(user: Any, row: Bulletin | Information) -> bool:
    """A stopped paper is handed out to nobody but those who keep it."""
    stopped = row.paper is not None and row.paper.status != PaperStatus.CURRENT
    return not stopped or standing_of(user).reads_all
