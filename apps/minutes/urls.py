"""Addresses of this app."""

from django.urls import path

from .views import consulting, drafting, papers, reading, signing

app_name = "minutes"
urlpatterns = [
    path("", reading.index, name="list"),
    path("meeting/<int:pk>/close-record/", reading.close_record, name="close_record"),
    path("meeting/<int:pk>/", reading.of_meeting, name="of_meeting"),
    path("<int:pk>/", reading.detail, name="detail"),
    path("<int:pk>/act/<slug:verb>/", reading.act, name="act"),
    path("<int:pk>/papers/<slug:kind>/", papers.paper, name="paper"),
    path("<int:pk>/papers/<slug:kind>/<str:part>", papers.paper, name="paper_part"),
    path("<int:pk>/sheet/", reading.sheet, name="sheet"),
    path("<int:pk>/scan/<int:line>/", reading.scan, name="scan"),
    path("<int:pk>/facts/", drafting.facts, name="facts"),
    path("<int:pk>/passages/add/", drafting.add, name="add_passage"),
    path("passages/<int:pk>/", drafting.edit, name="edit_passage"),
    path("passages/<int:pk>/<slug:verb>/", drafting.passage_act, name="passage_act"),
    path("<int:pk>/circulate/", consulting.circulate, name="circulate"),
    path("<int:pk>/board/", consulting.board, name="board"),
    path("<int:pk>/chase/", consulting.chase, name="chase"),
    path("consents/<int:pk>/", consulting.consent, name="consent"),
    path("consents/<int:pk>/proof/", consulting.proof, name="proof"),
    path("comments/<int:pk>/", consulting.comment, name="comment"),
    path("<int:pk>/sign/", signing.sign, name="sign"),
    path("<int:pk>/register-signature/", signing.register_signature, name="register_signature"),
    path("<int:pk>/number/", signing.number, name="number"),
    path("<int:pk>/issue/", signing.issue, name="issue"),
]
