"""Reads of numbers and archived papers. Papers are shown only through their owners' `visible_to`."""

from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce

from .enums import NumberState
from .models import ArchivedPaper, IssuedNumber, NumberCounter
from .numbers import parse_number


def counters() -> QuerySet[NumberCounter]:
    """Every counter, the newest year first, with `taken` and `voided` numbers counted."""
    mine = IssuedNumber.objects.filter(kind=OuterRef("kind"), year=OuterRef("year")).order_by()

    def how_many(rows: QuerySet[IssuedNumber]) -> Coalesce:
        return Coalesce(Subquery(rows.values("kind").annotate(n=Count("id")).values("n")), 0)

    return NumberCounter.objects.annotate(
        taken=how_many(mine), voided=how_many(mine.filter(state=NumberState.VOIDED))
    ).order_by("-year", "kind")


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
