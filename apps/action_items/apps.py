"""Deeds: ledger, reports, extensions, close, lights."""

from django.apps import AppConfig


class ActionItemsConfig(AppConfig):
    name = "apps.action_items"

    def ready(self) -> None:
        from . import workflow  # noqa: F401 - makes the transition table known
