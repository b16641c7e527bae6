"""编号成文, 印发 (which opens the items), 归档 (C12)."""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from apps.action_items.enums import SourceKind
from apps.action_items.models import ActionItem
from apps.action_items.services import open_item
from apps.common.errors import Refused
from apps.common.workflow import move, save_with_history
from apps.dispatch.enums import DeliveryRole
from apps.dispatch.models import Delivery, Recipient
from apps.dispatch.services import issue_list, send_paper, sync_recipients, tell
from apps.documents.enums import PaperKind
from apps.documents.services import freeze, number_text, settable, take_number
from apps.minutes import content, papers
from apps.minutes.enums import Step
from apps.minutes.models import Minutes
from apps.minutes.selectors import passages_of
from apps.roster.models import Unit
from apps.roster.selectors import liaison_users, today

from .steps import ask, endorse

LATEST_PRINT = 30  # days ahead that the printed date may lie


@transaction.atomic
def number(minutes: Minutes, *, printed_on: date, copies: Iterable[Recipient] = (), by: Any) -> Minutes:
    """编号成文: take the number of the year of 签发, freeze the final paper, all or nothing.

    `printed_on` (印发日期) and `copies` (另抄送) stand in the 版记 and cannot change afterwards. Whatever may be wrong
    with the paper (a character without a glyph) is found before a number is taken; the worker draws it afterwards.
    """
    fresh = ask(minutes, "number", by=by)
    if fresh.signed_on is None or printed_on < fresh.signed_on:
        raise ValidationError({"printed_on": _("印发日期不能早于签发日期。")})
    if printed_on > today() + timedelta(days=LATEST_PRINT):
        raise ValidationError({"printed_on": _("印发日期过晚，请核对。")})
    fresh.copies.set(copies)
    trial = papers.paper_of(fresh, number="〔2000〕1号", printed_on=printed_on, final=True)
    settable(trial)
    taken = take_number(PaperKind.MINUTES, year=fresh.signed_on.year, by=by)
    sync_recipients(by=by)  # under the counter's lock: two papers at once must not both make the list
    text = number_text(taken)
    archived = freeze(
        papers.paper_of(fresh, number=text, printed_on=printed_on, final=True), kind=PaperKind.MINUTES,
        title=fresh.title, number=taken, number_text=text, signed_on=fresh.signed_on, printed_on=printed_on, by=by,
    )  # fmt: skip
    fresh = move(fresh, "number", by=by, number=taken, paper=archived, printed_on=printed_on)
    endorse(fresh, Step.NUMBER, by=by, opinion=text)
    minutes.refresh_from_db()
    return fresh


def recipients_of(minutes: Minutes, *, by: Any) -> list[tuple[Recipient, DeliveryRole]]:
    """Who gets the paper: 抄报 to the superior, 发送 to every member unit, 抄送 to those chosen at 编号."""
    found = issue_list(by=by)
    have = {row.pk for row, _role in found}
    return found + [(row, DeliveryRole.COPY) for row in minutes.copies.all() if row.pk not in have]


@transaction.atomic
def issue(minutes: Minutes, *, by: Any) -> Minutes:
    """印发: send the frozen paper to all, 抄报 included, and open the action items. One transaction."""
    fresh = move(minutes, "issue", by=by)
    assert fresh.paper is not None  # noqa: S101 - a constraint of the row
    recipients = recipients_of(fresh, by=by)
    if not any(role == DeliveryRole.REPORT for _recipient, role in recipients):
        raise Refused("没有启用的抄报对象，不能印发（章程四（一））。", minutes, "issue")
    send_paper(fresh.paper, recipients=recipients, by=by)
    endorse(fresh, Step.PRINT, by=by, signed_on=fresh.printed_on)
    items = open_items(fresh, by=by)
    if items:
        endorse(fresh, Step.ASSIGN, by=by, opinion=f"交办{len(items)}项")
    return fresh


def open_items(minutes: Minutes, *, by: Any) -> list[ActionItem]:
    """One item a resolution that is to be followed; tells the lead units. The caller holds the transaction."""
    paper = minutes.paper
    assert paper is not None  # noqa: S101 - called for numbered minutes only
    items = []
    for line in content.lines_of(passages_of(minutes)):
        passage = line.passage
        if not line.seq or not passage.opens_item:
            continue
        item = open_item(
            ref=f"{paper.number}-{line.seq}", seq=line.seq, text=content.item_text(passage),
            leads=passage.leads, supports=passage.supports, all_support=passage.all_support, due_on=passage.due_on,
            recurrence=passage.recurrence, is_standing=passage.is_standing, duties=list(passage.duties.all()),
            source_kind=SourceKind.MINUTES, source_paper=paper, source_anchor=f"passage-{passage.pk}",
            source_label=paper.number_text, opened_on=today(), by=by,
        )  # fmt: skip
        passage.item_ref = item.ref
        save_with_history(passage, by=by, why="交办")
        items.append((item, passage.leads))
    tell_leads(items, by=by)
    return [item for item, _leads in items]


def tell_leads(items: list[tuple[ActionItem, list[Unit]]], *, by: Any) -> None:
    """Tell the lead units of new items that they wait for 签收."""
    users = liaison_users({unit.pk for _item, leads in items for unit in leads})
    for item, leads in items:
        told = [user for unit in leads for user in users[unit.pk]]
        tell(
            list(dict.fromkeys(told)), kind="item_opened", title=f"待签收：{item.source_label}第{item.seq}项议定事项",
            url=item.get_absolute_url(), key=str(item.pk), by=by,
        )  # fmt: skip


@transaction.atomic
def archive(minutes: Minutes, *, by: Any) -> Minutes:
    """归档, once every 抄报 is on record as done (C12)."""
    fresh = move(minutes, "archive", by=by)
    for copy in Delivery.objects.filter(paper=fresh.paper, role=DeliveryRole.REPORT).select_related(
        "recipient"
    ):
        endorse(
            fresh, Step.REPORT, by=by, opinion=f"抄报{copy.recipient.name}", signed_on=copy.sent_on or today()
        )
    return fresh


def groups_of(minutes: Minutes) -> list[tuple[str, list[Recipient]]]:
    """Who would get the paper, by line of the 版记; what `issue` adds by itself (new units) is not shown yet."""
    rows = list(Recipient.objects.filter(is_active=True).select_related("unit"))
    return [
        ("抄报", [row for row in rows if row.is_superior]),
        ("发送", [row for row in rows if row.unit_id is not None and not row.is_superior]),
        ("抄送", list(minutes.copies.all())),
    ]
