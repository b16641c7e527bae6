"""The Django project: settings, URLs, the Celery app. Business lives in `apps`."""

from .celery import app as celery_app

__all__ = ["celery_app"]
