"""A real SMTP server on loopback that can be told to misbehave."""

from __future__ import annotations

import asyncio
import email
import email.policy
from dataclasses import dataclass, field
from email.message import EmailMessage
from typing import Any, Self

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

HOST = "127.0.0.1"
ACCEPTED = "250 OK"


@dataclass
class Received:
    """One mail as the server took it."""

    sender: str
    recipients: list[str]
    message: EmailMessage


@dataclass
class Behaviour:
    """How the server answers. A test changes these while the server runs.

    `rcpt` and `data` are SMTP replies such as "550 5.1.1 no such user" or "451 4.7.1 greylisted".
    `drop` takes the mail, then closes the line without an answer. `delay` is in seconds, before the answer.
    """

    rcpt: str = ACCEPTED
    data: str = ACCEPTED
    drop: bool = False
    delay: float = 0
    refused_recipients: dict[str, str] = field(default_factory=dict)


class _Handler:
    def __init__(self, owner: SmtpServer) -> None:
        self.owner = owner

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        behaviour = self.owner.behaviour
        answer = behaviour.refused_recipients.get(address, behaviour.rcpt)
        if answer.startswith("2"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        behaviour = self.owner.behaviour
        if behaviour.delay:
            await asyncio.sleep(behaviour.delay)
        if behaviour.drop or behaviour.data.startswith("2"):
            content = envelope.content if isinstance(envelope.content, bytes) else b""
            message = email.message_from_bytes(content, policy=email.policy.default)
            recipients = [str(address) for address in envelope.rcpt_tos]
            self.owner.received.append(Received(envelope.mail_from or "", recipients, message))
        if behaviour.drop:
            transport: Any = server.transport
            transport.abort()
        return behaviour.data


class _Controller(Controller):
    def _trigger_server(self) -> None:
        # Bound to port 0, which leaves no moment in which another process could take the port;
        # this is the first call after binding, and the first to need the number.
        server: Any = self.server
        self.port = server.sockets[0].getsockname()[1]
        super()._trigger_server()


class SmtpServer:
    """Collects mails in `received`; answers as `behaviour` says. Use as a context manager."""

    def __init__(self) -> None:
        self.received: list[Received] = []
        self.behaviour = Behaviour()
        self._controller: _Controller | None = None

    @property
    def port(self) -> int:
        if self._controller is None:
            raise RuntimeError("the SMTP server has not been started")
        return int(self._controller.port)

    @property
    def url(self) -> str:
        """Return the EMAIL_URL of this server."""
        return f"smtp://{HOST}:{self.port}"

    def start(self) -> Self:
        self._controller = _Controller(_Handler(self), hostname=HOST, port=0, enable_SMTPUTF8=True)
        self._controller.start()
        return self

    def stop(self) -> None:
        if self._controller is not None:
            self._controller.stop(no_assert=True)
            self._controller = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_exc: object) -> None:
        self.stop()
