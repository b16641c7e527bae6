"""Work in the background: done once, seen and fetched by its asker only, whole or not at all."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.conf import settings
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import DatabaseError
from django.test import Client
from django.utils import timezone

from apps.common import audit, long_work, waking
from apps.common.errors import Refused
from apps.common.long_work import Kind, Outcome, Report
from apps.common.models import AuditEvent, LongWork
from apps.dispatch.models import OutboxMessage, PortalNotice
from apps.portal import works
from tests.factories.people import People

pytestmark = pytest.mark.core
Login = Callable[[Any], Client]
Do = Callable[[LongWork, Report], Outcome]


@pytest.fixture
def kind(monkeypatch: pytest.MonkeyPatch) -> Callable[[Do], None]:
    """`kind(do)`: what work of the kind "try" does."""

    def put(do: Do) -> None:
        monkeypatch.setitem(long_work.KINDS, "try", Kind(do, writes=True))

    return put


def sheet(row: LongWork, report: Report) -> Outcome:
    with long_work.new_file() as out:
        for _line in long_work.counted(range(3), 3, report):
            out.write(b"line\n")
    return Outcome(content=out, name=f"{row.given['what']}.xlsx")


def begun(people: People, **given: Any) -> LongWork:
    return long_work.start("try", title="导出台账", by=people.office, back="/items/", **given)


def notices() -> list[tuple[str, str, str]]:
    return list(PortalNotice.objects.order_by("pk").values_list("user__username", "title", "url"))


def test_it_is_begun_once_shown_and_fetched_by_its_asker(
    people: People, client_of: Login, kind: Callable[[Do], None], django_capture_on_commit_callbacks: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    kind(sheet)
    sent: list[Any] = []
    monkeypatch.setattr(long_work, "publish", lambda task, **given: sent.append((task, given)))
    with django_capture_on_commit_callbacks(execute=True):
        row, again = begun(people, what="台账"), begun(people, what="台账")
        other = begun(people, what="别的")
    assert (again, other == row) == (row, False)
    assert sent == [("portal.work", {"ids": [one.pk]}) for one in (row, row, other)]
    office, here = client_of(people.office), f"/work/{row.pk}/"
    asking = f'hx-get="{here}"'
    page = office.get(here).content.decode()
    assert ("已经交办，马上开始。" in page, asking in page) == (True, True)
    assert office.get(f"{here}file/").status_code == 404
    assert works.run([row.pk, row.pk]) == 1
    page = office.get(here).content.decode()
    assert ("已办好。" in page, asking in page, "台账.xlsx保留两天" in page) == (True, False, True)
    answer = office.get(f"{here}file/")
    assert b"".join(answer) == b"line\n" * 3
    assert answer["Content-Disposition"] == "attachment; filename*=utf-8''%E5%8F%B0%E8%B4%A6.xlsx"
    peer = client_of(people.director)
    assert [peer.get(url).status_code for url in (here, f"{here}file/")] == [404, 404]
    assert notices() == [(people.office.username, "已办好：导出台账", here)]
    assert OutboxMessage.objects.count() == 0
    assert begun(people, what="台账") != row


def test_it_says_how_far_it_is(people: People, client_of: Login, kind: Callable[[Do], None]) -> None:
    pages: list[str] = []

    def half(row: LongWork, report: Report) -> Outcome:
        report(3, 8)
        pages.append(client_of(people.office).get(f"/work/{row.pk}/").content.decode())
        return Outcome(url="/items/")

    kind(half)
    row = begun(people)
    works.run([row.pk])
    assert "正在办理，已完成3行，共8行。" in pages[0]
    assert (
        '<a class="btn btn-primary" href="/items/">'
        in client_of(people.office).get(f"/work/{row.pk}/").content.decode()
    )


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (Refused("台账有了变化"), "台账有了变化"),
        (ValidationError("文件读不出来"), "文件读不出来"),
        (PermissionDenied("english"), "您现在没有办理这件事的权限。"),
        (KeyError("english"), "办理时出错（KeyError），请联系系统管理员。"),
    ],
)
def test_what_fails_writes_nothing_and_says_why(
    people: People, client_of: Login, kind: Callable[[Do], None], error: Exception, words: str
) -> None:
    def fail(row: LongWork, _report: Report) -> Outcome:
        audit.record(by=row.user, verb="try", label="试验", obj=row)
        raise error

    kind(fail)
    row = begun(people)
    assert works.run([row.pk]) == 1
    assert not AuditEvent.objects.filter(verb="try").exists()
    assert f"没有办成：{words}" in client_of(people.office).get(f"/work/{row.pk}/").content.decode()
    assert notices() == [(people.office.username, "没有办成：导出台账", f"/work/{row.pk}/")]
    assert works.run([row.pk]) == 0


def test_one_whose_asker_was_disabled_meanwhile_is_not_done(
    people: People, kind: Callable[[Do], None]
) -> None:
    kind(sheet)
    row = begun(people, what="台账")
    people.office.is_active = False
    people.office.save()
    assert works.run([row.pk]) == 1
    row.refresh_from_db()
    assert (row.trouble, row.path, notices()) == ("账号已停用，没有办理。", "", [])


def test_what_dies_is_tried_again_after_a_rest_and_three_times_at_most(
    people: People, kind: Callable[[Do], None]
) -> None:
    def lost(_row: LongWork, _report: Report) -> Outcome:
        raise DatabaseError("the connection is gone")

    kind(lost)
    row = begun(people)
    with time_machine.travel(timezone.now(), tick=False) as clock:
        ended = []
        for _turn in range(4):
            ended += [works.sweep(), works.sweep()]
            clock.shift(long_work.REST)
        row.refresh_from_db()
        assert (row.attempts, ended) == (3, [0] * 8)
        assert row.trouble == "办理时多次中断，没有办成，请联系系统管理员。"
        assert notices() == [(people.office.username, "没有办成：导出台账", f"/work/{row.pk}/")]


def test_the_sweeper_does_what_a_lost_message_left_and_throws_away_old_files(
    people: People, client_of: Login, kind: Callable[[Do], None]
) -> None:
    kind(sheet)
    row, gone = begun(people, what="台账"), begun(people, what="没了")
    now = timezone.now()
    assert works.sweep() == 2
    for one in (row, gone):
        one.refresh_from_db()
    kept, lost = (Path(settings.FILES_ROOT) / one.path for one in (row, gone))
    lost.unlink()
    answer = client_of(people.office).get(f"/work/{gone.pk}/file/")
    assert (answer.status_code, "文件读不出来，请重新办理一次。" in answer.content.decode()) == (409, True)
    with time_machine.travel(now + long_work.KEPT - timedelta(minutes=1)):
        works.sweep()
        assert (LongWork.objects.count(), kept.exists()) == (2, True)
    with time_machine.travel(now + long_work.KEPT + timedelta(minutes=1)):
        works.sweep()
    assert (LongWork.objects.count(), kept.exists()) == (2, False)
    (_user, _words, link), *_other = notices()
    office = client_of(people.office)
    page, answer = office.get(link).content.decode(), office.get(f"{link}file/")
    assert ("台账.xlsx只保留两天，已经清除。" in page, "下载文件" in page) == (True, False)
    assert '<a class="btn btn-primary" href="/items/">' in page
    assert (answer.status_code, "文件只保留两天，已经清除，请重新导出。" in answer.content.decode()) == (
        409,
        True,
    )


def test_a_broker_and_a_cache_that_are_down_stop_nothing(
    people: People, kind: Callable[[Do], None], monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: Any,
) -> None:  # fmt: skip
    def down(*_args: Any, **_given: Any) -> None:
        raise ConnectionError("down")

    kind(sheet)
    monkeypatch.setitem(waking._broker, "quiet_until", 0.0)
    monkeypatch.setattr(waking.current_app, "send_task", down)
    monkeypatch.setattr(long_work.cache, "set", down)
    monkeypatch.setattr(long_work.cache, "get", down)
    with django_capture_on_commit_callbacks(execute=True):
        row = begun(people, what="台账")
    assert long_work.progress(row) is None
    assert works.sweep() == 1
