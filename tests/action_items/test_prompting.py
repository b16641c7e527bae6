"""催办 and the ladder: once a day an item, once a deadline a rung, the right people, whoever presses first."""

import itertools
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.core.exceptions import PermissionDenied
from django.db import close_old_connections, connections

from apps.action_items import ladder, services
from apps.action_items.models import ActionItem, Prompt
from apps.action_items.services import Progress, prompting
from apps.common import audit
from apps.common.errors import Refused
from apps.common.workflow import lock
from apps.dispatch.models import OutboxMessage, PortalNotice
from tests.factories.people import People

from .test_services import make

SHANGHAI = ZoneInfo("Asia/Shanghai")
OPENED, DUE = date(2026, 2, 10), date(2026, 3, 20)


def on(day: str, hour: int = 10) -> Any:
    return time_machine.travel(datetime.fromisoformat(day).replace(hour=hour, tzinfo=SHANGHAI), tick=False)


def overdue(people: People, *leads: str, **fields: Any) -> ActionItem:
    with on("2026-02-10"):
        return make(people, *leads, **({"due_on": DUE, "opened_on": OPENED} | fields))


def told() -> list[tuple[str, str]]:
    """(to whom, title) of every line in the portal, oldest first."""
    rows = PortalNotice.objects.order_by("id").select_related("user")
    return [(row.user.username, row.title) for row in rows]


@pytest.mark.core
def test_a_chase_tells_the_leads_liaisons_once_a_day(people: People) -> None:
    first, second = overdue(people, "jiaoyuju", "kejiju"), overdue(people, "jiaoyuju")
    liaison, other = people.liaison("jiaoyuju"), people.liaison_b("jiaoyuju")
    with on("2026-03-23"):
        done = services.chase([second, first], by=people.office)
        assert [(item.ref, [user.username for user in users]) for item, users in done.told] == [
            ("T-1", [liaison.username, other.username]),
            ("T-2", [liaison.username, other.username]),
        ]
        assert (done.people, done.silent, done.already, done.not_open) == (2, ["市科技局"], [], [])
        again = services.chase([first], by=people.director)
        assert (again.told, [item.ref for item in again.already]) == ([], ["T-1"])
    with on("2026-03-24"):
        assert [item.ref for item, _users in services.chase([first], by=people.office).told] == ["T-1"]
    title = "催办：〔2026〕1号第{}项议定事项"
    assert told() == [(user.username, title.format(seq)) for seq in (1, 2) for user in (liaison, other)] + [
        (user.username, title.format(1)) for user in (liaison, other)
    ]
    # Two matters chased in one go are one mail a person.
    assert list(
        OutboxMessage.objects.filter(kind="digest").order_by("id").values_list("address", flat=True)
    ) == [
        liaison.email,
        other.email,
    ]
    rows = Prompt.objects.filter(item=first).values_list("rung", "on", "due", "told", "note")
    names = f"{liaison}、{other}"
    note = "没有账号，须另行告知：市科技局"
    assert list(rows) == [
        ("chase", date(2026, 3, 23), DUE, names, note),
        ("chase", date(2026, 3, 24), DUE, names, note),
    ]
    events = [event for event in audit.history_of(first) if event.verb == "chase"]
    assert [(event.label, event.detail["reason"]) for event in events] == [
        ("催办", f"时限2026-03-20；告知{names}；{note}")
    ] * 2


def test_all_items_are_locked_in_order_before_anything_is_written(
    people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = overdue(people, "jiaoyuju"), overdue(people, "jiaoyuju")
    seen: list[tuple[int, int]] = []

    def locking(item: ActionItem) -> ActionItem:
        seen.append((item.pk, Prompt.objects.count()))
        return lock(item)

    monkeypatch.setattr(prompting, "lock", locking)
    services.chase([second, first], by=people.office)
    assert (seen, Prompt.objects.count()) == ([(first.pk, 0), (second.pk, 0)], 2)


@pytest.mark.core
def test_who_may_chase_and_what_is_not_chased(people: People) -> None:
    item = overdue(people, "jiaoyuju")
    for user in (people.liaison("jiaoyuju"), people.convener, people.sysadmin, people.auditor):
        with pytest.raises(PermissionDenied):
            services.chase([item], by=user)
        with pytest.raises(PermissionDenied):
            services.release(item, "liaison", by=user)
    with on("2026-03-19"):
        services.ask_close(
            item, Progress(text="已完成"), unit=people.unit("jiaoyuju"), by=people.liaison("jiaoyuju")
        )
    with on("2026-03-23"):
        done = services.chase([item], by=people.office)
        assert (done.told, [row.ref for row in done.not_open]) == ([], ["T-1"])
        assert ladder.stuck() == []  # it waits for the office
    assert Prompt.objects.count() == 0


@pytest.mark.core
def test_the_ladder_is_climbed_rung_by_rung_once_a_deadline(people: People) -> None:
    item = overdue(people, "jiaoyuju")
    liaison, member = people.liaison("jiaoyuju"), people.member("jiaoyuju")
    director, convener = people.director, people.convener
    with on("2026-03-20"), pytest.raises(Refused, match="没有超期或漏报"):
        services.release(item, "liaison", by=people.office)
    seen: list[Any] = []
    with on("2026-03-23"):
        with pytest.raises(Refused, match="还没有轮到"):
            services.release(item, "convener", by=people.office)
        # Chased today: whoever was told has the day to answer.
        services.chase([item], by=people.office)
        with pytest.raises(Refused, match="今天已催办，明天可升级。"):
            services.release(item, "liaison", by=people.office)
    rungs = ("liaison", "member", "director", "convener", "agenda")
    for day, (rung, after) in enumerate(itertools.zip_longest(rungs, rungs[1:], fillvalue=""), 24):
        with on(f"2026-03-{day}"):
            stuck = ladder.stuck()[0]
            seen.append((stuck.next_rung, stuck.since, stuck.prompted_today))
            row = services.release(item, rung, by=people.office)
            with pytest.raises(Refused, match="已经发过"):
                services.release(item, rung, by=people.office2)
            if after:
                with pytest.raises(Refused, match="今天已催办，明天可升级。"):
                    services.release(item, after, by=people.office)
            assert ladder.stuck()[0].prompted_today
            seen.append((row.rung, row.told))
    with on("2026-03-28"):
        assert ladder.stuck()[0].next_rung is None
    week = [date(2026, 3, day) for day in (24, 25, 26, 27)]
    assert seen == [
        ("liaison", DUE, False), ("liaison", str(liaison)), ("member", week[0], False), ("member", str(member)),
        ("director", week[1], False), ("director", str(director)),
        ("convener", week[2], False), ("convener", str(convener)), ("agenda", week[3], False), ("agenda", ""),
    ]  # fmt: skip
    assert told()[1:] == [
        (user.username, f"升级督办（{rung}）：〔2026〕1号第1项议定事项")
        for user, rung in (
            (liaison, "经办人"), (member, "联席会议成员"), (director, "办公室主任"), (convener, "召集人"),
        )
    ]  # fmt: skip
    labels = [event.label for event in audit.history_of(item) if event.verb == "ladder"]
    assert labels == [
        f"升级督办：{word}" for word in ("经办人", "联席会议成员", "办公室主任", "召集人", "列入议题")
    ]


@pytest.mark.core
def test_a_member_without_account_is_named_for_a_call(people: People) -> None:
    item = overdue(people, "jiaoyuju")
    with on("2026-03-23"):
        assert services.release(item, "liaison", by=people.office).note == "没有账号，须另行告知：市教育局"
    with on("2026-03-24"):
        row = services.release(item, "member", by=people.office)
    held = people.unit("jiaoyuju").posts.get(kind="member").appointments.get()
    assert (row.told, row.note) == ("", f"没有账号，须另行告知：市教育局{held.person.name}")


@pytest.mark.core
def test_another_deadline_starts_at_the_first_rung_again(people: People) -> None:
    item = overdue(people, "jiaoyuju", due_on=None, recurrence="每月5日前")
    people.liaison("jiaoyuju")
    with on("2026-03-06"):
        services.release(item, "liaison", by=people.office)
        assert ladder.stuck()[0].next_rung == "member"
    with on("2026-04-06"):
        assert (ladder.stuck()[0].next_rung, ladder.stuck()[0].asked.due) == ("liaison", date(2026, 4, 5))


def test_the_list_costs_the_same_for_one_item_and_for_three(
    people: People, django_assert_num_queries: Any
) -> None:
    for count in (1, 3):
        while ActionItem.objects.count() < count:
            overdue(people, "jiaoyuju")
        with on("2026-03-23"), django_assert_num_queries(3):
            rows = ladder.stuck()
            assert [(len(row.leads), row.chased_today) for row in rows] == [(1, False)] * count


@pytest.mark.django_db(transaction=True)
def test_two_people_pressing_at_once_make_one_rung_and_one_message(people: People) -> None:
    with time_machine.travel(datetime(2026, 2, 10, 10, tzinfo=SHANGHAI)):
        item = make(people, "jiaoyuju", due_on=DUE, opened_on=OPENED)
    people.liaison("jiaoyuju")
    pressing = [people.office, people.office2, people.director] * 2

    def chase(user: Any) -> str:
        return str(len(services.chase([ActionItem.objects.get(pk=item.pk)], by=user).told))

    def release(user: Any) -> str:
        services.release(ActionItem.objects.get(pk=item.pk), "liaison", by=user)
        return "released"

    def pressed(act: Any, day: int) -> list[str]:
        def press(user: Any) -> str:
            close_old_connections()
            try:
                return act(user)
            except Refused as refused:
                return refused.text
            finally:
                connections.close_all()

        with time_machine.travel(datetime(2026, 3, day, 10, tzinfo=SHANGHAI)), ThreadPoolExecutor(6) as pool:
            return sorted(pool.map(press, pressing))

    assert pressed(chase, 23) == ["0"] * 5 + ["1"]
    assert pressed(release, 23) == ["今天已催办，明天可升级。"] * 6
    gone = "这一级已经发过，或者还没有轮到，请刷新后再看。"
    assert pressed(release, 24) == ["released"] + [gone] * 5
    assert list(Prompt.objects.order_by("rung").values_list("rung", flat=True)) == ["chase", "liaison"]
    assert PortalNotice.objects.count() == 2


def test_a_held_rung_of_a_missed_quarter_outlives_the_next_quarters_day(people: People) -> None:
    people.liaison("fagaiwei")
    with time_machine.travel(datetime(2026, 9, 1, 10, tzinfo=SHANGHAI), tick=False):
        item = make(people, "fagaiwei", due_on=date(2027, 12, 31))
    OutboxMessage.objects.all().delete()
    with time_machine.travel(datetime(2027, 1, 15, 21, tzinfo=SHANGHAI), tick=False):  # a Friday evening
        stuck = ladder.stuck_one(item)
        assert stuck is not None
        assert stuck.next_rung is not None
        prompting.release(item, stuck.next_rung, by=people.office)
    with time_machine.travel(datetime(2027, 1, 16, 0, 30, tzinfo=SHANGHAI), tick=False):
        assert prompting.take_back() == 0
        [mail] = OutboxMessage.objects.all()
        assert (mail.state, mail.due_at.astimezone(SHANGHAI)) == (
            "waiting",
            datetime(2027, 1, 18, 8, tzinfo=SHANGHAI),
        )
        services.report(item, Progress(text="x"), unit=people.unit("fagaiwei"), by=people.liaison("fagaiwei"))
        assert prompting.take_back() == 1
