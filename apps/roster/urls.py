"""Addresses of this app."""

from django.urls import path

from . import views

app_name = "roster"
urlpatterns = [
    path("", views.index, name="list"),
    path("members/", views.members, name="members"),
    path("members/<str:part>", views.members, name="members_part"),
    path("<int:pk>/", views.unit, name="unit"),
    path("<int:pk>/edit/", views.edit_unit, name="unit_edit"),
    path("<int:pk>/confirm-name/", views.confirm_name, name="confirm_name"),
    path("posts/<int:pk>/appoint/", views.appoint, name="appoint"),
    path("posts/<int:pk>/vacate/", views.vacate, name="vacate"),
    path("people/<int:pk>/account/", views.account_of, name="account_of"),
    path("appointments/<int:pk>/scan/", views.scan, name="scan"),
]
