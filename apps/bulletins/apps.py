from django.apps import AppConfig


class BulletinsConfig(AppConfig):
    name = "apps.bulletins"

    def ready(self) -> None:
        from . import workflow  # noqa: F401 - makes the state tables known
