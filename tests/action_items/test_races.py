"""Many hands at one ledger on PostgreSQL: signed for once, and chasing, importing and signing never wait in a ring."""

import threading
from collections import Counter
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from django.db import OperationalError, connections, transaction

from apps.action_items import importing, services
from apps.action_items.importing import writing
from apps.action_items.models import ActionItem, LedgerImport, ProgressReport, Prompt
from apps.common import audit
from apps.common.audit import history_of
from apps.common.errors import Refused
from apps.dispatch.models import PortalNotice
from tests.factories.people import People
from tests.minutes.test_races import THREADS, all_at_once

from .test_importing import exported, plan, put, saved, sheet, upload
from .test_services import make, signed

UNITS = ("jiaoyuju", "kejiju", "minzhengju", "caizhengju")
pytestmark = pytest.mark.django_db(transaction=True)  # PostgreSQL: these are not among the core tests


def test_an_item_is_signed_for_once(people: People) -> None:
    item, by = make(people, "jiaoyuju", "kejiju"), people.liaison("jiaoyuju")
    found = all_at_once(lambda: services.sign_for(ActionItem.objects.get(pk=item.pk), by=by))
    assert found == {"done": THREADS}
    item.refresh_from_db()
    assert (item.state, signed(item)) == (
        "in_progress",
        {"jiaoyuju": True, "kejiju": False, "shengtaiju": False},
    )
    assert [event.verb for event in history_of(item)].count("sign_for") == 1
    assert audit.verify().broken_id is None


def test_chasing_importing_and_signing_wait_for_each_other_in_one_order(
    people: People, client_of: Callable[..., Any]
) -> None:
    """Sheets that name the items forwards and backwards, chasing in any order, units that sign: one sheet is written."""
    items, by = [make(people, code) for code in UNITS], people.office
    liaisons = [people.liaison(code) for code in UNITS]
    books = [filled(client_of(by), words, backwards=words in "乙丁") for words in "甲乙丙丁"]
    sheets = [(importing.bring(upload(book), by=by), plan(book, by).digest) for book in books]
    acts: list[Callable[[], Any]] = [
        *(partial(importing.confirm, row, seen=seen, by=by, report=unheard) for row, seen in sheets),
        *(partial(services.chase, order, by=people.office2) for order in (items, items[::-1]) * 2),
        *(partial(services.sign_for, item, by=user) for item, user in zip(items, liaisons, strict=True)),
    ]
    assert together(acts) == {"done": 9, "预览之后台账有了变化，请再核对一遍下面的内容，然后确认。": 3}
    brought = LedgerImport.objects.exclude(done_at=None).get()
    assert (brought.written["reports"], ProgressReport.objects.count()) == (4, 4)
    assert (Prompt.objects.count(), PortalNotice.objects.filter(title__startswith="催办").count()) == (4, 4)
    assert [signed(item)[code] for item, code in zip(items, UNITS, strict=True)] == [True] * 4
    assert audit.verify().broken_id is None


def test_the_same_ledger_of_new_items_is_written_once(people: People) -> None:
    rows = [["旧账", f"事项{number}", "市教育局", "2026-12-31"] for number in range(5)]
    book = sheet(["纪要编号", "议定事项", "牵头", "时限"], *rows)
    pressing = [people.office, people.office2] * 2
    acts: list[Callable[[], Any]] = []
    for by in pressing:
        row = importing.bring(upload(book), by=by)
        seen = importing.plan_of(row, by=by).digest
        acts.append(partial(importing.confirm, row, seen=seen, by=by, report=unheard))
    assert together(acts) == {"done": 1, "预览之后台账有了变化，请再核对一遍下面的内容，然后确认。": 3}
    kept = list(ActionItem.objects.order_by("seq").values_list("text", "seq"))
    assert kept == [(f"事项{number}", number + 1) for number in range(5)]
    assert audit.verify().broken_id is None


def test_nobody_at_a_page_waits_for_an_import_that_is_going_on(people: People) -> None:
    book, by = sheet(["纪要编号", "议定事项", "牵头"], ["旧账", "甲", "市教育局"]), people.office
    row = importing.bring(upload(book), by=by)
    press = partial(importing.confirm, row, seen=importing.plan_of(row, by=by).digest, by=by)
    with transaction.atomic():
        writing._one_at_a_time(row, wait=True)
        meanwhile = together([press])
    assert meanwhile == {"有人正在导入另一份表格，请过一会儿再确认。": 1}
    assert together([press]) == {"done": 1}


def unheard(_done: int, _of: int) -> None:
    """What the worker hears of how far it is; with it an import waits for another."""


def filled(client: Any, words: str, *, backwards: bool) -> bytes:
    """The exported ledger with progress on every item."""
    book = exported(client)
    rows = range(2, 2 + len(UNITS))
    for row in rows:
        put(book, row, 进展=f"{words}{row}")
    if backwards:
        cells = [[cell.value for cell in book.active[row]] for row in rows]
        for row, values in zip(rows, reversed(cells), strict=True):
            for cell, value in zip(book.active[row], values, strict=True):
                cell.value = value
    return saved(book)


def together(acts: list[Callable[[], Any]]) -> Counter[str]:
    """Every act once, all at the same moment, each in a thread of its own; what became of them."""
    gate, found = threading.Barrier(len(acts)), []

    def one(act: Callable[[], Any]) -> None:
        try:
            gate.wait()
            act()
            found.append("done")
        except Refused as error:
            found.append(error.text)
        except OperationalError as error:
            found.append(str(error).splitlines()[0])
        finally:
            connections.close_all()

    threads = [threading.Thread(target=one, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return Counter(found)
