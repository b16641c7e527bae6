"""The worker's doors. Ids by keyword; what waits is in the table of long work."""

from celery import shared_task

from . import works


@shared_task(name="portal.work")
def work(*, ids: list[int]) -> int:
    """Do these works, as far as they wait and nobody else has them."""
    return works.run(ids)


@shared_task(name="portal.sweep_work")
def sweep_work() -> int:
    """Do what a lost message left behind; throw away old files."""
    return works.sweep()
