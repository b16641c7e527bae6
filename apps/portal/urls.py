"""Addresses of this app."""

from django.urls import path

from .views import calendar, home, overview, works

app_name = "portal"
urlpatterns = [
    path("", home.home, name="home"),
    path("handover/<int:pk>/away/", home.put_away, name="put_away"),
    path("overview/", overview.index, name="overview"),
    path("calendar/", calendar.index, name="calendar"),
    path("calendar/<int:year>.ics", calendar.year_file, name="calendar_year"),
    path("calendar/<int:year>-<int:month>.ics", calendar.month_file, name="calendar_month"),
    path("calendar/feed/make/", calendar.make_feed, name="feed_make"),
    path("calendar/feed/revoke/", calendar.revoke_feed, name="feed_revoke"),
    path("calendar/feed/<str:token>.ics", calendar.feed, name="feed"),
    path("search/", home.search, name="search"),
    path("manage/", home.manage, name="manage"),
    path("work/<int:pk>/", works.detail, name="work"),
    path("work/<int:pk>/file/", works.download, name="work_file"),
    path("healthz", home.healthz, name="healthz"),
]
