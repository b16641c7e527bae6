"""What the tests of dispatch stand on: an archived paper, and rows of the outbox."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.utils import timezone

from apps.common import files
from apps.dispatch.models import OutboxMessage
from apps.documents.models import ArchivedPaper

PDF = b"%PDF-1.7 invented bytes"


@pytest.fixture
def paper(db: None) -> ArchivedPaper:
    """A frozen paper whose bytes are on disk (not rendered: that is the engine's business)."""
    return make_paper()


def make_paper(
    title: str = "2026年第一次全体会议纪要",
    number: str = "〔2026〕1号",
    kind: str = "minutes",
    signed_by: str = "",
) -> ArchivedPaper:
    signature = {"issuer": signed_by, "date": "2026-04-07"}
    imprint = None if signed_by else {"issuer": "泉州市职业病防治工作联席会议办公室"}
    path, digest = files.write_bytes([PDF], suffix=".pdf")
    return ArchivedPaper.objects.create(
        kind=kind, title=title, number_text=number, signed_on=date(2026, 4, 7), pdf_path=path,
        pdf_sha256=digest, pages=4, text="", data={"signature": signature, "imprint": imprint}, engine="1", made_at=timezone.now(),
    )  # fmt: skip


@pytest.fixture
def mail_row(db: None) -> Callable[..., OutboxMessage]:
    """`mail_row("a@portal.test", key=…)`: a mail that is due."""
    return make_mail


def make_mail(address: str = "a@portal.test", **fields: Any) -> OutboxMessage:
    number = OutboxMessage.objects.count() + 1
    fields = {
        "key": f"test:{number}",
        "kind": "test",
        "subject": f"示例{number}",
        "body": "示例正文\n",
    } | fields
    fields.setdefault("due_at", timezone.now())
    return OutboxMessage.objects.create(address=address, **fields)
