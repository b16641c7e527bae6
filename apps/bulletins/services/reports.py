"""Drafting a bulletin: its figures are taken once, its parts proposed from them and edited."""

import hashlib
import json
from datetime import date
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.bulletins import figures, permissions, selectors, wording, year
from apps.bulletins.enums import SECTIONS, BulletinKind, BulletinState
from apps.bulletins.models import Bulletin, Section
from apps.common import audit, settings_rows
from apps.common.errors import Refused
from apps.common.workflow import lock, save_with_history


class StaleError(Exception):
    """Somebody saved the part meanwhile; `section` is how it stands now."""

    def __init__(self, section: Section) -> None:
        super().__init__(str(section.pk))
        self.section = section


@transaction.atomic
def make_bulletin(
    *, kind: str, period: str, starts_on: date, ends_on: date, by: Any, title: str = "", marker: str = ""
) -> Bulletin:
    """A draft with its figures as of `ends_on` frozen and every part proposed from them.

    The changes are told against the last issued one of the kind. Raises PermissionDenied, ValidationError (a cut-off
    after today, a period that ends before it starts).
    """
    if not permissions.can_write(by):
        raise PermissionDenied("write a bulletin")
    _check_span(starts_on, ends_on)
    bulletin = Bulletin(
        kind=kind, period=period, starts_on=starts_on, ends_on=ends_on, drafted_by=by, figures_at=timezone.now(),
        title=title or wording.title_of(kind, period, str(settings_rows.value("body_name"))),
    )  # fmt: skip
    bulletin.previous = selectors.previous_of(bulletin)
    _take(bulletin)
    bulletin.marker = marker or bulletin.snapshot["marker"]
    bulletin.full_clean()
    save_with_history(bulletin, by=by, why="起草")
    for position, code in enumerate(SECTIONS[BulletinKind(kind)], 1):
        section = Section(
            bulletin=bulletin, code=code, position=position, heading=wording.heading_of(kind, code),
            text=_proposed(code, bulletin),
        )  # fmt: skip
        section.full_clean()
        save_with_history(section, by=by, why="拟写")
    _journal(bulletin, "draft", "起草", by=by)
    return bulletin


def _check_span(starts_on: date, ends_on: date) -> None:
    if ends_on > timezone.localdate():
        raise ValidationError({"ends_on": _("统计截止日不能晚于今天。")})
    if starts_on > ends_on:
        raise ValidationError({"ends_on": _("统计截止日不能早于起始日。")})


def _take(bulletin: Bulletin) -> None:
    before = bulletin.previous.snapshot if bulletin.previous is not None else None
    found = figures.take(starts_on=bulletin.starts_on, ends_on=bulletin.ends_on, previous=before)
    if bulletin.kind == BulletinKind.ANNUAL:
        found["year"] = year.facts(bulletin.starts_on, bulletin.ends_on)
    bulletin.snapshot, bulletin.figures_at = found, timezone.now()


def _proposed(code: str, bulletin: Bulletin) -> str:
    limit = Section._meta.get_field("text").max_length or 8000
    text = wording.propose(code, bulletin.snapshot, limit)
    return text if len(text) <= limit else text[:limit].rpartition("\n")[0]


def _journal(bulletin: Bulletin, verb: str, label: str, *, by: Any) -> None:
    """The line names the figures' hash: history leaves them out."""
    text = json.dumps(bulletin.snapshot, ensure_ascii=False, sort_keys=True)
    detail = {"ends_on": bulletin.ends_on.isoformat(), "sha256": hashlib.sha256(text.encode()).hexdigest()}
    audit.record(by=by, verb=verb, label=label, obj=bulletin, detail=detail)


def _drafting(bulletin: Bulletin, *, by: Any) -> Bulletin:
    """The row, locked, if this user may still write in it. Raises PermissionDenied, Refused."""
    fresh = lock(bulletin)
    if not permissions.can_write(by, fresh):
        raise PermissionDenied(f"edit bulletin {fresh.pk}")
    if fresh.state != BulletinState.DRAFTING:
        raise Refused("只有起草中的通报可以修改；已送审的，请先撤回。", fresh)
    return fresh


@transaction.atomic
def take_again(bulletin: Bulletin, *, by: Any) -> Bulletin:
    """重新取数: the figures as of the same day from what is on record now. The text stays as it was typed.

    Parts nobody has touched are proposed anew. Raises PermissionDenied, Refused (not drafting any more).
    """
    fresh = _drafting(bulletin, by=by)
    fresh.previous = selectors.previous_of(fresh)
    _take(fresh)
    save_with_history(fresh, by=by, why="重新取数")
    for section in fresh.sections.select_for_update():
        if section.proposed:
            _save_section(section, section.heading, _proposed(section.code, fresh), by=by, proposed=True)
    _journal(fresh, "take_again", "重新取数", by=by)
    return fresh


@transaction.atomic
def change_facts(bulletin: Bulletin, *, title: str, period: str, report_up: bool, by: Any) -> Bulletin:
    """Title, period and whether the municipal government gets a copy. Raises as `take_again`, and ValidationError."""
    fresh = _drafting(bulletin, by=by)
    fresh.title, fresh.period, fresh.report_up = title, period, report_up
    fresh.full_clean()
    save_with_history(fresh, by=by, why="修改标题和抄报")
    audit.record(by=by, verb="change", label="修改标题和抄报", obj=fresh)
    return fresh


@transaction.atomic
def edit_section(section: Section, *, heading: str, text: str, version: int, by: Any) -> Section:
    """Save one part. Raises StaleError when somebody saved it since `version`; PermissionDenied, Refused, ValidationError."""
    bulletin = _drafting(section.bulletin, by=by)
    fresh = lock(section)
    if fresh.version != version:
        raise StaleError(fresh)
    if (fresh.heading, fresh.text) != (heading, text):
        _save_section(fresh, heading, text, by=by, proposed=False)
        audit.record(
            by=by, verb="edit", label="修改文字", obj=bulletin, detail={"reason": f"修改“{heading}”"}
        )
    return fresh


@transaction.atomic
def propose_again(section: Section, *, by: Any) -> Section:
    """重新拟写 one part from the figures; what stood there is in its history. Raises as `take_again`."""
    bulletin = _drafting(section.bulletin, by=by)
    fresh = lock(section)
    heading = wording.heading_of(bulletin.kind, fresh.code)
    _save_section(fresh, heading, _proposed(fresh.code, bulletin), by=by, proposed=True)
    audit.record(
        by=by, verb="propose", label="重新拟写", obj=bulletin, detail={"reason": f"重新拟写“{heading}”"}
    )
    return fresh


def _save_section(section: Section, heading: str, text: str, *, by: Any, proposed: bool) -> None:
    section.heading, section.text, section.proposed = heading, text, proposed
    section.version += 1
    section.full_clean()
    save_with_history(section, by=by, why="拟写" if proposed else "修改")
