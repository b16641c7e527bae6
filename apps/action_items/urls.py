"""Addresses of this app."""

from django.urls import path

from .views import item, ledger, progress, rules

app_name = "action_items"
urlpatterns = [
    path("", ledger.index, name="list"),
    path("export/", ledger.export, name="export"),
    path("rules/", rules.index, name="rules"),
    path("<int:pk>/", item.detail, name="detail"),
    path("<int:pk>/report/", progress.report, name="report"),
    path("<int:pk>/ask-close/", progress.ask_close, name="ask_close"),
    path("<int:pk>/close/", progress.close, name="close"),
    path("<int:pk>/reports/<int:report_pk>/review/", progress.review, name="review"),
    path("<int:pk>/files/<int:file_pk>/", item.download, name="file"),
    path("<int:pk>/<slug:verb>/do/", item.act, name="act"),
]
