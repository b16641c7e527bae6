"""A mail backend that kills its own process −9 when it meets a certain mail."""

import os
import signal
from collections.abc import Sequence

from django.core.mail import EmailMessage
from django.core.mail.backends.smtp import EmailBackend


class DeadlyBackend(EmailBackend):
    """SMTP, except for the mail whose subject is `poison`."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        if any(message.subject == "poison" for message in email_messages):
            os.kill(os.getpid(), signal.SIGKILL)
        return int(super().send_messages(email_messages) or 0)
