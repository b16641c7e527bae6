"""Rounds of consent."""

from django.urls import path

from apps.minutes.views import answering, board, comments

urlpatterns = [
    path("<int:pk>/circulate/", board.circulate, name="circulate"),
    path("<int:pk>/countersign/", board.countersign, name="countersign"),
    path("<int:pk>/board/", board.board, name="board"),
    path("<int:pk>/board/live/", board.live, name="board_live"),
    path("<int:pk>/chase/", board.chase, name="chase"),
    path("<int:pk>/disputes/", board.disputes, name="disputes"),
    path("<int:pk>/rounds/<int:number>/sheet/", board.signed_sheet, name="signed_sheet"),
    path("consents/<int:pk>/", answering.consent, name="consent"),
    path("consents/<int:pk>/letter/", board.letter, name="letter"),
    path("consents/<int:pk>/proof/", answering.proof, name="proof"),
    path("comments/<int:pk>/", comments.comment, name="comment"),
    path("comments/<int:pk>/adopt/", comments.adopt, name="adopt"),
    path("comments/<int:pk>/undo/", comments.undo, name="undo_adopt"),
]
