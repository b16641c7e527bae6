"""Reads of numbers and archived papers. Papers are shown only through their owners' `visible_to`."""

from django.db.models import Count, Q, QuerySet

from .enums import NumberState
from .models import ArchivedPaper, IssuedNumber, NumberCounter
from .numbers import parse_number


def counters() -> list[NumberCounter]:
    """Every counter, the newest year first, with `taken` and `voided` numbers counted."""
    rows = list(NumberCounter.objects.order_by("-year", "kind"))
    counts = {
        (row["kind"], row["year"]): row
        for row in IssuedNumber.objects.order_by()
        .values("kind", "year")
        .annotate(taken=Count("id"), voided=Count("id", filter=Q(state=NumberState.VOIDED)))
    }
    for row in rows:
        found = counts.get((row.kind, row.year), {})
        row.taken, row.voided = found.get("taken", 0), found.get("voided", 0)  # type: ignore[attr-defined]
    return rows


def numbers(*, kind: str = "", year: int | None = None) -> QuerySet[IssuedNumber]:
    """Numbers taken, the newest first, with the papers that bear them."""
    rows = IssuedNumber.objects.select_related("taken_by").prefetch_related("papers")
    if kind:
        rows = rows.filter(kind=kind)
    if year is not None:
        rows = rows.filter(year=year)
    return rows.order_by("-year", "kind", "-number")


def find_paper(kind: str, text: str) -> ArchivedPaper | None:
    """The newest version of the paper of a kind that bears this number, as printed or as 〔2026〕1号."""
    rows = ArchivedPaper.objects.filter(kind=kind).order_by("-made_at", "-version", "-id")
    printed = rows.filter(number_text=text.strip()).first()
    parsed = parse_number(text)
    if parsed is None:
        return _newest(printed)
    year, number = parsed
    wanted = rows.filter(number__number=number)
    if year is not None:
        wanted = wanted.filter(number__year=year)
    return _newest(wanted.order_by("-number__year", "-version").first() or printed)


def _newest(paper: ArchivedPaper | None) -> ArchivedPaper | None:
    """Follow corrections to the version in force."""
    while paper is not None:
        later = ArchivedPaper.objects.filter(previous=paper).first()
        if later is None:
            return paper
        paper = later
    return None
