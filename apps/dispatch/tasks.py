"""The worker's doors. Ids by keyword; everything durable is in the outbox table."""

from celery import shared_task

from . import outbox


@shared_task(name="dispatch.sweep")
def sweep() -> int:
    """Find what is due and hand it out."""
    return outbox.sweep()


@shared_task(name="dispatch.send")
def send(*, ids: list[int]) -> int:
    """Send these rows, as far as they are due and nobody else has them."""
    return outbox.send(ids)
