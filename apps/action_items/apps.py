"""Deeds: ledger, reports, extensions, close, lights."""

from django.apps import AppConfig


class ActionItemsConfig(AppConfig):
    name = "apps.action_items"

    def ready(self) -> None:
        from . import long, workflow  # noqa: F401 - the kinds of long work, the transition table
