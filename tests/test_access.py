"""Every address × method × role × unit: what each answers, line by line against tests/access.txt.

The table was reviewed by hand: another unit's object is unseen (404), a forbidden act is 403. After adding an address
run `ACCESS=write pytest tests/test_access.py` and review the difference.
"""

import os
import re
import time
from collections.abc import Iterator
from datetime import timedelta
from itertools import groupby
from pathlib import Path
from typing import Any

import pytest
from django.contrib.contenttypes.models import ContentType
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils import timezone

from apps.accounts.models import RoleGrant, User
from apps.action_items import importing
from apps.action_items.models import ActionItem, Ending, Extension, LedgerView
from apps.bulletins.models import Bulletin, Information
from apps.common import long_work
from apps.common.models import CalendarDay
from apps.dispatch.models import Delivery, OutboxMessage, PortalNotice, Recipient
from apps.meetings.models import Attendance, Invitation, Meeting, RecordBlock, Topic
from apps.minutes import services as minutes_services
from apps.minutes.models import Consent, CorrectionCase, CorrectionConsent, Minutes, MinutesUserGrant, Passage
from apps.minutes.services.drafting import content_of
from apps.portal import feeds, works
from apps.roster.models import Appointment, Person, Post, Unit
from tests.factories.people import client_of
from tests.support.books import workbook

TABLE = Path(__file__).with_name("access.txt")
# `own` is the liaison of the unit every object below belongs to or concerns, `other` that of a unit it does not.
ROLES = {
    "office": "bangongshi",
    "director": "zhuren",
    "convener": "zhaojiren",
    "deputy": "weijianwei",
    "own": "zhujianju",
    "member": "zhujianju-chengyuan",
    "other": "jiaoyuju",
    "sysadmin": "xitong",
    "secadmin": "anquan",
    "auditor": "shenji",
    "visitor": "xuncha",
}
HEAD = f"{'':32} {'':4} anonymous {' '.join(ROLES)}"
OURS = (
    "accounts",
    "action_items",
    "bulletins",
    "dispatch",
    "documents",
    "duties",
    "meetings",
    "minutes",
    "portal",
    "reminders",
    "roster",
)
# One letter an answer: seen, sent on, forbidden, unseen, not this method, bad request, sent to the login.
LETTERS = {200: "s", 302: "r", 303: "r", 403: "F", 404: "-", 405: ".", 400: "b", 409: "b", 422: "b", 304: "s"}
VERBS = {
    "accounts:act": "disable",
    "meetings:act": "cancel",
    "meetings:agenda_act": "up",
    "meetings:substitute": "approve",
    "meetings:block_act": "up",
    "meetings:topic_act": "accept",
    "meetings:door_act": "open",
    "meetings:room_act": "adjourn",
    "meetings:item_act": "take-up",
    "minutes:act": "settle",
    "minutes:passage_act": "up",
    "minutes:correction_act": "submit",
    "action_items:act": "sign_for",
    "bulletins:act": "chase",
    "bulletins:information_act": "chase",
    "dispatch:act": "resend",
}


KIND_OF = {"meetings:block_add": "speech", "meetings:move_person": "out"}

# Pages of one item of the agenda.
ITEM_PAGES = ("save_script", "save_note", "files", "follow_up", "write_follow_up", "item_act")

# Papers have an address a kind. Pages and parts go through one view, so parts are asked for in one kind only.
KINDS = {
    "meetings:paper": ("notice", "agenda", "sign_in", "plates", "record"),
    "minutes:paper": (
        "minutes", "consent_letter", "consent_table", "routing_sheet", "assignment", "correction", "draft",
    ),
    "dispatch:sheet": ("paper", "register", "stop"),
    "meetings:paper_part": ("record",),
    "minutes:paper_part": ("consent_table",),
    "dispatch:sheet_part": ("register",),
}  # fmt: skip


def kinds_of(name: str) -> tuple[str, ...]:
    """The kinds a route is asked for; one empty one for most."""
    return KINDS.get(name, ("",))


def routes() -> Iterator[tuple[str, list[str]]]:
    """Every named address of ours and the names of its parameters."""
    for resolver in get_resolver().url_patterns:
        if isinstance(resolver, URLResolver) and resolver.namespace in OURS:
            for pattern in resolver.url_patterns:
                assert isinstance(pattern, URLPattern), pattern
                assert pattern.name, pattern
                yield (
                    f"{resolver.namespace}:{pattern.name}",
                    re.findall(r"<(?:\w+:)?(\w+)>", str(pattern.pattern)),
                )


def objects() -> dict[str, int]:
    """Address or app → the object asked for. All belong to or concern 市住建局, none concerns 市教育局."""
    unit = Unit.objects.get(code="zhujianju")
    held = Meeting.objects.get(import_key=None, kind="special")
    called = Meeting.objects.get(import_key=None, kind="plenary")
    minutes = held.minutes
    item = ActionItem.objects.get(ref="M2-6")
    invitation = Invitation.objects.get(meeting=called, unit=unit)
    consent = Consent.objects.get(circulation__minutes=minutes, unit=unit)
    topic = Topic.objects.get(unit=unit)
    delivery = Delivery.objects.filter(recipient__unit=unit)[0]
    message = OutboxMessage.objects.filter(user__username="zhujianju")[0]
    notice = PortalNotice.objects.filter(user__username="zhujianju")[0]
    agenda, block = held.agenda.all()[0], RecordBlock.objects.filter(meeting=held)[0]
    own = {"topic": "topic", "topic_edit": "topic", "topic_act": "topic", "topic_file": "topic"}
    return {
        "meetings": held.pk,
        "meetings:agenda_item": agenda.pk,
        "meetings:agenda_act": agenda.pk,
        "meetings:block_add": agenda.pk,
        "meetings:block_save": block.pk,
        "meetings:block_duties": block.pk,
        "meetings:block_now": block.pk,
        "meetings:block_history": block.pk,
        "meetings:block_revert": block.pk,
        "meetings:block_act": block.pk,
        "meetings:reply": invitation.pk,
        "meetings:behalf": invitation.pk,
        "meetings:substitute": invitation.pk,
        "meetings:sign": Attendance.objects.filter(meeting=held).values_list("pk", flat=True)[0],
        **{f"meetings:{name}": topic.pk for name in own},
        **{f"meetings:{name}": agenda.pk for name in ITEM_PAGES},
        "meetings:move_person": Attendance.objects.filter(meeting=held).values_list("pk", flat=True)[0],
        "meetings:file": 1,  # the demo has no photo: unseen by everybody
        "meetings:remove_file": 1,
        "minutes": minutes.pk,
        "minutes:close_record": held.pk,
        "minutes:of_meeting": held.pk,
        "minutes:edit_passage": Passage.objects.filter(minutes=minutes).values_list("pk", flat=True)[0],
        "minutes:passage_act": Passage.objects.filter(minutes=minutes).values_list("pk", flat=True)[0],
        "minutes:mend": Passage.objects.filter(minutes=minutes).values_list("pk", flat=True)[0],
        **_corrections(unit),
        "minutes:consent": consent.pk,
        "minutes:proof": consent.pk,
        "minutes:comment": consent.comments.values_list("pk", flat=True)[0],
        "minutes:letter": consent.pk,
        "minutes:adopt": consent.comments.values_list("pk", flat=True)[0],
        "minutes:undo_adopt": consent.comments.values_list("pk", flat=True)[0],
        "action_items": item.pk,
        **_follow_up(unit, item),
        **_bulletins(unit),
        "dispatch": delivery.paper_id,
        "dispatch:register": delivery.pk,
        "dispatch:receive": delivery.pk,
        "dispatch:give_back": delivery.pk,
        "dispatch:act": message.pk,
        "dispatch:recipient": Recipient.objects.get(unit=unit).pk,
        "dispatch:recipient_test": Recipient.objects.get(unit=unit).pk,
        "dispatch:notice_open": notice.pk,
        "accounts": User.objects.get(username="zhujianju").pk,
        "accounts:role_take": RoleGrant.objects.get(user__username="bangongshi2").pk,
        "accounts:grant_give": minutes.pk,
        "accounts:grant_take": MinutesUserGrant.objects.values_list("pk", flat=True)[0],
        "accounts:calendar_remove": CalendarDay.objects.values_list("pk", flat=True)[0],
        "roster": unit.pk,
        "roster:appoint": Post.objects.filter(unit=unit).values_list("pk", flat=True)[0],
        "roster:vacate": Post.objects.filter(unit=unit).values_list("pk", flat=True)[0],
        "roster:account_of": Person.objects.filter(unit=unit).values_list("pk", flat=True)[0],
        "roster:scan": Appointment.objects.filter(post__unit=unit).values_list("pk", flat=True)[0],
    }


def _follow_up(unit: Unit, item: ActionItem) -> dict[str, int]:
    """A request for 延期 and a proposal of 终止 of the item; what its liaison keeps for himself."""
    own, day = User.objects.get(username="zhujianju"), timezone.localdate()
    Extension.objects.create(
        item=item, unit=unit, applied_on=day, reason="材料未齐", old_due=day, new_due=day + timedelta(days=30)
    )
    Ending.objects.create(item=item, kind="terminate", reason="情况变化", asked_on=day)
    view = LedgerView.objects.create(user=own, name="本单位红灯", query="light=red")
    sheet = SimpleUploadedFile(
        "台账.xlsx",
        workbook(["议定事项", "事项编号", "进展"], [[item.text, item.ref, "正在办理"]], title="台账"),
    )
    brought = importing.bring(sheet, by=own)
    work = long_work.start("ledger_export", title="导出督办台账", by=own, query="")
    works.run([work.pk])
    return {
        "action_items:drop_view": view.pk,
        "action_items:import_preview": brought.pk,
        "action_items:import_confirm": brought.pk,
        "reminders": item.pk,
        "portal:work": work.pk,
        "portal:work_file": work.pk,
        "portal:put_away": Appointment.objects.filter(person__user=own).values_list("pk", flat=True)[0],
    }


def _bulletins(unit: Unit) -> dict[str, int]:
    """The demo's bulletin, which waits for the director, and what the unit has sent in and everybody may read."""
    information = Information.objects.get(unit=unit).pk
    names = ("information", "information_edit", "information_issue", "information_act", "information_file",
             "information_paper", "information_paper_part")  # fmt: skip
    return {"bulletins": Bulletin.objects.get().pk} | {f"bulletins:{name}": information for name in names}


def _corrections(unit: Unit) -> dict[str, int]:
    """A correction of an imported 纪要 that is being drafted and touches this unit, and the unit's answer to it."""
    passage = Passage.objects.filter(minutes__state__in=["issued", "archived"], parts__unit=unit)[0]
    office = User.objects.get(username="bangongshi")
    case = CorrectionCase.objects.filter(minutes=passage.minutes, state="drafting").first()
    case = case or minutes_services.open_case(passage.minutes, reason="完成时限有误。", by=office)
    given = content_of(passage, text=f"{passage.text.rstrip('。')}（更正）。")
    change = minutes_services.set_change(case, passage, given, by=office)
    assert change is not None
    row, _made = CorrectionConsent.objects.get_or_create(case=case, unit=unit)
    names: tuple[str, ...] = (
        "case",
        "reason",
        "change",
        "act",
        "decide",
        "register",
        "issue",
        "scan",
        "paper",
        "paper_part",
    )
    names += ("ask", "chase", "add", "remove", "title", "names")
    return {f"minutes:correction_{name}": case.pk for name in names} | {
        "minutes:correction_take_out": change.pk,
        "minutes:correction_answer": row.pk,
        "minutes:correction_proof": row.pk,
    }


def address(name: str, parameters: list[str], found: dict[str, int], kind: str) -> str:
    """The address of a route for its object."""
    item = ActionItem.objects.get(ref="M2-6")
    fixed: dict[str, Any] = {
        "verb": VERBS.get(name, ""),
        "kind": kind or KIND_OF.get(name, "minutesusergrant"),
        "part": "sheets",
        "code": "zhujianju" if name.startswith("reminders:") else "overall",
        "year": 2026,
        "month": 11,
        "token": feeds.make(User.objects.get(username="zhujianju")) if name == "portal:feed" else "",
        "topic": found["meetings:topic"],
        "passage": CorrectionCase.objects.get(pk=found["minutes:correction_case"])
        .changes.all()[0]
        .passage_id,
        "page": 1,
        "number": 1,
        "line": Minutes.objects.get(pk=found["minutes"]).endorsements.values_list("pk", flat=True)[0],
        "file": 1,
        "file_pk": 1,
        "extension_pk": item.extensions.values_list("pk", flat=True)[0],
        "ending_pk": item.endings.values_list("pk", flat=True)[0],
        "report_pk": item.reports.values_list("pk", flat=True)[0],
        "content_type": ContentType.objects.get_for_model(Minutes).pk,
    }
    values = {
        key: found.get(name, found.get(name.split(":", maxsplit=1)[0])) if key == "pk" else fixed[key]
        for key in parameters
    }
    return reverse(name, kwargs=values)


def answer(client: Client, method: str, url: str) -> str:
    """The letter of one answer; whatever it changed is undone."""
    with transaction.atomic():
        response = client.get(url) if method == "GET" else client.post(url, {})
        if response.streaming:
            b"".join(response)  # read to its end, its file is closed
        transaction.set_rollback(True)
    if response.status_code == 302 and response["Location"].startswith("/account/"):
        return "l"
    return LETTERS.get(response.status_code, str(response.status_code))


def client_just_logged_in(user: User) -> Client:
    """A client whose password was asked a moment ago, as 签发 demands."""
    client = client_of(user)
    session = client.session
    session["account_authentication_methods"] = [
        {"method": "password", "at": time.time(), "username": user.username}
    ]
    session.save()
    return client


def lines_of(app: str, found: dict[str, int]) -> list[str]:
    """One line an address and method: name, method, a letter for the anonymous visitor, then one a role."""
    clients = [Client(), *(client_just_logged_in(User.objects.get(username=name)) for name in ROLES.values())]
    lines = []
    for name, parameters in routes():
        for kind in kinds_of(name) if name.startswith(f"{app}:") else ():
            url = address(name, parameters, found, kind)
            shown = f"{name}/{kind}" if kind else name
            for method in ("GET", "POST"):
                letters = [answer(client, method, url) for client in clients]
                if set(letters[1:]) != {"."}:
                    lines.append(f"{shown:32} {method:4} {' '.join(letters)}")
    return lines


def apps_in_order() -> list[str]:
    """Our apps as their addresses follow each other, and so their lines in the table."""
    return list(dict.fromkeys(name.partition(":")[0] for name, _parameters in routes()))


def kept(app: str) -> list[str]:
    """The lines of an app in the table."""
    return [line for line in TABLE.read_text(encoding="utf-8").splitlines() if line.startswith(f"{app}:")]


def write(app: str, lines: list[str]) -> None:
    """Put an app's lines into the table; those of the others stay."""
    all_lines = [line for other in apps_in_order() for line in (lines if other == app else kept(other))]
    TABLE.write_text("\n".join([HEAD, *all_lines]) + "\n", encoding="utf-8")


@pytest.fixture(scope="module")
def found(demo_world: None) -> dict[str, int]:
    """What is asked for, in the demo's world, which is open for all tests of this file."""
    return objects()


@pytest.mark.usefixtures("demo")
@pytest.mark.parametrize("app", OURS)
def test_every_address_answers_each_role_as_the_table_says(app: str, found: dict[str, int]) -> None:
    lines = lines_of(app, found)
    if os.environ.get("ACCESS") == "write":
        write(app, lines)
    assert lines == kept(app)


def test_the_table_has_the_lines_of_our_apps_and_no_others() -> None:
    head, *lines = TABLE.read_text(encoding="utf-8").splitlines()
    assert head == HEAD
    assert [app for app, _lines in groupby(line.partition(":")[0] for line in lines)] == apps_in_order()
    assert set(apps_in_order()) == set(OURS)


def test_the_table_holds_no_fault() -> None:
    """No answer of the 500s, and nothing but the login, the health page and a calendar's secret address opens to strangers."""
    rows = [line.split() for line in TABLE.read_text(encoding="utf-8").splitlines()[1:]]
    assert [row for row in rows if any(letter.startswith("5") for letter in row[2:])] == []
    assert {row[0] for row in rows if row[2] not in ("l", ".")} == {
        "portal:healthz", "accounts:demo_login", "accounts:again", "portal:feed",
    }  # fmt: skip
