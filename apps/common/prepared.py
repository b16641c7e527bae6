"""Questions composed once a process: the SQL text of a queryset is kept, and only its values change.

Composing a larger queryset anew takes Django one to four milliseconds, several times what the database needs to answer
it. What a page asks at every visit is therefore written as a queryset with a `Slot` where a value will stand, compiled
once for each shape of the question (`functools.cache` at the caller), and run with the day's values.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import DEFAULT_DB_ALIAS, connection
from django.db.models import Field, Model, QuerySet, Value
from django.db.models.query import get_related_populators


class Slot(Value):
    """The place of a value in a prepared question; `name` is the key it is given by when the question is run."""

    def __init__(self, name: str, output_field: Field | None = None) -> None:
        super().__init__(name, output_field=output_field)

    def as_sql(self, compiler: Any, connection: Any) -> Any:
        """A placeholder whose parameter is the slot itself."""
        return "%s", [self]


class _Slots(Value):
    """The right side of `__in`: a list of slots."""

    def as_sql(self, compiler: Any, connection: Any) -> Any:
        """A list of placeholders. Raises EmptyResultSet without any: nothing is in it."""
        if not self.value:
            raise EmptyResultSet
        return f"({', '.join(['%s'] * len(self.value))})", [Slot(name) for name in self.value]


def any_of(values: Iterable[Any]) -> Any:
    """A set to stand after `__in`. Of slots it makes one expression: a foreign key would read each as a number."""
    found = list(values)
    names = [value.value for value in found if isinstance(value, Slot)]
    return _Slots(tuple(sorted(names))) if names else found


class Prepared:
    """SQL text with its parameters in order, some of them slots.

    `converters`: place of a column → (functions that make a Python value of it, its expression), as Django has them.
    """

    def __init__(self, sql: str, params: Iterable[Any], converters: Mapping[int, Any] | None = None) -> None:
        self.sql, self.params, self._converters = sql, tuple(params), converters or {}

    def after(self, word: str, first: "Prepared") -> "Prepared":
        """This question with a word and another's text and parameters before it (lists that follow a WITH)."""
        sql = f"{word}{first.sql} {self.sql}"
        return Prepared(sql, (*first.params, *self.params), self._converters)

    def run(self, **values: Any) -> list[tuple[Any, ...]]:
        """The rows for these values (name of a slot → value). Raises KeyError for a slot without one. One query."""
        bound = [_adapted(values[p.value]) if isinstance(p, Slot) else p for p in self.params]
        with connection.cursor() as cursor:
            cursor.execute(self.sql, bound)
            rows = cursor.fetchall()
        return [self._converted(row) for row in rows] if self._converters else rows

    def _converted(self, row: Sequence[Any]) -> tuple[Any, ...]:
        found = list(row)
        for place, (functions, expression) in self._converters.items():
            for function in functions:
                found[place] = function(found[place], expression, connection)
        return tuple(found)


def prepare(rows: QuerySet[Any, Any]) -> Prepared:
    """The question of a `values_list()` queryset. Raises EmptyResultSet when it can have no rows."""
    return _composed(rows)[0]


def _composed(rows: QuerySet[Any, Any]) -> tuple[Prepared, Any]:
    """The question and the compiler that put it together, which nobody keeps: it holds the connection of its thread."""
    compiler: Any = rows.query.get_compiler(connection=connection)
    sql, params = compiler.as_sql()
    columns = [column[0] for column in compiler.select[: compiler.col_count]]
    return Prepared(sql, params, compiler.get_converters(columns)), compiler


class PreparedObjects:
    """A question of whole objects, with what `select_related`, `only` and annotations name, composed once a process."""

    def __init__(self, rows: QuerySet[Any, Any]) -> None:
        """Raises EmptyResultSet when there can be no rows."""
        self._rows, compiler = _composed(rows)
        own = compiler.klass_info["select_fields"]
        self._model, self._own = compiler.klass_info["model"], slice(own[0], own[-1] + 1)
        self._names = [column[0].target.attname for column in compiler.select[self._own]]
        self._beside = get_related_populators(  # type: ignore[call-arg]
            compiler.klass_info, compiler.select, DEFAULT_DB_ALIAS
        )
        self._annotated = dict(compiler.annotation_col_map or {})

    def run(self, **values: Any) -> list[Any]:
        """The objects for these values (name of a slot → value). Raises KeyError for a slot without one. One query."""
        return [self._object(row) for row in self._rows.run(**values)]

    def _object(self, row: tuple[Any, ...]) -> Any:
        found = self._model.from_db(DEFAULT_DB_ALIAS, self._names, row[self._own])
        for related in self._beside:
            related.populate(row, found)
        for name, place in self._annotated.items():
            setattr(found, name, row[place])
        return found


def put_beside(owner: Model, name: str, field: str, rows: Iterable[Any]) -> None:
    """Keep rows as those of a reverse relation (`name`, whose foreign key is `field`), as a prefetch would."""
    found = list(rows)
    for row in found:
        setattr(row, field, owner)
    model: Any = owner._meta.get_field(name).related_model
    kept = model._default_manager.all()
    kept._result_cache, kept._prefetch_done = found, True
    owner.__dict__.setdefault("_prefetched_objects_cache", {})[name] = kept


def _adapted(value: Any) -> Any:
    if isinstance(value, datetime):
        return connection.ops.adapt_datetimefield_value(value)
    return connection.ops.adapt_datefield_value(value) if isinstance(value, date) else value


def slots(prefix: str, values: Iterable[Any]) -> frozenset[Any]:
    """A slot for each value of a set, as `named` names them."""
    return frozenset(Slot(name) for name in named(prefix, values))


def named(prefix: str, values: Iterable[Any]) -> Mapping[str, Any]:
    """Values under the names of their slots, in their order."""
    return {f"{prefix}{number}": value for number, value in enumerate(sorted(values))}
