"""The journal in Chinese: every key that the code writes has a name, and codes, lists and hashes are shown in words."""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from apps.accounts.journal_words import KEYS, details, thing
from apps.common import audit, settings_rows
from apps.common.models import AuditEvent
from apps.minutes.enums import PassageKind
from apps.roster import services as roster
from tests.factories.people import People

ROOT = Path(__file__).parents[2] / "apps"
# Keys that are put together elsewhere than beside the call: these are named here by hand.
ELSEWHERE = {
    "apps/action_items/importing/writing.py": {"reports", "items", "left_out", "unchanged"},
    "apps/roster/services.py": {"full_name", "initials", "full_name_verified"},
}


class Calls(ast.NodeVisitor):
    """The keys of the `detail` of every call of `audit.record` in a file; `unread`: what the source does not say."""

    def __init__(self) -> None:
        self.keys: set[str] = set()
        self.calls = self.unread = 0
        self.here: list[ast.AST] = []

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        self.here.append(node)
        self.generic_visit(node)
        self.here.pop()

    def visit_Call(self, node: ast.Call) -> None:
        if ast.unparse(node.func) == "audit.record":
            self.calls += 1
            for given in node.keywords:
                if given.arg == "detail":
                    self._read(given.value)
        self.generic_visit(node)

    def _read(self, value: Any) -> None:
        match value:
            case ast.Dict():
                for key, inner in zip(value.keys, value.values, strict=True):
                    if isinstance(key, ast.Constant):
                        self.keys.add(str(key.value))
                        self._nested(inner)
                    else:
                        self.unread += 1
            case ast.IfExp():
                self._read(value.body)
                self._read(value.orelse)
            case ast.BinOp():
                self._read(value.left)
                self._read(value.right)
            case ast.Name():
                found = list(self._written(value.id))
                self.unread += not found
                for one in found:
                    self._read(one)
            case ast.Constant(value=None):
                pass
            case _:
                self.unread += 1

    def _nested(self, value: Any) -> None:
        """A value that is itself a dictionary, or a name for one."""
        for one in self._written(value.id) if isinstance(value, ast.Name) else [value]:
            for part in (one.body, one.orelse) if isinstance(one, ast.IfExp) else (one,):
                if isinstance(part, ast.Dict):
                    self._read(part)

    def _written(self, name: str) -> Iterator[Any]:
        """What the function assigns to a name; of `name["key"] = …` the key."""
        for node in ast.walk(self.here[-1]):
            targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
            if not isinstance(node, ast.Assign | ast.AnnAssign | ast.AugAssign):
                continue
            for target in targets:
                if isinstance(target, ast.Name) and target.id == name and node.value is not None:
                    yield node.value
                elif isinstance(target, ast.Subscript) and ast.unparse(target.value) == name:
                    yield ast.Dict([target.slice], [ast.Constant(None)])


def test_every_key_the_code_writes_has_a_name() -> None:
    written: dict[str, set[str]] = {}
    unread: dict[str, int] = {}
    calls = 0
    for path in sorted(ROOT.rglob("*.py")):
        found = Calls()
        found.visit(ast.parse(path.read_text()))
        name = str(path.relative_to(ROOT.parent))
        calls += found.calls
        written[name] = found.keys | ELSEWHERE.get(name, set())
        if found.unread:
            unread[name] = found.unread
    assert unread == dict.fromkeys(ELSEWHERE, 1)
    assert calls > 80  # the walk sees them
    keys = set().union(*written.values())
    assert keys - KEYS.keys() == set()
    assert KEYS.keys() - keys == set()  # and none is named that nobody writes


def shown(event: AuditEvent) -> list[tuple[str, str, str]]:
    return [(one.label, one.text, one.whole) for one in details(event)]


@pytest.mark.django_db
def test_codes_lists_and_hashes_are_shown_in_words(people: People) -> None:
    unit, sha = people.unit("kejiju"), "396231ab" * 8

    def line(verb: str, obj: Any = unit, **detail: Any) -> list[tuple[str, str, str]]:
        return shown(audit.record(by=None, verb=verb, label="试", obj=obj, detail=detail))

    assert line("make_files", sha256=sha, docx_sha256=sha) == [
        ("文件哈希", "396231ab3962…", sha), ("Word文件哈希", "396231ab3962…", sha),
    ]  # fmt: skip
    assert line("download", form="pdf", paper="〔2026〕1号") == [
        ("格式", "PDF文件", ""),
        ("公文", "〔2026〕1号", ""),
    ]
    assert line("send_paper", to=["主送 市科技局", "抄送 市教育局"]) == [
        ("发往", "主送 市科技局、抄送 市教育局", "")
    ]
    assert line("handle_comment", comment=3, adoption="partly", agreed=True) == [
        ("意见", "第3号", ""), ("采纳情况", "部分采纳", ""), ("是否沟通一致", "是", ""),
    ]  # fmt: skip
    # A code that means something else in another app is named by the nearest table.
    assert line("edit", unit, kind="resolution") == [("种类", "resolution", "")]
    edited = AuditEvent(
        verb="edit", object_type="minutes.minutes", detail={"kind": "resolution", "passage": 7}
    )
    assert shown(edited) == [("种类", str(PassageKind.RESOLUTION.label), ""), ("段落", "第7号", "")]
    assert line("set_rule", **{"from": None, "to": {"workdays": 3, "active": False}}) == [
        ("原为", "—", ""), ("改为", "工作日3，启用否", ""),
    ]  # fmt: skip
    assert line("give_role", people.office, role="auditor", **{"from": "2026-11-05", "until": ""}) == [
        ("角色", "安全审计员", ""), ("自", "2026年11月5日", ""), ("截止", "—", ""),
    ]  # fmt: skip
    assert line("edit_account", people.office, fields=["name", "phone"]) == [
        ("修改", "显示名称、联系电话", "")
    ]
    settings_rows.put("yellow_days", 12, by=people.sysadmin)
    setting = AuditEvent.objects.get(verb="set")
    assert (thing(setting), shown(setting)[1:]) == (
        str(settings_rows.definition_of("yellow_days").label), [("原为", "10", ""), ("改为", "12", "")],
    )  # fmt: skip
    roster.edit_unit(unit, full_name="泉州市科学技术局", initials="kjj", verified=True, by=people.sysadmin)
    renamed = dict(pair[:2] for pair in shown(AuditEvent.objects.get(verb="edit_unit")))
    assert renamed["全称已核定"] == "否 → 是"
