"""Bad input: whatever is typed, chosen or uploaded is answered in words and leaves nothing half written."""

import io
import zipfile
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import transaction
from django.test import Client
from django.urls import reverse

from apps.accounts.models import User
from apps.action_items.models import ActionItem
from apps.common import files
from apps.common.models import AuditEvent
from apps.meetings.models import Meeting, RecordBlock, Topic
from apps.minutes.models import Consent, Minutes, Passage
from apps.roster.models import Unit
from tests.factories.people import client_of

TEXTS = {
    "nul": "a\0b", "control": "\x01\x1b[31m", "bidi": "\u202efdp.exe", "zero width": "\u200b\u2060\ufeff",
    "not a character": "\ufffe\uffff", "private use": "\ue000", "plane 16": "\U0010ffff", "rare": "䶮㛃𬭸喆",
    "emoji": "😀👨\u200d👩\u200d👧", "marks": "a" + "\u0301" * 3000, "long": "长" * 100_000, "blank": "　 \t",
    "sql": "'; DROP TABLE accounts_user; --", "like": "%_\\", "percent": "%s %(x)d", "braces": "{0}{x!r}{",
    "markup": "</textarea>\"'><svg onload=alert(1)>", "address": "javascript:alert(1)",
    "template": "{{ 7191|add:7 }}{% debug %}", "formula": "=cmd|' /C calc'!A0", "path": "../../etc/passwd",
    "header": "a\r\nBcc: x@example.com", "superscript": "²", "wide": "１２", "huge": "9" * 5000,
    "64 bits": "9223372036854775808", "negative": "-1", "exponent": "1e400", "no such day": "2026-02-30",
    "zero day": "0000-00-00", "first day": "0001-01-01", "first moment": "0001-01-01T00:00",
    "last moment": "9999-12-31T23:59",
}  # fmt: skip
# Form → (who, address with what it is asked of, fields that are filled with the text, fields kept as they are).
FORMS: dict[str, tuple[str, str, str, dict[str, Any]]] = {
    "topic": ("zhujianju", "meetings:topic_new", "title background request duties unit", {}),
    "meeting": (
        "bangongshi", "meetings:create", "title place purpose observers starts_at ends_at units",
        {"kind": "special"},
    ),
    "meeting, times": (
        "bangongshi", "meetings:create", "starts_at ends_at", {"title": "示例", "kind": "special", "place": "示例"},
    ),
    "postpone": (
        "bangongshi", "meetings:postpone called", "reply_by",
        {"starts_at": "2026-12-08T15:00", "ends_at": "2026-12-08T17:00", "place": "示例", "reason": "示例"},
    ),
    "block": ("bangongshi", "meetings:block_save block", "text version lead_1 due_on duties", {}),
    "item": ("bangongshi", "meetings:spot_item held", "title", {"basis": "召集人同意"}),
    "passage": ("bangongshi", "minutes:edit_passage passage", "text version due_on supports duties recurrence", {}),
    "passage, act": ("bangongshi", "minutes:passage_act passage up", "version", {}),
    "consent": (
        "zhujianju", "minutes:consent consent",
        "authorised_by reason remark-TOTAL_FORMS remark-INITIAL_FORMS remark-0-passage remark-0-suggestion", {},
    ),
    "number": ("bangongshi", "minutes:number minutes", "printed_on copies", {}),
    "report": (
        "zhujianju", "action_items:report item", "text problem next_step reported_on unit", {"assessment": "normal"},
    ),
    "recipient": ("bangongshi", "dispatch:recipient_new", "name address unit", {"channel": "mail"}),
    "account": ("xitong", "accounts:create", "username name email mobile unit", {}),
    "calendar": ("xitong", "accounts:calendar_import", "lines", {}),
    "preferences": ("zhujianju", "accounts:preferences", "next text_size high_contrast", {}),
    "login": ("", "account_login", "login password", {}),
}  # fmt: skip
ASKED = [
    "portal:search", "meetings:list", "meetings:topics", "minutes:list", "action_items:list", "action_items:export",
    "dispatch:list", "dispatch:outbox", "dispatch:notices", "roster:list", "accounts:audit", "accounts:list",
    "meetings:block_duties block",
]  # fmt: skip
PARAMETERS = [
    "page", "q", "text", "before", "unit", "units", "state", "light", "on", "year", "since", "until", "user", "duties",
    "lead_1", "meeting",
]  # fmt: skip


@pytest.fixture(scope="module")
def places(demo_world: None, django_db_blocker: Any) -> Iterator[dict[str, int]]:
    with django_db_blocker.unblock():
        held = Meeting.objects.get(import_key=None, kind="special")
        unit = Unit.objects.get(code="zhujianju")
        minutes = Minutes.objects.get(meeting=held)
        yield {
            "held": held.pk,
            "called": Meeting.objects.get(import_key=None, kind="plenary").pk,
            "block": RecordBlock.objects.filter(meeting=held, kind="resolution")[0].pk,
            "minutes": minutes.pk,
            "passage": Passage.objects.filter(minutes=minutes)[0].pk,
            "consent": Consent.objects.get(circulation__minutes=minutes, unit=unit).pk,
            "item": ActionItem.objects.get(ref="M2-6").pk,
        }


def address(words: str, places: dict[str, int]) -> str:
    name, *rest = words.split()
    return reverse(name, args=[places.get(word, word) for word in rest])


def client(who: str) -> Client:
    return client_of(User.objects.get(username=who)) if who else Client()


@pytest.mark.usefixtures("demo")
@pytest.mark.parametrize("form", FORMS)
@pytest.mark.core
def test_every_text_in_every_field_is_answered_in_words(form: str, places: dict[str, int]) -> None:
    who, words, fields, kept = FORMS[form]
    visitor, url = client(who), address(words, places)
    odd = []
    for name, text in TEXTS.items():
        with transaction.atomic():
            answer = visitor.post(url, {**dict.fromkeys(fields.split(), text), **kept}, follow=True)
            shown = answer.content.decode()
            if answer.status_code not in {200, 403, 404, 409, 422} or "<svg onload=alert" in shown:
                odd.append((name, answer.status_code))
            transaction.set_rollback(True)
    assert odd == []


@pytest.mark.usefixtures("demo")
@pytest.mark.parametrize("page", ASKED)
@pytest.mark.core
def test_every_text_in_an_address_is_answered(page: str, places: dict[str, int]) -> None:
    url = address(page, places)
    who = {"accounts:audit": "shenji", "accounts:list": "xitong"}.get(page, "bangongshi")
    visitor = client(who)
    odd = []
    for name, text in TEXTS.items():
        answer = visitor.get(url, dict.fromkeys(PARAMETERS, text[:2000]))
        if answer.status_code != 200 or b"<svg onload=alert" in answer.getvalue():
            odd.append((name, answer.status_code))
    assert odd == []


@pytest.mark.usefixtures("demo")
def test_a_refused_reason_changes_nothing_and_is_journalled(places: dict[str, int]) -> None:
    before = Meeting.objects.filter(pk=places["called"]).values().get()
    answer = client("bangongshi").post(
        address("meetings:act called cancel", places), {"reason": "改期\0"}, follow=True
    )
    assert "第3个字符是不可见的控制字符（U+0000）" in answer.content.decode()
    assert Meeting.objects.filter(pk=places["called"]).values().get() == before
    line = AuditEvent.objects.order_by("-pk")[0]
    assert (line.label, line.allowed) == ("未能办理", False)


@pytest.mark.usefixtures("demo")
def test_a_forged_row_of_another_unit_is_a_wrong_choice() -> None:
    other = Unit.objects.get(code="jiaoyuju")
    client("zhujianju").post(
        reverse("meetings:topic_new"),
        {"unit": other.pk, "title": "冒名", "background": "示", "request": "示"},
    )
    assert Topic.objects.filter(title="冒名", unit=other).count() == 0


# --- files ----------------------------------------------------------------


def package(*entries: tuple[str, bytes]) -> bytes:
    made = io.BytesIO()
    types = b'<?xml version="1.0"?><Types/>'
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        parts = [
            ("[Content_Types].xml", types),
            ("_rels/.rels", b"<r/>"),
            ("xl/workbook.xml", b"<w/>"),
            *entries,
        ]
        for name, data in parts:
            archive.writestr(name, data)
    return made.getvalue()


def broken_stream() -> bytes:
    """A package whose first entry cannot be inflated."""
    raw = bytearray(package())
    start = raw.find(b"[Content_Types].xml") + len("[Content_Types].xml")
    raw[start : start + 4] = b"\xff\xff\xff\xff"
    return bytes(raw)


DOCTYPE = '<?xml version="1.0"{}?>{}<!DOCTYPE x [<!ENTITY a "b">]><x/>'
FILES: dict[str, tuple[str, bytes, str]] = {
    "of another kind": ("a.pdf", b"GIF89a<html><script>alert(1)</script>", "不符"),
    "gif and html": ("a.jpg", b"GIF89a<html>", "不符"),
    "a page": ("a.html", b"<html>", "不能上传这种文件"),
    "empty": ("a.pdf", b"", "空的"),
    "macro": ("a.xlsx", package(("xl/vbaProject.bin", b"x")), "宏"),
    "bomb": ("a.xlsx", package(("xl/s.xml", b"0" * 20_000_000)), "过大"),
    "cut off": ("a.xlsx", package(("xl/media.bin", bytes(range(256)) * 40))[:-40], "损坏"),
    "broken stream": ("a.xlsx", broken_stream(), "损坏"),
    "no xml": ("a.xlsx", package(("xl/s.xml", b"\0\1\2")), "损坏"),
    "dtd": ("a.xlsx", package(("xl/s.xml", DOCTYPE.format("", "").encode())), "外部引用"),
    "dtd in utf-16": (
        "a.xlsx", package(("xl/s.xml", DOCTYPE.format(' encoding="utf-16"', "").encode("utf-16"))), "外部引用",
    ),
    "dtd behind a comment": (
        "a.xlsx", package(("xl/s.xml", DOCTYPE.format("", f"<!--{'x' * 9000}-->").encode())), "外部引用",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", FILES)
def test_a_bad_file_is_refused_with_the_reason(name: str) -> None:
    filename, data, reason = FILES[name]
    with pytest.raises(ValidationError, match=reason):
        files.check(filename, io.BytesIO(data), len(data))


def test_a_sound_package_is_let_in() -> None:
    data = package(("xl/s.xml", "<x>䶮</x>".encode()))
    assert files.check("a.xlsx", io.BytesIO(data), len(data)).endswith("sheet")
