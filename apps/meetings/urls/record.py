"""The live record."""

from django.urls import path

from apps.meetings.views import record

urlpatterns = [
    path("<int:pk>/start/", record.start, name="start"),
    path("<int:pk>/record/", record.record, name="record"),
    path("record/<int:pk>/add/<slug:kind>/", record.block_add, name="block_add"),
    path("block/<int:pk>/", record.block_save, name="block_save"),
    path("block/<int:pk>/duties/", record.block_duties, name="block_duties"),
    path("block/<int:pk>/<slug:verb>/", record.block_act, name="block_act"),
]
