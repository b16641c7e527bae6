"""The outbox: who gets which paper or message by which channel, attempts, receipts."""

from django.apps import AppConfig


class DispatchConfig(AppConfig):
    name = "apps.dispatch"

    def ready(self) -> None:
        from . import long, workflow  # noqa: F401 - the kind of long work, the transition tables
