"""Addresses of this app."""

from django.urls import path

from .views import desk, mails, notices, papers, recipients

app_name = "dispatch"
urlpatterns = [
    path("", papers.papers, name="list"),
    path("papers/<int:pk>/", papers.paper, name="paper"),
    path("papers/<int:pk>/stop/", papers.stop, name="stop"),
    path("papers/<int:pk>/make-again/", papers.make_again, name="make_again"),
    path("papers/<int:pk>/scans/", papers.attach, name="attach"),
    path("papers/<int:pk>/scans/<int:file>/", papers.scan, name="scan"),
    path("papers/<int:pk>/sheets/<slug:kind>/", papers.sheet, name="sheet"),
    path("papers/<int:pk>/sheets/<slug:kind>/<str:part>", papers.sheet, name="sheet_part"),
    path("register/<int:year>/", papers.year_register, name="year_register"),
    path("register/<int:year>/<str:part>", papers.year_register, name="year_register_part"),
    path("deliveries/<int:pk>/register/", papers.register, name="register"),
    path("deliveries/<int:pk>/return/", papers.give_back, name="give_back"),
    path("deliveries/<int:pk>/receive/", papers.receive, name="receive"),
    path("copies/", desk.copies, name="copies"),
    path("copies/export/", desk.export, name="copies_export"),
    path("copies/chase/", desk.chase, name="chase"),
    path("outbox/", mails.outbox, name="outbox"),
    path("outbox/resend/", mails.resend_all, name="resend_all"),
    path("outbox/<int:pk>/<slug:verb>/", mails.act, name="act"),
    path("problems/", mails.problems, name="problems"),
    path("recipients/", recipients.recipients, name="recipients"),
    path("recipients/new/", recipients.edit, name="recipient_new"),
    path("recipients/sync/", recipients.sync, name="recipients_sync"),
    path("recipients/<int:pk>/", recipients.edit, name="recipient"),
    path("recipients/<int:pk>/test/", recipients.test, name="recipient_test"),
    path("notices/", notices.notices, name="notices"),
    path("notices/read/", notices.read_all, name="notices_read"),
    path("notices/<int:pk>/open/", notices.open_notice, name="notice_open"),
]
