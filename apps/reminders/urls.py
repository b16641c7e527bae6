"""Addresses of this app."""

from django.urls import path

from .views import rules

app_name = "reminders"
urlpatterns = [
    path("rules/", rules.index, name="rules"),
    path("rules/add/", rules.add, name="add_rule"),
    path("rehearsal/", rules.rehearse, name="rehearsal"),
]
