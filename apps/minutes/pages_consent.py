"""What the pages of 征求意见 show, ready for templates: the counts, the table of answers, a unit's own page. Reads only."""

from typing import Any

from .consent import Picture
from .enums import REPLY_COLOURS, STAND_COLOURS, Reply, Stand


def figures(found: Picture) -> list[dict[str, Any]]:
    """The counts that everybody sees: of the attending units, by where they stand; the others apart."""
    tally, others = found.tally(), found.tally(required=False)
    opposed = tally[Stand.OPPOSE]
    rows = [
        ("无意见", tally[Stand.AGREE], ""),
        ("有意见，已采纳或沟通一致", tally[Stand.SETTLED], ""),
        ("有意见，未了", tally[Stand.OPEN], "amber" if tally[Stand.OPEN] else ""),
        ("逾期视为无意见", tally[Stand.TACIT], ""),
        ("不同意", opposed, "red" if opposed else ""),
        ("未反馈", tally[Stand.SILENT] + tally[Stand.UNASKED], ""),
        ("未与会、只征询", others.total, ""),
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
