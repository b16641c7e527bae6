"""The worker's doors. Ids by keyword; what waits is in the tables."""

from celery import shared_task

from . import making


@shared_task(name="documents.make")
def make(*, papers: list[int], renderings: list[int]) -> int:
    """Make the files of these rows, as far as they have none."""
    return making.make_renderings(renderings) + making.make_papers(papers)


@shared_task(name="documents.sweep")
def sweep() -> int:
    """Make what a lost message left behind; throw away old renderings."""
    return making.sweep()
