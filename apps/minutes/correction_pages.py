"""What the pages of a 更正 show, ready for templates. Reads only."""

from typing import Any

from django.urls import reverse

from apps.common.workflow import verbs
from apps.documents import show
from apps.roster.models import Unit

from . import content, correction, papers
from .enums import CASE_COLOURS, REPLY_COLOURS, CaseState, ChangeKind, MinutesState, Reply
from .models import CorrectionCase, CorrectionChange, CorrectionConsent, Minutes
from .permissions import can_correct, can_handle, can_stop, reads_all
from .selectors import passages_of

_FORMS = {
    "ask": "minutes:correction_ask",
    "register_approval": "minutes:correction_register",
    "issue": "minutes:correction_issue",
}
_ICONS = {
    "ask": "users", "submit": "send", "rework": "arrow-back-up", "register_approval": "upload", "issue": "send", "drop": "ban",
}  # fmt: skip

# What 退回拟定 costs, by where the case stands.
_KEPT = "已有的反馈按原文有效：改到的内容须重新征求，没有改到的不用。"
_LOST = {
    CaseState.ASKING: f"退回后才能改内容，各单位暂停反馈。{_KEPT}",
    CaseState.SIGNING: f"退回后才能改内容，须重新送批。{_KEPT}",
    CaseState.APPROVED: f"批准作废，须重新送批、重新批准。{_KEPT}",
}


def after_issue(user: Any, minutes: Minutes) -> list[dict[str, str]]:
    """The ways open once a 纪要 is out: 更正, 停止使用, and what became of them."""
    cases = minutes.correction_cases.exclude(state=CaseState.DROPPED) if reads_all(user) else ()
    rows = [
        {"label": f"更正（{case.get_state_display()}）", "url": case.get_absolute_url(), "icon": "edit"}
        for case in cases
    ]
    out = minutes.state in (MinutesState.ISSUED, MinutesState.ARCHIVED)
    if out and can_handle(user, minutes) and all(case.state == CaseState.ISSUED for case in cases):
        rows.append({"label": "更正", "url": reverse("minutes:correct", args=[minutes.pk]), "icon": "edit"})
    if out and can_stop(user, minutes):
        rows.append({"label": "停止使用", "url": reverse("minutes:stop", args=[minutes.pk]), "icon": "ban"})
    if minutes.state == MinutesState.STOPPED and reads_all(user):
        rows.append(
            {
                "label": "收回清单",
                "url": reverse("minutes:retrieval", args=[minutes.pk]),
                "icon": "list-check",
            }
        )
    return rows


def finished(minutes: Minutes) -> list[CorrectionCase]:
    """The corrections that were issued, in order."""
    rows = minutes.correction_cases.filter(state=CaseState.ISSUED)
    return list(rows.select_related("correction").order_by("id"))


def colour(case: CorrectionCase) -> str:
    """Colour of the state's badge."""
    return CASE_COLOURS[CaseState(case.state)]


def actions(user: Any, case: CorrectionCase) -> list[dict[str, Any]]:
    """The action bar; the signer's own two buttons stand beside his words."""
    rows = []
    for verb in verbs(user, case):
        if verb.name in ("approve", "send_back"):
            continue
        form = _FORMS.get(verb.name)
        url = (
            reverse(form, args=[case.pk])
            if form
            else reverse("minutes:correction_act", args=[case.pk, verb.name])
        )
        rows.append(
            {
                "label": verb.label,
                "url": url,
                "method": "get" if form else "post",
                "style": verb.style if verb.style == "primary" else "outline-primary",
                "enabled": verb.enabled,
                "reason_disabled": verb.refusal,
                "icon": _ICONS[verb.name],
                "reason": "理由" if verb.needs_reason else "",
                "reason_required": verb.needs_reason,
                "confirm": _LOST.get(CaseState(case.state), "") if verb.name == "rework" else "",
            }
        )
    if case.state == CaseState.ASKING and can_correct(user, case):
        rows.append(_chase(case))
    return rows


def _chase(case: CorrectionCase) -> dict[str, Any]:
    """催报 stands beside the verbs; it changes no state."""
    silent = any(row.reply == Reply.PENDING for row in case.consents.all())
    return {
        "label": "催报",
        "url": reverse("minutes:correction_chase", args=[case.pk]),
        "method": "post",
        "style": "outline-primary",
        "enabled": silent,
        "reason_disabled": "" if silent else "各单位都已反馈，不用催报。",
        "icon": "bell",
        "reason": "",
        "reason_required": False,
        "confirm": "",
    }


def changes(case: CorrectionCase) -> list[dict[str, Any]]:
    """Each change with its name, both texts, where it is written, and whether it is a misprint or touches the substance."""
    names = {line.passage.pk: line.name for line in content.lines_of(passages_of(case.minutes))}
    known = correction.names_in(case.minutes)
    return [
        {
            "row": row,
            "name": _name(row, names),
            "passage": row.passage_id,
            "before": row.before.get("words", ""),
            "after": row.after.get("words", ""),
            "verdict": correction.verdict(row, known),
            "url": _url(case, row),
        }
        for row in correction.ordered(case)
    ]


def _name(row: CorrectionChange, names: dict[int, str]) -> str:
    if row.what == ChangeKind.TITLE:
        return "标题"
    if row.what == ChangeKind.NAMES:
        return "出席、请假、列席名单"
    if row.what == ChangeKind.REMOVE:
        return f"删去{row.before.get('name', '一项')}"
    if row.what == ChangeKind.ADD:
        return f"增加一项（{names.get(row.follows_id or 0, '正文')}之后）"
    return names.get(row.passage_id or 0, "正文")


def _url(case: CorrectionCase, row: CorrectionChange) -> str:
    """Where the change is written on; a resolution struck out has nothing to write."""
    if row.what == ChangeKind.REMOVE:
        return ""
    if row.what == ChangeKind.TEXT:
        return reverse("minutes:correction_change", args=[case.pk, row.passage_id])
    if row.what == ChangeKind.ADD:
        return reverse("minutes:correction_add", args=[case.pk]) + f"?change={row.pk}"
    return reverse(f"minutes:correction_{row.what}", args=[case.pk])


def changes_for(consent: CorrectionConsent) -> list[dict[str, Any]]:
    """The changes that are this unit's business; all of them once the case is past asking."""
    mine = {row.pk for row in correction.touched(consent.case).get(consent.unit_id, [])}
    return [row for row in changes(consent.case) if row["row"].pk in mine]


def unchanged(case: CorrectionCase) -> list[dict[str, Any]]:
    """The printed passages that stay as they are: where a change may still be written."""
    changed = {row.passage_id for row in case.changes.all()}
    return [
        {
            "name": line.name,
            "passage": line.passage.pk,
            "words": line.words,
            "label": line.label,
            "may_go": bool(line.seq),
        }
        for line in content.lines_of(passages_of(case.minutes))
        if not line.passage.withheld and line.passage.pk not in changed
    ]


def answers(case: CorrectionCase) -> list[dict[str, Any]]:
    """Where every unit stands that is touched or was asked, in charter order."""
    rows = {row.unit_id: row for row in case.consents.select_related("unit", "proof")}
    missing = {unit.pk: why for unit, why in correction.not_agreed(case)}
    units = Unit.objects.filter(pk__in={*rows, *missing}).order_by("order", "pk")
    return [
        {
            "unit": unit,
            "consent": rows.get(unit.pk),
            "words": rows[unit.pk].get_reply_display() if unit.pk in rows else "还没有征求意见",
            "colour": REPLY_COLOURS[Reply(rows[unit.pk].reply)] if unit.pk in rows else "grey",
            "why": missing.get(unit.pk, ""),
        }
        for unit in units
    ]


def shown(case: CorrectionCase) -> show.Shown:
    """The paper as it would be printed with the changes; once issued, the paper itself."""
    minutes, done = case.minutes, case.correction
    old = minutes.paper
    return show.Shown(
        f"{minutes}（更正）", reverse("minutes:correction_paper", args=[case.pk]), minutes, archived=done.paper if done else None,
        paper=lambda: papers.paper_of(
            minutes, passages=correction.revised(case), number=old.number_text if old else "", final=True,
            title=correction.title_after(case), names=correction.names_after(case),
        ),
        back=case.get_absolute_url(), note="按更正后的文字排出的样子，还没有印发",
    )  # fmt: skip
