"""Bulletins and information in any state, made through the services; the sample meetings are on record."""

from datetime import date
from typing import Any

from django.utils import timezone

from apps.bulletins import selectors, services
from apps.bulletins.models import Bulletin, Information
from apps.documents import making
from apps.roster.selectors import units
from tests.factories.people import People

CUT_OFF = date(2026, 11, 23)


def drafted(people: People, **values: Any) -> Bulletin:
    """DRAFTING by the office: the sample ledger as of 2026-11-23."""
    return drafted_by(people.office, **values)


def drafted_by(user: Any, **values: Any) -> Bulletin:
    """DRAFTING by somebody else."""
    fields: dict[str, Any] = {
        "kind": "bulletin", "period": "2026年第四季度", "starts_on": date(2026, 1, 1), "ends_on": CUT_OFF,
    }  # fmt: skip
    return services.make_bulletin(**fields | values, by=user)


def submitted(people: People, **values: Any) -> Bulletin:
    """SUBMITTED by the office."""
    people.director  # noqa: B018 - the account exists before somebody is told
    return services.submit(drafted(people, **values), by=people.office)


def approved(people: People, **values: Any) -> Bulletin:
    """APPROVED by the director."""
    row = submitted(people, **values)
    return services.approve(row, by=people.director, seen=selectors.mark_of(row))


def numbered(people: People, **values: Any) -> Bulletin:
    """NUMBERED, its files made."""
    row = services.number(approved(people, **values), printed_on=timezone.localdate(), by=people.office)
    assert row.paper is not None
    making.make(row.paper)
    return row


def issued(people: People, **values: Any) -> Bulletin:
    """ISSUED to all units."""
    return services.issue(numbered(people, **values), by=people.office)


def sent(people: People, code: str = "zhujianju", **values: Any) -> Information:
    """SUBMITTED by a unit's liaison."""
    fields: dict[str, Any] = {
        "title": "建筑工地噪声危害防护提示",
        "text": "我局梳理了噪声危害防护要点。\n（一）作业防护。佩戴护耳器。",
        "kind": "practice",
    }
    return services.send_information(people.unit(code), **fields | values, by=people.liaison(code))


def given_out(people: People, *codes: str, **values: Any) -> Information:
    """ISSUED to the units named, or to all."""
    to = [unit for unit in units() if not codes or unit.code in codes]
    return services.issue_information(sent(people, **values), to=to, by=people.office)
