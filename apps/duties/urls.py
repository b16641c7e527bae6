"""Addresses of this app."""

from django.urls import path

from . import views

app_name = "duties"
urlpatterns = [
    path("", views.index, name="list"),
    path("sheet/", views.sheet, name="sheet"),
    path("sheet/<str:part>", views.sheet, name="sheet_part"),
]
