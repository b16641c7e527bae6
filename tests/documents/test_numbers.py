"""Numbers: gapless, never twice, voided ones stay; the year of 签发 decides the series."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
import time_machine
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import close_old_connections, connections, transaction
from django.utils import timezone

from apps.accounts.enums import Role
from apps.accounts.models import RoleGrant, User
from apps.common import settings_rows
from apps.common.audit import history_of
from apps.common.errors import Refused
from apps.documents import services
from apps.documents.models import ArchivedPaper, IssuedNumber, NumberCounter
from apps.documents.numbers import parse_number

MINUTES = "minutes"


def _user(username: str, role: Role | None = None) -> User:
    user = User.objects.create(username=username, name=username)
    if role is not None:
        RoleGrant.objects.create(user=user, role=role, starts_on=timezone.localdate())
    return user


def _paper_of(number: IssuedNumber) -> ArchivedPaper:
    return ArchivedPaper.objects.create(
        kind=MINUTES, title="示例纪要", number=number, number_text=str(number), pdf_path="none",
        pdf_sha256="0" * 64, pages=1, text="", data={}, engine="1", made_at=timezone.now(),
    )  # fmt: skip


def _series(year: int) -> list[tuple[int, str]]:
    rows = IssuedNumber.objects.filter(kind=MINUTES, year=year).order_by("number")
    return [(row.number, row.state) for row in rows]


@pytest.mark.core
@pytest.mark.django_db
def test_numbers_follow_one_another_and_are_journalled() -> None:
    office = _user("office", Role.OFFICE_STAFF)
    taken = [services.take_number(MINUTES, year=2026, by=office) for _ in range(3)]
    assert [str(number) for number in taken] == ["〔2026〕1号", "〔2026〕2号", "〔2026〕3号"]
    assert _series(2026) == [(1, "taken"), (2, "taken"), (3, "taken")]
    assert [(e.verb, e.actor, e.object_label) for e in history_of(taken[1])] == [
        ("take_number", office, "〔2026〕2号")
    ]


@pytest.mark.core
@pytest.mark.django_db
def test_a_number_taken_in_a_failed_transaction_was_never_taken() -> None:
    def take_and_fail() -> None:
        with transaction.atomic():
            services.take_number(MINUTES, year=2026, by=None)
            raise RuntimeError("disk")

    with pytest.raises(RuntimeError, match="disk"):
        take_and_fail()
    assert services.take_number(MINUTES, year=2026, by=None).number == 1


@pytest.mark.django_db(transaction=True)
def test_24_threads_take_24_numbers_without_a_gap() -> None:
    def take(_index: int) -> int:
        close_old_connections()
        try:
            return services.take_number(MINUTES, year=2026, by=None).number
        finally:
            connections.close_all()

    with ThreadPoolExecutor(24) as pool:
        taken = list(pool.map(take, range(24)))
    assert sorted(taken) == list(range(1, 25))
    assert NumberCounter.objects.get(kind=MINUTES, year=2026).next_number == 25


@pytest.mark.core
@pytest.mark.django_db
def test_the_year_is_that_of_signing_even_when_numbered_after_new_year() -> None:
    with time_machine.travel(datetime(2026, 12, 31, 15, 59, tzinfo=UTC), tick=False):
        before = services.take_number(MINUTES, year=timezone.localdate().year, by=None)
    with time_machine.travel(datetime(2026, 12, 31, 16, 1, tzinfo=UTC), tick=False):
        signed_last_year = services.take_number(MINUTES, year=2026, by=None)
        signed_today = services.take_number(MINUTES, year=timezone.localdate().year, by=None)
    assert [str(n) for n in (before, signed_last_year, signed_today)] == [
        "〔2026〕1号", "〔2026〕2号", "〔2027〕1号",
    ]  # fmt: skip


@pytest.mark.core
@pytest.mark.django_db
def test_the_start_is_set_once_and_earlier_numbers_can_be_entered_without_a_gap() -> None:
    admin = _user("admin", Role.SYSTEM_ADMIN)
    services.set_start(MINUTES, year=2026, number=3, by=admin)
    with pytest.raises(Refused, match="只能设置一次"):
        services.set_start(MINUTES, year=2026, number=5, by=admin)
    at = datetime(2026, 1, 5, 4, tzinfo=UTC)
    services.enter_taken(MINUTES, year=2026, number=2, by=admin, taken_at=at)
    services.enter_taken(MINUTES, year=2026, number=3, by=admin, taken_at=at)
    with pytest.raises(Refused, match="下一个编号是4号，不能登记6号"):
        services.enter_taken(MINUTES, year=2026, number=6, by=admin, taken_at=at)
    with pytest.raises(Refused, match="〔2026〕3号已经使用"):
        services.enter_taken(MINUTES, year=2026, number=3, by=admin, taken_at=at)
    assert services.take_number(MINUTES, year=2026, by=admin).number == 4
    with pytest.raises(Refused, match="已经编过号"):
        services.set_start(MINUTES, year=2026, number=9, by=admin)
    assert _series(2026) == [(2, "taken"), (3, "taken"), (4, "taken")]
    assert IssuedNumber.objects.get(number=2).taken_at == at


@pytest.mark.core
@pytest.mark.django_db
@pytest.mark.parametrize("number", [-1, 0, 1, 10000])
def test_a_start_that_makes_no_sense_is_refused(number: int) -> None:
    with pytest.raises(ValidationError):
        services.set_start(MINUTES, year=2026, number=number, by=None)
    assert not NumberCounter.objects.exists()


@pytest.mark.core
@pytest.mark.django_db
@pytest.mark.parametrize(("kind", "year"), [("poem", 2026), (MINUTES, 1999), (MINUTES, 20260)])
def test_unknown_kinds_and_years_are_refused(kind: str, year: int) -> None:
    with pytest.raises(ValidationError):
        services.take_number(kind, year=year, by=None)
    assert not IssuedNumber.objects.exists()


@pytest.mark.core
@pytest.mark.django_db
def test_a_voided_number_stays_and_is_not_used_again() -> None:
    office = _user("office", Role.OFFICE_STAFF)
    number = services.take_number(MINUTES, year=2026, by=office)
    with pytest.raises(Refused, match="理由"):
        services.void_number(number, reason=" ", by=office)
    services.void_number(number, reason="份号印错", by=office)
    assert IssuedNumber.objects.get().void_reason == "份号印错"
    assert services.take_number(MINUTES, year=2026, by=office).number == 2
    with pytest.raises(Refused, match="已作废"):
        services.void_number(number, reason="再来", by=office)


@pytest.mark.core
@pytest.mark.django_db
def test_a_number_under_a_valid_paper_is_not_voided() -> None:
    office = _user("office", Role.OFFICE_STAFF)
    number = services.take_number(MINUTES, year=2026, by=office)
    _paper_of(number)
    with pytest.raises(Refused, match="仍然有效"):
        services.void_number(number, reason="误", by=office)
    assert _series(2026) == [(1, "taken")]


# State × verb × role, whole. Roles not named below are refused in every state.
VOID_TABLE = {("taken", Role.OFFICE_STAFF): "voided"}


@pytest.mark.core
@pytest.mark.django_db
@pytest.mark.parametrize("state", ["taken", "voided"])
@pytest.mark.parametrize("role", [*Role, None])
def test_void_matrix(state: str, role: Role | None) -> None:
    number = services.take_number(MINUTES, year=2026, by=None)
    if state == "voided":
        services.void_number(number, reason="误", by=_user("first", Role.OFFICE_STAFF))
    user = _user("somebody", role)
    expected = VOID_TABLE.get((state, role)) if role else None
    if expected:
        assert services.void_number(number, reason="误", by=user).state == expected
        return
    with pytest.raises(Refused if role == Role.OFFICE_STAFF else PermissionDenied):
        services.void_number(number, reason="误", by=user)
    assert _series(2026) == [(1, state)]


@pytest.mark.core
@pytest.mark.django_db
def test_style_of_numbers_is_a_setting() -> None:
    number = services.take_number(MINUTES, year=2026, by=None)
    assert services.number_text(number) == "〔2026〕1号"
    settings_rows.put("number_style", "qi", by=None)
    assert services.number_text(number) == "第1期"


@pytest.mark.core
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("〔2026〕1号", (2026, 1)),
        ("[2026]12号", (2026, 12)),
        ("【2026】 3 号", (2026, 3)),
        ("2026年第4号", (2026, 4)),
        ("2026-5", (2026, 5)),
        ("第6期", (None, 6)),
        ("泉卫〔2026〕7号", None),
        ("", None),
        ("一号", None),
        ("〔2026〕1234567号", None),
    ],
)
def test_numbers_are_read_as_people_write_them(text: str, expected: tuple[int | None, int] | None) -> None:
    assert parse_number(text) == expected
