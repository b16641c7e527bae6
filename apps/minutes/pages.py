"""What the pages of a 纪要 show, ready for templates: steps, buttons, history, page images. Reads only."""

from typing import Any

from django.urls import reverse

from apps.common import audit
from apps.common.workflow import verbs

from .enums import REPLY_COLOURS, Reply, Step
from .enums import MinutesState as S
from .models import Endorsement, Minutes
from .permissions import can_answer, can_edit, can_handle
from .selectors import own_consents

# The ten steps of the paper, the endorsement that marks each, and how many are behind it in a state.
STEPS = (
    ("拟稿", Step.DRAFT), ("核稿", Step.PROOFREAD), ("征求意见", Step.CIRCULATE), ("审核", Step.AUDIT), ("签发", Step.SIGN),
    ("复核", Step.CHECK), ("编号", Step.NUMBER), ("印发", Step.PRINT), ("抄报", Step.REPORT), ("归档", None),
)  # fmt: skip
_BEHIND = {
    S.DRAFTING: 0, S.REVIEWING: 1, S.REVIEWED: 2, S.CIRCULATING: 2, S.SETTLING: 2, S.AUDITING: 3, S.SIGNING: 4,
    S.CHECKING: 5, S.NUMBERING: 6, S.ISSUING: 7, S.ISSUED: 8, S.ARCHIVED: 10,
}  # fmt: skip
# Acts that need more than a button: verb → the page where it is done.
_PAGES = {
    "circulate": "minutes:circulate",
    "recirculate": "minutes:circulate",
    "register_signature": "minutes:register_signature",
    "number": "minutes:number",
    "issue": "minutes:issue",
    "sign": "minutes:sign",
}
_ICONS = {
    "submit_review": "send", "pass_review": "check", "circulate": "users", "recirculate": "refresh", "settle": "check",
    "submit_audit": "send", "pass_audit": "check", "sign": "rubber-stamp", "register_signature": "upload",
    "check": "check", "number": "list-check", "issue": "send", "archive": "lock",
}  # fmt: skip
_QUESTIONS = {
    "settle": "结束后各单位不能再反馈。逾期未反馈的，按征求意见函载明的办法处理。确定结束吗？",
    "archive": "归档后不再办理。确定归档吗？",
    "reopen": "退回后，审核和签发都失效，须重新办理。",
}


def steps(minutes: Minutes, endorsements: list[Endorsement]) -> list[dict[str, Any]]:
    """The stepper: each of the ten steps with who and when, as far as it got."""
    behind = _BEHIND[S(minutes.state)]
    done = {line.step: line for line in endorsements if not line.voided}
    rows = []
    for place, (label, step) in enumerate(STEPS):
        line = done.get(step) if step and place < behind else None
        state = "done" if place < behind else "current" if place == behind else "todo"
        rows.append(
            {
                "label": label,
                "state": state,
                "at": line.signed_on if line else None,
                "by": line.name if line else "",
            }
        )
    return rows


def answers(user: Any, minutes: Minutes) -> list[dict[str, Any]]:
    """The way to a unit's own answer, for leaders who are a unit's liaison besides (the host unit's deputy)."""
    if minutes.state != S.CIRCULATING:
        return []
    return [
        {
            "label": f"{consent.unit}反馈意见",
            "url": reverse("minutes:consent", args=[consent.pk]),
            "method": "get",
            "style": "primary",
            "icon": "message",
        }
        for consent in own_consents(user, minutes)
        if consent.circulation.closed_at is None and can_answer(user, consent)
    ]


def actions(user: Any, minutes: Minutes, *, leave_out: tuple[str, ...] = ()) -> list[dict[str, Any]]:
    """The action bar: what this user may do with it now, and why a button is grey."""
    rows = []
    for verb in verbs(user, minutes):
        if verb.name in leave_out:
            continue
        page = _PAGES.get(verb.name)
        url = (
            reverse(page, args=[minutes.pk]) if page else reverse("minutes:act", args=[minutes.pk, verb.name])
        )
        rows.append(
            {
                "label": verb.label,
                "url": url,
                "method": "get" if page else "post",
                "style": verb.style if verb.style == "primary" else "outline-primary",
                "enabled": verb.enabled,
                "reason_disabled": verb.refusal,
                "icon": _ICONS.get(verb.name, "arrow-back-up"),
                "reason": "理由" if verb.needs_reason else "",
                "reason_required": verb.needs_reason,
                "confirm": "" if page else _QUESTIONS.get(verb.name, ""),
            }
        )
    return rows


def history(minutes: Minutes) -> list[dict[str, Any]]:
    """What happened, the newest first, with the reasons given."""
    rows = [
        {
            "at": event.at,
            "by": event.actor_label,
            "label": event.label,
            "text": event.detail.get("reason") or event.detail.get("text") or "",
        }
        for event in audit.history_of(minutes)
    ]
    return rows[::-1]


def last_return(minutes: Minutes, endorsements: list[Endorsement]) -> Endorsement | None:
    """Why it came back, while it lies with those who must put it right."""
    if minutes.state not in (S.DRAFTING, S.SETTLING):
        return None
    lines = [line for line in endorsements if line.step in (Step.RETURN, Step.SETTLE, Step.DRAFT)]
    return lines[-1] if lines and lines[-1].step == Step.RETURN else None


def shell(user: Any, minutes: Minutes, page: str) -> dict[str, Any]:
    """What every page of one 纪要 has: the object, crumbs, badge, rights."""
    crumbs = [
        {"label": "会议纪要", "url": reverse("minutes:list")},
        {"label": str(minutes), "url": minutes.get_absolute_url()},
    ]
    return {
        "minutes": minutes,
        "meeting": minutes.meeting,
        "crumbs": [*crumbs, {"label": page}] if page else crumbs,
        "colour": minutes.colour,
        "may_edit": can_edit(user, minutes),
        "is_office": can_handle(user, minutes),
    }


def figures(found: Any) -> list[dict[str, Any]]:
    """The counts that the signer sees: explicit, tacit, opposed of the attending units; the others apart."""
    rows = [
        ("明确同意", found.count("agree"), ""),
        ("有意见", found.count("comment"), ""),
        ("逾期视为无意见", found.count("tacit"), ""),
        ("不同意", found.count("oppose"), "red" if found.count("oppose") else ""),
        ("未反馈", found.count("silent") + found.count("unasked"), ""),
        ("未与会、只征询", sum(not position.required for position in found.positions), ""),
    ]
    return [{"label": label, "value": value, "unit": "个", "lamp": lamp} for label, value, lamp in rows]


def board_rows(found: Any) -> list[dict[str, Any]]:
    """The 征求意见情况表: a line a unit, in charter order."""
    rows = []
    for position in found.positions:
        consent = position.consent
        rows.append(
            {
                "position": position,
                "unit": position.unit,
                "consent": consent,
                "colour": REPLY_COLOURS[Reply(consent.reply)] if consent else "grey",
                "words": consent.get_reply_display() if consent else "未征求",
                "changed": [_name_of(found, key) for key in position.changed],
            }
        )
    return rows


def _name_of(found: Any, key: str) -> str:
    if key == "title":
        return "标题"
    return next((line.name for line in found.lines if str(line.passage.pk) == key), "已删除的一段")


def consent_sections(consent: Any, previous: Any) -> dict[str, list[dict[str, Any]]]:
    """What a unit reads: its own passages first, then the whole; with what changed since it last answered.

    `previous` is the unit's consent of an earlier round, or None.
    """
    before = {row["key"]: row["words"] for row in previous.circulation.draft} if previous else {}
    rows = []
    for row in consent.circulation.draft:
        own = row["kind"] == "resolution" and (row.get("all") or consent.unit_id in row["units"])
        changed = previous is not None and previous.seen.get(row["key"]) != consent.seen.get(row["key"])
        mine = row["key"] in consent.seen or row["key"] in (previous.seen if previous else {})
        rows.append({**row, "own": own, "changed": changed and mine, "before": before.get(row["key"], "")})
    gone = [
        {
            "key": key,
            "label": "",
            "words": "",
            "own": True,
            "changed": True,
            "before": words,
            "kind": "",
            "withheld": False,
        }
        for key, words in before.items()
        if previous and key in previous.seen and key not in {row["key"] for row in rows}
    ]
    return {
        "own": [row for row in rows if row["own"] and not row["withheld"]],
        "changed": [row for row in rows if row["changed"]] + gone,
        "all": [row for row in rows if not row["withheld"]],
    }


def comments_by_passage(rounds: list[Any], names: dict[int, str]) -> list[dict[str, Any]]:
    """Every comment of every round under the passage it is about, in the paper's order; the newest round first."""
    groups: dict[int, list[Any]] = {}
    for circulation in rounds:
        for consent in circulation.consents.all():
            for comment in consent.comments.all():
                comment.unit, comment.round = consent.unit, circulation.round
                groups.setdefault(comment.passage_id or 0, []).append(comment)
    order = {pk: place for place, pk in enumerate(names)}
    return [
        {"name": names.get(pk, "全文或其他"), "passage": comments[0].passage, "comments": comments}
        for pk, comments in sorted(groups.items(), key=lambda group: order.get(group[0], len(order)))
    ]


def grouped(problems: list[tuple[str, str]]) -> list[str]:
    """Units with the same problem in one line: 市发改委、市工信局：尚未反馈."""
    found: dict[str, list[str]] = {}
    for unit, problem in problems:
        found.setdefault(problem, []).append(unit)
    return [f"{'、'.join(units)}：{problem}" for problem, units in found.items()]


def answers_in_short(found: Any) -> list[dict[str, Any]]:
    """The answers by kind, for the signer's page: explicit, tacit, with comments, opposed; the others apart."""
    kinds = [
        ("agree", "明确同意", "green"), ("comment", "有意见", "amber"), ("tacit", "逾期视为无意见", "blue"),
        ("oppose", "不同意", "red"), ("silent", "未反馈", "grey"), ("unasked", "未征求", "grey"),
    ]  # fmt: skip
    rows = []
    for required, suffix in ((True, ""), (False, "（未与会，不计入）")):
        for status, label, colour in kinds:
            units = [p for p in found.positions if p.status == status and p.required == required]
            if units:
                rows.append({"label": f"{label}{suffix}", "colour": colour, "positions": units})
    return rows
