"""Settings of a worker process that a fault test starts: the test's own database, short leases."""

from quanzhou_opd.settings.test import *  # noqa: F403
from quanzhou_opd.settings.test import env

EMAIL_BACKEND = env.str("FAULT_EMAIL_BACKEND", default="django.core.mail.backends.smtp.EmailBackend")
OUTBOX_LEASE_SECONDS = env.float("FAULT_LEASE_SECONDS", default=1)
OUTBOX_MAX_ATTEMPTS = env.int("FAULT_MAX_ATTEMPTS", default=8)
