"""The 会议通知 as a typed paper: who calls whom, when, where, to discuss what, and the reply form."""

import datetime as dt

from django.utils import timezone

from apps.common import settings_rows
from apps.documents.composition import (
    Attachment,
    Block,
    Imprint,
    Layout,
    Paper,
    Signature,
    Table,
    chinese_date,
    heading,
    level_label,
    paragraph,
)
from apps.roster.models import Unit
from apps.roster.selectors import host_unit, units

from . import selectors
from .models import AgendaItem, Meeting

_WEEKDAYS = "一二三四五六日"
_EVERYBODY = ("联席会议各成员单位",)


def notice(meeting: Meeting, *, was_at: dt.datetime | None = None) -> Paper:
    """The notice of a meeting as its row stands now; with `was_at` (the time before) a notice of change.

    The number is the host unit's own and typed in. No writes; call it in the transaction that sets the row.
    """
    invited = [row.unit for row in selectors.invitations_of(meeting)]
    issuer = _issuer()
    title = f"{settings_rows.value('body_name')}{_bare(meeting.title)}"
    return Paper(
        mark=issuer,
        title=f"关于调整{title}时间的通知" if was_at else f"关于召开{title}的通知",
        layout=Layout.OFFICIAL,
        number=meeting.notice_number,
        corner=(meeting.urgency,) if meeting.urgency not in ("", "平件") else (),
        marker=meeting.marker,
        addressees=_addressees(invited),
        body=(*_opening(meeting, title, was_at), *_sections(meeting, invited)),
        attachments=(_reply_form(),),
        signature=Signature(meeting.notice_on or timezone.localdate(), issuer),
        remark=f"联系人及电话：{meeting.contact}" if meeting.contact else "",
        imprint=Imprint(issuer=issuer, printed_on=meeting.notice_on or timezone.localdate()),
        words=(str(settings_rows.value("body_name")),),
    )


def spoken_time(moment: dt.datetime, until: dt.datetime | None = None) -> str:
    """2026年3月26日（星期四）下午15:00, as a notice says it; local time."""
    local = timezone.localtime(moment)
    half = "上午" if local.hour < 12 else "下午"
    words = f"{chinese_date(local.date())}（星期{_WEEKDAYS[local.weekday()]}）{half}{local:%H:%M}"
    return f"{words}至{timezone.localtime(until):%H:%M}" if until else words


def _issuer() -> str:
    """The joint meeting issues no formal papers: its host unit does, or its office with the host's seal."""
    if settings_rows.value("letter_issuer") == "host":
        return host_unit().full_name
    return f"{settings_rows.value('office_name')}（代章）"


def _bare(title: str) -> str:
    """The meeting's name without the mark of an example, which stands on the sheet's corner already."""
    return title.removesuffix("（示例）")


def _addressees(invited: list[Unit]) -> tuple[str, ...]:
    if {unit.pk for unit in invited} >= {unit.pk for unit in units()}:
        return _EVERYBODY
    return tuple(unit.short_name for unit in invited)


def _opening(meeting: Meeting, title: str, was_at: dt.datetime | None) -> tuple[Block, ...]:
    if was_at is not None:
        why = (
            f"因{meeting.reason.strip().rstrip('。').removeprefix('因')}，" if meeting.reason.strip() else ""
        )
        return (
            paragraph(
                f"{why}原定于{spoken_time(was_at)}召开的{title}改期举行。现将调整后的有关事项通知如下："
            ),
        )
    purpose = meeting.purpose.strip().replace("\n", "")
    purpose = purpose if not purpose or purpose.endswith(("。", "；")) else f"{purpose}。"
    day = chinese_date(timezone.localdate(meeting.starts_at))
    return (paragraph(f"{purpose}经研究，定于{day}召开{title}。现将有关事项通知如下："),)


def _sections(meeting: Meeting, invited: list[Unit]) -> tuple[Block, ...]:
    parts = [
        ("会议时间", [f"{spoken_time(meeting.starts_at, meeting.ends_at)}。"]),
        ("会议地点", [f"{meeting.place}。"]),
        ("参会人员", _people(meeting, invited)),
        ("会议议程", [_agenda_line(n, item) for n, item in enumerate(selectors.agenda_of(meeting), 1)]),
        ("有关事项", _requirements(meeting)),
    ]
    blocks: list[Block] = []
    for number, (name, lines) in enumerate(((name, lines) for name, lines in parts if lines), 1):
        blocks.append(heading(1, f"{level_label(1, number)}{name}"))
        blocks.extend(paragraph(line) for line in lines)
    return tuple(blocks)


def _people(meeting: Meeting, invited: list[Unit]) -> list[str]:
    whole = _addressees(invited) == _EVERYBODY
    lines = [f"联席会议召集人，{'全体' if whole else '、'.join(_addressees(invited)) + '的联席会议'}成员。"]
    observers = [line.strip() for line in meeting.observers.splitlines() if line.strip()]
    return [*lines, f"列席：{'、'.join(observers)}。"] if observers else lines


def _agenda_line(number: int, item: AgendaItem) -> str:
    who = item.reporter or (item.reporter_unit.short_name if item.reporter_unit else "")
    return f"{number}.{item.title.rstrip('。')}" + (f"（{who}）" if who else "") + "。"


def _requirements(meeting: Meeting) -> list[str]:
    lines = [line.strip() for line in meeting.requirements.splitlines() if line.strip()]
    if meeting.reply_by:
        lines.append(
            f"请于{spoken_time(meeting.reply_by)}前登录联席会议平台填报参会回执，或填写附件报联席会议办公室。"
        )
    if meeting.materials_by:
        lines.append(f"会议材料请于{spoken_time(meeting.materials_by)}前报联席会议办公室。")
    return [f"（{'一二三四五六七八九十'[n]}）{line}" if n < 10 else line for n, line in enumerate(lines)]


def _reply_form() -> Attachment:
    rows = (
        ("单位", ""),
        ("参会方式", "□参会　　□委派代会　　□请假"),
        ("姓名", ""),
        ("职务", ""),
        ("联系电话", ""),
        ("代会或请假理由", ""),
    )
    return Attachment("参会回执", (Table(widths=(8, 20), rows=rows, header=False, height=2),))
