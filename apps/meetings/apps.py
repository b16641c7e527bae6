from django.apps import AppConfig


class MeetingsConfig(AppConfig):
    name = "apps.meetings"

    def ready(self) -> None:
        from . import workflow  # noqa: F401 - registers the tables
