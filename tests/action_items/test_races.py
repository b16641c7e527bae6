"""Many at once on PostgreSQL: the same ledger from two people is written once."""

import threading
from typing import Any

import pytest
from django.db import connections

from apps.action_items import importing
from apps.action_items.models import ActionItem
from apps.common import audit
from apps.common.errors import Refused
from tests.factories.people import People

from .test_importing import sheet, upload

pytestmark = pytest.mark.django_db(transaction=True)  # PostgreSQL: these are not among the core tests


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
            importing.confirm(brought[at], seen=seen[at], by=pressing[at])
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
