"""The reader of files from outside: plain data, a line for every complaint, nothing that explodes."""

import contextlib
from datetime import date
from pathlib import Path

import pytest
import yaml
from django.conf import settings
from hypothesis import given
from hypothesis import strategies as st

from apps.common import yamlfile
from apps.common.yamlfile import Problem


@pytest.mark.core
def test_reads_the_charter_as_pyyaml_does() -> None:
    path = settings.FIXTURES / "charter.yaml"
    assert yamlfile.load(path) == yaml.safe_load(path.read_text())


def test_keeps_lines_and_reads_scalars_as_written() -> None:
    table = yamlfile.load(
        "a: 1\nb:\n  - on: 2026-03-17\n    at: 15:00\n    yes: 007\nc: '2'\nd: ~\ne: 1.5\nf: true\n"
    )
    assert table == {
        "a": 1,
        "b": [{"on": date(2026, 3, 17), "at": "15:00", "yes": "007"}],
        "c": "2",
        "d": None,
        "e": 1.5,
        "f": True,
    }
    first = table["b"][0]
    assert (table["b"].lines, first.line, first.line_of("at"), first.line_of("none")) == ([3], 3, 4, 3)


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("a: [", 2, "不是合格的 YAML，请检查缩进、冒号和引号。"),
        ("a: &x 1\nb: *x", 1, "不允许使用锚点和别名（& 和 *）。"),
        ("a: 1\nb: 2\na: 3", 3, "“a”重复了，第1行已有。"),
        ("- 1", 1, "不是合格的 YAML：文件的最外层应是“键: 值”。"),
        ("", 1, "不是合格的 YAML：文件的最外层应是“键: 值”。"),
        ("a: 1\nb: 2026-02-30", 2, "日期“2026-02-30”不存在。"),
        ("a: !!python/object:os.system 1", 1, "不允许使用类型标记（!）。"),
        ("a: 1\n---\nb: 2", 2, "一个文件里只能有一份内容（多了“---”）。"),
        ("? [a]\n: 1", 1, "键必须是文字。"),
        ("a: 1\nb: \x01", 2, "含有不允许的控制字符。"),
        ("[" * 100_000, 1, "嵌套层数过多。"),
        ("{a: " * 100_000, 1, "嵌套层数过多。"),
    ],
)
def test_refuses_with_line_and_reason(text: str, line: int, words: str) -> None:
    with pytest.raises(Problem) as caught:
        yamlfile.load(text)
    assert (caught.value.line, caught.value.text) == (line, words)
    assert str(caught.value) == f"第{line}行：{words}"


def test_refuses_ten_megabytes_a_missing_file_and_another_encoding(tmp_path: Path) -> None:
    big, other = tmp_path / "big.yaml", tmp_path / "other.yaml"
    big.write_text("a: " + "长" * 3_500_000)
    other.write_bytes("a: 1\nb: 联席会议\n".encode("gb18030"))
    told = []
    for path in (big, tmp_path / "none.yaml", other):
        with pytest.raises(Problem) as caught:
            yamlfile.load(path)
        told.append(str(caught.value))
    assert told == [
        "文件超过5兆，没有读取。",
        "文件打不开：No such file or directory。",
        "第2行：文件不是 UTF-8 编码，请另存为 UTF-8 后重试。",
    ]


@pytest.mark.parametrize(
    ("ask", "words"),
    [
        (lambda t: t.need("none", str), "第1行：缺少“none”。"),
        (lambda t: t.need("number", str), "第2行：“number”应是文字。"),
        (lambda t: t.need("flag", int), "第3行：“flag”应是整数。"),
        (lambda t: t.text("blank"), "第4行：“blank”是空的。"),
        (lambda t: t.day("word"), "第5行：“十月”不是日期，应写成 2026-03-17 的样子。"),
        (lambda t: t.day("gone"), "第6行：日期“2026-13-01”不存在。"),
        (lambda t: t.tables("list"), "第8行：“list”的每一项都应是键值表。"),
        (lambda t: t.need("list", yamlfile.Table), "第7行：“list”应是键值表。"),
    ],
)
def test_asks_of_a_table_name_the_line(ask, words: str) -> None:  # type: ignore[no-untyped-def]
    text = "word1: a\nnumber: 7\nflag: true\nblank: ' '\nword: 十月\ngone: '2026-13-01'\nlist:\n  - x\n"
    with pytest.raises(Problem) as caught:
        ask(yamlfile.load(text))
    assert str(caught.value) == words


@given(st.text(max_size=200))
def test_any_text_is_read_or_refused_never_crashes(text: str) -> None:
    found: object = None
    with contextlib.suppress(Problem):  # any other exception fails the test
        found = yamlfile.load(text)
    assert found is None or isinstance(found, dict)
