"""Addresses of this app."""

from django.urls import path

from . import views

app_name = "action_items"
urlpatterns = [
    path("", views.index, name="list"),
    path("export/", views.export, name="export"),
    path("<int:pk>/", views.detail, name="detail"),
    path("<int:pk>/report/", views.report, name="report"),
    path("<int:pk>/ask-close/", views.ask_close, name="ask_close"),
    path("<int:pk>/close/", views.close, name="close"),
    path("<int:pk>/reports/<int:report_pk>/review/", views.review, name="review"),
    path("<int:pk>/files/<int:file_pk>/", views.download, name="file"),
    path("<int:pk>/<slug:verb>/do/", views.act, name="act"),
]
