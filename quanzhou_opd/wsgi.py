"""WSGI entry point for gunicorn and waitress."""

import os
from collections.abc import Callable, Iterable
from ipaddress import ip_address
from typing import Any

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "quanzhou_opd.settings.prod")

Application = Callable[[dict[str, Any], Any], Iterable[bytes]]


def with_client_address(inner: Application) -> Application:
    """Put the visitor's address where the journal and the login throttles look for it.

    Over a Unix socket there is no address, and nobody but our own proxy can speak: its X-Real-IP is believed. Over
    TCP the header is anybody's claim, and is ignored.
    """

    def application(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        if not environ.get("REMOTE_ADDR"):
            try:
                environ["REMOTE_ADDR"] = str(ip_address(environ.get("HTTP_X_REAL_IP", "")))
            except ValueError:
                environ["REMOTE_ADDR"] = "127.0.0.1"  # somebody on this machine, at the socket itself
        return inner(environ, start_response)

    return application


application = with_client_address(get_wsgi_application())
