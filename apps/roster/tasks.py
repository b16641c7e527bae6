"""What follows from the calendar: groups keep step with posts, grants end with their day."""

from celery import shared_task

from apps.accounts import grants

from . import services


@shared_task(name="roster.follow_posts")
def follow_posts() -> None:
    """Idempotent; run by beat every hour, so that a change of holder counts from the morning of its day."""
    services.follow_posts()
    grants.sweep_expired()
