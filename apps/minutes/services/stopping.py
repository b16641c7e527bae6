"""停止使用 of a 纪要: one road, walked by the convener on line or by the office with the scan of his signature."""

from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from apps.common import files
from apps.common.errors import Refused
from apps.common.workflow import move
from apps.dispatch.services import tell
from apps.dispatch.stopping import hold, stop_owned
from apps.documents.models import ArchivedPaper
from apps.minutes.enums import OPEN_CASES, SignMethod, Step
from apps.minutes.models import Minutes
from apps.minutes.retrieval import holders_by_grant
from apps.roster.selectors import standing_of, today

from .signing import check_paper_signature
from .steps import ask, back_to_office, endorse, name_of


@transaction.atomic
def stop(
    minutes: Minutes, *, reason: str, by: Any, letter_number: str = "", name: str = "", stopped_on: date | None = None,
    scan: UploadedFile | None = None,
) -> Minutes:  # fmt: skip
    """Stop an issued 纪要: nobody may use it, everybody gives it back, mails that wait are not sent.

    The convener needs no paper; the office names him, the day, and brings the scan of what he signed. Its action items
    stay open: the convener ends each, or none. Raises PermissionDenied, Refused, ValidationError.
    """
    fresh = ask(minutes, "stop", by=by)
    if fresh.correction_cases.filter(state__in=OPEN_CASES).exists():
        raise Refused("这份纪要有一件更正正在办理，请先撤销更正。", fresh, "stop")
    assert fresh.paper is not None  # noqa: S101 - a constraint of the row
    notices = _notices(fresh)
    hold(fresh.paper, notices)  # before the first line of the journal
    given = _approval(fresh, name=name, stopped_on=stopped_on, scan=scan, by=by)
    fresh = move(minutes, "stop", by=by, reason=reason)
    assert fresh.paper is not None  # noqa: S101 - a constraint of the row
    stop_owned(
        fresh.paper, reason=reason, approved_by=given["name"], stopped_on=given["signed_on"],
        letter_number=letter_number.strip(), by=by, notices=notices,
    )  # fmt: skip
    endorse(fresh, Step.STOP, by=by, opinion=reason, **given)
    back_to_office(fresh, "纪要停止使用，请收回", by=by)
    tell(
        holders_by_grant(fresh), kind="minutes_stopped", title=f"纪要停止使用：{fresh.paper.number_text}", key=str(fresh.pk),
        url=fresh.get_absolute_url(), by=by,
    )  # fmt: skip
    return fresh


def _notices(minutes: Minutes) -> list[ArchivedPaper]:
    """The 更正通知 that tell people to use a version which nobody may use now."""
    rows = minutes.corrections.filter(notice__isnull=False).select_related("notice")
    return [row.notice for row in rows if row.notice is not None]


def _approval(
    minutes: Minutes, *, name: str, stopped_on: date | None, scan: UploadedFile | None, by: Any
) -> dict[str, Any]:
    """Whose approval it is, of which day, and how it was given."""
    if standing_of(by).is_convener:
        return {"name": name_of(by)[:60], "signed_on": today(), "method": SignMethod.ONLINE}
    if scan is None:
        raise ValidationError({"scan": _("请上传召集人签批件的扫描件。")})
    day = stopped_on or today()
    check_paper_signature(minutes, name=name, signed_on=day)
    if minutes.printed_on and day < minutes.printed_on:
        raise ValidationError({"stopped_on": _("停止使用日期不能早于印发日期。")})
    kept = files.store(scan, by=by)
    return {"name": name.strip()[:60], "signed_on": day, "method": SignMethod.PAPER, "scan": kept}
