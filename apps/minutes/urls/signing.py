"""签发, 编号, 印发 and what follows."""

from django.urls import path

from apps.minutes.views import misprints, signing

urlpatterns = [
    path("mend/<int:pk>/", misprints.mend, name="mend"),
    path("<int:pk>/sign/", signing.sign, name="sign"),
    path("<int:pk>/register-signature/", signing.register_signature, name="register_signature"),
    path("<int:pk>/number/", signing.number, name="number"),
    path("<int:pk>/issue/", signing.issue, name="issue"),
]
