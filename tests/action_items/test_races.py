"""Many at once on PostgreSQL: one import is written at a time, and the same ledger once."""

import threading
from typing import Any

import pytest
from django.db import connections, transaction

from apps.action_items import importing
from apps.action_items.importing import writing
from apps.action_items.models import ActionItem
from apps.common import audit
from apps.common.errors import Refused
from tests.factories.people import People

from .test_importing import sheet, upload

pytestmark = pytest.mark.django_db(transaction=True)  # PostgreSQL: these are not among the core tests


def test_nobody_at_a_page_waits_for_an_import_that_is_going_on(people: People) -> None:
    row = importing.bring(
        upload(sheet(["纪要编号", "议定事项", "牵头"], ["旧账", "甲", "市教育局"])), by=people.office
    )
    seen, by, found = importing.plan_of(row, by=people.office).digest, people.office, []

    def press() -> None:
        try:
            importing.confirm(row, seen=seen, by=by)
            found.append("done")
        except Refused as error:
            found.append(error.text)
        finally:
            connections.close_all()

    def pressed() -> None:
        thread = threading.Thread(target=press)
        thread.start()
        thread.join()

    with transaction.atomic():
        writing._one_at_a_time(row, wait=True)
        pressed()
    pressed()
    assert found == ["有人正在导入另一份表格，请过一会儿再确认。", "done"]


def test_the_same_ledger_from_two_people_is_written_once(people: People) -> None:
    rows = [["旧账", f"事项{number}", "市教育局", "2026-12-31"] for number in range(5)]
    content = sheet(["纪要编号", "议定事项", "牵头", "时限"], *rows)
    pressing = [people.office, people.office2, people.office, people.office2]
    brought = [importing.bring(upload(content), by=user) for user in pressing]
    seen = [importing.plan_of(row, by=user).digest for row, user in zip(brought, pressing, strict=True)]
    gate, found = threading.Barrier(len(brought)), []

    def one(at: int) -> None:
        try:
            gate.wait()
            importing.confirm(brought[at], seen=seen[at], by=pressing[at], report=lambda _done, _of: None)
            found.append("done")
        except Refused as error:
            found.append(error.text)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=one, args=[at]) for at in range(len(brought))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    told = "预览之后台账有了变化，请再核对一遍下面的内容，然后确认。"
    assert sorted(found) == ["done", *[told] * 3]
    kept: list[Any] = list(ActionItem.objects.order_by("seq").values_list("text", "seq"))
    assert kept == [(f"事项{number}", number + 1) for number in range(5)]
    assert audit.verify().broken_id is None
