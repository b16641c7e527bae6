"""The outbox: who gets which paper or message by which channel, attempts, receipts."""

from django.apps import AppConfig


class DispatchConfig(AppConfig):
    name = "apps.dispatch"

    def ready(self) -> None:
        from . import workflow  # noqa: F401 - makes the transition tables known
