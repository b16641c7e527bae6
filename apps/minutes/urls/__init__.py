"""Addresses of this app, a module a room of pages."""

from . import consent, paper, signing

app_name = "minutes"
urlpatterns = [*paper.urlpatterns, *consent.urlpatterns, *signing.urlpatterns]
