from django.apps import AppConfig


class RosterConfig(AppConfig):
    name = "apps.roster"

    def ready(self) -> None:
        from apps.accounts import permissions

        from .selectors import standing_of

        permissions.learn("director", lambda user: standing_of(user).is_director)
        permissions.learn("convener", lambda user: standing_of(user).is_convener)
