"""A year of the ledger, day by day: every reminder that should go goes once, on its day, and none that should not.

Sixteen units, six meetings, 121 items; reports, returns, extensions and closings at random from one seed. What
should be said is computed by `Model` below: plain lists, days walked one by one, no code of the product.
"""

import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

import chinese_calendar
import pytest
import time_machine
from django.utils import timezone

from apps.action_items import services as items
from apps.action_items.enums import ExtensionState
from apps.action_items.models import ActionItem, Extension
from apps.action_items.services import Progress
from apps.action_items.services.opening import refresh
from apps.common.calendar_import import from_package, put_days
from apps.common.workflow import save_with_history
from apps.dispatch.models import OutboxMessage, PortalNotice
from apps.reminders import services
from apps.roster.models import Unit
from tests.factories.people import People

SHANGHAI = ZoneInfo("Asia/Shanghai")
MEETINGS = [
    date(2026, 1, 8),
    date(2026, 2, 26),
    date(2026, 4, 9),
    date(2026, 6, 11),
    date(2026, 8, 20),
    date(2026, 10, 15),
]
PER_MEETING = 20
# Opened and due: on 16 October, soon after midnight, its quarter has just gone by and three working days are left.
TWO_WORDS_IN_ONE_NIGHT = date(2026, 8, 20), date(2026, 10, 21)
CYCLES = {"每月5日前": 1, "每季度首月15日前": 3, "每半年": 6}
WITHOUT_ACCOUNT = "minzhengju"
DAY = timedelta(days=1)


def at(day: date, hour: int, minute: int = 0) -> datetime:
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=SHANGHAI)


# --- the simpler computation ------------------------------------------------


@cache
def works(day: date) -> bool:
    return chinese_calendar.is_workday(day) if day.year <= 2026 else day.weekday() < 5


def workdays_until(day: date, last: date) -> int:
    return sum(works(day + n * DAY) for n in range(1, (last - day).days + 1))


def period(cycle: str, day: date) -> int:
    return (day.year * 12 + day.month - 1) // CYCLES[cycle]


def reporting_days(cycle: str) -> list[date]:
    months = [(year, month) for year in (2026, 2027) for month in range(1, 13)]
    if cycle == "每月5日前":
        return [date(year, month, 5) for year, month in months]
    if cycle == "每季度首月15日前":
        return [date(year, month, 15) for year, month in months if month in (1, 4, 7, 10)]
    return [date(year, month, 30 if month == 6 else 31) for year, month in months if month in (6, 12)]


@dataclass
class Model:
    """One item as a list of facts. `answers` are the days of lead reports that were not sent back."""

    ref: str
    leads: tuple[str, ...]
    opened: date
    due: date | None
    cycle: str
    answers: list[date] = field(default_factory=list)
    open: bool = True

    def says(self, day: date) -> Iterator[tuple[str, date, str]]:
        """(kind, date, phase) of everything its liaisons should be told as of a morning."""
        if not self.open:
            return
        if self.due is not None:
            yield from self._around("item_due", self.due, day)
            yield from self._quarter(self.due, day)
        elif self.cycle:
            yield from self._cycle(day)

    def _around(self, kind: str, due: date, day: date) -> Iterator[tuple[str, date, str]]:
        if due < day:
            yield kind, due, "overdue"
        elif workdays_until(day, due) <= 3:
            yield kind, due, "before"

    def _quarter(self, due: date, day: date) -> Iterator[tuple[str, date, str]]:
        """The last fifteenth of a quarter's first month that has gone by, if nobody answered since that month began."""
        gone = day - DAY
        while not (gone.day == 15 and gone.month % 3 == 1):
            gone -= DAY
        first = gone.replace(day=1)
        silent = not any(answer >= first for answer in self.answers)
        if due >= day and self.opened < first and silent:
            yield "item_quarter", gone, "overdue"

    def _cycle(self, day: date) -> Iterator[tuple[str, date, str]]:
        last = max((period(self.cycle, answer) for answer in self.answers), default=-1)
        owed = [d for d in reporting_days(self.cycle) if d > self.opened and period(self.cycle, d) > last]
        gone, coming = [d for d in owed if d < day], [d for d in owed if d >= day]
        for due in [*gone[-1:], *coming[:1]]:
            yield from self._around("item_report", due, day)


# --- the year ---------------------------------------------------------------


class Year:
    """Makes the items, plays what happens to them, in the portal and in the model alike."""

    def __init__(self, people: People, seed: int) -> None:
        self.people, self.random = people, random.Random(seed)
        self.codes = [unit.code for unit in Unit.objects.active()]
        for code in self.codes:
            if code != WITHOUT_ACCOUNT:
                people.liaison(code)
        people.liaison_b("jiaoyuju")
        self.models: dict[str, Model] = {}
        self.script: dict[date, list[Any]] = {}
        self.happened: Counter[str] = Counter()

    def users(self, model: Model) -> list[str]:
        """Names of the accounts that are told about an item."""
        found = [f"liaison-{code}" for code in model.leads if code != WITHOUT_ACCOUNT]
        return found + ["liaison-b-jiaoyuju"] * ("jiaoyuju" in model.leads)

    def meet(self, number: int, day: date) -> None:
        """A meeting's items open, each with a script of what will happen to it."""
        for seq in range(1, PER_MEETING + 1):
            ref = f"Y{number}-{seq}"
            leads = tuple(self.random.sample(self.codes, self.random.choice([1, 1, 1, 2])))
            support = self.random.choice(
                [code for code in self.codes if code not in (*leads, WITHOUT_ACCOUNT, "weijianwei")]
            )
            cycle = self.random.choice(["", "", "", "", *CYCLES])
            standing = not cycle and self.random.random() < 0.05
            due = None if cycle or standing else day + self.random.randint(15, 260) * DAY
            self._open(ref, seq, leads, support, day, due, cycle, standing=standing)
            self._write_script(self.models[ref], support)
        if day == TWO_WORDS_IN_ONE_NIGHT[0]:
            self._open("Y-two", PER_MEETING + 1, ("jiaoyuju",), "kejiju", *TWO_WORDS_IN_ONE_NIGHT)

    def _open(
        self, ref: str, seq: int, leads: tuple[str, ...], support: str, day: date, due: date | None,
        cycle: str = "", *, standing: bool = False,
    ) -> None:  # fmt: skip
        items.open_item(
            ref=ref, seq=seq, text=f"示例事项{ref}", leads=[self.people.unit(code) for code in leads],
            supports=[self.people.unit(support)], all_support=False, due_on=due, recurrence=cycle,
            is_standing=standing, duties=[], source_paper=None, source_anchor="",
            source_label=f"〔2026〕{MEETINGS.index(day) + 1}号", opened_on=day, by=self.people.office,
        )  # fmt: skip
        self.models[ref] = Model(ref, leads, day, due, cycle)

    def _plan(self, day: date, act: Any, *given: Any) -> None:
        self.script.setdefault(day, []).append((act, given))

    def _write_script(self, model: Model, support: str) -> None:
        start, draw = model.opened, self.random
        end = min((model.due or date(2026, 12, 31)) + 60 * DAY, date(2026, 12, 31))
        span = max((end - start).days, 2)
        for _number in range(draw.randint(0, 5)):
            code = draw.choice(model.leads) if draw.random() < 0.75 else support
            self._plan(start + draw.randint(1, span) * DAY, self.report, model, code, draw.random() < 0.2)
        if model.due and draw.random() < 0.7:
            asked = model.due - draw.randint(1, 20) * DAY
            if asked > start:
                self._plan(asked, self.extend, model, model.due + draw.randint(10, 80) * DAY)
        if draw.random() < 0.6:
            done = start + draw.randint(10, span + 10) * DAY
            self._plan(done, self.ask_close, model, support)
            back = draw.random() < 0.2
            self._plan(
                done + draw.randint(1, 6) * DAY, self.return_close if back else self.close, model, support
            )

    def play(self, day: date) -> None:
        """What happens on a day happens at seven, before the beat."""
        with time_machine.travel(at(day, 7), tick=False):
            for act, given in self.script.pop(day, []):
                act(day, *given)

    def _item(self, model: Model) -> ActionItem:
        return ActionItem.objects.get(ref=model.ref)

    def _speaker(self, code: str) -> dict[str, Any]:
        """The unit with its liaison, or the office on behalf of the unit that has no account."""
        unit = self.people.unit(code)
        return {
            "unit": unit,
            "by": self.people.office if code == WITHOUT_ACCOUNT else self.people.liaison(code),
        }

    def report(self, day: date, model: Model, code: str, sent_back: bool) -> None:
        item = self._item(model)
        if item.state not in ("assigned", "in_progress"):
            return
        said = Progress(text="示例进展", source_note="电话" if code == WITHOUT_ACCOUNT else "")
        row = items.report(item, said, **self._speaker(code))
        self.happened["report" if code in model.leads else "support"] += 1
        if code in model.leads:
            model.answers.append(day)
        if sent_back:
            self._plan(day + 2 * DAY, self.send_back, model, row, day)

    def send_back(self, _day: date, model: Model, row: Any, answered: date) -> None:
        row.refresh_from_db()
        if row.review != "waiting":
            return
        items.review_report(row, accept=False, note="请写明数字", by=self.people.office)
        self.happened["sent back"] += 1
        if row.unit.code in model.leads:
            model.answers.remove(answered)

    def extend(self, day: date, model: Model, new: date) -> None:
        assert model.due is not None
        item = self._item(model)
        if item.state not in ("assigned", "in_progress"):
            return
        assert model.due is not None
        row = Extension(
            item=item, unit=self.people.unit(model.leads[0]), state=ExtensionState.GRANTED, applied_on=day,
            reason="示例", old_due=model.due, new_due=new, decided_on=day, decided_by="召集人",
        )  # fmt: skip
        save_with_history(row, by=self.people.convener)
        refresh(item, by=self.people.convener)
        model.due = new
        self.happened["extended"] += 1

    def ask_close(self, day: date, model: Model, _support: str) -> None:
        item = self._item(model)
        if item.state not in ("assigned", "in_progress"):
            return
        code = next((code for code in model.leads if code != WITHOUT_ACCOUNT), model.leads[0])
        said = Progress(text="已完成", source_note="电话" if code == WITHOUT_ACCOUNT else "")
        items.ask_close(item, said, **self._speaker(code))
        model.open = False
        model.answers.append(day)
        self.happened["asked to close"] += 1

    def close(self, _day: date, model: Model, support: str) -> None:
        item = self._item(model)
        if item.state != "closing":
            return
        if "weijianwei" in model.leads:
            items.confirm_close(item, by=self.people.liaison(support))
        items.close(self._item(model), by=self.people.director)
        self.happened["closed"] += 1

    def return_close(self, _day: date, model: Model, _support: str) -> None:
        item = self._item(model)
        if item.state != "closing":
            return
        answered = max(row.reported_on for row in item.reports.filter(assessment="closing"))
        items.return_close(item, reason="请补充材料", by=self.people.office)
        for row in item.reports.filter(review="returned", assessment="closing", reported_on=answered):
            model.answers.remove(row.reported_on)
        model.open = True
        self.happened["close returned"] += 1


def beats() -> list[date]:
    """A beat every morning; in May the clock jumps three days ahead and one back, in September as well."""
    days = [date(2026, 1, 5) + n * DAY for n in range(361)]
    for jump in (date(2026, 5, 11), date(2026, 9, 21)):
        place = days.index(jump)
        days[place : place + 4] = [jump, jump + 3 * DAY, jump + 2 * DAY, jump + 3 * DAY]
    return days


def worker() -> None:
    """The worker sends what is due: at ten in the morning."""
    now = timezone.now()
    OutboxMessage.objects.filter(state="waiting", due_at__lte=now).update(state="sent", sent_at=now)


@pytest.mark.django_db
def test_a_year_of_reminders(people: People) -> None:
    put_days(from_package(range(2026, 2027)), by=None)
    with time_machine.travel(at(date(2026, 1, 4), 9)):
        year = Year(people, seed=20260408)
    told: dict[tuple[str, str, date, str, str], date] = {}
    heard: dict[str, date] = {}  # a line whose date moved goes from the portal: what was said is kept here
    standing: dict[date, set[tuple[str, str, date, str]]] = {}
    played = date(2026, 1, 4)
    for number, day in enumerate(beats()):
        while played < day:
            played += DAY
            if played in MEETINGS:
                with time_machine.travel(at(played, 6), tick=False):
                    year.meet(MEETINGS.index(played) + 1, played)
            year.play(played)
        if number % 4 == 0:
            with time_machine.travel(at(day, 0, 10), tick=False):
                services.look()  # soon after midnight
            listen(heard, day)
        with time_machine.travel(at(day, 8, 30), tick=False):
            services.look()
            if number % 5 == 0:
                services.look()  # a second beat; two at the same moment are in test_services.py
        with time_machine.travel(at(day, 10), tick=False):
            worker()
        listen(heard, day)
        standing[day] = {(m.ref, *what) for m in year.models.values() for what in m.says(day)}
        for ref, kind, due, phase in standing[day]:
            for user in year.users(year.models[ref]):
                told.setdefault((ref, kind, due, phase, user), day)
    assert len(year.models) == 121
    assert min(year.happened.values()) >= 5, year.happened  # everything happens often enough to matter
    assert said(heard) == told
    assert Counter(kind + phase for _ref, kind, _due, phase, _user in told).keys() == {
        "item_duebefore", "item_dueoverdue", "item_reportbefore", "item_reportoverdue", "item_quarteroverdue",
    }  # fmt: skip
    _mails_are_right(standing, heard)


def parsed(key: str) -> tuple[str, str, date, str, str]:
    """(ref, kind, date, phase, user) of a line's key."""
    _reminder, kind, _same, pk, due, _moment, phase, user = key.split(":")
    return REFS[pk], kind, date.fromisoformat(due), phase, USERS[user]


REFS: dict[str, str] = {}
USERS: dict[str, str] = {}


def listen(heard: dict[str, date], day: date) -> None:
    """Keep the keys of the lines that the portal shows and did not show before."""
    for key in PortalNotice.objects.filter(key__startswith="reminder:").values_list("key", flat=True):
        heard.setdefault(key, day)


def said(heard: dict[str, date]) -> dict[tuple[str, str, date, str, str], date]:
    """What the portal told, and on which day."""
    from apps.accounts.models import User

    REFS.update({str(pk): ref for pk, ref in ActionItem.objects.values_list("pk", "ref")})
    USERS.update({str(pk): name for pk, name in User.objects.values_list("pk", "username")})
    return {parsed(key): day for key, day in heard.items()}


def _mails_are_right(standing: dict[date, set[tuple[str, str, date, str]]], heard: dict[str, date]) -> None:
    """Each line in one mail at most, each person one mail a moment, none at night; what was left out was settled."""
    lines = list(OutboxMessage.objects.filter(kind="reminder").select_related("digest"))
    out = OutboxMessage.objects.filter(kind__in=["reminder", "digest"], state="sent")
    moments = [(row.user_id, row.due_at.astimezone(SHANGHAI)) for row in out]
    assert max(Counter(moments).values()) == 1
    assert {(moment.hour, works(moment.date())) for _user, moment in moments} == {(8, True)}
    assert OutboxMessage.objects.filter(kind="digest", state="sent").count() > 20
    assert {row.state for row in lines} <= {"sent", "merged", "cancelled", "waiting"}
    assert {row.digest.state for row in lines if row.digest} == {"sent"}
    assert sorted(row.key for row in lines) == sorted(heard)
    for row in lines:
        if row.state == "cancelled":  # no word about a matter takes the place of another that still holds
            ref, kind, due, phase, _user = parsed(row.key)
            queued, goes = row.created_at.astimezone(SHANGHAI).date(), row.due_at.astimezone(SHANGHAI).date()
            between = [day for day in standing if queued <= day <= goes]
            assert any((ref, kind, due, phase) not in standing[day] for day in between), row.key
