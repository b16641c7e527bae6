"""Addresses of this app."""

from django.urls import path

from . import views

app_name = "portal"
urlpatterns = [path("healthz", views.healthz, name="healthz")]
