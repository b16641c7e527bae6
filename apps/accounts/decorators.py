"""Asks for the password again before an act that binds the office."""

from allauth.account.decorators import reauthentication_required

# Before 签发: the password or second factor must have been given within ACCOUNT_REAUTHENTICATION_TIMEOUT.
# Put it on the page with the button and on the view that acts. A login is not enough, a confirmation is.
fresh_login = reauthentication_required(app="allauth.account")
