"""Addresses of this app, a module a room of pages."""

from . import consent, correcting, paper, signing

app_name = "minutes"
urlpatterns = [*paper.urlpatterns, *consent.urlpatterns, *signing.urlpatterns, *correcting.urlpatterns]
