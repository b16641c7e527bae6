"""Production's settings with plain static files: compressing the typefaces takes minutes, and nobody asks for one."""

from quanzhou_opd.settings.prod import *  # noqa: F403
from quanzhou_opd.settings.prod import STATIC_ROOT, STORAGES

STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
STATIC_ROOT.mkdir(exist_ok=True)
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # nobody logs in by one here
