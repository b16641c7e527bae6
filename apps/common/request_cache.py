"""Small values read once a request (settings, calendar). Outside a request nothing is kept."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TypeVar

T = TypeVar("T")
_store: ContextVar[dict[str, Any] | None] = ContextVar("request_cache", default=None)


@contextmanager
def scope() -> Iterator[None]:
    """Keep values until the block ends."""
    token = _store.set({})
    try:
        yield
    finally:
        _store.reset(token)


def get_or_make(key: str, make: Callable[[], T]) -> T:
    """The kept value, or a new one; without a scope always a new one."""
    store = _store.get()
    if store is None:
        return make()
    if key not in store:
        store[key] = make()
    return store[key]


def keep(key: str, value: Any) -> None:
    """Keep a value that was read along with others; without a scope nothing is kept."""
    store = _store.get()
    if store is not None:
        store[key] = value


def forget(key: str) -> None:
    """Drop a value after its rows changed."""
    store = _store.get()
    if store is not None:
        store.pop(key, None)
