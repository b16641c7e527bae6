"""Addresses of this app."""

from django.urls import path

from .views import home, overview

app_name = "portal"
urlpatterns = [
    path("", home.home, name="home"),
    path("handover/<int:pk>/away/", home.put_away, name="put_away"),
    path("overview/", overview.index, name="overview"),
    path("search/", home.search, name="search"),
    path("manage/", home.manage, name="manage"),
    path("healthz", home.healthz, name="healthz"),
]
