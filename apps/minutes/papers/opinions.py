"""征求意见情况表: where every unit stands on the text, and what became of each comment. Agrees with `consent.picture`."""

from collections import Counter
from collections.abc import Sequence

from django.utils import timezone

from apps.documents.composition import (
    Align,
    Block,
    Cell,
    Layout,
    Paper,
    Table,
    chinese_date,
    heading,
    paragraph,
)
from apps.meetings.papers import spoken_time
from apps.minutes.consent import Picture, Position, Tally, picture
from apps.minutes.enums import Adoption, Reply, Stand, Way
from apps.minutes.models import Circulation, Comment, Consent, Minutes
from apps.minutes.selectors import circulations_of

_UNITS = ("序号", "单位", "与会情况", "轮次", "反馈", "审签人或回函", "反馈时间", "录入", "备注")
_COMMENTS = (
    "序号", "单位", "轮次", "条目", "原文", "修改建议", "理由", "采纳情况", "说明", "沟通一致",
)  # fmt: skip


def consent_table(minutes: Minutes) -> Paper:
    """征求意见情况表 (C11): each unit in charter order with all its rounds, then the comments, and the sums.

    Give `minutes` with its meeting; about twelve queries, however many units and comments there are.
    """
    found, rounds = picture(minutes), circulations_of(minutes)[::-1]
    body: list[Block | Table] = [paragraph(_round_words(row), flush=True) for row in rounds]
    body += [heading(1, "一、各单位反馈情况"), _units_table(found, rounds), heading(1, "二、意见采纳情况")]
    comments = [comment for row in _consents(rounds) for comment in row.comments.all()]
    body.append(_comments_table(found, comments) if comments else paragraph("没有单位提出修改意见。"))
    body += [heading(1, "三、汇总"), *[paragraph(line) for line in [*sums(found), *_comment_sums(comments)]]]
    return Paper(
        mark="",
        title=f"《{minutes.title}》征求意见情况表",
        layout=Layout.SHEET,
        marker=minutes.meeting.marker,
        body=tuple(body),
        words=(f"《{minutes.title}》", "征求意见情况表"),
        landscape=True,
    )


def sums(found: Picture) -> list[str]:
    """How many units consented in words, by silence, opposed, or have not answered: the attending ones, then the others."""
    lines = []
    for required, name in ((True, "与会单位"), (False, "未与会、一并征求意见的单位")):
        tally = found.tally(required=required)
        if not tally.total:
            continue
        always = (Stand.TACIT, Stand.OPPOSE) if required else (Stand.OPPOSE,)
        parts = [_told(tally)]
        parts += [
            f"{stand.label}{tally[stand]}个"
            for stand in (Stand.TACIT, Stand.OPPOSE, Stand.SILENT, Stand.UNASKED)
            if tally[stand] or stand in always
        ]
        lines.append(f"{name}{tally.total}个：{'，'.join(parts)}。")
    return lines


def _told(tally: Tally) -> str:
    """明确反馈14个（无意见11个、有意见3个，其中3个已采纳或沟通一致）."""
    agreed, commented, settled = tally[Stand.AGREE], tally.commented, tally[Stand.SETTLED]
    closed = f"，其中{settled}个已采纳或沟通一致" if commented else ""
    return f"明确反馈{agreed + commented}个（无意见{agreed}个、有意见{commented}个{closed}）"


def _comment_sums(comments: Sequence[Comment]) -> list[str]:
    if not comments:
        return []
    counts = Counter(comment.adoption for comment in comments)
    parts = [f"{Adoption(code).label}{counts[code]}条" for code in Adoption.values if counts[code]]
    return [f"修改意见{len(comments)}条：{'、'.join(parts)}。"]


def _round_words(row: Circulation) -> str:
    if row.way == Way.ON_THE_SPOT:
        return f"第{row.round}轮：{spoken_time(row.sent_at)}现场会签，会签单扫描件存档。"
    silence = "函中载明逾期未反馈视为无意见" if row.silence_consents else "函中未载明逾期视为无意见"
    return (
        f"第{row.round}轮：{chinese_date(timezone.localdate(row.sent_at))}发出，"
        f"{spoken_time(row.reply_by)}截止，{silence}（牵头单位须明确反馈）。"
    )


def _consents(rounds: list[Circulation]) -> list[Consent]:
    """Every answer: by unit in charter order, each unit's rounds one after the other."""
    rows = [row for circulation in rounds for row in circulation.consents.all()]
    by_number = {circulation.pk: circulation.round for circulation in rounds}
    return sorted(rows, key=lambda row: (row.unit.order, row.unit_id, by_number[row.circulation_id]))


def _units_table(found: Picture, rounds: list[Circulation]) -> Table:
    by_pk = {circulation.pk: circulation for circulation in rounds}
    answers: dict[int, list[Consent]] = {}
    for row in _consents(rounds):
        answers.setdefault(row.unit_id, []).append(row)
    rows: list[tuple[Cell | str, ...]] = []
    for number, position in enumerate(found.positions, 1):
        first = (str(number), position.unit.short_name, _attended(position))
        mine = answers.get(position.unit.pk, [])
        if not mine:
            rows.append((*first, "", str(Stand.UNASKED.label), "", "", "", _left(position.problem)))
        for consent in mine:
            last = consent is mine[-1]
            rows.append(
                (
                    *first,
                    *_answer(
                        consent,
                        by_pk[consent.circulation_id],
                        position,
                        last=last,
                        against=_against(consent, found),
                    ),
                )
            )
            first = ("", position.unit.short_name, "")
    return Table(
        widths=(2, 5.5, 4, 2, 5.5, 4.5, 6, 4, 6.5),
        rows=(_UNITS, *rows) if rows else (_UNITS, ("",) * len(_UNITS)),
        height=1,
        size=10.5,
    )


def _against(consent: Consent, found: Picture) -> str:
    """不同意第（一）项, where the unit said which."""
    named = {passage.pk for passage in consent.against.all()}
    names = [line.name if line.label else "存议事项" for line in found.lines if line.passage.pk in named]
    return f"不同意{'、'.join(names)}" if names else ""


def _attended(position: Position) -> str:
    return ("与会" if position.required else "未与会") + ("、牵头" if position.leads else "")


def _answer(
    consent: Consent, circulation: Circulation, position: Position, *, last: bool, against: str = ""
) -> tuple[Cell | str, ...]:
    """Round, answer, authority, time, source, note. What stands against the unit is said of its latest round."""
    notes = [against] if against else []
    notes += [f"理由：{consent.reason.strip().rstrip('。')}"] if consent.reason.strip() else []
    waits = consent.reply == Reply.PENDING  # which the answer says already
    notes += [position.problem] if last and position.problem and not waits else []
    authority = [consent.authorised_by] * bool(consent.authorised_by) + ["盖章回函"] * bool(consent.proof_id)
    entered = f"代录（{consent.source_note}）" if consent.source_note else "代录"
    return (
        str(circulation.round),
        _reply_words(consent, circulation),
        "、".join(authority),
        chinese_date(timezone.localdate(consent.replied_at)) if consent.replied_at else "",
        entered if consent.on_behalf else ("本单位" if consent.replied_at else ""),
        _left("；".join(notes)),
    )


def _reply_words(consent: Consent, circulation: Circulation) -> str:
    """The unit's answer; silence is called consent only where that round's letter said so and the unit leads nothing."""
    if consent.reply == Reply.TACIT:
        counts = circulation.silence_consents and not consent.is_lead
        return str(Stand.TACIT.label) if counts else "逾期未反馈"
    return str(Reply(consent.reply).label)


def _comments_table(found: Picture, comments: Sequence[Comment]) -> Table:
    names = {line.passage.pk: line.name if line.label else f"{line.name}部分" for line in found.lines}
    names |= {line.passage.pk: "存议事项" for line in found.lines if line.passage.withheld}
    rows = [_comment(n, comment, names) for n, comment in enumerate(comments, 1)]
    return Table(
        widths=(2, 5, 2, 4, 5.5, 6, 4, 3.5, 4.5, 3.5), rows=(_COMMENTS, *rows), height=1, size=10.5
    )  # fmt: skip


def _comment(number: int, comment: Comment, names: dict[int, str]) -> tuple[Cell | str, ...]:
    settled = comment.adoption == Adoption.ADOPTED or comment.agreed
    waiting = comment.adoption == Adoption.WAITING
    return (
        str(number),
        comment.consent.unit.short_name,
        str(comment.consent.circulation.round),
        names.get(comment.passage_id or 0, "全文"),
        _left(comment.original),
        _left(comment.suggestion),
        _left(comment.reason),
        str(Adoption(comment.adoption).label),
        _left(comment.adoption_reason),
        "" if waiting else ("是" if settled else "否"),
    )


def _left(text: str) -> Cell | str:
    """Running text in a cell stands to the left, even when it is one line."""
    return Cell(text, align=Align.LEFT) if text else ""
