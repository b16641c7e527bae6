"""What the pages of 征求意见 show, ready for templates: the counts, the table of answers, a unit's own page. Reads only."""

import hashlib
import json
from collections.abc import Callable
from typing import Any

from django.utils import timezone

from apps.common import calendar, settings_rows
from apps.common.errors import Refused
from apps.common.fields import whole_number
from apps.common.working_hours import TimeLeft, day_of, left
from apps.roster.selectors import liaison_users

from . import content, services
from .consent import Picture, picture, reopens
from .enums import STAND_COLOURS, Adoption, MinutesState, Reply, Stand
from .models import Circulation, Comment, Consent, Minutes


def figures(found: Picture) -> list[dict[str, Any]]:
    """The counts that everybody sees: of the attending units, by where they stand; the others apart."""
    tally, others = found.tally(), found.tally(required=False)
    opposed = tally[Stand.OPPOSE]
    apart = others[Stand.SILENT] + others[Stand.UNASKED]
    rows = [
        ("无意见", tally[Stand.AGREE], ""),
        ("有意见，已采纳或沟通一致", tally[Stand.SETTLED], ""),
        ("有意见，未了", tally[Stand.OPEN], ""),
        ("逾期视为无意见", tally[Stand.TACIT], ""),
        ("不同意", opposed, "red" if opposed else ""),
        ("未反馈", tally[Stand.SILENT] + tally[Stand.UNASKED], ""),
        ("未与会、只征询", others.total, ""),
    ]
    hints = {"未反馈": f"另{apart}个未与会单位"} if apart else {}
    return [
        {"label": label, "value": value, "unit": "个", "lamp": lamp, "hint": hints.get(label, "")}
        for label, value, lamp in rows
    ]


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
                "colour": STAND_COLOURS[position.status],
                "changed": [_name_of(found, key) for key in position.changed],
            }
        )
    return rows


_HEARD = (Stand.OPEN, Stand.SETTLED)
_SHOWN: dict[str, tuple[str, Callable[[Any], bool]]] = {
    "": ("全部", lambda position: True),
    "silent": ("未反馈", lambda position: position.status in (Stand.SILENT, Stand.UNASKED)),
    "comment": ("有意见", lambda position: position.status in _HEARD),
    "oppose": ("不同意", lambda position: position.status == Stand.OPPOSE),
    "unopened": ("未打开", lambda position: _unopened(position.consent)),
}


def _unopened(consent: Consent | None) -> bool:
    return consent is not None and consent.reply == Reply.PENDING and consent.opened_at is None


def filtered(found: Picture, show: str) -> dict[str, Any]:
    """The board's lines of one kind, and the kinds with their numbers. An unknown kind shows all.

    A kind counts as the figures do: the attending units, and `others` apart.
    """
    show = show if show in _SHOWN else ""
    rows = board_rows(found)
    kinds = []
    for key, (label, fits) in _SHOWN.items():
        counts = [row["position"].required or not key for row in rows if fits(row["position"])]
        kinds.append({
            "key": key, "label": label, "on": key == show, "count": counts.count(True), "others": counts.count(False),
        })  # fmt: skip
    return {"rows": [row for row in rows if _SHOWN[show][1](row["position"])], "kinds": kinds, "show": show}


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


def comments_by_passage(rounds: list[Any], found: Picture) -> list[dict[str, Any]]:
    """Every comment of every round under the passage it is about, in the paper's order; the newest round first.

    Each carries what adopting it would do, and which units that asks again.
    """
    names = {line.passage.pk: line for line in found.lines}
    groups: dict[int, list[Any]] = {}
    for circulation in rounds:
        for consent in circulation.consents.all():
            for comment in consent.comments.all():
                comment.unit, comment.round = consent.unit, circulation.round
                comment.offer = adoption_offer(comment, found)
                groups.setdefault(comment.passage_id or 0, []).append(comment)
    order = {pk: place for place, pk in enumerate(names)}
    return [
        {
            "name": names[pk].name if pk in names else "全文或其他",
            "line": names.get(pk),
            "passage": comments[0].passage,
            "waiting": sum(c.adoption == Adoption.WAITING for c in comments),
            "comments": comments,
        }
        for pk, comments in sorted(groups.items(), key=lambda group: order.get(group[0], len(order)))
    ]


def adoption_offer(comment: Comment, found: Picture) -> dict[str, Any] | None:
    """What 采纳 would make of the passage, or why it cannot be done in one act; None where there is nothing to adopt."""
    passage = next((line.passage for line in found.lines if line.passage.pk == comment.passage_id), None)
    if passage is None or comment.applied:
        return None
    try:
        after = services.comments.with_suggestion(comment, passage.text)
    except Refused as error:
        return {"why_not": error.text}
    key = str(passage.pk)
    own = comment.consent.seen.get(key) == content.content_hash(passage)
    asked = reopens(found, passage, but=comment.consent.unit_id if own else None)
    return {"before": passage.text, "after": after, "version": passage.version, "asked": asked}


def asked_again(minutes: Minutes, before: set[int]) -> str:
    """The sentence that says whom a change asks again, beside those who had to be asked before it."""
    units = [p.unit.short_name for p in picture(minutes).to_ask() if p.unit.pk not in before]
    return f"因这次改动，须再次征求：{'、'.join(units)}。" if units else ""


def time_left(circulation: Circulation) -> TimeLeft:
    """Working time until the round's deadline."""
    day = day_of(str(settings_rows.value("work_day")))
    return left(timezone.now(), circulation.reply_by, calendar.current(), day)


def board_context(
    minutes: Minutes, found: Picture, newest: Circulation | None, show: str = ""
) -> dict[str, Any]:
    """What the living part of the board shows; `show` names the kind of lines."""
    return {
        **filtered(found, show), "picture": found, "figures": figures(found), "current": newest,
        "left": time_left(newest) if newest and newest.closed_at is None else None,
        "missing": grouped(found.missing), "warnings": grouped(found.warnings),
        "settled": minutes.state not in (MinutesState.CIRCULATING, MinutesState.SETTLING),
        "tag": board_tag(minutes, newest),
    }  # fmt: skip


def board_tag(minutes: Minutes, newest: Circulation | None) -> str:
    """An ETag that changes with whatever the living part shows. Three queries."""
    rounds = Consent.objects.filter(circulation__minutes=minutes)
    fields = ("pk", "reply", "opened_at", "replied_at", "chased_at", "told_by", "proof")
    state: list[Any] = [minutes.state, minutes.title, list(rounds.order_by("pk").values_list(*fields))]
    state.append(list(minutes.passages.values_list("pk", "version", "position")))
    verdicts = Comment.objects.filter(consent__circulation__minutes=minutes).order_by("pk")
    state.append(list(verdicts.values_list("pk", "adoption", "agreed")))
    if newest is not None:
        state += [newest.round, newest.closed_at, time_left(newest).words]
    return f'"{hashlib.sha256(json.dumps(state, default=str).encode()).hexdigest()[:20]}"'


def chased(circulation: Circulation) -> list[dict[str, Any]]:
    """The silent units with whom the last 催报 told, by which way: portal alone, mail too, or nobody."""
    silent = list(circulation.consents.filter(reply=Reply.PENDING).select_related("unit"))
    users = liaison_users({consent.unit_id for consent in silent}) if silent else {}
    return [
        {"consent": row, "unit": row.unit, "people": [_way(user) for user in users[row.unit_id]]}
        for row in silent
    ]


def _way(user: Any) -> str:
    person = getattr(user, "person", None)
    return f"{person.name if person else user}（{'平台、邮件' if user.email else '平台'}）"


def passage_choices(consent: Consent) -> list[tuple[int, str]]:
    """The passages of the round that a comment or an objection can name."""
    return [
        (int(row["key"]), f"{row['label']}{row['words'][:24]}…")
        for row in consent.circulation.draft
        if row["key"] != "title" and not row["withheld"]
    ]


def own_keys(consent: Consent) -> list[int]:
    """The unit's own resolutions in the round's text."""
    rows = consent.circulation.draft
    return [
        int(row["key"]) for row in rows
        if row["kind"] == "resolution" and not row["withheld"] and consent.unit_id in row["units"]
    ]  # fmt: skip


def own_words(consent: Consent) -> tuple[str, ...]:
    """The unit's own resolutions as the round's paper prints them, number and all."""
    return tuple(
        f"{row['label']}{row['words']}" for row in consent.circulation.draft
        if row["kind"] == "resolution" and not row["withheld"] and (row.get("all") or consent.unit_id in row["units"])
    )  # fmt: skip


def words_of_post(post: Any) -> str:
    """What somebody typed into an answer that came too late, as plain lines to copy."""
    lines = [f"不同意的理由：{post['reason'].strip()}"] if post.get("reason", "").strip() else []
    count = min(whole_number(post.get("remark-TOTAL_FORMS", "0")) or 0, 41)
    for number in range(count):
        given = {name: post.get(f"remark-{number}-{name}", "").strip() for name in _REMARK}
        lines += [f"{_REMARK[name]}：{words}" for name, words in given.items() if words]
    return "\n".join(lines)


_REMARK = {"original": "原文", "suggestion": "建议修改为", "reason": "理由"}


def grouped(problems: list[tuple[str, str]]) -> list[str]:
    """Units with the same problem in one line: 市发改委、市工信局：尚未反馈."""
    found: dict[str, list[str]] = {}
    for unit, problem in problems:
        found.setdefault(problem, []).append(unit)
    return [f"{'、'.join(units)}：{problem}" for problem, units in found.items()]


def answers_in_short(found: Picture) -> list[dict[str, Any]]:
    """The units by where they stand, for the signer's page; the others apart."""
    rows = []
    for required, suffix in ((True, ""), (False, "（未与会，不计入）")):
        for stand in Stand:
            units = [p for p in found.positions if p.status == stand and p.required == required]
            if units:
                rows.append(
                    {"label": f"{stand.label}{suffix}", "colour": STAND_COLOURS[stand], "positions": units}
                )
    return rows
