"""Signing in by oneself with the changing code, and entering the paper list."""

from datetime import UTC, datetime, time, timedelta

import pytest
from django.core.cache import cache
from django.core.exceptions import PermissionDenied
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from apps.accounts.models import User
from apps.common.errors import Refused
from apps.common.models import AuditEvent
from apps.meetings import door, services
from apps.meetings.models import Attendance, Meeting
from tests.factories.people import People
from tests.minutes import make as drafts
from tests.minutes.make import scan

from . import make

MOMENT = datetime(2026, 3, 26, 7, 0, 15, tzinfo=UTC)
SECRET = "ab" * 32


@pytest.fixture(autouse=True)
def _clean() -> None:
    cache.clear()


def test_a_code_stands_half_a_minute_and_counts_for_two_more() -> None:
    code = door.code_at(SECRET, MOMENT)
    assert len(code) == 6
    assert code.isdigit()
    assert door.seconds_left(MOMENT) == 15
    after = [door.accepts(SECRET, code, MOMENT + timedelta(seconds=s)) for s in (0, 14, 44, 74, 75, 300)]
    assert after == [True, True, True, True, False, False]
    assert not door.accepts(SECRET, code, MOMENT - timedelta(seconds=16))
    wide = code.translate({ord("0") + n: ord("０") + n for n in range(10)})
    assert door.accepts(SECRET, f" {wide}", MOMENT)
    assert not door.accepts(SECRET, "签到码", MOMENT)


@given(st.binary(min_size=32, max_size=32), st.binary(min_size=32, max_size=32), st.integers(0, 2**31))
def test_no_code_of_one_meeting_is_asked_for_at_another(one: bytes, other: bytes, at: int) -> None:
    moment = datetime.fromtimestamp(at, tz=UTC)
    code = door.code_at(one.hex(), moment)
    assert door.accepts(one.hex(), code, moment)
    if door.code_at(other.hex(), moment) != code and one != other:
        near = {door.code_at(other.hex(), moment - timedelta(seconds=30 * n)) for n in range(3)}
        assert door.accepts(other.hex(), code, moment) == (code in near)


def _open(people: People) -> tuple[Meeting, str]:
    meeting = make.recording(people)
    row = services.open_door(meeting, by=people.office)
    return meeting, door.code_at(row.secret, timezone.now())


def _named(people: People, code: str) -> User:
    """The member's account; its name stands on the list."""
    return people.member(code)


@pytest.mark.django_db
def test_a_member_signs_the_own_line_and_no_other(people: People) -> None:
    meeting, code = _open(people)
    user = _named(people, "kejiju")
    row = services.sign_self(meeting, code=code, by=user)
    assert (row.unit.code, row.status, row.source, row.signed_by) == ("kejiju", "present", "self", user)  # type: ignore[union-attr]
    assert services.sign_self(meeting, code=code, by=user).pk == row.pk
    self_signed = Attendance.objects.filter(source="self").values_list("unit__code", flat=True)
    assert list(self_signed) == ["kejiju"]
    assert AuditEvent.objects.filter(verb="sign_self").count() == 1


@pytest.mark.django_db
def test_after_the_beginning_it_is_late_and_the_convener_signs_as_convener(people: People) -> None:
    meeting, code = _open(people)
    Meeting.objects.filter(pk=meeting.pk).update(starts_at=timezone.now() - timedelta(minutes=5))
    meeting.refresh_from_db()
    assert services.sign_self(meeting, code=code, by=_named(people, "kejiju")).status == "late"
    assert services.sign_self(meeting, code=code, by=people.convener).role == "convener"


@pytest.mark.django_db
def test_a_delegate_needs_to_be_named_by_the_unit(people: People) -> None:
    meeting, code = _open(people)
    user = people.liaison("gongxinju")
    with pytest.raises(Refused, match="签到表上没有您"):
        services.sign_self(meeting, code=code, by=user)
    meeting.attendance.filter(unit__code="gongxinju").update(delegate_name=user.person.name)
    row = services.sign_self(meeting, code=code, by=user)
    assert (row.status, row.delegate_name) == ("substitute", user.person.name)


@pytest.mark.django_db
def test_codes_of_another_meeting_a_shut_door_and_an_old_secret_are_worth_nothing(people: People) -> None:
    meeting, code = _open(people)
    other = services.start_recording(
        make.notified(people, title="另一次会议"), chair="叶一帆", by=people.office
    )
    services.open_door(other, by=people.office)
    user = _named(people, "kejiju")
    with pytest.raises(Refused, match="签到码不对"):
        services.sign_self(other, code=code, by=user)
    services.open_door(meeting, by=people.office)
    with pytest.raises(Refused, match="签到码不对"):
        services.sign_self(meeting, code=code, by=user)
    services.close_door(meeting, by=people.office)
    with pytest.raises(Refused, match="没有开放"):
        services.sign_self(meeting, code=code, by=user)
    assert not Attendance.objects.filter(source="self").exists()


@pytest.mark.django_db
def test_five_wrong_codes_and_even_the_right_one_waits(people: People) -> None:
    meeting, code = _open(people)
    user = _named(people, "kejiju")
    wrong = "000000" if code != "000000" else "111111"
    for _ in range(5):
        with pytest.raises(Refused, match="签到码不对"):
            services.sign_self(meeting, code=wrong, by=user)
    with pytest.raises(Refused, match="输错次数太多"):
        services.sign_self(meeting, code=code, by=user)
    assert services.sign_self(meeting, code=code, by=people.convener).source == "self"
    assert [event.allowed for event in AuditEvent.objects.filter(label="签到码多次输错")] == [False]


@pytest.mark.django_db
def test_a_code_scanned_before_the_login_still_counts(people: People) -> None:
    meeting = make.recording(people)
    secret = services.open_door(meeting, by=people.office).secret
    scanned = timezone.now() - timedelta(minutes=5)
    code = door.code_at(secret, scanned)
    user = _named(people, "kejiju")
    with pytest.raises(Refused, match="签到码不对"):
        services.sign_self(meeting, code=code, by=user)
    assert services.sign_self(meeting, code=code, read_at=scanned, by=user).source == "self"


@pytest.mark.django_db
def test_only_the_office_opens_the_door_and_not_before_there_is_a_list(people: People) -> None:
    meeting = make.notified(people)
    with pytest.raises(Refused, match="请先编制签到表"):
        services.open_door(meeting, by=people.office)
    with pytest.raises(PermissionDenied):
        services.open_door(meeting, by=people.convener)


def _line(meeting: Meeting, code: str, status: str, at: time | None = None) -> services.PaperLine:
    return services.PaperLine(meeting.attendance.get(unit__code=code, role="member"), status, at)


@pytest.mark.django_db
def test_the_paper_list_is_entered_with_its_scan_also_after_the_record_is_closed(people: People) -> None:
    meeting = make.recorded(people)
    lines = [_line(meeting, "kejiju", "present", time(14, 55)), _line(meeting, "fagaiwei", "present")]
    with pytest.raises(Refused, match="请上传签到表"):
        services.enter_sheet(meeting, lines, by=people.office)
    assert services.enter_sheet(meeting, lines, scan=scan("签到表.png"), by=people.office) == 1
    row = meeting.attendance.get(unit__code="kejiju")
    assert (row.status, row.source, row.signed_by) == ("present", "paper", people.office)
    assert row.signed_at is not None
    assert timezone.localtime(row.signed_at).strftime("%H:%M") == "14:55"
    known = meeting.attendance.get(unit__code="fagaiwei")
    assert known.source == "staff"  # what was known already is left as it was
    assert Meeting.objects.get(pk=meeting.pk).sign_sheet.name == "签到表.png"  # type: ignore[union-attr]
    again = [_line(meeting, "kejiju", "leave")]
    assert services.enter_sheet(meeting, again, by=people.office) == 1
    with pytest.raises(PermissionDenied):
        services.enter_sheet(meeting, again, by=people.convener)


@pytest.mark.django_db
def test_once_the_draft_has_gone_on_the_list_stands(people: People) -> None:
    meeting = drafts.reviewed(people).meeting
    line = services.PaperLine(meeting.attendance.filter(role="member")[0], "leave")
    with pytest.raises(Refused, match="纪要已送核稿"):
        services.enter_sheet(meeting, [line], scan=scan(), by=people.office)
