# ruff: noqa: E501, ISC004 - Chinese sentences read better unbroken
"""Invented papers to look at and to measure; every one is marked 示例（虚构）."""

from __future__ import annotations

import datetime as dt

from apps.documents.composition import (
    Attachment,
    Cell,
    Imprint,
    Layout,
    NameGroup,
    NameList,
    Paper,
    Plate,
    Signature,
    Table,
    heading,
    level_label,
    paragraph,
)

MARKER = "示例（虚构）"
OFFICE = "泉州市职业病防治工作联席会议办公室"
DECISIONS = (
    ("关于年度工作要点。", "原则同意《2026年全市职业病防治工作要点（讨论稿）》，由起草单位根据会议意见修改完善后按程序印发。"
     "由市卫健委牵头，各成员单位配合，2026年4月15日前完成。"),
    ("关于规划衔接。", "做好职业病防治规划目标任务与国民经济和社会发展规划的衔接，形成衔接情况说明。由市发改委牵头，市卫健委配合，"
     "2026年12月31日前完成。"),
    ("关于“三同时”信息共享。", "明确可能产生职业病危害建设项目信息共享的范围、口径和时限，形成“三同时”信息共享工作流程。由市工信局、市发改委牵头，"
     "市卫健委、市人社局、市住建局配合，2026年6月30日前完成。"),
    ("关于宣传周活动。", "统筹组织2026年《职业病防治法》宣传周活动，形成活动总结。由市卫健委、市总工会牵头，市委宣传部、市教育局、市工信局、市住建局配合，"
     "2026年5月9日前完成。"),
    ("关于重点职业病监测。", "开展重点职业病监测，监测情况于每季度首月15日前通报各成员单位。由市卫健委牵头，各成员单位配合，长期坚持。"),
    ("关于经费统筹。", "统筹安排职业病防治工作经费，同步提出2027年度绩效目标建议。由市财政局牵头，市卫健委配合，2026年11月30日前完成。"),
    ("关于联合检查。", "组织开展劳动合同职业病危害告知和工伤保险参保情况联合检查。由市人社局牵头，市卫健委、市总工会配合，2026年9月30日前完成。"),
    ("关于学校职业健康管理。", "指导学校建立教学用辐射材料、化学药品等职业健康管理制度。由市教育局牵头，市卫健委、市生态环境局配合，2026年10月31日前完成。"),
    ("关于市属企业。", "督促市属企业将职业病防治纳入企业发展规划并开展一次检查。由市国资委牵头，市卫健委、市总工会配合，2026年8月31日前完成。"),
)  # fmt: skip
OPENING = (
    "2026年3月26日下午，联席会议召集人、市卫生健康委员会主任叶一帆在市卫健委第一会议室主持召开2026年第一次全体会议，"
    "听取2025年度工作情况通报，审议年度工作要点，研究有关事项。现将会议议定事项纪要如下："
)
LEAD = (
    "会议指出，职业病防治工作涉及部门多、链条长，各成员单位要按照职责分工，互通信息、密切配合。"
    "会议强调，要压实用人单位主体责任，强化源头预防。会议议定："
)
PRESENT = [
    "叶一帆",
    "谢庆凤",
    "陈小宝",
    "谢细财",
    "黄海平",
    "颜建安",
    "王庆福",
    "龚时荣",
    "林庆梅",
    "叶向荣",
    "吴光腾",
    "黄西洋",
    "周俊杰",
    "陈颖",
    "江永清",
]


def minutes(**changes: object) -> Paper:
    """纪要 of sample meeting M1."""
    body = [paragraph(OPENING), paragraph(LEAD)]
    body += [heading(2, level_label(2, n) + head, rest) for n, (head, rest) in enumerate(DECISIONS, 1)]
    fields: dict[str, object] = {
        "layout": Layout.MINUTES,
        "mark": "泉州市职业病防治工作联席会议纪要",
        "number": "〔2026〕1号",
        "marker": MARKER,
        "title": "2026年第一次全体会议纪要",
        "body": tuple(body),
        "names": (
            NameList("出席", (NameGroup(tuple(PRESENT)),)),
            NameList("请假", (NameGroup(("孙中虎",), note="×××代"), NameGroup(("林梓杰",)))),
            NameList("列席", (NameGroup(unit="各县（市、区）卫健局分管负责同志"),
                             NameGroup(unit="有关职业病防治技术支撑机构"))),
        ),
        "signature": Signature(dt.date(2026, 4, 8)),
        "imprint": Imprint(("市人民政府",), ("各成员单位",), issuer=OFFICE, printed_on=dt.date(2026, 4, 9)),
    }  # fmt: skip
    return Paper(**(fields | changes))  # type: ignore[arg-type]


REPLY = Table(
    (5, 7, 5, 11),
    (
        ("姓名", "单位", "职务", "参会情况"),
        *(("", "", "", "") for _ in range(4)),
    ),
)


def notice(**changes: object) -> Paper:
    """会议通知 of sample meeting M1, with a reply form as its attachment."""
    fields: dict[str, object] = {
        "mark": "泉州市职业病防治工作联席会议办公室",
        "marker": MARKER,
        "number": "",
        "title": "关于召开泉州市职业病防治工作联席会议2026年第一次全体会议的通知",
        "addressees": ("各成员单位",),
        "body": (
            paragraph("为做好2026年全市职业病防治工作，经联席会议召集人同意，定于2026年3月26日召开第一次全体会议。现将有关事项通知如下："),
            heading(1, "一、会议时间"),
            paragraph("2026年3月26日（星期四）15:00，会期约2小时。"),
            heading(1, "二、会议地点"),
            paragraph("市卫健委第一会议室（示例）。"),
            heading(1, "三、参会人员"),
            paragraph("联席会议全体成员；列席人员为各县（市、区）卫健局分管负责同志。"),
            heading(1, "四、会议议程"),
            paragraph("（一）通报2025年度全市职业病防治工作情况；"),
            paragraph("（二）审议《2026年全市职业病防治工作要点（讨论稿）》；"),
            paragraph("（三）研究职业健康“三同时”协调机制和信息通报机制运行事项；"),
            paragraph("（四）研究2026年《职业病防治法》宣传周活动安排。"),
            heading(1, "五、有关要求"),
            heading(3, "1.", "请联席会议成员准时参会；因故不能参会的，请履行请假手续并委派本单位熟悉情况的负责同志参会。"),
            heading(3, "2.", "请于2026年3月23日17:00前将回执报联席会议办公室。"),
        ),
        "attachments": (Attachment("参会回执", (
            paragraph("单位（盖章）：", flush=True), REPLY,
            paragraph("注：委派参会的请注明事由，并于3月23日17:00前反馈。", flush=True))),),
        "signature": Signature(dt.date(2026, 3, 17), OFFICE),
        "remark": "联系人：×××，联系电话略",
        "imprint": Imprint(copy_to=("市人民政府办公室",), issuer=OFFICE, printed_on=dt.date(2026, 3, 17)),
    }  # fmt: skip
    return Paper(**(fields | changes))  # type: ignore[arg-type]


def letter(**changes: object) -> Paper:
    """信函 format, of two pages."""
    fields: dict[str, object] = {
        "layout": Layout.LETTER,
        "mark": "泉州市卫生健康委员会",
        "marker": MARKER,
        "number": "泉卫函〔2026〕12号",
        "title": "关于征求泉州市职业病防治工作联席会议2026年第一次全体会议纪要意见的函",
        "addressees": ("市发改委", "市教育局", "市工信局"),
        "body": tuple([paragraph(LEAD)] * 8),
        "attachments": (Attachment("2026年第一次全体会议纪要（征求意见稿）"), Attachment("征求意见情况表")),
        "signature": Signature(dt.date(2026, 3, 30), "泉州市卫生健康委员会", seal=True),
        "imprint": Imprint(copy_to=("市人民政府办公室",)),
    }
    return Paper(**(fields | changes))  # type: ignore[arg-type]


def record(length: int = 3000, **changes: object) -> Paper:
    """A record of a meeting: one cell is longer than a page."""
    said = ("会议听取了情况通报，与会同志发表了意见，" * (length // 20 + 1))[:length]
    table = Table(
        (5, 9, 5, 9),
        (
            (
                Cell("会议时间", head=True),
                "2026年3月26日15:00",
                Cell("会议地点", head=True),
                "市卫健委第一会议室",
            ),
            (Cell("出席人员", head=True), Cell("、".join(PRESENT), span=3)),
            (Cell("会议记录", head=True), Cell(said, span=3)),
            (Cell("备注", head=True), Cell("", span=3)),
        ),
        header=False,
    )
    fields: dict[str, object] = {
        "mark": "", "title": "泉州市职业病防治工作联席会议2026年第一次全体会议记录", "layout": Layout.SHEET,
        "marker": MARKER, "number": "编号：〔2026〕3号", "body": (table,),
        "signature": Signature(dt.date(2026, 3, 26), OFFICE), "remark": "本记录一式两份",
    }  # fmt: skip
    return Paper(**(fields | changes))  # type: ignore[arg-type]


def ledger(rows: int = 20, **changes: object) -> Paper:
    """A wide table on a sheet that lies on its side."""
    head = ("序号", "事项", "牵头单位", "配合单位", "时限", "进展", "备注")
    items = (
        (
            str(n),
            DECISIONS[n % 9][1],
            "市卫健委",
            "各成员单位",
            "2026年4月15日",
            "已完成初稿，正在征求意见",
            "",
        )
        for n in range(1, rows + 1)
    )
    fields: dict[str, object] = {
        "mark": "", "title": "2026年职业病防治工作联席会议议定事项台账", "layout": Layout.SHEET, "landscape": True,
        "head_issuer": "填报单位：联席会议办公室", "head_date": dt.date(2026, 4, 8), "marker": MARKER,
        "body": (Table((2, 12, 5, 5, 5, 6, 5), (head, *items), size=10.5), paragraph("注：" + LEAD)),
    }  # fmt: skip
    return Paper(**(fields | changes))  # type: ignore[arg-type]


def close_ledger(rows: int = 5) -> Paper:
    """Fifteen narrow columns in 小5号, and words beside the number of each page."""
    items = (
        (str(n), DECISIONS[n % 9][1], *["2026年\n12月31日"] * 6, LEAD[:24], *["市卫健委\n市总工会"] * 6)
        for n in range(1, rows + 1)
    )
    head = ("序号", "事项", *(f"第{n}栏" for n in range(1, 14)))
    table = Table((1, 5, *[2.55] * 6, 4.3, *[2.4] * 6), (head, *items), size=9.0, height=1)
    return ledger(body=(table,), running="台账（截至2026年4月8日）")


PLATES = Paper(
    mark="", title="", layout=Layout.PLATES,
    plates=(Plate("陈颖", "市卫生健康委员会"), Plate("叶一帆"), Plate("欧阳娜娜", "市人社局"), Plate("Alexander")),
)  # fmt: skip
