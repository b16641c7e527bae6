"""A paper one test has had made is not made again for the next: equal data, engine and fonts give equal bytes.

Only where papers become files on their way through the portal (`making.produce`); who tests the engine calls it
itself. Within one test the second making of a paper is a real one, and must give the bytes of the first: whatever
compares two of them compares what it did before.
"""

from collections.abc import Iterator
from unittest import mock

import pytest

from apps.documents import composition, making

_produce, _engine = making.produce, (composition.render_pdf, composition.render_docx)
_made: dict[str, making.Made] = {}
_asked: set[str] = set()


def _produce_once(paper: composition.Paper) -> making.Made:
    if (
        composition.render_pdf,
        composition.render_docx,
    ) != _engine:  # a test that breaks the engine gets it broken
        return _produce(paper)
    key = making.key_of(paper)
    again = key in _asked
    _asked.add(key)
    if again or key not in _made:
        made = _produce(paper)
        assert _made.setdefault(key, made) == made, "the same paper, other bytes"
    return _made[key]


@pytest.fixture(scope="session", autouse=True)
def _making_papers_once() -> Iterator[None]:
    with mock.patch.object(making, "produce", _produce_once):
        yield


@pytest.fixture(autouse=True)
def _another_test() -> None:
    _asked.clear()
