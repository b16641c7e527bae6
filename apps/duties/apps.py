from django.apps import AppConfig


class DutiesConfig(AppConfig):
    name = "apps.duties"
