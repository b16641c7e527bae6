from typing import Any

from celery.signals import worker_init
from django.apps import AppConfig
from django.conf import settings
from django.core.checks import register
from django.core.exceptions import ImproperlyConfigured


class DocumentsConfig(AppConfig):
    name = "apps.documents"

    def ready(self) -> None:
        from . import checks, composition, workflow  # noqa: F401 - registers the table

        try:
            composition.use_fonts(settings.PAPER_FONTS)
        except ValueError as error:
            raise ImproperlyConfigured(f"PAPER_FONTS: {error}") from error
        register(checks.archive_is_writable)
        register(checks.papers_can_be_made)
        worker_init.connect(_refuse_to_work, weak=False)


def _refuse_to_work(**_about: Any) -> None:
    """A worker that cannot make papers does not start."""
    from . import composition

    composition.check_setup()
