"""The house rules that a machine can check. Each refusal names the file, the line and the rule."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from io import StringIO
from pathlib import Path

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import models

from apps.common.workflow import WORKFLOWS

ROOT = Path(__file__).resolve().parent.parent
WORKFLOW = Path("apps/common/workflow.py")
# A queue is claimed and settled in bulk, by compare-and-set under a lease; only its human verbs have a table.
QUEUES = {"OutboxMessage"}
VIEW_LINES, FUNCTION_LINES, FILE_LINES, TEMPLATE_LINES = 20, 40, 400, 200


@cache
def sources() -> dict[Path, ast.Module]:
    """Return the syntax trees of the product's own modules, migrations left out."""
    files = [*(ROOT / "apps").rglob("*.py"), *(ROOT / "quanzhou_opd").rglob("*.py"), ROOT / "manage.py"]
    return {
        file.relative_to(ROOT): ast.parse(file.read_text(), str(file))
        for file in sorted(files)
        if "migrations" not in file.parts
    }


@cache
def templates() -> dict[Path, str]:
    """Return the texts of the pages. Mails and papers are not pages: the browser's policy does not govern them."""
    files = sorted((ROOT / "templates").rglob("*.html"))
    apart = {"email", "documents"}
    return {
        file.relative_to(ROOT): file.read_text()
        for file in files
        if file.relative_to(ROOT / "templates").parts[0] not in apart
    }


def functions(tree: ast.Module) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def length(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Count the lines of a function, its docstring and decorators left out."""
    first = function.body[0]
    lines = (function.end_lineno or 0) - function.lineno + 1
    if (
        isinstance(first, ast.Expr)
        and isinstance(first.value, ast.Constant)
        and isinstance(first.value.value, str)
    ):
        lines -= (first.end_lineno or 0) - first.lineno + 1
    return lines


def listed(found: list[str]) -> str:
    return "\n" + "\n".join(found)


# --- state and history ----------------------------------------------------


def state_writers(tree: ast.Module, ruled: set[str]) -> Iterator[int]:
    """Yield the lines that set an attribute called `state`, by whatever spelling.

    A query set may set it where the class is named and has no table of states (the queue of outgoing mail).
    """
    roots = roots_of_names(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr == "state" and isinstance(node.ctx, ast.Store):
            yield node.lineno
        if isinstance(node, ast.Call):
            named = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            constants = [argument.value for argument in node.args if isinstance(argument, ast.Constant)]
            if named in {"setattr", "__setattr__"} and "state" in constants:
                yield node.lineno
            if named in {"update", "aupdate"} and any(keyword.arg == "state" for keyword in node.keywords):
                root = root_name(node.func, roots)
                if not root[:1].isupper() or root in ruled:
                    yield node.lineno


def test_only_the_workflow_assigns_a_state() -> None:
    ruled = {model.__name__ for model in WORKFLOWS} - QUEUES
    assert ruled, "no model has a table of states?"
    found = [
        f"{file}:{line}"
        for file, tree in sources().items()
        if file != WORKFLOW
        for line in state_writers(tree, ruled)
    ]
    assert not found, listed(found)


@pytest.mark.parametrize(
    "code",
    [
        "row.state = 'closed'",
        "row.state: str = 'closed'",
        "row.other, row.state = 1, 'closed'",
        "setattr(row, 'state', 'closed')",
        "Meeting.objects.filter(pk=1).update(state='closed')",
        "rows = Meeting.objects.all(); rows.update(state='closed')",
        "self.update(state='closed')",
    ],
)
def test_every_spelling_of_an_assignment_is_seen(code: str) -> None:
    assert list(state_writers(ast.parse(code), {"Meeting"})) == [1]


@pytest.mark.parametrize(
    "code",
    [
        "Mail.objects.filter(pk=1).update(state='sent')",
        "mails = Mail.objects.all(); mails.update(state='sent')",
        "def f(mails: QuerySet[Mail]):\n    old = mails.filter(pk=1)\n    old.update(state='sent')",
    ],
)
def test_a_row_without_a_table_may_be_updated(code: str) -> None:
    assert list(state_writers(ast.parse(code), {"Meeting"})) == []


def models_with_history() -> set[str]:
    return {model.__name__ for model in apps.get_models() if hasattr(model, "history")}


BULK = {"bulk_create", "bulk_update", "abulk_create", "abulk_update"}


def bulk_writes(tree: ast.Module, recorded: set[str]) -> Iterator[int]:
    """Yield the lines with a bulk write that history does not see.

    A write on a class that is named and has no history is fine (`Row.objects.filter(…).update(…)`). Where the
    class cannot be read off the code, the write is refused: name it.
    """
    roots = roots_of_names(tree)
    for node in ast.walk(tree):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
            continue
        # dict.update and hash.update take a position; a query set's update takes names only.
        updates = node.func.attr in {"update", "aupdate"} and node.keywords and not node.args
        if not updates and node.func.attr not in BULK:
            continue
        root = root_name(node.func.value, roots)
        if not root[:1].isupper() or root in recorded:
            yield node.lineno


def root_name(node: ast.expr, roots: dict[str, str]) -> str:
    """Return the name a chain of calls and attributes starts with, looked up in `roots`.

    A many-to-many's own table (`User.groups.through`) is a class of its own, without history.
    """
    while isinstance(node, ast.Call | ast.Attribute | ast.Subscript):
        if isinstance(node, ast.Attribute) and node.attr == "through":
            return "Through"
        node = node.func if isinstance(node, ast.Call) else node.value
    return roots.get(node.id, node.id) if isinstance(node, ast.Name) else ""


def roots_of_names(tree: ast.Module) -> dict[str, str]:
    """Return for each variable the class its value starts with; a name used for two classes has none.

    A parameter tells its class by its annotation: `rows: QuerySet[Meeting]`.
    """
    found: dict[str, set[str]] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
            found.setdefault(node.targets[0].id, set()).add(root_name(node.value, {}))
        elif isinstance(node, ast.arg) and isinstance(node.annotation, ast.Subscript):
            found.setdefault(node.arg, set()).add(ast.unparse(node.annotation.slice))
    direct = {name: roots.pop() for name, roots in found.items() if len(roots) == 1}
    return {name: direct.get(root, root) for name, root in direct.items()}


def test_no_bulk_write_passes_history_by() -> None:
    recorded = models_with_history()
    assert recorded, "no model keeps history?"
    found = [f"{file}:{line}" for file, tree in sources().items() for line in bulk_writes(tree, recorded)]
    assert not found, listed(found)


def test_bulk_writes_are_seen() -> None:
    code = """
Meeting.objects.filter(pk=1).update(title="x")
rows = Meeting.objects.all(); rows.update(title="x")
unknown.update(title="x")
self.rows.bulk_create([])
Plain.objects.update(title="x")
plain = Plain.objects.all(); plain.update(title="x")
Plain.objects.bulk_create([])
{}.update({"a": 1})
digest.update(chunk)
bulk_create_with_history([], Meeting)
"""
    assert list(bulk_writes(ast.parse(code), {"Meeting"})) == [2, 3, 4, 5]


def test_states_and_codes_are_english() -> None:
    """The database stores a code; Chinese is its label (a label may change, a stored code may not)."""
    found = [
        f"{kind.__module__}.{kind.__qualname__}.{member.name} = {member.value!r}"
        for kind in text_choices(models.TextChoices)
        for member in kind
        if not re.fullmatch(r"[a-z0-9][a-z0-9_]*|", str(member.value))
    ]
    assert not found, listed(found)


def text_choices(base: type[models.TextChoices]) -> Iterator[type[models.TextChoices]]:
    for kind in base.__subclasses__():
        if kind.__module__.startswith("apps."):
            yield kind
        yield from text_choices(kind)


def test_the_table_of_states_is_the_one_in_the_code() -> None:
    """`make states` prints it anew."""
    printed = StringIO()
    call_command("print_states", stdout=printed)
    assert (ROOT / "docs/states.md").read_text() == printed.getvalue()


# --- sizes ----------------------------------------------------------------


def test_a_view_is_short() -> None:
    found = [
        f"{file}:{function.lineno} {function.name}: {length(function)} lines"
        for file, tree in sources().items()
        if "views" in file.with_suffix("").parts
        for function in functions(tree)
        if length(function) > VIEW_LINES
    ]
    assert not found, listed(found)


def test_functions_and_files_are_short() -> None:
    found = [
        f"{file}:{function.lineno} {function.name}: {length(function)} lines"
        for file, tree in sources().items()
        for function in functions(tree)
        if length(function) > FUNCTION_LINES
    ]
    for file, most in [
        *((file, FILE_LINES) for file in sources()),
        *((file, TEMPLATE_LINES) for file in templates()),
    ]:
        lines = len((ROOT / file).read_text().splitlines())
        if lines > most:
            found.append(f"{file}: {lines} lines")
    assert not found, listed(found)


# --- pages ----------------------------------------------------------------

BANNED_IN_PAGES = {
    "inline script": r"<script(?![^>]*\ssrc=)",
    "inline style": r"<style\b|\sstyle\s*=",
    "inline handler": r"\son[a-z]+\s*=",
    "hx-on": r"\shx-on\b|\sdata-hx-on\b",
    "js: values": r"""["'{\s](?:js|javascript):""",
    "trigger filter (it fails open)": r"""\shx-trigger\s*=\s*(?:"[^"]*\[|'[^']*\[)""",
    "outside host": r"""\s(?:src|href|action)\s*=\s*["']?(?:https?:)?//""",
}
NOT_SHOWN = re.compile(
    r"{% comment\b.*?{% endcomment %}|{#.*?#}|<!--.*?-->|{%.*?%}|{{.*?}}",
    re.S,
)


def banned(text: str) -> Iterator[tuple[int, str]]:
    """Yield line and rule of what the Content-Security-Policy would stop, or htmx would run unchecked."""
    # Comments and tags go, their line ends stay, so that lines are counted right.
    shown = NOT_SHOWN.sub(lambda match: "\n" * match.group().count("\n"), text)
    for rule, pattern in BANNED_IN_PAGES.items():
        for match in re.finditer(pattern, shown, re.I):
            yield shown.count("\n", 0, match.start()) + 1, rule


def test_pages_hold_nothing_the_policy_forbids() -> None:
    found = [f"{file}:{line} {rule}" for file, text in templates().items() for line, rule in banned(text)]
    assert not found, listed(found)


@pytest.mark.parametrize(
    ("page", "rule"),
    [
        ("<script>go()</script>", "inline script"),
        ("<script type='module'>go()</script>", "inline script"),
        ("<style>a { color: red }</style>", "inline style"),
        ('<p class="x" style="color: red">', "inline style"),
        ('<a href="/" onclick="go()">', "inline handler"),
        ('<a hx-on:click="go()">', "hx-on"),
        ("<a hx-vals='js:{a: 1}'>", "js: values"),
        ('<a href="javascript:go()">', "js: values"),
        ('<a hx-trigger="click[ctrlKey]">', "trigger filter (it fails open)"),
        ('<img src="https://portal.test/x.png">', "outside host"),
        ('<link href="//portal.test/x.css">', "outside host"),
    ],
)
def test_what_is_banned_is_seen(page: str, rule: str) -> None:
    assert rule in [name for _line, name in banned(page)]


def test_what_is_allowed_passes() -> None:
    page = """
<script src="/a.js" defer></script>
{# style="x" #}{% include "a.html" with style="b" only %}
<a href="/x" hx-trigger="every 4s" hx-get="/y">on time</a>
"""
    assert list(banned(page)) == []


# --- tests and tools ------------------------------------------------------

ASSERTS = re.compile(r"\bassert|raises|expect\(|assert[A-Z_]|num_queries|check_|verify")


def test_every_test_can_fail() -> None:
    found = []
    for file in sorted((ROOT / "tests").rglob("test_*.py")):
        text = file.read_text()
        found += [
            f"{file.relative_to(ROOT)}:{function.lineno} {function.name}"
            for function in functions(ast.parse(text))
            if function.name.startswith("test_")
            and not ASSERTS.search(ast.get_source_segment(text, function) or "")
        ]
    assert not found, listed(found)


def test_no_test_is_skipped() -> None:
    skipping = re.compile(r"pytest\.(?:skip|importorskip)\(|mark\.(?:skip|skipif|xfail)\b")
    found = [
        f"{file.relative_to(ROOT)}:{number}"
        for file in sorted((ROOT / "tests").rglob("*.py"))
        if file != Path(__file__)
        for number, line in enumerate(file.read_text().splitlines(), 1)
        if skipping.search(line)
    ]
    assert not found, listed(found)


def test_the_locks_name_no_registry_and_hash_everything() -> None:
    for name in ("requirements.lock", "requirements-dev.lock"):
        text = (ROOT / name).read_text()
        packages = re.split(r"\n(?=[a-z0-9])", re.sub(r"^#.*\n", "", text, flags=re.M).strip())
        assert len(packages) > 50
        assert [package.split()[0] for package in packages if "--hash=sha256:" not in package] == []
        assert re.findall(r"https?://|--index-url|--find-links", text) == []
