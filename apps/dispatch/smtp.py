"""One kept connection to the mail server, and what its answers mean for a mail."""

import re
import smtplib
from dataclasses import dataclass
from email.utils import formatdate
from functools import lru_cache
from types import TracebackType
from typing import Any, Self

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.smtp import EmailBackend
from django.core.mail.message import sanitize_address

_BUSY = 421  # "service not available, closing": says something about the server, not about the mail


_PLAIN = re.compile(r"[A-Za-z0-9_+-]+(\.[A-Za-z0-9_+-]+)*@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*")
_OWN = ("To", "Message-ID", "Date")  # the headers that two mails with the same words do not share
TEXTS_KEPT = 64


@dataclass(frozen=True, slots=True)
class Verdict:
    """Why a mail was not taken. `permanent`: never will be. `down`: the server itself is in trouble."""

    text: str
    permanent: bool = False
    down: bool = False


class Line:
    """A connection kept for a batch (550 mails/s against 360 with one each), opened when first needed."""

    def __init__(self) -> None:
        self._connection: Any = get_connection()
        self.down = False

    def deliver(self, mail: EmailMessage) -> Verdict | None:
        """Hand over one mail. None when the server took it, else why not."""
        try:
            self._connection.open()
            self._hand_over(mail)
        except (smtplib.SMTPException, OSError) as error:
            verdict = judge(error)
        except Exception as error:  # a mail that cannot be written must not stop the others
            verdict = Verdict(f"邮件内容有误：{error}", permanent=True)
        else:
            return None
        self.down = verdict.down
        self._reset()
        return verdict

    def _hand_over(self, mail: EmailMessage) -> None:
        """Text alone goes to a mail server as written beforehand; all else by way of Django."""
        kept = self._connection.connection if type(self._connection) is EmailBackend else None
        if kept is not None and is_plain(mail):
            kept.sendmail(_address(mail.from_email), mail.to, written(mail))
        else:
            self._connection.send_messages([mail])

    def _reset(self) -> None:
        try:
            self._connection.close()
        except (smtplib.SMTPException, OSError):
            self._connection = get_connection()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._reset()


def is_plain(mail: EmailMessage) -> bool:
    """Text alone, to one address that needs no writing over: most mails, and dozens with the same words."""
    one = len(mail.to) == 1 and not (mail.cc or mail.bcc or mail.reply_to or mail.attachments)
    return one and "Message-ID" in mail.extra_headers and _PLAIN.fullmatch(mail.to[0]) is not None


def written(mail: EmailMessage) -> bytes:
    """The bytes of a plain mail: as Django writes them, the words once for all who get the same."""
    others = tuple((name, str(value)) for name, value in mail.extra_headers.items() if name not in _OWN)
    date = formatdate(localtime=settings.EMAIL_USE_LOCALTIME)
    own = f"To: {mail.to[0]}\r\nMessage-ID: {mail.extra_headers['Message-ID']}\r\nDate: {date}\r\n"
    return own.encode("ascii") + _shared(mail.subject, mail.body, mail.from_email, others)


@lru_cache(maxsize=TEXTS_KEPT)
def _shared(subject: str, body: str, sender: str, headers: tuple[tuple[str, str], ...]) -> bytes:
    message: Any = EmailMessage(subject, body, sender, headers=dict(headers)).message()
    for name in _OWN:
        del message[name]
    return bytes(message.as_bytes(linesep="\r\n"))


@lru_cache(maxsize=1)
def _address(sender: str) -> str:
    return sanitize_address(sender, settings.DEFAULT_CHARSET)


def judge(error: smtplib.SMTPException | OSError) -> Verdict:
    """4xx, time-outs, broken lines pass; 5xx for the mail is final; before it, the server is in trouble."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        code, text = next(iter(error.recipients.values()))
        return Verdict(f"收件地址被拒：{_words(code, text)}", permanent=code >= 500, down=code == _BUSY)
    if isinstance(error, smtplib.SMTPAuthenticationError | smtplib.SMTPConnectError | smtplib.SMTPHeloError):
        return Verdict(f"邮件服务器拒绝连接：{_words(error.smtp_code, error.smtp_error)}", down=True)
    if isinstance(error, smtplib.SMTPResponseException):
        code = error.smtp_code
        words = _words(code, error.smtp_error)
        return Verdict(f"邮件服务器不收：{words}", permanent=code >= 500, down=code == _BUSY)
    # smtplib turns a time-out while it waits for an answer into a disconnection.
    if isinstance(error, TimeoutError) or isinstance(error.__context__, TimeoutError):
        return Verdict("邮件服务器没有及时答复。", down=True)
    if isinstance(error, smtplib.SMTPServerDisconnected):
        return Verdict("邮件服务器中途断开，没有答复。")
    return Verdict(f"连不上邮件服务器：{error}", down=True)


def _words(code: int, text: bytes | str) -> str:
    shown = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
    return f"{code} {shown}".strip()
