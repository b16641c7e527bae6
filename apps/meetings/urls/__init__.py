"""Addresses of this app, a module a room of pages."""

from . import planning, record, room

app_name = "meetings"
urlpatterns = [*planning.urlpatterns, *room.urlpatterns, *record.urlpatterns]
