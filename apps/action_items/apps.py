from django.apps import AppConfig


class ActionItemsConfig(AppConfig):
    name = "apps.action_items"
