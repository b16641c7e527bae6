"""The live record."""

from django.urls import path

from apps.meetings.views import blocks, live, record

urlpatterns = [
    path("<int:pk>/start/", record.start, name="start"),
    path("<int:pk>/record/", record.record, name="record"),
    path("<int:pk>/record/live/", live.live, name="live"),
    path("<int:pk>/record/presence/", live.here, name="presence"),
    path("record/<int:pk>/add/<slug:kind>/", blocks.block_add, name="block_add"),
    path("block/<int:pk>/", blocks.block_save, name="block_save"),
    path("block/<int:pk>/now/", blocks.block_now, name="block_now"),
    path("block/<int:pk>/duties/", blocks.block_duties, name="block_duties"),
    path("block/<int:pk>/history/", blocks.block_history, name="block_history"),
    path("block/<int:pk>/revert/", blocks.block_revert, name="block_revert"),
    path("block/<int:pk>/<slug:verb>/", blocks.block_act, name="block_act"),
]
