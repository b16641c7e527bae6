# ruff: noqa: T201 - a bench prints its table
"""`make bench-papers`: the 4-page 纪要 beside stock WeasyPrint and LibreOffice headless, in interleaved rounds.

Processor time of the process and its children is compared, not the clock; only the ratios mean anything on
another machine. A peer that is not installed is said to be missing and left out.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from html import escape
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from apps.documents.composition import Paper

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

ROUNDS, WARM = 5, 6
MEMORY_PAPERS = 40
PREPARE = """
import resource, sys, json, time
from tests.bench.bench_papers import paper, plain_html
def rss():
    return int(next(l.split()[1] for l in open('/proc/self/status') if l.startswith('VmRSS'))) / 1024
"""
OURS = "from apps.documents.composition import render_pdf\nmake = lambda: render_pdf(paper())\n"
STOCK = "from weasyprint import HTML\nhtml = plain_html()\nmake = lambda: HTML(string=html).write_pdf(pdf_variant='pdf/a-2u')\n"
MEASURE = """
data = make(); cold = time.process_time()  # since the process began
warm = []
for _ in range({warm}):
    t = time.process_time(); data = make(); warm.append(time.process_time() - t)
for _ in range({more}):
    make()
print(json.dumps(dict(cold=cold, warm=sorted(warm)[len(warm) // 2], size=len(data), rss=rss())))
"""


def paper() -> Paper:
    """The sample 纪要 lengthened to four pages."""
    from tests.documents.sample_papers import minutes

    body = minutes().body
    return minutes(body=body + body[2:8])


def plain_html() -> str:
    """The same text as anybody would set it: paragraphs, a table-free page, system fonts."""
    from apps.documents.composition import plain_text

    lines = "".join(f"<p>{escape(line)}</p>" for line in plain_text(paper()).split("\n"))
    style = (
        "@page{size:A4;margin:37mm 26mm 35mm 28mm;@bottom-center{content:counter(page)}}"
        'body{font:16pt/29pt "Noto Serif CJK SC","Noto Sans CJK SC",serif}p{margin:0;text-indent:2em}'
    )
    return f'<html lang="zh"><meta charset="utf-8"><title>t</title><style>{style}</style><body>{lines}</body></html>'


def in_python(code: str, more: int = 0) -> dict[str, float]:
    """Cold and warm processor seconds, size and memory of one process."""
    source = PREPARE + code + MEASURE.format(warm=WARM, more=more)
    done = subprocess.run(
        [sys.executable, "-c", source], capture_output=True, text=True, check=True, timeout=300
    )
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def libreoffice(folder: Path) -> float:
    """Processor seconds of one headless conversion, cold as it always is."""
    import resource

    source = folder / "paper.html"
    source.write_text(plain_html(), encoding="utf-8")
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(
        ["soffice", f"-env:UserInstallation=file://{folder}/profile", "--headless", "--convert-to",
         "pdf:writer_web_pdf_Export", "--outdir", str(folder), str(source)],
        capture_output=True, check=True, timeout=120,
    )  # fmt: skip
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if not (folder / "paper.pdf").is_file():
        raise RuntimeError("LibreOffice made no PDF")
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> None:
    """Interleaved rounds, then the table."""
    ours, stock, office = [], [], []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        has_office = shutil.which("soffice") is not None
        if has_office:
            libreoffice(folder)  # the first run makes the profile and is not counted
        else:
            print("LibreOffice (soffice) is not installed: left out")
        for _ in range(ROUNDS):
            ours.append(in_python(OURS))
            stock.append(in_python(STOCK))
            if has_office:
                office.append(libreoffice(folder))
    many = in_python(OURS, MEMORY_PAPERS - WARM - 1)
    for label, runs in (("ours", ours), ("stock WeasyPrint", stock)):
        shown = {key: median(run[key] for run in runs) for key in ("cold", "warm", "size", "rss")}
        print(f"{label:18} cold {shown['cold'] * 1000:6.0f} ms CPU  warm {shown['warm'] * 1000:6.0f} ms CPU  "
              f"{shown['size'] / 1024:5.0f} KB  {shown['rss']:4.0f} MiB")  # fmt: skip
    warm = median(run["warm"] for run in ours)
    ratios = sorted(a["warm"] / b["warm"] for a, b in zip(ours, stock, strict=True))
    print(f"warm, ours / stock WeasyPrint: {median(ratios):.2f} (rounds {ratios[0]:.2f}–{ratios[-1]:.2f})")
    if office:
        print(
            f"LibreOffice headless {median(office) * 1000:.0f} ms CPU; / ours warm: {median(office) / warm:.1f}"
        )
    print(f"memory after {MEMORY_PAPERS} papers: {many['rss']:.0f} MiB")


if __name__ == "__main__":
    main()
