"""One kept connection to the mail server, and what its answers mean for a mail."""

import smtplib
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

from django.core.mail import EmailMessage, get_connection

_BUSY = 421  # "service not available, closing": says something about the server, not about the mail


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
            self._connection.send_messages([mail])
        except (smtplib.SMTPException, OSError) as error:
            verdict = judge(error)
        except Exception as error:  # a mail that cannot be written must not stop the others
            verdict = Verdict(f"邮件内容有误：{error}", permanent=True)
        else:
            return None
        self.down = verdict.down
        self._reset()
        return verdict

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
