"""The charter's whole work, once, in a browser: topic, meeting, 纪要, consent, 签发, 印发, deeds, reminders, history."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.core.management import call_command
from django.utils import timezone
from playwright.sync_api import BrowserContext, FilePayload, Page, expect

from apps.accounts.models import User
from apps.common import audit
from apps.dispatch.services import sync_recipients
from apps.minutes import services
from apps.minutes.models import Minutes
from apps.roster.models import Unit
from tests.factories.people import People
from tests.minutes import make
from tests.support.servers import Redis
from tests.support.smtp import SmtpServer

from . import steps_deeds, steps_issue, steps_meeting, steps_minutes
from .conftest import Complaints, session_cookie
from .stage import PATIENCE, Mailbox, Stage, Worker, field, fill, follow, moment, press, shows, told, working
from .walk import Walk


@pytest.fixture
def clock() -> Iterator[Any]:
    """The portal's clock, which a step moves. It begins in March 2026, where meeting M1 does."""
    with time_machine.travel(moment("2026-03-10 08:30"), tick=True) as traveller:
        yield traveller


@pytest.fixture
def stage(clock: Any, page_of: Any, live_server: Any, people: People) -> Iterator[Stage]:
    """Everybody's windows; a busy machine may take its time."""

    def renew(window: BrowserContext, user: User) -> None:
        window.add_cookies([session_cookie(user, live_server.url)])

    expect.set_options(timeout=PATIENCE * 1000)
    yield Stage(page_of, renew, clock)
    expect.set_options(timeout=None)


@pytest.fixture
def mailbox(smtp_server: SmtpServer, settings: Any) -> Mailbox:
    """A real mail server, and the portal sending to it."""
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", smtp_server.port, 5
    return Mailbox(smtp_server)


@pytest.fixture
def worker(redis_server: Redis, mailbox: Mailbox, clock: Any) -> Iterator[Worker]:
    """A Celery worker on a real Redis."""
    with working(redis_server.url()) as found:
        yield found


@pytest.fixture
def walk(stage: Stage, people: People, mailbox: Mailbox, worker: Worker) -> Walk:
    """A database that holds only the charter, the calendar, the accounts and the recipients."""
    call_command("load_calendar", verbosity=0)
    _ = people.office, people.director, people.convener, people.auditor, people.sysadmin
    for unit in Unit.objects.all():
        people.liaison(unit.code)
    sync_recipients()
    return Walk(stage, people, mailbox, worker)


def test_the_whole_work_from_topic_to_closed_item(walk: Walk) -> None:
    steps_issue.the_administrator_sets_who_gets_papers_by_mail(walk)
    steps_meeting.a_unit_proposes_a_topic(walk)
    steps_meeting.the_office_returns_it_with_a_reason(walk)
    steps_meeting.the_unit_hands_it_in_again(walk)
    steps_meeting.the_office_accepts_it(walk)
    steps_meeting.the_office_plans_the_meeting(walk)
    steps_meeting.the_convener_approves_the_plan(walk)
    steps_meeting.the_office_issues_the_notice(walk)
    steps_meeting.units_reply(walk)
    steps_meeting.the_office_sees_who_read_and_who_answered(walk)
    steps_meeting.it_enters_a_reply_on_behalf(walk)
    steps_meeting.it_chases_only_the_silent(walk)
    steps_meeting.the_convener_agrees_to_the_substitute(walk)
    steps_meeting.beat_reminds_before_the_reply_and_once_after(walk)
    steps_meeting.the_staff_open_the_record_and_sign_people_in(walk)
    steps_meeting.they_record_what_is_said_and_decided(walk)
    steps_meeting.the_rest_is_recorded(walk)
    steps_minutes.closing_the_record_composes_the_draft(walk)
    steps_minutes.the_office_edits_it_by_passage(walk)
    steps_minutes.the_deputy_proofreads(walk)
    steps_minutes.the_office_circulates_it(walk)
    steps_minutes.units_answer(walk)
    steps_minutes.the_round_closes_and_silence_counts_where_the_letter_said_so(walk)
    steps_minutes.comments_are_settled(walk)
    steps_minutes.nobody_goes_on_while_one_opposes(walk)
    steps_minutes.a_second_round_asks_only_those_concerned(walk)
    steps_minutes.the_director_audits(walk)
    steps_issue.the_convener_signs_on_a_phone(walk)
    steps_issue.the_office_checks_and_numbers(walk)
    steps_issue.the_office_issues_it(walk)
    steps_issue.a_unit_receives_it(walk)
    steps_issue.archiving_waits_for_the_report_to_the_government(walk)
    steps_deeds.a_lead_unit_signs_for_and_reports(walk)
    steps_deeds.beat_reminds_of_deadlines_once(walk)
    steps_deeds.the_lead_asks_for_completion_and_is_returned_once(walk)
    steps_deeds.the_ledger_shows_the_lights(walk)
    steps_deeds.every_step_is_readable(walk)
    minutes = Minutes.objects.get()
    assert (minutes.state, str(minutes.number)) == ("archived", "〔2026〕1号")
    assert audit.verify().broken_id is None


def test_a_signature_on_paper_is_recorded_with_its_scan(
    page_of: Any, people: People, complaints: Complaints
) -> None:
    """线下签批补录: opinion, name and full date of the paper, with the scan; 发文稿纸 says so, the paper does not."""
    minutes = make.audited(people)
    page: Page = page_of(people.office)
    page.goto("/")
    follow(page.get_by_role("main"), str(minutes.meeting))
    follow(page, "线下签批补录")
    expect(field(page, "签批人姓名")).to_have_value("叶一帆")
    press(page, "保存补录")
    shows(page, "处需要改正", "签批件扫描件")
    complaints.expect("422")
    fill(page, 签批意见="圈阅")
    field(page, "签批件扫描件").set_input_files(files=[SCAN])
    press(page, "保存补录")
    told(page, "线下签批已补录，请复核")
    follow(page, "发文稿纸")
    line = page.get_by_role("row").filter(has_text="圈阅")
    for words in ("签发", "叶一帆", "线下签批，办公室工作人员补录"):
        expect(line).to_contain_text(words)
    with page.expect_download() as download:
        follow(line, "扫描件")
    assert Path(download.value.path()).read_bytes() == SCAN["buffer"]
    services.number(
        services.check(minutes, by=people.office), printed_on=timezone.localdate(), by=people.office
    )
    minutes.refresh_from_db()
    assert minutes.paper is not None
    assert "圈阅" not in minutes.paper.text
    assert "线下" not in minutes.paper.text


SCAN = FilePayload(name="签批件.png", mimeType="image/png", buffer=make.PNG + b"\x00" * 64)
