"""Our own scripts, styles and pages hold nothing that the oldest promised browser, Chromium 92, does not know.

The browsers themselves are tried in tests/browser/test_old_chromium.py; this reads the files, in a moment.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent

# (pattern, first Chromium that knows it, an example that must be found)
SCRIPT = [
    (r"\bObject\.hasOwn\(", 93, "Object.hasOwn(a, 'b')"),
    (r"\{\s*cause\s*:", 93, "new Error('a', { cause: b })"),
    (r"\bstatic\s*\{", 94, "class A { static { } }"),
    (r"\bscheduler\.", 94, "scheduler.postTask(run)"),
    (r"\bURLPattern\b", 95, "new URLPattern(a)"),
    (r"\.findLast(Index)?\(", 97, "list.findLast(one)"),
    (r"\bstructuredClone\(", 98, "structuredClone(a)"),
    (r"\.showPicker\(", 99, "input.showPicker()"),
    (r"\.inert\b", 102, "box.inert = true"),
    (r"\bnavigation\.", 102, "navigation.navigate(a)"),
    (r"\bAbortSignal\.timeout\(", 103, "AbortSignal.timeout(9)"),
    (r"\.checkVisibility\(", 105, "el.checkVisibility()"),
    (r"\bResponse\.json\(", 105, "Response.json({})"),
    (r"\bHighlight\(|\bCSS\.highlights\b", 105, "CSS.highlights.set(a, b)"),
    (r"\.to(Sorted|Reversed|Spliced)\(", 110, "list.toSorted()"),
    (r"\]\.with\(|\.with\(\s*-?\d", 110, "list.with(0, a)"),
    (r"\.(is|to)WellFormed\(", 111, "a.toWellFormed()"),
    (r"\.startViewTransition\b", 111, "document.startViewTransition(a)"),
    (r"\bnew FormData\([^()]*,", 112, "new FormData(form, button)"),
    (r"/[dgimsuy]*v[dgimsuy]*\.(test|exec)\(", 112, "/[a]/v.test(b)"),
    (r"\.(show|hide|toggle)Popover\(", 114, "box.showPopover()"),
    (r"[\"']scrollend[\"']", 114, "row.addEventListener('scrollend', run)"),
    (r"\bAbortSignal\.any\(", 116, "AbortSignal.any([a])"),
    (r"\b(Object|Map)\.groupBy\(", 117, "Map.groupBy(a, b)"),
    (r"\bPromise\.(withResolvers|try)\b", 119, "Promise.withResolvers()"),
    (r"\bURL\.(canParse|parse)\(", 120, "URL.canParse(a)"),
    (r"\bArray\.fromAsync\(", 121, "Array.fromAsync(a)"),
    (
        r"\.(isSubsetOf|isSupersetOf|isDisjointFrom|symmetricDifference|intersection)\(",
        122,
        "a.intersection(b)",
    ),
    (r"\.getHTML\(|\.setHTML(Unsafe)?\(", 124, "el.setHTMLUnsafe(a)"),
    (r"\bcaretPositionFromPoint\b", 128, "document.caretPositionFromPoint(1, 2)"),
    (r"\.moveBefore\(", 133, "list.moveBefore(a, b)"),
    (r"\.requestClose\(", 134, "dialog.requestClose()"),
]
STYLE = [
    (r"\baccent-color\s*:", 93, "a { accent-color: red }"),
    (r"\bscrollbar-gutter\s*:", 94, "a { scrollbar-gutter: stable }"),
    (r"@layer\b", 99, "@layer a { }"),
    (r"(?<!-)\btext-emphasis\s*:", 99, "a { text-emphasis: dot }"),
    (r"(?<![-\w])(translate|rotate|scale)\s*:", 104, "a { rotate: 3deg }"),
    (r"@media[^{]*[<>]", 104, "@media (width >= 3rem) { }"),
    (r":has\(", 105, "a:has(b) { }"),
    (r"@container\b|\bcontainer(-type|-name)?\s*:", 105, "a { container-type: size }"),
    (r"\d(cqw|cqh|cqi|cqb)\b", 105, "a { width: 3cqw }"),
    (r":modal\b", 105, "dialog:modal { }"),
    (r"\d[dsl]v[hwib]\b", 108, "a { height: 100dvh }"),
    (r"\dr?lh\b", 109, "a { height: 2lh }"),
    (r"\bcolor-mix\(|\b(ok)?l(ab|ch)\(|\bcolor\(", 111, "a { color: color-mix(in srgb, red, blue) }"),
    (r":nth-child\([^)]*\bof\b", 111, "a:nth-child(2 of .b) { }"),
    (r"(?<![-\w])(sin|cos|tan|sqrt|pow)\(", 111, "a { width: calc(1px * sin(1)) }"),
    (r"&", 112, "a { &:hover { } }"),
    (r"(?<![-\w])linear\(", 113, "a { transition: all 1s linear(0, 1) }"),
    (r"\btext-wrap\s*:|\bwhite-space-collapse\s*:", 114, "a { text-wrap: nowrap }"),
    (r":popover-open\b", 114, ":popover-open { }"),
    (r"\b(animation|scroll|view)-timeline\b", 115, "a { animation-timeline: scroll() }"),
    (r"\bsubgrid\b", 117, "a { grid-template-rows: subgrid }"),
    (r"@starting-style\b", 117, "@starting-style { }"),
    (r"@scope\b", 118, "@scope (a) { }"),
    (r":user-(in)?valid\b", 119, "input:user-invalid { }"),
    (r"(?<![-\w])mask(-image|-size)?\s*:", 120, "a { mask-image: none }"),
    (r"\bscrollbar-(color|width)\s*:", 121, "a { scrollbar-width: thin }"),
    (r"\bfield-sizing\s*:", 123, "a { field-sizing: content }"),
    (r"\blight-dark\(", 123, "a { color: light-dark(red, blue) }"),
    (r"(?<![-\w])(round|mod|rem)\(", 125, "a { width: round(3px, 2px) }"),
    (r"\banchor-name\s*:|\bposition-anchor\s*:", 125, "a { anchor-name: --b }"),
    (r"\binterpolate-size\b|\bcalc-size\(", 129, "a { interpolate-size: allow-keywords }"),
    (r"::details-content\b", 131, "::details-content { }"),
    (r"\btext-box(-trim|-edge)?\s*:", 133, "a { text-box: trim-both cap alphabetic }"),
    (r"(?<![-\w]):open\b", 133, "details :open { }"),
]
PAGE = [
    (r"<[a-z][^>]*\sinert\b", 102, "<div inert>"),
    (r"hidden=[\"']until-found", 102, "<div hidden='until-found'>"),
    (r"<[a-z][^>]*\spopover\b", 114, "<div popover>"),
    (r"<details[^>]*\sname=", 120, "<details name='a'>"),
    (r"<[a-z][^>]*\scommandfor=", 135, "<button commandfor='a'>"),
]
# Newer, and left in: what a reader has without it. docs/browsers.md says so too.
DEGRADES = {"text-wrap: balance": "the two lines of a long title on the screen are not of one length"}
KINDS = {"js": SCRIPT, "css": STYLE, "html": PAGE}
# What looks like it and is older.
HARMLESS = {
    "js": "list.at(-1); a.replaceAll(b, c); new FormData(form); x ??= 1; a?.b; with_(1); location.assign(a)",
    "css": "a { transform: scale(2) rotate(3deg) translate(1px); -webkit-mask-image: none; transition: a 1s linear; "
    "aspect-ratio: 1; inset: 0; width: min(3rem, 80vw) } @media (max-width: 9px) { b > c { gap: 1px } } :is(a, b) { }",
    "html": "<dialog open><details open><input name='inertia'>",
}


def too_new(text: str, kind: str) -> list[str]:
    """What Chromium 92 does not know in a text, with its line and the first version that does."""
    bare = re.sub(r"/\*.*?\*/", lambda found: re.sub(r"[^\n]", " ", found[0]), text, flags=re.DOTALL)
    if kind == "js":
        bare = re.sub(r"(?m)(^|\s)//.*$", "", bare)
    for words in DEGRADES:
        bare = bare.replace(words, " " * len(words))
    found = [
        f"line {bare.count(chr(10), 0, hit.start()) + 1}: {hit[0]!r} (Chromium {version})"
        for pattern, version, _example in KINDS[kind]
        for hit in re.finditer(pattern, bare)
    ]
    return found + (nested(bare) if kind == "css" else [])


def nested(bare: str) -> list[str]:
    """Rules inside rules (Chromium 112, 120 without &). Only at-rules may hold others."""
    found: list[str] = []
    open_rules: list[str] = []
    for hit in re.finditer(r"([^{};]*)([{}])", bare):
        if hit[2] == "}":
            open_rules.pop()
            continue
        head = hit[1].strip()
        if open_rules and not open_rules[-1].startswith("@"):
            found.append(f"line {bare.count(chr(10), 0, hit.end()) + 1}: {head!r} in {open_rules[-1]!r}")
        open_rules.append(head)
    return found


def files(kind: str) -> list[Path]:
    if kind == "html":
        return sorted((ROOT / "templates").rglob("*.html"))
    return sorted((ROOT / "static" / kind).rglob(f"*.{kind}"))


@pytest.mark.parametrize("kind", KINDS)
def test_our_files_stay_on_the_floor(kind: str) -> None:
    assert len(files(kind)) >= 10
    assert {
        str(file.relative_to(ROOT)): found
        for file in files(kind)
        if (found := too_new(file.read_text(), kind))
    } == {}


@pytest.mark.parametrize(
    ("kind", "example"), [(kind, row[2]) for kind, rows in KINDS.items() for row in rows]
)
def test_each_of_them_would_be_found(kind: str, example: str) -> None:
    assert too_new(example, kind), "the pattern does not find its own example"


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_old_is_left_alone(kind: str) -> None:
    assert too_new(HARMLESS[kind], kind) == []


def test_what_degrades_is_still_there_and_told() -> None:
    styles = "".join(file.read_text() for file in files("css"))
    told = (ROOT / "docs/browsers.md").read_text()
    assert [words for words in DEGRADES if words not in styles or f"`{words}`" not in told] == []


def test_a_rule_in_a_rule_is_found_and_a_comment_is_not() -> None:
    assert too_new("@media print { a { b { color: red } } }", "css") == ["line 1: 'b' in 'a'"]
    assert too_new("/* no :has( here */ a { color: red }", "css") == []
    assert too_new("run(); // structuredClone(a) is newer\n", "js") == []
    assert too_new("\nlist.toSorted();", "js") == ["line 2: '.toSorted(' (Chromium 110)"]
