"""People in the room, the screen, closing."""

from django.urls import path

from apps.meetings.views import closing, signin

urlpatterns = [
    path("<int:pk>/sign-in/", signin.sign_in, name="sign_in"),
    path("<int:pk>/sign-in/prepare/", signin.prepare, name="prepare"),
    path("<int:pk>/sign-in/board/", signin.board, name="board"),
    path("<int:pk>/close/", closing.close, name="close"),
    path("sign/<int:pk>/", signin.sign, name="sign"),
]
