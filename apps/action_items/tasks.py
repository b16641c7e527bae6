"""The worker's doors of the ledger."""

from celery import shared_task

from . import importing


@shared_task(name="action_items.forget_uploads")
def forget_uploads() -> int:
    """Throw away sheets that were brought and never confirmed."""
    return importing.forget_unconfirmed()
