from django.apps import AppConfig


class MinutesConfig(AppConfig):
    name = "apps.minutes"

    def ready(self) -> None:
        from . import correction_flow, workflow  # noqa: F401 - makes the state tables known
