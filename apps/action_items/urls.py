"""Addresses of this app."""

from django.urls import path

from .views import importing, item, ledger, progress

app_name = "action_items"
urlpatterns = [
    path("", ledger.index, name="list"),
    path("export/", ledger.export, name="export"),
    path("paper/", ledger.paper, name="paper"),
    path("paper/<str:part>", ledger.paper, name="paper_part"),
    path("import/", importing.bring, name="import"),
    path("import/<int:pk>/", importing.preview, name="import_preview"),
    path("import/<int:pk>/confirm/", importing.confirm, name="import_confirm"),
    path("views/keep/", ledger.keep_view, name="keep_view"),
    path("views/<int:pk>/drop/", ledger.drop_view, name="drop_view"),
    path("<int:pk>/", item.detail, name="detail"),
    path("<int:pk>/report/", progress.report, name="report"),
    path("<int:pk>/ask-close/", progress.ask_close, name="ask_close"),
    path("<int:pk>/close/", progress.close, name="close"),
    path("<int:pk>/reports/<int:report_pk>/review/", progress.review, name="review"),
    path("<int:pk>/files/<int:file_pk>/", item.download, name="file"),
    path("<int:pk>/<slug:verb>/do/", item.act, name="act"),
]
