"""Production: everything that matters must be named; a missing value stops the start."""

from .base import *  # noqa: F403
from .base import database, env, required

DEBUG = False
DEMO = False
SECRET_KEY = required("SECRET_KEY")
DATABASES = {"default": database(required("DATABASE_URL"))}
ALLOWED_HOSTS = [host.strip() for host in required("ALLOWED_HOSTS").split(",")]
SITE_URL = required("SITE_URL").rstrip("/")
CELERY_BROKER_URL = required("REDIS_URL")
# Without a mail server, mails would count as sent and open the gate of 抄报 (C12): name one.
vars().update(env.email_url_config(required("EMAIL_URL")))
CSRF_TRUSTED_ORIGINS = [SITE_URL]
GB_PASSWORD_RULES = env.bool("GB_PASSWORD_RULES", default=True)

# Throttles must hold across web workers, so they live in Redis, not in one worker's memory.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": env.str("CACHE_URL", default=CELERY_BROKER_URL),
    }
}
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_SSL_REDIRECT = True
SECURE_REDIRECT_EXEMPT = [r"^healthz$"]
SECURE_HSTS_SECONDS = 31536000
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
SECURE_HSTS_PRELOAD = True
SESSION_COOKIE_SECURE = True
CSRF_COOKIE_SECURE = True
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
