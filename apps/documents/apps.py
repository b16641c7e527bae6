from django.apps import AppConfig
from django.core.checks import register


class DocumentsConfig(AppConfig):
    name = "apps.documents"

    def ready(self) -> None:
        from . import checks, workflow  # noqa: F401 - registers the table

        register(checks.archive_is_writable)
