"""出席, 请假, 列席 between the printed lists and the lines somebody edits."""

from apps.documents.composition import NameGroup, NameList
from apps.minutes import printed_names


def test_a_mark_inside_brackets_parts_nothing() -> None:
    texts = {
        "出席": "市发改委：张三（综合科、规划科）、李四",
        "请假": "",
        "列席": "各县（市、区）卫健局\n省疾控中心：王五、赵六（副主任、研究员）",
    }
    assert printed_names.lists_of(texts) == (
        NameList("出席", (NameGroup(("张三（综合科、规划科）", "李四"), "市发改委"),)),
        NameList(
            "列席",
            (
                NameGroup(unit="各县（市、区）卫健局"),
                NameGroup(("王五", "赵六"), "省疾控中心", "副主任、研究员"),
            ),
        ),
    )


def test_a_line_that_did_not_change_keeps_its_group() -> None:
    odd = (
        NameGroup(unit="驻泉部队"),  # as short as a name
        NameGroup(("陈某某（代）", "林某"), "", "兼记录"),
        NameGroup(("县卫健局、县疾控中心",), "某县"),
    )
    printed = (NameList("出席", (NameGroup(("张三",), "市发改委"),)), NameList("列席", odd))
    texts = printed_names.texts_of(printed)
    assert printed_names.lists_of(texts, printed=printed) == printed
    changed = printed_names.lists_of({**texts, "出席": "市发改委：李四"}, printed=printed)
    assert changed == (NameList("出席", (NameGroup(("李四",), "市发改委"),)), NameList("列席", odd))
