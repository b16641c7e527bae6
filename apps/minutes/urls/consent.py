"""Rounds of consent."""

from django.urls import path

from apps.minutes.views import consulting

urlpatterns = [
    path("<int:pk>/circulate/", consulting.circulate, name="circulate"),
    path("<int:pk>/board/", consulting.board, name="board"),
    path("<int:pk>/chase/", consulting.chase, name="chase"),
    path("consents/<int:pk>/", consulting.consent, name="consent"),
    path("consents/<int:pk>/proof/", consulting.proof, name="proof"),
    path("comments/<int:pk>/", consulting.comment, name="comment"),
]
