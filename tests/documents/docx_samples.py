"""Invented papers that between them use every part of the model; what the three sample papers lack."""

from __future__ import annotations

import datetime as dt

from apps.documents.composition import (
    Align,
    Attachment,
    Block,
    Cell,
    Colophon,
    Face,
    Imprint,
    Layout,
    NameGroup,
    NameList,
    Paper,
    Plate,
    Run,
    Signature,
    Table,
    heading,
    paragraph,
)

from .sample_papers import DECISIONS, LEAD, MARKER, OFFICE, close_ledger, letter, minutes, notice

GRID = Table(
    (3, 7, 5, 6, 7),
    (
        ("序号", "单位", "姓名", "职务", "备注"),
        ("1", "市卫生健康委员会", "叶一帆", "主任", Cell("召集人", align=Align.LEFT)),
        ("2", "市人力资源和社会保障局", "陈\u3000颖", "副局长", ""),
        (Cell("小计", span=2, head=True), Cell("2人，其中召集人1人", span=3)),
        (Cell("说明：本表由联席会议办公室汇总，人员变动的，由所在单位于变动后五个工作日内函告。", span=5),),
    ),
    height=1.3,
    size=12.0,
)


def upward(**changes: object) -> Paper:
    """A request to a superior: two signers, corner, four levels, faces inside a paragraph, strict 版记, even end."""
    fields: dict[str, object] = {
        "number": "泉卫〔2026〕12号",
        "signers": ("叶一帆", "谢庆凤"),
        "corner": ("机密★1年", "特急"),
        "title": "关于报送2026年泉州市职业病防治\n工作要点的请示",
        "body": (
            heading(1, "一、总体要求"),
            Block((Run("重点："), Run("粉尘", Face.HEI), Run("与"), Run("噪声", Face.KAI), Run("，𬭸、堃、喆三字不缺。"))),
            heading(2, "（一）压实责任"),
            heading(3, "1.", "落实用人单位主体责任，自2026年起每半年报告一次。"),
            heading(4, "（1）", LEAD),
            Block((Run("此行居中"),), centred=True),
            paragraph("此行顶格。", flush=True),
            GRID,
            GRID,
            paragraph("表后一段，回到行格。"),
        ),
        "attachments": (
            Attachment("2026年工作要点（讨论稿）", (paragraph(LEAD), GRID)),
            Attachment("各成员单位意见采纳情况以及未采纳理由说明一览表（截至2026年3月）"),
            Attachment("成员名单", (GRID,)),
        ),
        "signature": Signature(dt.date(2026, 3, 17), "泉州市卫生健康委员会", seal=True),
        "imprint": Imprint(
            ("市人民政府",), (), ("市发改委", "市教育局", "市工信局", "市财政局", "市人社局", "市住建局"), OFFICE,
            dt.date(2026, 3, 17), Colophon.STRICT,
        ),
        "even_end": True,
    }  # fmt: skip
    return notice(**(fields | changes))


def headed_minutes() -> Paper:
    """纪要 with issuer and date above the red rule, a remark, and units in its lists."""
    names = NameList(
        "出席", (NameGroup(("叶一帆", "陈颖"), "市卫健委"), NameGroup(("林梓杰",), "市人社局", "代黄海平"))
    )
    return minutes(
        number="第1期",
        head_issuer=OFFICE,
        head_date=dt.date(2026, 4, 8),
        names=(names,),
        remark="此件公开发布",
        marker="",
    )


def bare_letter() -> Paper:
    """信函 with a corner, no marker, one page, a 版记 that has only 抄送."""
    return letter(
        corner=("特急",), marker="", body=(paragraph(LEAD),), attachments=(), signature=None, remark="急件"
    )


def sheet(**changes: object) -> Paper:
    """登记表: no head, number at the right, a table with spans."""
    fields: dict[str, object] = {
        "mark": "",
        "layout": Layout.SHEET,
        "marker": MARKER,
        "title": "参会人员签到表",
        "body": (paragraph("会议：2026年第一次全体会议", flush=True), GRID),
    }
    return Paper(**(fields | changes))  # type: ignore[arg-type]


def wide_sheet() -> Paper:
    """台账 on its side, long enough for a second page, in 5号."""
    head = ("序号", "议定事项", "牵头单位", "配合单位", "时限", "进展情况")
    rows = [(str(n), DECISIONS[n % 9][0] + DECISIONS[n % 9][1], "市卫健委", "各成员单位", "2026年12月31日", "")
            for n in range(1, 16)]  # fmt: skip
    table = Table((2, 16, 5, 6, 5, 6), (head, *rows), size=10.5, height=1.2)
    return sheet(title="议定事项台账", landscape=True, body=(table,), marker="")


def plates() -> Paper:
    """桌签: short and long names, with and without a unit."""
    people = (Plate("陈颖", "市人力资源和社会保障局"), Plate("叶一帆"), Plate("欧阳明月", "市卫健委"))
    return Paper(mark="", title="桌签", layout=Layout.PLATES, plates=people)


def every_paper() -> dict[str, Paper]:
    """All of them by name."""
    return {
        "minutes": minutes(),
        "notice": notice(),
        "letter": letter(),
        "upward": upward(),
        "headed": headed_minutes(),
        "bare_letter": bare_letter(),
        "sheet": sheet(),
        "wide_sheet": wide_sheet(),
        "close_ledger": close_ledger(),
        "plates": plates(),
    }
