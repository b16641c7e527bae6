"""Looks at all of the above and asks dispatch to speak."""

from django.apps import AppConfig


class RemindersConfig(AppConfig):
    name = "apps.reminders"
