"""What every paper must pass, and the whole text a paper of the sample meetings must have."""

from dataclasses import replace
from pathlib import Path
from typing import Any

from apps.documents.composition import (
    Layout,
    Paper,
    from_dict,
    missing_glyphs,
    plain_text,
    render_pdf,
    to_dict,
)
from apps.documents.measuring import measure


def printed(test_file: str, name: str) -> str:
    """The expected text, from printed/<name>.txt beside the test."""
    return (Path(test_file).parent / "printed" / f"{name}.txt").read_text()


def text_of_sound(paper: Paper) -> str:
    """The paper's whole text, after what is asked of any paper: every character drawn, JSON both ways."""
    assert missing_glyphs(paper) == []
    assert from_dict(to_dict(paper)) == paper
    return plain_text(paper) + "\n"


def faults_of(paper: Paper) -> list[dict[str, Any]]:
    """The rows of the standard that the rendered paper misses, once a red head bears the number somebody types in."""
    headed = paper.layout in (Layout.OFFICIAL, Layout.LETTER)
    numbered = replace(paper, number=paper.number or "泉卫函〔2026〕12号") if headed else paper
    return [row for row in measure(render_pdf(numbered), str(paper.layout)) if not row["ok"]]
