"""A paper one test has had made is not made again for the next: equal data, engine and fonts give equal bytes.

Only where papers become files on their way through the portal (`making.produce`); who tests the engine calls it
itself. Within one test the second making of a paper is a real one, and must give the bytes of the first: whatever
compares two of them compares what it did before. What was made lies in a folder of this run, which all its
processes share, so the first may have been made in another process or on the other database.
"""

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from unittest import mock

import pytest

from apps.documents import composition, making

_produce, _engine = making.produce, (composition.render_pdf, composition.render_docx)
_folder = Path(os.environ["TEST_PAPERS"])
_asked: set[str] = set()


def _produce_once(paper: composition.Paper) -> making.Made:
    if (
        composition.render_pdf,
        composition.render_docx,
    ) != _engine:  # a test that breaks the engine gets it broken
        return _produce(paper)
    key = making.key_of(paper)
    known, again = _taken(key), key in _asked
    _asked.add(key)
    if known and not again:
        return known
    made = _produce(paper)
    if known is None:
        _put(key, made)
    assert known in (None, made), "the same paper, other bytes"
    return made


def _taken(key: str) -> making.Made | None:
    paper = _folder / f"{key}.pdf"
    return (
        making.Made(paper.read_bytes(), paper.with_suffix(".docx").read_bytes()) if paper.exists() else None
    )


def _put(key: str, made: making.Made) -> None:
    """Whole or not at all: another process may look for it at this moment. The PDF comes last and says it is there."""
    _folder.mkdir(parents=True, exist_ok=True)
    for suffix, content in ((".docx", made.docx), (".pdf", made.pdf)):
        with tempfile.NamedTemporaryFile(dir=_folder, delete=False) as file:
            file.write(content)
        Path(file.name).replace(_folder / f"{key}{suffix}")


@pytest.fixture(scope="session", autouse=True)
def _making_papers_once() -> Iterator[None]:
    with mock.patch.object(making, "produce", _produce_once):
        yield


@pytest.fixture(autouse=True)
def _another_test() -> None:
    _asked.clear()
