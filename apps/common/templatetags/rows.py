"""The rows of a long table, from ready texts: {% rows row in table %} … {% endrows %}.

A table of fifty rows is most of what a list costs, and most of that is Django finding `row.word` again for each cell
(six microseconds, for some thousand cells). The words between the tags are taken apart once, when the template is
loaded, and each row, a mapping of ready texts, is put into them: a fifth of the time for the same text.

Between the tags stand HTML, {{ row.word }}, {% if row.word %} with {% elif %} and {% else %}, simple tags as
{% lamp row.level row.words %}, rows of the row ({% rows part in row.parts %}, which see only their own words), and of
what is around the table {{ word }}, {% if word %} and {% csrf_token %}, asked once a table. Anything else is a
TemplateSyntaxError: the view makes the texts. What is no safe string is escaped; a word a row does not have is a
KeyError.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from html import escape
from typing import Any

from django import template
from django.template.base import (
    FilterExpression,
    Node,
    NodeList,
    Parser,
    TextNode,
    Token,
    Variable,
    VariableNode,
)
from django.template.context import Context
from django.template.defaulttags import CsrfTokenNode, IfNode, TemplateLiteral
from django.template.exceptions import TemplateSyntaxError
from django.template.library import SimpleNode
from django.utils.safestring import SafeString

register = template.Library()
Row = Mapping[str, Any]


def _text(value: Any) -> str:
    return value if type(value) is SafeString else escape(str(value))


@dataclass(frozen=True, slots=True)
class _Cell:
    """A word of the row."""

    word: str

    def write(self, row: Row, found: list[str]) -> None:
        found.append(_text(row[self.word]))


@dataclass(frozen=True, slots=True)
class _Choice:
    """What stands there if the row's word says something, and what if not."""

    word: str
    yes: tuple[Any, ...]
    no: tuple[Any, ...]

    def write(self, row: Row, found: list[str]) -> None:
        _write(self.yes if row[self.word] else self.no, row, found)


@dataclass(frozen=True, slots=True)
class _Call:
    """A simple tag: its function, and each argument as a word of the row or (without one) a value."""

    function: Any
    arguments: tuple[tuple[str | None, Any], ...]

    def write(self, row: Row, found: list[str]) -> None:
        values = (value if word is None else row[word] for word, value in self.arguments)
        found.append(_text(self.function(*values)))


@dataclass(frozen=True, slots=True)
class _Inner:
    """Rows of the row, under one of its words."""

    word: str
    parts: tuple[Any, ...]

    def write(self, row: Row, found: list[str]) -> None:
        for inner in row[self.word]:
            _write(self.parts, inner, found)


@dataclass(frozen=True, slots=True)
class _Around:
    """A value or a tag that is the same for all rows."""

    asked: Any


@dataclass(frozen=True, slots=True)
class _Fixed:
    """A condition that is the same for all rows."""

    asked: Any
    yes: tuple[Any, ...]
    no: tuple[Any, ...]


class RowsNode(Node):
    """The table's rows. `name` is what a row is called between the tags."""

    child_nodelists = ()

    def __init__(self, name: str, rows: FilterExpression, inner: NodeList) -> None:
        self.rows, self.parts = rows, _parts(inner, name)

    def render(self, context: Context) -> str:
        """All rows. Raises KeyError for a word that a row does not have."""
        parts = tuple(_settled(self.parts, context))
        found: list[str] = []
        for row in self.rows.resolve(context):
            _write(parts, row, found)
        return "".join(found)


@register.tag
def rows(parser: Parser, token: Token) -> RowsNode:
    """{% rows row in table %} … {% endrows %}. Raises TemplateSyntaxError for what the module does not name."""
    words = token.split_contents()
    if len(words) != 4 or words[2] != "in":
        raise TemplateSyntaxError("rows: {% rows row in table %}")
    inner = parser.parse(("endrows",))
    parser.delete_first_token()
    return RowsNode(words[1], parser.compile_filter(words[3]), inner)


def _write(parts: Iterable[Any], row: Row, found: list[str]) -> None:
    for part in parts:
        if isinstance(part, str):
            found.append(part)
        else:
            part.write(row, found)


# --- taking the words between the tags apart, once a process ------------------


def _parts(nodes: Iterable[Node], name: str) -> tuple[Any, ...]:
    return tuple(_part(node, name) for node in nodes)


def _part(node: Node, name: str) -> Any:
    if isinstance(node, TextNode):
        return node.s
    if isinstance(node, VariableNode):
        word = _word(node.filter_expression, name)
        return _Around(node.filter_expression) if word is None else _Cell(word)
    if isinstance(node, IfNode):
        return _condition(list(node.conditions_nodelists), name)
    if isinstance(node, SimpleNode) and not (node.takes_context or node.kwargs or node.target_var):
        return _Call(node.func, tuple((_word(value, name), value) for value in node.args))
    if isinstance(node, RowsNode):
        return _rows_of_a_row(node, name)
    if isinstance(node, CsrfTokenNode):
        return _Around(node)
    raise TemplateSyntaxError(f"rows: a row cannot hold {type(node).__name__}; the view makes its texts")


def _rows_of_a_row(node: RowsNode, name: str) -> _Inner:
    word = _word(node.rows, name)
    if word is None or _names(node.parts, name):
        raise TemplateSyntaxError("rows: inner rows are those of the row, and see only their own words")
    return _Inner(word, node.parts)


def _names(parts: Iterable[Any], name: str) -> bool:
    """Whether something around these rows is asked by this name."""
    for part in parts:
        asked = getattr(part, "asked", None)
        if isinstance(asked, FilterExpression) and _word(asked, name) is not None:
            return True
        if isinstance(part, _Choice | _Fixed) and _names((*part.yes, *part.no), name):
            return True
    return False


def _condition(branches: list[tuple[Any, NodeList]], name: str) -> Any:
    (asked, inner), *others = branches
    if not isinstance(asked, TemplateLiteral):
        raise TemplateSyntaxError("rows: a condition is one word; the view makes it")
    yes, no = _parts(inner, name), tuple[Any, ...]()
    if others:
        is_last = others[0][0] is None
        no = _parts(others[0][1], name) if is_last else (_condition(others, name),)
    word = _word(asked.value, name)
    return _Fixed(asked.value, yes, no) if word is None else _Choice(word, yes, no)


def _word(expression: Any, name: str) -> str | None:
    """The word of the row that is asked for; None for something around the table. A filter is refused."""
    if expression.filters:
        raise TemplateSyntaxError("rows: no filters; the view makes the texts")
    lookups = expression.var.lookups if isinstance(expression.var, Variable) else None
    if not lookups or lookups[0] != name:
        return None
    if len(lookups) != 2:
        raise TemplateSyntaxError("rows: a row is a mapping of ready texts, one word deep")
    return lookups[1]


# --- once a table -------------------------------------------------------------


def _settled(parts: Iterable[Any], context: Context) -> Iterator[Any]:
    """The parts of a row once what is around the table has been asked."""
    for part in parts:
        if isinstance(part, _Around):
            yield (
                part.asked.render(context)
                if isinstance(part.asked, Node)
                else _text(part.asked.resolve(context))
            )
        elif isinstance(part, _Fixed):
            yield from _settled(
                part.yes if part.asked.resolve(context, ignore_failures=True) else part.no, context
            )
        elif isinstance(part, _Choice):
            yield _Choice(part.word, tuple(_settled(part.yes, context)), tuple(_settled(part.no, context)))
        elif isinstance(part, _Inner):
            yield _Inner(part.word, tuple(_settled(part.parts, context)))
        elif isinstance(part, _Call):
            yield _called(part, context)
        else:
            yield part


def _called(call: _Call, context: Context) -> Any:
    """The call with its values; its text where nothing of the row is asked."""
    found = tuple((word, None if word else value.resolve(context)) for word, value in call.arguments)
    ready = _Call(call.function, found)
    if any(word for word, _value in found):
        return ready
    texts: list[str] = []
    ready.write({}, texts)
    return texts[0]
