"""The charter goes in whole, once, and a file that does not fit changes nothing."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.conf import settings
from django.core.management import CommandError, call_command

from apps.common.models import AuditEvent
from apps.common.yamlfile import Problem
from apps.duties.importing import import_charter
from apps.duties.models import Duty
from apps.roster.enums import BasisKind, PostKind
from apps.roster.models import Appointment, Charter, Person, Post, Unit, UnitAlias
from apps.roster.selectors import members_on, names
from tests.factories.people import SINCE, load_charter

pytestmark = pytest.mark.django_db
SOURCE = settings.FIXTURES / "charter.yaml"


def charter() -> dict[str, Any]:
    return yaml.safe_load(SOURCE.read_text())


def text_of(data: dict[str, Any]) -> str:
    return yaml.safe_dump(data, allow_unicode=True, sort_keys=False)


def counts() -> dict[str, int]:
    models = (Charter, Unit, UnitAlias, Post, Person, Appointment, Duty, AuditEvent)
    found = {model.__name__: model._default_manager.count() for model in models}
    for model in (Charter, Unit, Post, Person, Appointment, Duty):
        found[f"{model.__name__} history"] = model.history.count()  # type: ignore[attr-defined]
    return found


@pytest.mark.core
def test_the_charter_comes_out_as_it_went_in(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("import_charter", str(SOURCE))
    capsys.readouterr()
    call_command("charter", "--format", "json")
    out, source = json.loads(capsys.readouterr().out), charter()
    assert [(u["order"], u["short_name"], u["full_name"], u["aliases"]) for u in out["units"]] == [
        (u["order"], u["short_name"], u["full_name"], u["aliases"]) for u in source["units"]
    ]
    assert [[(d["id"], d["seq"], d["text"]) for d in u["duties"]] for u in out["units"]] == [
        [(d["id"], d["seq"], d["text"]) for d in u["duties"]] for u in source["units"]
    ]
    assert out["joint_meeting_duties"] == source["joint_meeting_duties"]
    assert out["rules"] == source["working_rules"]
    assert [{k: v for k, v in post.items() if k != "unit_name"} for post in out["office_posts"]] == source[
        "office_rule"
    ]["posts"]
    keys = ("role", "name", "title_raw", "unit", "positions", "order")
    assert [{k: row[k] for k in keys} for row in out["roster"]] == [
        {k: row[k] for k in keys} for row in source["roster"]
    ]
    assert (out["composition"], out["errata"]) == (source["composition"]["text"], source["errata"])


@pytest.mark.core
def test_rows_after_the_import() -> None:
    load_charter()
    kinds = {kind: Post.objects.filter(kind=kind).count() for kind in PostKind}
    assert kinds == {
        PostKind.CONVENER: 1,
        PostKind.MEMBER: 16,
        PostKind.OFFICE_DIRECTOR: 1,
        PostKind.OFFICE_DEPUTY: 3,
        PostKind.OFFICE_MEMBER: 13,
        PostKind.LIAISON_B: 16,
    }
    roster = [(row.person.name, row.title) for row in members_on(SINCE)]
    assert roster == [(row["name"], row["title_raw"]) for row in charter()["roster"]]
    assert set(Appointment.objects.values_list("starts_on", "basis_kind")) == {(SINCE, BasisKind.CHARTER)}
    assert Unit.objects.filter(full_name_verified=False).count() == 14
    assert list(Unit.objects.filter(is_host=True).values_list("short_name", "initials")) == [
        ("市卫健委", "swjw")
    ]
    assert names()["市市场监督管理局"].code == "shichangju"
    assert "场监管局" not in names()
    errata = Duty.objects.exclude(erratum="").order_by("code").values_list("code", "erratum")
    assert dict(errata)["caizhengju.1"] == "原文照录“提高预算绩效管理水。”；疑：提高预算绩效管理水平。"
    assert [code for code, _text in errata] == ["caizhengju.1", "gongxinju.1", "jiaoyuju.1", "rensheju.2"]
    assert Duty.objects.get(code="caizhengju.1").text.endswith("提高预算绩效管理水。")


@pytest.mark.core
def test_a_second_import_changes_nothing() -> None:
    assert load_charter().changed
    before = counts()
    assert not load_charter().changed
    assert import_charter("# another comment\n" + SOURCE.read_text(), by=None).changed is False
    assert counts() == before


def test_a_corrected_file_changes_only_what_it_says() -> None:
    load_charter()
    Unit.objects.filter(code="jiaoyuju").update(full_name_verified=True)
    before, data = counts(), charter()
    data["units"][3]["duties"][2]["text"] = "负责统筹推进相关学科专业建设。"
    assert import_charter(text_of(data), by=None).changed
    versions = Duty.objects.filter(code="jiaoyuju.3").order_by("id")
    assert [(duty.text[:6], duty.ends_on is None) for duty in versions] == [
        ("负责统筹推进", False),
        ("负责统筹推进", True),
    ]
    assert Unit.objects.get(code="jiaoyuju").full_name_verified is True
    after = counts()
    changed = {key: after[key] - before[key] for key in after if after[key] != before[key]}
    assert changed == {"Duty": 1, "Duty history": 2, "Charter history": 1, "AuditEvent": 1}


def test_names_with_rare_characters_survive() -> None:
    data = charter()
    for row, name in zip(data["roster"], ["龚䶮", "㛃𬭸", "喆喆", "欧阳䶮㛃"], strict=False):
        row["name"] = name
    import_charter(text_of(data), by=None)
    assert [row.person.name for row in members_on(SINCE)][:4] == ["龚䶮", "㛃𬭸", "喆喆", "欧阳䶮㛃"]


def drop_unit(data: dict[str, Any]) -> None:
    del data["units"][4]


def drop_unit_and_count(data: dict[str, Any]) -> None:
    drop_unit(data)
    data["unit_count"] = 15


def same_order(data: dict[str, Any]) -> None:
    data["units"][1]["order"] = 1


def same_name(data: dict[str, Any]) -> None:
    data["units"][2]["aliases"].append("教育局")


def set_at(*path: Any) -> Callable[[dict[str, Any]], None]:
    *way, last, value = path

    def change(data: dict[str, Any]) -> None:
        place: Any = data
        for step in way:
            place = place[step]
        place[last] = value

    return change


def drop_at(*path: Any) -> Callable[[dict[str, Any]], None]:
    *way, last = path

    def change(data: dict[str, Any]) -> None:
        place: Any = data
        for step in way:
            place = place[step]
        del place[last]

    return change


BROKEN = {
    "a unit is missing": (drop_unit, "组成单位“kejiju”在 units 里没有。"),
    "a unit is missing and nobody counted": (drop_unit_and_count, "组成单位“kejiju”在 units 里没有。"),
    "unit not in the composition": (drop_at("composition", "order", 3), "没有列入组成单位"),
    "stated number of units": (set_at("unit_count", 17), "“unit_count”写的是17，实际有16个单位。"),
    "number in the composition": (set_at("composition", "stated_count", 15), "“stated_count”写的是15"),
    "number of duties": (set_at("duty_count_total", 36), "“duty_count_total”写的是36，实际有37项职责。"),
    "a unit's duties": (set_at("units", 0, "duty_count", 7), "“duty_count”写的是7，实际有6项职责。"),
    "number of people": (set_at("roster_count", 18), "“roster_count”写的是18，实际有17人。"),
    "unknown unit on the roster": (set_at("roster", 3, "unit", "shuiliju"), "“shuiliju”不在成员单位"),
    "unknown unit with an office post": (set_at("office_rule", "posts", 1, "unit", "x"), "“x”不在成员单位"),
    "unknown office post": (set_at("office_rule", "posts", 1, "post", "顾问"), "办公室没有“顾问”这个岗位。"),
    "unknown role": (set_at("roster", 2, "role", "副召集人"), "“副召集人”不认识"),
    "convener from elsewhere": (set_at("roster", 0, "unit", "jiaoyuju"), "召集人须来自牵头单位"),
    "a date that does not exist": (set_at("meta", "date", "2021-02-30"), "日期“2021-02-30”不存在。"),
    "no date": (drop_at("meta", "date"), "缺少“date”。"),
    "no title": (set_at("charter_title", " "), "“charter_title”是空的。"),
    "no roster": (drop_at("roster"), "缺少“roster”。"),
    "no duties": (drop_at("units", 5, "duties"), "缺少“duties”。"),
    "two of one order": (same_order, "序号或编号“1”重复了"),
    "one name for two units": (same_name, "名称“教育局”已用于“市发改委”。"),
    "a number for a name": (set_at("units", 0, "short_name", 5), "“short_name”应是文字。"),
    "a name too long": (set_at("roster", 0, "name", "叶" * 41), "文字过长：最多40字，现有41字。"),
    "an unseen character": (set_at("roster", 0, "name", "叶\u202e一帆"), "不可见的控制字符（U+202E）"),
    "an order out of range": (set_at("units", 0, "order", 10**9), "序号应在1到999之间。"),
    "a strange unit id": (set_at("units", 0, "id", "../x"), "单位的 id 只能用英文字母"),
    "units are words": (set_at("units", ["市卫健委"]), "“units”的每一项都应是键值表。"),
}


@pytest.mark.parametrize(("change", "words"), BROKEN.values(), ids=BROKEN)
def test_a_broken_file_changes_nothing(
    change: Callable[[dict[str, Any]], None], words: str, tmp_path: Path
) -> None:
    data, file = charter(), tmp_path / "broken.yaml"
    change(data)
    file.write_text(text_of(data))
    with pytest.raises(CommandError) as caught:
        call_command("import_charter", str(file))
    assert words in str(caught.value)
    assert "第" in str(caught.value)
    assert "没有导入任何内容" in str(caught.value)
    assert set(counts().values()) == {0}


def test_units_come_and_go_by_a_meeting_not_by_an_import() -> None:
    load_charter()
    before, data = counts(), charter()
    unit = data["units"].pop()
    data["composition"]["order"].remove(unit["id"])
    data["composition"]["stated_count"] = data["unit_count"] = 15
    data["duty_count_total"] = 35
    data["roster"] = [row for row in data["roster"] if row["unit"] != unit["id"]]
    data["roster_count"] = 16
    data["office_rule"]["posts"] = [p for p in data["office_rule"]["posts"] if p["unit"] != unit["id"]]
    with pytest.raises(Problem, match="增减成员单位须经会议确定"):
        import_charter(text_of(data), by=None)
    assert counts() == before


def test_before_an_import_the_command_says_what_to_do() -> None:
    with pytest.raises(CommandError, match="还没有导入章程"):
        call_command("charter", "--format", "json")
