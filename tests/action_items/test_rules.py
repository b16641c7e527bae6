"""灯色规则: a preview that counts right and writes nothing, then the change, by the system administrator alone."""

from collections.abc import Callable
from dataclasses import asdict
from datetime import date
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from apps.action_items import ledger, rules_page
from apps.action_items.enums import Light
from apps.action_items.lights import Thresholds
from apps.action_items.models import ActionItem
from apps.action_items.selectors import rule_on, snapshot_now, thresholds
from apps.common.models import AuditEvent, SettingRow
from tests.factories.people import People

Login = Callable[[Any], Client]
AS_OF = time_machine.travel("2026-11-23T10:00+08:00", tick=False)
OTHERS = [
    Thresholds(), Thresholds(1), Thresholds(60), Thresholds(4, 30), Thresholds(20, 0, 1), Thresholds(10, 5, 120),
    Thresholds(10, 30, 3),
]  # fmt: skip


@pytest.mark.core
@pytest.mark.parametrize("chosen", OTHERS, ids=str)
@pytest.mark.parametrize("owed", [None, date(2026, 10, 15), date(2026, 11, 20), date(2026, 11, 30)])
def test_filters_and_lamps_are_one_rule(past: People, chosen: Thresholds, owed: date | None) -> None:
    item = ActionItem.objects.get(ref="M1-5")
    item.report_due_on = owed
    item.save()
    with AS_OF:
        rule = rule_on(chosen=chosen)
        picked = {
            (ref, str(light))
            for light, where in ledger.light_filters(rule).items()
            for ref in ActionItem.objects.filter(where).values_list("ref", flat=True)
        }
        lamps = {(row.ref, str(rule.light(snapshot_now(row)))) for row in ActionItem.objects.all()}
    assert picked == lamps
    assert len(lamps) == 16


@AS_OF
def test_a_preview_counts_before_and_after(past: People, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(9):  # five for settings and calendar outside a request
        found = rules_page.preview(Thresholds(20, 0, 0))
    assert [(str(row["label"]), row["was"], row["becomes"], row["more"]) for row in found["figures"]] == [
        ("超期", 2, 2, 0), ("临期", 3, 5, 2), ("正常推进", 6, 4, -2), ("长期坚持", 1, 1, 0), ("已办结", 4, 4, 0),
    ]  # fmt: skip
    assert [
        (row["paper"], row["leads"], row["due"], row["was"]["level"], row["becomes"]["level"])
        for row in found["rows"]
    ] == [
        ("〔2026〕1号-7", "市人社局", date(2026, 12, 15), "green", "yellow"),
        ("〔2026〕2号-2", "市民政局", date(2026, 12, 20), "green", "yellow"),
    ]
    assert found["total"] == 2


@AS_OF
def test_nothing_is_written_until_confirmed(past: People, client_of: Login) -> None:
    browser, url = client_of(past.sysadmin), reverse("action_items:rules")
    assert browser.get(url).context["preview"] is None
    given = {"yellow_days": "20", "report_yellow_days": "5", "report_red_days": "0"}
    shown = browser.post(url, given)
    assert (shown.status_code, shown.context["preview"]["total"]) == (200, 2)
    assert not SettingRow.objects.exists()
    assert browser.post(url, given | {"yellow_days": "0", "confirm": "1"}).status_code == 422
    assert not SettingRow.objects.exists()
    assert browser.post(url, given | {"confirm": "1"}).status_code == 302
    assert asdict(thresholds()) == {"yellow_days": 20, "report_yellow_days": 5, "report_red_days": 0}
    labels = [event.detail["label"] for event in AuditEvent.objects.filter(verb="set").order_by("id")]
    assert labels == ["黄灯工作日", "定期报送黄灯工作日"]


def test_only_the_system_administrator(people: People, client_of: Login) -> None:
    url = reverse("action_items:rules")
    for user in (
        people.office,
        people.director,
        people.convener,
        people.liaison("jiaoyuju"),
        people.secadmin,
    ):
        assert [client_of(user).get(url).status_code, client_of(user).post(url).status_code] == [403, 403]


def test_every_lamp_has_its_words() -> None:
    from apps.action_items.ledger_page import LAMP_LABELS

    assert set(LAMP_LABELS) == set(Light)
