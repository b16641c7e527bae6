"""Addresses of this app."""

from django.urls import path

from . import views

app_name = "portal"
urlpatterns = [
    path("", views.home, name="home"),
    path("search/", views.search, name="search"),
    path("manage/", views.manage, name="manage"),
    path("healthz", views.healthz, name="healthz"),
]
