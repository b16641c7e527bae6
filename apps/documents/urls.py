"""Addresses of this app."""

from django.urls import path

from . import views

app_name = "documents"
urlpatterns = [path("numbers/", views.numbers, name="numbers")]
