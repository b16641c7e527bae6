"""Reading, drafting, papers."""

from django.urls import path

from apps.minutes.views import birth, drafting, papers, reading

urlpatterns = [
    path("", reading.index, name="list"),
    path("meeting/<int:pk>/close-record/", reading.close_record, name="close_record"),
    path("meeting/<int:pk>/", reading.of_meeting, name="of_meeting"),
    path("<int:pk>/", reading.detail, name="detail"),
    path("<int:pk>/born/", birth.born, name="born"),
    path("<int:pk>/act/<slug:verb>/", reading.act, name="act"),
    path("<int:pk>/papers/<slug:kind>/", papers.paper, name="paper"),
    path("<int:pk>/papers/<slug:kind>/<str:part>", papers.paper, name="paper_part"),
    path("<int:pk>/sheet/", reading.sheet, name="sheet"),
    path("<int:pk>/scan/<int:line>/", reading.scan, name="scan"),
    path("<int:pk>/facts/", drafting.facts, name="facts"),
    path("<int:pk>/passages/add/", drafting.add, name="add_passage"),
    path("passages/<int:pk>/", drafting.edit, name="edit_passage"),
    path("passages/<int:pk>/<slug:verb>/", drafting.passage_act, name="passage_act"),
]
