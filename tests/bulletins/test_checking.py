"""Numbers typed into the text against the frozen ones."""

from typing import Any

import pytest

from apps.bulletins.checking import warnings

UNIT = {"all": 6, "closed": 2, "on_time": 2, "late": 0, "running": 3, "overdue": 0, "standing": 1}
SNAPSHOT: dict[str, Any] = {
    "totals": {
        "all": 16, "closed": 4, "on_time": 3, "late": 1, "running": 9, "overdue": 2, "standing": 1, "blocked": 0,
        "extended": 1, "soon": 3,
    },
    "units": [{"unit": "市卫健委", **UNIT}],
    "changes": {"since": "2026-10-15", "closed": [1], "opened": [], "overdue": [1, 2], "moved": [], "ended": []},
}  # fmt: skip


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("议定事项共16项，其中按期办结3项、逾期办结1项、推进中9项、超期2项、长期坚持1项。", []),
        ("议定事项共17项。", ["“总体”中写的“共17项”与取数不一致：取数为16项。"]),
        ("超期的3项要抓紧。", ["“总体”中写的“超期的3项”与取数不一致：取数为2项。"]),
        ("已办结4项，办结了5件。", ["“总体”中写的“办结了5件”与取数不一致：取数为4项。"]),
        ("市卫健委牵头6项，推进中3项。", []),
        ("市卫健委牵头6项，推进中9项。", ["“总体”中写的“推进中9项”与取数不一致：取数为3项。"]),
        ("与上期相比，新办结1项，新增超期2项。", []),
        (
            "与上期相比，新办结2项。",
            ["“总体”中写的“新办结2项”与取数不一致：取数为1项。"],
        ),
        ("另有41项工作。", ["“总体”中写的“41项”在取数中没有对应的数。"]),
        ("另有9项工作。已超过时限16个工作日，见〔2026〕1号第8项。", []),
        ("其余41项见台账。", ["“总体”写不下全部事项，有41项没有列出，只写了“见台账”。"]),
        ("共17项。共17项。", ["“总体”中写的“共17项”与取数不一致：取数为16项。"]),
    ],
)
def test_a_number_that_differs_is_named(text: str, found: list[str]) -> None:
    assert warnings("总体", text, SNAPSHOT) == found


def test_without_a_last_bulletin_changes_are_not_judged() -> None:
    assert warnings("总体", "新办结2项。", SNAPSHOT | {"changes": None}) == []
