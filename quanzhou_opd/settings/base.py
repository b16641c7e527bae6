"""Settings shared by every way of running. The environment is read here and in prod.py, nowhere else."""

from pathlib import Path

import environ
from celery.schedules import crontab
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

BASE_DIR = Path(__file__).resolve().parent.parent.parent
env = environ.FileAwareEnv()


def required(name: str) -> str:
    """The variable's value (or the content of the file named by NAME_FILE); a missing one is named loudly."""
    value = env.str(name, default="")
    if not value:
        raise ImproperlyConfigured(f"Set the environment variable {name} (or {name}_FILE).")
    return value


DATA_DIR = Path(env.str("DATA_DIR", default=str(BASE_DIR / "data"))).resolve()
FIXTURES = BASE_DIR / "fixtures"
SITE_URL = env.str("SITE_URL", default="http://127.0.0.1:8000").rstrip("/")
DEMO = env.bool("DEMO", default=False)

INSTALLED_APPS = [
    "apps.common",
    "apps.accounts",
    "apps.documents",
    "apps.roster",
    "apps.duties",
    "apps.dispatch",
    "apps.action_items",
    "apps.meetings",
    "apps.minutes",
    "apps.bulletins",
    "apps.reminders",
    "apps.portal",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.forms",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "guardian",
    "simple_history",
    "django_filters",
    "django_htmx",
    "template_partials",
    "csp",
]

MIDDLEWARE = [
    "apps.common.middleware.RequestIdMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.middleware.gzip.GZipMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "apps.accounts.middleware.SessionLimitMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "apps.common.middleware.ActorMiddleware",
    "apps.accounts.middleware.SecondFactorMiddleware",
    "apps.common.middleware.RefusalMiddleware",
]

ROOT_URLCONF = "quanzhou_opd.urls"
WSGI_APPLICATION = "quanzhou_opd.wsgi.application"
FORM_RENDERER = "apps.common.forms.PortalFormRenderer"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "apps.portal.context.shell",
            ],
        },
    },
]


def database(url: str) -> dict:
    """Django's DATABASES entry. SQLite gets WAL and IMMEDIATE: reads-then-writes never meet a stale lock."""
    config = environ.Env.db_url_config(url)
    if config["ENGINE"].endswith("sqlite3"):
        config["OPTIONS"] = {
            "transaction_mode": "IMMEDIATE",
            "timeout": 60,  # seconds: an import of 1,000 rows was seen to hold the one write lock for nearly as long (ADR 25)
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON;",
        }
    else:
        config["CONN_MAX_AGE"] = 600
        config["CONN_HEALTH_CHECKS"] = True
        # PostgreSQL guesses large questions dearer than they are: compiling them took longer than the answers.
        options = config.setdefault("OPTIONS", {})
        options["options"] = f"{options.get('options', '')} -c jit=off".strip()
    return config


DATABASES = {"default": database(env.str("DATABASE_URL", default=f"sqlite:///{DATA_DIR / 'portal.sqlite3'}"))}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

LANGUAGE_CODE = "zh-hans"
TIME_ZONE = "Asia/Shanghai"
USE_I18N = True
USE_TZ = True

STATIC_URL = "static/"
STATIC_ROOT = DATA_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
FILES_ROOT = DATA_DIR / "files"
# An office's own typefaces: PAPER_FONTS=title=/srv/fonts/a.ttf,fangsong=/srv/fonts/b.ttf (roles: docs/papers.md).
PAPER_FONTS = env.dict("PAPER_FONTS", default={})
DATA_UPLOAD_MAX_MEMORY_SIZE = 12 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2000
MAX_UPLOAD_BYTES = 20 * 1024 * 1024

# --- accounts -------------------------------------------------------------
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
    "guardian.backends.ObjectPermissionBackend",
]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
GB_PASSWORD_RULES = env.bool("GB_PASSWORD_RULES", default=False)
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "apps.accounts.passwords.SimilarityValidator"},
    {
        "NAME": "apps.accounts.passwords.LengthValidator",
        "OPTIONS": {"min_length": 10},
    },
    {"NAME": "apps.accounts.passwords.CommonValidator"},
    {"NAME": "apps.accounts.passwords.ComplexityValidator"},
]
ANONYMOUS_USER_NAME = None  # guardian: no anonymous row, nothing here is public
GUARDIAN_MONKEY_PATCH_USER = False
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_ADAPTER = "apps.accounts.adapter.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_REAUTHENTICATION_TIMEOUT = 300
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_RATE_LIMITS = {
    "login": "60/m/ip",
    # Per user and address, and per user from anywhere: seven addresses walked past the first alone.
    "login_failed": "5/5m/key,20/5m/ip",
    "reauthenticate": "10/m/user",
    "change_password": "5/m/user",
}
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_ADAPTER = "apps.accounts.adapter.MFAAdapter"
MFA_TOTP_ISSUER = "联席会议平台"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SESSION_COOKIE_AGE = 12 * 3600
SESSION_IDLE_SECONDS = 30 * 60
SESSION_ABSOLUTE_SECONDS = 12 * 3600
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}

# --- browser --------------------------------------------------------------
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "manifest-src": [SELF],
    }
}
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
CSRF_FAILURE_VIEW = "django.views.csrf.csrf_failure"

# --- worker ---------------------------------------------------------------
CELERY_BROKER_URL = env.str("REDIS_URL", default="memory://localhost")
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TIMEZONE = TIME_ZONE
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
# A broker that is down must cost the user nothing: the sweeper finds the row anyway.
CELERY_BROKER_TRANSPORT_OPTIONS = {"socket_timeout": 2, "socket_connect_timeout": 2, "max_retries": 1}
CELERY_TASK_PUBLISH_RETRY = False
CELERY_BEAT_SCHEDULE = {
    # Expired ones are dropped: a worker that was away for a day must not sweep 4,000 times when it is back.
    "sweep-outbox": {"task": "dispatch.sweep", "schedule": 20.0, "options": {"expires": 20}},
    "make-papers": {"task": "documents.sweep", "schedule": 20.0, "options": {"expires": 20}},
    "long-work": {"task": "portal.sweep_work", "schedule": 20.0, "options": {"expires": 20}},
    "forget-uploads": {
        "task": "action_items.forget_uploads",
        "schedule": 3600.0,
        "options": {"expires": 3600},
    },
    "look-for-reminders": {"task": "reminders.look", "schedule": 600.0, "options": {"expires": 600}},
    "audit-head": {"task": "reminders.daily_audit_head", "schedule": crontab(hour=0, minute=10)},
    "daily-standing": {"task": "roster.follow_posts", "schedule": 3600.0},
}

# --- mail -----------------------------------------------------------------
EMAIL_TIMEOUT = 15
DEFAULT_FROM_EMAIL = env.str("FROM_EMAIL", default="portal@localhost")
vars().update(env.email_url("EMAIL_URL", default="dummymail://"))
OUTBOX_MAX_ATTEMPTS = 8
OUTBOX_LEASE_SECONDS = 120
# Connections a worker process opens to the mail server for one batch: times the worker's processes must stay below
# what the server allows one client (often 10 or 20). SQLite takes one.
OUTBOX_LINES = env.int("OUTBOX_LINES", default=4)
OUTBOX_BACKOFF_SECONDS = 60  # then 3, 9, 27 … minutes: eight attempts last some twelve hours

SITE_NAME = _("联席会议平台")
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"()": "apps.common.logs.JsonFormatter"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": "WARNING"},
    "loggers": {"apps": {"level": "INFO"}},
}
