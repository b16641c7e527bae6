"""The floor as a server: production settings, but session and user alone in front of one bare view."""

import django
from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler

django.setup()  # with the portal's own middleware, without which its apps refuse to start
settings.MIDDLEWARE = [
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
]
settings.ROOT_URLCONF = "tests.bench.floor"
application = WSGIHandler()
