"""All addresses. Each app keeps its own; names are `<app>:<page>`."""

from django.urls import include, path

urlpatterns = [
    path("", include("apps.portal.urls")),
    path("accounts/", include("apps.accounts.urls")),
    path("account/", include("apps.accounts.allauth_urls")),
    path("roster/", include("apps.roster.urls")),
    path("duties/", include("apps.duties.urls")),
    path("papers/", include("apps.documents.urls")),
    path("dispatch/", include("apps.dispatch.urls")),
    path("items/", include("apps.action_items.urls")),
    path("meetings/", include("apps.meetings.urls")),
    path("minutes/", include("apps.minutes.urls")),
    path("bulletins/", include("apps.bulletins.urls")),
    path("reminders/", include("apps.reminders.urls")),
]
