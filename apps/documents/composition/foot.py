"""The 版记: recipients, printer and day of printing on the last page's bottom (rows 23–25)."""

from __future__ import annotations

from dataclasses import dataclass, field

from .flow import fitted
from .geometry import ASCENT, PORTRAIT, Frame, Rect, Text
from .lines import MM, Line, Measure, at, compose, single
from .model import Colophon, Imprint, Layout, Paper, Run, chinese_date

SMALL = 14.0  # 4号
FOOT_PITCH, FOOT_PAD = 7.5, 0.9
CLEAR = 2.0  # mm between the text and the first rule


@dataclass
class Foot:
    """``height`` in mm, with the air above it; 0 when there is none."""

    height: float = 0.0
    texts: list[Text] = field(default_factory=list)
    rects: list[Rect] = field(default_factory=list)


def recipients(imprint: Imprint) -> list[tuple[str, str]]:
    """(label, text) of each recipients' line of the 版记, by its style."""
    if imprint.style == Colophon.STRICT:
        everyone = imprint.report_to + imprint.send_to + imprint.copy_to
        return [("抄送：", "，".join(everyone) + "。")] if everyone else []
    pairs = (("抄报：", imprint.report_to), ("发送：", imprint.send_to), ("抄送：", imprint.copy_to))
    return [(label, "，".join(units) + "。") for label, units in pairs if units]


def printed_line(imprint: Imprint) -> str:
    """2026年4月9日印发, or nothing."""
    return chinese_date(imprint.printed_on) + "印发" if imprint.printed_on else ""


def foot(paper: Paper, frame: Frame = PORTRAIT) -> Foot:
    """The 版记 of a paper. A letter has no rules and no printer."""
    if paper.imprint is None:
        return Foot()
    blocks = [_recipient_lines(paper.imprint, frame)]
    ruled = paper.layout != Layout.LETTER
    if ruled:
        blocks.append(_printer_line(paper.imprint, frame))
    blocks = [block for block in blocks if block]
    if not blocks:
        return Foot()
    height = sum(2 * FOOT_PAD + len(block) * FOOT_PITCH for block in blocks)
    found = Foot(height + CLEAR)
    y = frame.bottom - height
    if ruled:
        found.rects.append(_rule(y, 0.35, frame))
    for index, block in enumerate(blocks):
        inset = FOOT_PAD + (FOOT_PITCH - SMALL / MM) / 2 + ASCENT * SMALL / MM
        for place, (group, segments) in enumerate(block):
            base = y + inset + place * FOOT_PITCH
            found.texts += [Text(base, line, "p", -100 - 10 * index - group) for line in segments]
        y += 2 * FOOT_PAD + len(block) * FOOT_PITCH
        if ruled:
            found.rects.append(_rule(y, 0.35 if index == len(blocks) - 1 else 0.25, frame))
    return found


def _rule(y: float, thick: float, frame: Frame) -> Rect:
    return Rect(frame.left, y - thick / 2, frame.width, thick)


def _recipient_lines(imprint: Imprint, frame: Frame) -> list[tuple[int, list[Line]]]:
    width = frame.width_pt - 2 * SMALL
    found: list[tuple[int, list[Line]]] = []
    for group, (label, text) in enumerate(recipients(imprint)):
        measure = Measure(width=width, hang=len(label) * SMALL, size=SMALL, cell=SMALL)
        lines = compose([Run(label, keep=True), Run(text)], measure)
        found += [(group, [at(line, line.x + SMALL)]) for line in lines]
    return found


def _printer_line(imprint: Imprint, frame: Frame) -> list[tuple[int, list[Line]]]:
    date = single(printed_line(imprint), size=SMALL)
    issuer = single(imprint.issuer, size=SMALL)
    fitted(issuer, frame.width_pt - 3 * SMALL - date.width, "印发机关")
    segments = [at(issuer, SMALL)] * bool(imprint.issuer) + [
        at(date, frame.width_pt - SMALL - date.width)
    ] * bool(date.text)
    return [(0, segments)] if segments else []
