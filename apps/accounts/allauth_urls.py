"""The few pages of django-allauth the portal uses.

No signup, no addresses, no reset by mail: resetting a password is an act of the administrator.
"""

from allauth.account import views
from django.urls import include, path

from .views import entrance

urlpatterns = [
    path("login/", entrance.login, name="account_login"),
    path("logout/", views.logout, name="account_logout"),
    path("inactive/", views.account_inactive, name="account_inactive"),
    path("reauthenticate/", entrance.reauthenticate, name="account_reauthenticate"),
    path("password/change/", views.password_change, name="account_change_password"),
    path("password/set/", views.password_set, name="account_set_password"),
    path("2fa/reauthenticate/", entrance.reauthenticate_by_code, name="mfa_reauthenticate"),
    path("2fa/", include("allauth.mfa.urls")),
]
