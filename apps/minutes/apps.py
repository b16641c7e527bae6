from django.apps import AppConfig


class MinutesConfig(AppConfig):
    name = "apps.minutes"

    def ready(self) -> None:
        from . import workflow  # noqa: F401 - makes the state table known
