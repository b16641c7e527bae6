"""催办函 goes out: a number, a frozen paper and a receipt a unit, its own items only, once a day, whoever presses."""

import importlib
import itertools
from collections import Counter
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.apps import apps
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from apps.action_items import evidence, item_life, item_reading, services
from apps.action_items.models import ActionItem, Prompt
from apps.action_items.services import Progress
from apps.common import audit
from apps.common.errors import Refused
from apps.dispatch import selectors as dispatch
from apps.dispatch.models import Delivery, PortalNotice, Recipient
from apps.dispatch.selectors import waiting_for
from apps.dispatch.services import confirm_receipt, sync_recipients
from apps.documents import making
from apps.documents.composition import from_dict
from apps.documents.models import ArchivedPaper, IssuedNumber
from apps.reminders import escalation, forms, letters, releasing, selectors
from apps.reminders import services as rules
from apps.reminders.models import ChaseLetter, ReminderRule
from apps.reminders.releasing import release_letters
from apps.roster.models import Unit
from tests.action_items.test_services import make
from tests.factories.people import PASSWORD, People, after_password
from tests.factories.printed import faults_of
from tests.minutes.test_races import THREADS, all_at_once

pytestmark = pytest.mark.django_db
Login = Callable[[Any], Client]
MONDAY = datetime(2026, 3, 23, 10, tzinfo=ZoneInfo("Asia/Shanghai"))


@pytest.fixture(autouse=True)
def _monday() -> Any:
    with time_machine.travel(MONDAY, tick=False):
        yield


def overdue(people: People, *leads: str) -> ActionItem:
    return make(people, *leads, due_on=date(2026, 3, 20), opened_on=date(2026, 2, 10))


def two(people: People) -> tuple[ActionItem, ActionItem, ActionItem]:
    """One matter of each of two units, and one both lead."""
    return overdue(people, "jiaoyuju"), overdue(people, "kejiju"), overdue(people, "jiaoyuju", "kejiju")


def letter_lines(item: ActionItem, user: Any) -> list[tuple[str, str, str]]:
    read = item_reading.fill(item_reading.with_flags(ActionItem.objects.all()).get(pk=item.pk))
    return [line for line in evidence.pack_of(read, user).lines if line[0].startswith("05")]


def test_each_unit_gets_its_own_letter_about_its_own_items(people: People) -> None:
    own, others, both = two(people)
    reader, units = people.liaison("jiaoyuju"), [people.unit("kejiju"), people.unit("jiaoyuju")]
    assert waiting_for(reader) == []
    done = release_letters(units, by=people.office)
    assert [
        (row.unit.code, row.paper.number_text, sorted(item.pk for item in row.items.all()), row.released_by)
        for row in done.letters
    ] == [
        ("jiaoyuju", "催办〔2026〕1号", [own.pk, both.pk], people.office),
        ("kejiju", "催办〔2026〕2号", [others.pk, both.pk], people.office),
    ]  # fmt: skip
    assert (done.left, done.silent) == ([], ["市科技局"])
    first = done.letters[0].paper
    assert (first.kind, first.status, first.printed_on) == ("chase_letter", "current", timezone.localdate())
    assert ("议定事项1\t" in first.text, "议定事项2\t" in first.text, "议定事项3\t" in first.text) == (
        True,
        False,
        True,
    )
    assert faults_of(from_dict(first.data)) == []
    copies = [(copy.paper.number_text, copy.recipient.name) for copy in Delivery.objects.order_by("pk")]
    assert copies == [("催办〔2026〕1号", "市教育局"), ("催办〔2026〕2号", "市科技局")]
    assert [row.paper_id for row in dispatch.register_rows(people.office, year=2026)] == [
        row.paper_id for row in done.letters
    ]
    [notice] = PortalNotice.objects.filter(user=reader)
    assert (notice.title, notice.url) == (
        "请签收：催办〔2026〕1号 关于催办联席会议议定事项的函", reverse("dispatch:paper", args=[first.pk]),
    )  # fmt: skip


def told_beside(answer: Any) -> tuple[dict[str, list[str]], dict[str, str]]:
    """Of a page that comes back with 422: what stands beside which field (and above all), and what the fields still hold."""
    form, page = answer.context["rows"][0]["field"].form, answer.content.decode()
    told = Counter(words for [words] in form.errors.values())
    shown = {words: page.count(f"{words}</") for words in told}
    assert (answer.status_code, shown) == (422, {words: 2 * times for words, times in told.items()})
    return dict(form.errors), {name: form[name].value() for name in form.fields}


def test_a_letter_bears_the_host_units_own_number_where_one_was_typed_in(
    people: People, client_of: Login, monkeypatch: pytest.MonkeyPatch
) -> None:
    two(people)
    office, here = client_of(people.office), reverse("reminders:release_letters")
    units = {"unit": ["jiaoyuju", "kejiju"]}
    seen = office.get(here, units).context["seen"]
    for text in ("泉卫函12号", "第一号泉卫函〔2026〕12号（代拟稿）", "催办〔2026〕1号"):
        wrong = office.post(here, {**units, "seen": seen, "number-jiaoyuju": text})
        assert (wrong.status_code, "发文字号要写成：泉卫函〔2026〕12号。" in wrong.content.decode()) == (
            422,
            True,
        )
    own = "泉卫函〔2026〕12号"
    alike = {f"number-{code}": own for code in units["unit"]}
    errors, kept = told_beside(office.post(here, {**units, "seen": seen, **alike}))
    twice = ["两份催办函写了同一个文号。"]
    assert (errors, kept) == ({"number-jiaoyuju": twice, "number-kejiju": twice}, alike)
    assert ChaseLetter.objects.count() == IssuedNumber.objects.count() == 0
    after_password(office, here, {**units, "seen": seen, "number-jiaoyuju": own})
    assert [(row.unit.code, row.paper.number_text, row.number_id is None) for row in ChaseLetter.objects.all()] == [
        ("jiaoyuju", own, True), ("kejiju", "催办〔2026〕1号", False),
    ]  # fmt: skip
    assert [f"{own}\n" in row.paper.text for row in ChaseLetter.objects.all()] == [True, False]
    # An old letter that shares its number with an older one bears it on its paper alone.
    [first, _second] = ChaseLetter.objects.all()
    assert first.own_number == own
    first.own_number = ""
    first.save()
    with time_machine.travel(MONDAY + timedelta(days=1), tick=False):
        office = client_of(people.office)  # the night ended the session
        seen = office.get(here, units).context["seen"]
        given = {"number-jiaoyuju": "泉卫函〔2026〕13号", "number-kejiju": own}
        errors, kept = told_beside(office.post(here, {**units, "seen": seen, **given}))
        # Somebody was quicker between the look and the act.
        monkeypatch.setattr(forms, "borne", lambda _numbers: {})
        office.post(reverse("account_reauthenticate"), {"password": PASSWORD})
        late = told_beside(office.post(here, {**units, "seen": seen, **given}))
        # A number that two letters bear already stops no migration: the oldest one's row takes it.
        monkeypatch.setattr(releasing, "borne", lambda _numbers: {})
        release_letters([people.unit("kejiju")], numbers={people.unit("kejiju").pk: own}, by=people.office)
    assert errors == late[0] == {"number-kejiju": [f"{own}已经用在2026年3月23日发市教育局的催办函上。"]}
    assert (kept, late[1], ChaseLetter.objects.count()) == (given, given, 3)
    ChaseLetter.objects.update(own_number="")
    importlib.import_module("apps.reminders.migrations.0005_own_number_once").take_from_papers(apps, None)
    assert [(row.paper.number_text, row.own_number) for row in ChaseLetter.objects.order_by("pk")] == [
        (own, own), ("催办〔2026〕1号", ""), (own, ""),
    ]  # fmt: skip


def test_it_is_signed_for_and_stands_in_the_life_and_the_file_of_its_items(people: People) -> None:
    _own, _others, both = two(people)
    reader, other = people.liaison("jiaoyuju"), people.liaison("kejiju")
    release_letters([people.unit("jiaoyuju")], by=people.office)
    copy = Delivery.objects.get()
    [todo] = waiting_for(reader)
    assert (todo.verb, todo.note, todo.url) == ("签收", "催办〔2026〕1号", copy.get_absolute_url())
    assert waiting_for(other) == []
    confirm_receipt(copy, by=reader)
    assert waiting_for(reader) == []
    told = [(event.label, event.detail.get("reason")) for event in item_life.events_of(both)]
    assert told[-1] == ("催办函", "催办〔2026〕1号，发市教育局，时限2026年3月20日，已超期1个工作日")
    name = "催办〔2026〕1号 关于催办联席会议议定事项的函"
    assert letter_lines(both, reader) == [("05", "催办函", f"缺：{name}（文件还没有做成）")]
    making.make_due()
    assert letter_lines(both, reader) == letter_lines(both, people.office) == [("05-1", f"{name}.pdf", "")]
    # It lists what else 市教育局 leads: the other lead unit is told that it is there, no more.
    assert letter_lines(both, other) == [("05", "催办函", "催办函催办〔2026〕1号（发市教育局）未向您开放")]
    assert dispatch.papers_visible_to(other).count() == 0


def test_what_cannot_go_is_named_and_takes_no_number(people: People) -> None:
    two(people)
    overdue(people, "minzhengju")
    one, other, off, idle = (people.unit(code) for code in ("jiaoyuju", "kejiju", "minzhengju", "caizhengju"))
    sync_recipients(by=None)
    Recipient.objects.get(unit=off).delete()
    sync_recipients(by=None)
    row = Recipient.objects.get(unit=off)
    row.is_active = False
    row.save()
    with pytest.raises(PermissionDenied):
        release_letters([one], by=people.convener)
    with pytest.raises(Refused, match="请先勾选要发催办函的单位。"):
        release_letters([], by=people.office)
    seen = letters.mark_of(letters.unit_letters(unit=one))
    release_letters([one], seen=seen, by=people.director)
    done = release_letters([people.unit("weijianwei"), one, off, other, idle], by=people.office)
    assert [row.unit.code for row in done.letters] == ["kejiju"]
    assert {unit.code: why for unit, why in done.left} == {
        "jiaoyuju": "今天已经发过催办函（催办〔2026〕1号），明天再发。",
        "weijianwei": "办公室设在本单位，不发函，请用文字提醒。",
        "minzhengju": "收文单位已停用，请先在“收文单位”中启用。",
        "caizhengju": "现在没有要催办的事项。",
    }
    with pytest.raises(Refused) as refused:
        release_letters([one], by=people.office)
    assert refused.value.text == "市教育局：今天已经发过催办函（催办〔2026〕1号），明天再发。"
    assert IssuedNumber.objects.count() == ArchivedPaper.objects.count() == ChaseLetter.objects.count() == 2
    with time_machine.travel(datetime(2026, 3, 24, 10, tzinfo=ZoneInfo("Asia/Shanghai")), tick=False):
        with pytest.raises(Refused, match="您打开之后事项有变动，请重新看过再发。"):
            release_letters([one], seen=seen, by=people.office)
        assert release_letters([one], by=people.office).letters[0].paper.number_text == "催办〔2026〕3号"


def test_the_pages_show_what_goes_to_whom_and_ask_for_the_password(people: People, client_of: Login) -> None:
    own, _others, _both = two(people)
    page, act = reverse("reminders:letters"), reverse("reminders:release_letters")
    office = client_of(people.office)
    assert 'name="unit" value="jiaoyuju"' in office.get(page).content.decode()
    none = office.get(act, {"light": "red"}, follow=True)
    assert "请先勾选要发催办函的单位。" in none.content.decode()
    asked = office.get(act, {"unit": ["jiaoyuju", "kejiju"], "light": "both"})
    assert [[line["which"] for line in row["ready"].letter.lines] for row in asked.context["rows"]] == [
        ["〔2026〕1号第1项", "〔2026〕1号第3项"], ["〔2026〕1号第2项", "〔2026〕1号第3项"],
    ]  # fmt: skip
    given = {"unit": ["jiaoyuju", "kejiju"], "light": "both", "seen": asked.context["seen"]}
    for user in (people.convener, people.liaison("jiaoyuju"), people.auditor):
        assert [
            client_of(user).get(act, given).status_code,
            client_of(user).post(act, given).status_code,
        ] == [403] * 2
    answer = after_password(office, act, given)
    assert answer["Location"] == page
    shown = office.get(page).content.decode()
    assert "已发催办函：市教育局（催办〔2026〕1号）、市科技局（催办〔2026〕2号）。" in shown
    assert ("今天已发" in shown, 'name="unit"' in shown) == (True, False)
    # Who got a letter today is not told again today by a rung.
    ladder = office.get(reverse("reminders:ladder")).content.decode()
    notes = ("今天已发催办函", "今天已催办，明天可升级", 'name="rung"')
    assert [ladder.count(words) for words in notes] == [3, 3, 0]
    with pytest.raises(Refused, match="今天已催办，明天可升级。"):
        escalation.release(own, "liaison", by=people.office)
    with pytest.raises(PermissionDenied):
        escalation.release(own, "liaison", by=people.auditor)
    assert Prompt.objects.count() == 0
    again = office.post(act, given, follow=True).content.decode()
    assert "市教育局：今天已经发过催办函（催办〔2026〕1号），明天再发。" in again
    services.ask_close(
        own, Progress(text="已完成"), unit=people.unit("jiaoyuju"), by=people.liaison("jiaoyuju")
    )
    paper = ChaseLetter.objects.get(unit__code="jiaoyuju").get_absolute_url()
    assert client_of(people.liaison("jiaoyuju")).get(paper).status_code == 200
    assert client_of(people.liaison("kejiju")).get(paper).status_code == 404


@pytest.mark.django_db(transaction=True)
def test_one_number_typed_for_two_units_at_once_stands_on_one_letter(people: People) -> None:
    """PostgreSQL: not among the core tests. Every second one writes to the other unit."""
    two(people)
    units, text = [people.unit("jiaoyuju"), people.unit("kejiju")], "泉卫函〔2026〕12号"
    sync_recipients(by=None)
    turn = itertools.cycle(units)

    def press() -> None:
        unit = next(turn)
        release_letters([unit], numbers={unit.pk: text}, by=people.office)

    found = all_at_once(press)
    [sent] = ChaseLetter.objects.all()
    late = f"{text}已经用在2026年3月23日发{sent.unit}的催办函上。"
    again = f"{sent.unit}：今天已经发过催办函（{text}），明天再发。"
    assert found == {"done": 1, late: THREADS // 2, again: THREADS // 2 - 1}
    assert (sent.own_number, ArchivedPaper.objects.count(), Delivery.objects.count()) == (text, 1, 1)
    assert audit.verify().broken_id is None
    other = next(unit for unit in units if unit != sent.unit)
    [second] = release_letters([other], numbers={other.pk: "泉卫函〔2026〕13号"}, by=people.office).letters
    second.own_number = text
    with pytest.raises(IntegrityError):  # the database says so, whoever forgets to look
        second.save()


@pytest.mark.django_db(transaction=True)
def test_letters_with_and_without_a_typed_number_never_wait_for_each_other(people: People) -> None:
    """PostgreSQL: not among the core tests. Seven pairs of units; half of them begin with a typed number, which takes none
    of the series but writes in the journal. Meanwhile somebody releases rungs of the same items."""
    units = [unit for unit in Unit.objects.active() if unit.code not in ("weijianwei", "shengtaiju")]
    late = {unit.code: overdue(people, unit.code) for unit in units}
    pairs = list(zip(units[::2], units[1::2], strict=True))
    clerks, turn = [people.office, people.office2], itertools.count()
    sync_recipients(by=None)

    def press() -> None:
        number = next(turn)
        pair, by = pairs[number % 7], clerks[number % 2]
        if number >= 2 * len(pairs):
            escalation.release(late[pair[0].code], "liaison", by=by)
        else:
            typed = {pair[0].pk: f"泉卫函〔2026〕{number % 7 + 1}号"} if number % 7 % 2 else {}
            release_letters(pair, numbers=typed, by=by)

    found = all_at_once(press)  # nothing but Refused is caught there: a deadlock fails the count
    assert (sum(found.values()), found["done"] >= len(pairs)) == (THREADS, True)
    assert sorted(ChaseLetter.objects.values_list("unit__code", flat=True)) == sorted(late)
    numbers = IssuedNumber.objects.order_by("number").values_list("number", flat=True)
    assert (list(numbers), audit.verify().broken_id) == (list(range(1, 14 - 3 + 1)), None)
    # A rung stops no letter, but a letter stops a rung: every rung went before its letter, or not at all.
    for item in late.values():
        acts = [event.verb for event in audit.history_of(item) if event.verb in ("ladder", "release_letter")]
        assert acts in (["release_letter"], ["ladder", "release_letter"])


@pytest.mark.django_db(transaction=True)
def test_two_who_save_the_rules_at_once_never_wait_for_each_other(people: People) -> None:
    """PostgreSQL: not among the core tests. Half of the rules are kept already, half for the first time."""
    kept = list(selectors.rules())
    for row in kept[::2]:
        rules.set_rule(row.matter, row.phase, row.slot, workdays=20, is_active=True, by=people.sysadmin)
    turn = itertools.count()

    def press() -> None:
        number = next(turn)
        mine = kept if number % 2 else kept[3:][::-1]
        rules.set_rules([(row, number + 1, True) for row in mine], by=people.sysadmin)

    found = all_at_once(press)
    assert (sum(found.values()), found["done"] > 0) == (THREADS, True)
    assert set(found) <= {"done", "规则刚被别人改过，请刷新后再看。"}
    days = {(row.matter, row.phase, row.slot): row.workdays for row in ReminderRule.objects.all()}
    last = {days[row.matter, row.phase, row.slot] for row in kept[3:]}
    assert (len(days), len(last), audit.verify().broken_id) == (len(kept), 1, None)


@pytest.mark.django_db(transaction=True)
def test_two_who_press_at_once_send_one_letter(people: People) -> None:
    """PostgreSQL: not among the core tests."""
    two(people)
    units, clerks = [people.unit("jiaoyuju"), people.unit("kejiju")], [people.office, people.office2]
    sync_recipients(by=None)

    def press() -> None:
        clerks.reverse()
        release_letters(units, by=clerks[0])

    said = "".join(
        f"{name}：今天已经发过催办函（催办〔2026〕{number}号），明天再发。"
        for number, name in ((1, "市教育局"), (2, "市科技局"))
    )
    assert all_at_once(press) == {"done": 1, said: THREADS - 1}
    assert ChaseLetter.objects.count() == Delivery.objects.count() == IssuedNumber.objects.count() == 2
    assert audit.verify().broken_id is None
