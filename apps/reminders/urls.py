"""Addresses of this app."""

from django.urls import path

from .views import chasing, letters, rules

app_name = "reminders"
urlpatterns = [
    path("chase/", chasing.chase, name="chase"),
    path("ladder/", chasing.ladder, name="ladder"),
    path("ladder/<int:pk>/release/", chasing.release, name="release"),
    path("letters/", letters.letter_list, name="letters"),
    path("letters/release/", letters.release, name="release_letters"),
    path("letters/<slug:code>/", letters.letter, name="letter"),
    path("letters/<slug:code>/<str:part>", letters.letter, name="letter_part"),
    path("rules/", rules.index, name="rules"),
    path("rules/add/", rules.add, name="add_rule"),
    path("rehearsal/", rules.rehearse, name="rehearsal"),
]
