"""The Celery app. Tasks carry row ids only; what is durable lives in the outbox table (ADR 0003)."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "quanzhou_opd.settings.dev")

app = Celery("quanzhou_opd")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
