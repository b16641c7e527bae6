"""Trying it out on one machine: SQLite, one process, no outside service."""

import secrets

from .base import *  # noqa: F403
from .base import DATA_DIR, STATIC_ROOT, env

DATA_DIR.mkdir(parents=True, exist_ok=True)
STATIC_ROOT.mkdir(exist_ok=True)  # empty here; WhiteNoise warns if it is not there


def _local_secret() -> str:
    """A random key kept beside the data, so that a restart keeps sessions and second factors valid."""
    path = DATA_DIR / "secret.key"
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(secrets.token_urlsafe(48))
    return path.read_text().strip()


DEBUG = env.bool("DEBUG", default=False)
SECRET_KEY = env.str("SECRET_KEY", default="") or _local_secret()
ALLOWED_HOSTS = ["127.0.0.1", "localhost", "[::1]"]
WHITENOISE_USE_FINDERS = True
