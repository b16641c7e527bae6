"""Addresses of this app."""

from django.urls import path

from .views import ending, evidence, extending, importing, item, ledger, progress, rules

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
    path("rules/", rules.index, name="rules"),
    path("<int:pk>/", item.detail, name="detail"),
    path("<int:pk>/report/", progress.report, name="report"),
    path("<int:pk>/ask-close/", progress.ask_close, name="ask_close"),
    path("<int:pk>/close/", progress.close, name="close"),
    path("<int:pk>/reports/<int:report_pk>/review/", progress.review, name="review"),
    path("<int:pk>/files/<int:file_pk>/", item.download, name="file"),
    path("<int:pk>/nothing-new/", progress.nothing_new, name="nothing_new"),
    path("<int:pk>/direct/", item.direct, name="direct"),
    path("<int:pk>/extend/", extending.ask, name="extend"),
    path("<int:pk>/extensions/<int:extension_pk>/", extending.detail, name="extension"),
    path("<int:pk>/extensions/<int:extension_pk>/register/", extending.register, name="extension_register"),
    path("<int:pk>/extensions/<int:extension_pk>/sheet/", extending.sheet, name="extension_sheet"),
    path(
        "<int:pk>/extensions/<int:extension_pk>/sheet/<str:part>",
        extending.sheet,
        name="extension_sheet_part",
    ),
    path("<int:pk>/end/", ending.propose, name="end"),
    path("<int:pk>/endings/<int:ending_pk>/", ending.detail, name="ending"),
    path("<int:pk>/endings/<int:ending_pk>/register/", ending.register, name="ending_register"),
    path("<int:pk>/endings/<int:ending_pk>/sheet/", ending.sheet, name="ending_sheet"),
    path("<int:pk>/endings/<int:ending_pk>/sheet/<str:part>", ending.sheet, name="ending_sheet_part"),
    path("<int:pk>/evidence/", evidence.index, name="evidence"),
    path("<int:pk>/evidence/zip/", evidence.download, name="evidence_zip"),
    path("<int:pk>/<slug:verb>/do/", item.act, name="act"),
]
