"""A worker that dies in the middle of an import: nothing of it is written, and the next worker writes all of it once."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection, transaction

from apps.action_items import importing, long
from apps.action_items.models import ActionItem, ProgressReport
from apps.common import audit, long_work
from apps.common.models import LongWork
from quanzhou_opd.celery import app as celery_app
from tests.action_items.test_importing import sheet, upload
from tests.action_items.test_services import make
from tests.factories.people import People

from .conftest import wait_until

pytestmark = pytest.mark.django_db(transaction=True)  # not core: a second process needs a database server


def waiting_for_us() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
        return bool(cursor.fetchone()[0])


def test_killed_in_the_middle_of_an_import_it_is_written_once_and_whole(
    people: People, start_worker: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    items = [make(people, "jiaoyuju") for _number in range(3)]
    rows = [[item.ref, "甲"] for item in items]
    row = importing.bring(upload(sheet(["事项编号", "进展", "问题"], *rows)), by=people.office)
    monkeypatch.setattr(long, "LONG_IMPORT", 1)
    worker, seen = start_worker(), importing.plan_of(row, by=people.office).digest
    monkeypatch.setattr(long_work, "publish", lambda *_args, **_given: True)
    work = long.start_import(row, seen=seen, by=people.office)
    assert work is not None
    with transaction.atomic():  # the worker has its row of work and waits for the last item, which is ours
        ActionItem.objects.select_for_update().get(pk=items[2].pk)
        celery_app.send_task("portal.work", kwargs={"ids": [work.pk]})
        wait_until(waiting_for_us, "the worker to come to the item")
        start_worker()
        celery_app.send_task("portal.work", kwargs={"ids": [work.pk]})
        celery_app.send_task("portal.sweep_work")
        worker.kill()
        with connection.cursor() as cursor:  # with its machine goes its question to the database
            cursor.execute("SELECT pg_terminate_backend(pid) FROM pg_locks WHERE NOT granted")
    work.refresh_from_db()
    assert (work.ended_at, work.attempts, ProgressReport.objects.count()) == (None, 1, 0)
    LongWork.objects.filter(pk=work.pk).update(tried_at=None)  # the minute of rest is over
    celery_app.send_task("portal.sweep_work")
    wait_until(
        lambda: LongWork.objects.filter(ended_at__isnull=False).exists(), "the next worker to write it"
    )
    work.refresh_from_db()
    row.refresh_from_db()
    assert (work.trouble, work.attempts, row.written["reports"]) == ("", 2, 3)
    assert [(report.item, report.text) for report in ProgressReport.objects.order_by("item")] == [
        (item, "甲") for item in items
    ]
    assert [event.verb for event in audit.history_of(row)] == ["import_ledger"]
    assert audit.verify().broken_id is None
