"""YAML from outside, read with suspicion: plain data only, and every value knows the line it stands on.

Built from the parser's events with a stack of our own, so neither deep nesting nor aliases can hurt, and the
message of a wrong file can name its line. Scalars follow YAML 1.2: `15:00`, `yes` and `007` stay text.
"""

import re
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

import yaml
from django.core.exceptions import ValidationError

from . import fields
from .fields import FIRST_YEAR, LAST_YEAR

MAX_BYTES = 5 * 1024 * 1024
_MAX_DEPTH = 40
_NULL = {"", "~", "null", "Null", "NULL"}
_BOOL = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_INT = re.compile(r"[-+]?(0|[1-9][0-9]{0,17})\Z")
_FLOAT = re.compile(r"[-+]?[0-9]{1,15}\.[0-9]{1,15}\Z")
_DATE = re.compile(r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}\Z")
_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

T = TypeVar("T")
KINDS: dict[type, str] = {
    str: "文字",
    int: "整数",
    bool: "true 或 false",
    list: "列表",
    dict: "键值表",
    date: "日期",
}


class Problem(Exception):
    """What is wrong with a file, and on which line (1 is the first; 0 the file as a whole). Chinese."""

    def __init__(self, line: int, text: str) -> None:
        super().__init__(f"第{line}行：{text}" if line else text)
        self.line = line
        self.text = text


class Table(dict[str, Any]):
    """A mapping that knows its own line and the line of each value."""

    def __init__(self, line: int) -> None:
        super().__init__()
        self.line = line
        self.lines: dict[str, int] = {}

    def line_of(self, key: str) -> int:
        """The line of a value, or of the whole mapping when the key is missing."""
        return self.lines.get(key, self.line)

    def need(self, key: str, kind: type[T]) -> T:
        """The value, of this kind. Raises Problem when it is missing, empty or of another kind."""
        if key not in self:
            raise Problem(self.line, f"缺少“{key}”。")
        return _of_kind(self[key], kind, self.line_of(key), key)

    def get_kind(self, key: str, kind: type[T], default: T | None = None) -> T | None:
        """The value, or the default when it is missing or null. Raises Problem when it is of another kind."""
        return default if self.get(key) is None else _of_kind(self[key], kind, self.line_of(key), key)

    def text(self, key: str) -> str:
        """A text that is not blank. Raises Problem."""
        found = self.need(key, str)
        if not found.strip():
            raise Problem(self.line_of(key), f"“{key}”是空的。")
        return found

    def day(self, key: str) -> date:
        """A date, written 2026-03-17 with or without quotes. Raises Problem when there is no such day."""
        return as_date(self.need(key, object), self.line_of(key))

    def tables(self, key: str) -> "list[Table]":
        """A list of mappings. Raises Problem."""
        return self._each(key, Table, "键值表")

    def texts(self, key: str) -> list[str]:
        """A list of texts. Raises Problem."""
        return self._each(key, str, "文字")

    def _each(self, key: str, kind: type[T], word: str) -> list[T]:
        rows = self.need(key, Rows)
        for row, line in zip(rows, rows.lines, strict=True):
            if not isinstance(row, kind):
                raise Problem(line, f"“{key}”的每一项都应是{word}。")
        return list(rows)


class Rows(list[Any]):
    """A sequence that knows its own line and the line of each entry."""

    def __init__(self, line: int) -> None:
        super().__init__()
        self.line = line
        self.lines: list[int] = []


def _of_kind(value: Any, kind: type[T], line: int, key: str) -> T:
    wrong = not isinstance(value, kind) or (kind is int and isinstance(value, bool))
    if value is None or wrong:
        base = next((base for base in (dict, list) if issubclass(kind, base)), kind)
        raise Problem(line, f"“{key}”应是{KINDS.get(base, '一个值')}。")
    return value


def as_date(value: Any, line: int) -> date:
    """A date from a date or a text like 2026-03-17. Raises Problem."""
    if isinstance(value, str) and _DATE.match(value.strip()):
        try:
            value = date(*(int(part) for part in value.strip().split("-")))
        except ValueError:
            raise Problem(line, f"日期“{value.strip()}”不存在。") from None
    if isinstance(value, date):
        if not FIRST_YEAR <= value.year <= LAST_YEAR:
            raise Problem(line, f"日期“{value}”应在{FIRST_YEAR}年至{LAST_YEAR}年之间。")
        return value
    raise Problem(line, f"“{str(value)[:30]}”不是日期，应写成 2026-03-17 的样子。")


def read_text(source: str | Path, *, max_bytes: int = MAX_BYTES) -> str:
    """The text of a file (Path) or the text itself (str), refused when it is too long or not UTF-8."""
    if isinstance(source, Path):
        try:
            with source.open("rb") as handle:
                raw = handle.read(max_bytes + 1)
        except OSError as error:
            raise Problem(0, f"文件打不开：{error.strerror}。") from error
    else:
        raw = source.encode("utf-8", "surrogatepass")
    if len(raw) > max_bytes:
        raise Problem(0, f"文件超过{max_bytes // 1024 // 1024}兆，没有读取。")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise Problem(line, "文件不是 UTF-8 编码，请另存为 UTF-8 后重试。") from error


def load(source: str | Path, *, max_bytes: int = MAX_BYTES) -> Table:
    """The mapping at the top of a YAML file. Raises Problem with line and reason (Chinese)."""
    text = read_text(source, max_bytes=max_bytes)
    builder = _Builder()
    try:
        for event in yaml.parse(text, Loader=_Loader):
            builder.take(event)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise Problem(mark.line + 1 if mark else 0, "不是合格的 YAML，请检查缩进、冒号和引号。") from error
    except yaml.reader.ReaderError as error:
        line = text[: error.position].count("\n") + 1 if isinstance(error.position, int) else 0
        raise Problem(line, "含有不允许的控制字符。") from error
    if not isinstance(builder.root, Table):
        raise Problem(1, "不是合格的 YAML：文件的最外层应是“键: 值”。")
    return builder.root


class _Builder:
    """Makes tables, rows and scalars out of the parser's events."""

    def __init__(self) -> None:
        self.root: Any = None
        self._stack: list[Table | Rows] = []
        self._keys: list[str | None] = []  # the key waiting for its value, one a level
        self._documents = 0

    def take(self, event: Any) -> None:
        line = event.start_mark.line + 1
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise Problem(line, "不允许使用锚点和别名（& 和 *）。")
        if isinstance(event, yaml.DocumentStartEvent):
            self._documents += 1
            if self._documents > 1:
                raise Problem(line, "一个文件里只能有一份内容（多了“---”）。")
        elif isinstance(event, yaml.MappingStartEvent):
            self._open(Table(line), event, "tag:yaml.org,2002:map")
        elif isinstance(event, yaml.SequenceStartEvent):
            self._open(Rows(line), event, "tag:yaml.org,2002:seq")
        elif isinstance(event, yaml.CollectionEndEvent):
            self._stack.pop()
            self._keys.pop()
        elif isinstance(event, yaml.ScalarEvent):
            self._scalar(event, line)

    def _open(self, node: "Table | Rows", event: Any, tag: str) -> None:
        if event.tag not in (None, tag):
            raise Problem(node.line, "不允许使用类型标记（!）。")
        if len(self._stack) >= _MAX_DEPTH:
            raise Problem(node.line, "嵌套层数过多。")
        self._put(node, node.line)
        self._stack.append(node)
        self._keys.append(None)

    def _scalar(self, event: Any, line: int) -> None:
        if event.tag not in (None, "tag:yaml.org,2002:str"):
            raise Problem(line, "不允许使用类型标记（!）。")
        try:
            fields.plain(event.value)
        except ValidationError as error:
            raise Problem(line, error.messages[0]) from error
        top = self._stack[-1] if self._stack else None
        if isinstance(top, Table) and self._keys[-1] is None:
            if event.value in top:
                raise Problem(line, f"“{event.value[:40]}”重复了，第{top.lines[event.value]}行已有。")
            self._keys[-1] = event.value
            top[event.value], top.lines[event.value] = None, line
            return
        plain = event.implicit[0] and event.tag is None
        self._put(_resolve(event.value, line) if plain else event.value, line)

    def _put(self, value: Any, line: int) -> None:
        if not self._stack:
            self.root = value
            return
        top = self._stack[-1]
        if isinstance(top, Rows):
            top.append(value)
            top.lines.append(line)
            return
        key = self._keys[-1]
        if key is None:
            raise Problem(line, "键必须是文字。")
        top[key], self._keys[-1] = value, None
        if not isinstance(value, (Table, Rows)):
            top.lines[key] = line


def _resolve(text: str, line: int) -> Any:
    """A plain scalar in the kind it looks like."""
    if text in _NULL:
        return None
    if text in _BOOL:
        return _BOOL[text]
    if _INT.match(text):
        return int(text)
    if _FLOAT.match(text):
        return float(text)
    return as_date(text, line) if _DATE.match(text) else text


def plain(value: Any) -> Any:
    """The value as plain JSON data (dates as text), for keeping a file whole."""
    if isinstance(value, dict):
        return {key: plain(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [plain(inner) for inner in value]
    return value.isoformat() if isinstance(value, date) else value
