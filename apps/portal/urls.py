"""Addresses of this app."""

from django.urls import path

from . import views

app_name = "portal"
urlpatterns = [
    path("", views.healthz, name="home"),
    path("search/", views.healthz, name="search"),
    path("manage/", views.healthz, name="manage"),
    path("healthz", views.healthz, name="healthz")]
