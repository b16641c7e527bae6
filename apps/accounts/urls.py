"""Addresses of this app."""

from django.urls import path

from .views import accounts, again, audit, calendar, entrance, grants, preferences, roles, settings

app_name = "accounts"
urlpatterns = [
    path("", accounts.index, name="list"),
    path("new/", accounts.create, name="create"),
    path("<int:pk>/", accounts.detail, name="detail"),
    path("<int:pk>/edit/", accounts.edit, name="edit"),
    path("<int:pk>/<slug:verb>/do/", accounts.act, name="act"),
    path("roles/", roles.index, name="roles"),
    path("roles/<int:pk>/take/", roles.take, name="role_take"),
    path("grants/", grants.index, name="grants"),
    path("grants/<int:content_type>/<int:pk>/give/", grants.give, name="grant_give"),
    path("grants/<slug:kind>/<int:pk>/take/", grants.take, name="grant_take"),
    path("audit/", audit.index, name="audit"),
    path("audit/export/", audit.export, name="audit_export"),
    path("audit/verify/", audit.verify, name="audit_verify"),
    path("settings/", settings.index, name="settings"),
    path("calendar/", calendar.index, name="calendar"),
    path("calendar/day/", calendar.put_day, name="calendar_day"),
    path("calendar/import/", calendar.bring, name="calendar_import"),
    path("calendar/<int:pk>/remove/", calendar.remove, name="calendar_remove"),
    path("preferences/", preferences.save, name="preferences"),
    path("again/", again.come_back, name="again"),
    path("demo-login/", entrance.demo_login, name="demo_login"),
]
