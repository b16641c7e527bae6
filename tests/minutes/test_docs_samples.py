"""docs/samples holds the papers of the sample meetings, byte for byte as the engine that made them makes them today.

`engine.txt` names that engine. With another WeasyPrint, HarfBuzz or zlib the bytes of a PDF differ, its text and rows must not.

After a change of the engine or the templates: `SAMPLES=write pytest tests/minutes/test_docs_samples.py`, and look at every page.
"""

import os
from pathlib import Path

import pytest

from apps.documents.composition import engine, from_dict
from apps.documents.making import produce
from apps.documents.measuring import Measured, measure
from apps.minutes.models import Minutes

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "samples"
ENGINE = FOLDER / "engine.txt"

pytestmark = pytest.mark.django_db


@pytest.mark.usefixtures("demo")
@pytest.mark.parametrize("key", ["M1", "M2"])
def test_the_samples_are_what_the_engine_makes(key: str) -> None:
    minutes = Minutes.objects.select_related("paper").get(meeting__import_key=key)
    assert minutes.paper is not None
    made = produce(from_dict(minutes.paper.data))
    pdf, docx = FOLDER / f"{key}-minutes.pdf", FOLDER / f"{key}-minutes.docx"
    if os.environ.get("SAMPLES") == "write":
        pdf.write_bytes(made.pdf)
        docx.write_bytes(made.docx)
        ENGINE.write_text(f"{engine()}\n", encoding="utf-8")
    assert docx.read_bytes() == made.docx
    if ENGINE.read_text(encoding="utf-8").strip() == engine():
        assert pdf.read_bytes() == made.pdf
    kept, new = Measured(pdf.read_bytes()), Measured(made.pdf)
    assert [line.text for line in kept.lines] == [line.text for line in new.lines]
    assert [row for row in measure(made.pdf, "minutes") if not row["ok"]] == []
