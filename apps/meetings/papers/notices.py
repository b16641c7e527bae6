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
    Table,
    chinese_date,
    heading,
    level_label,
    paragraph,
)
from apps.meetings import selectors
from apps.meetings.models import AgendaItem, Meeting
from apps.roster.models import Unit
from apps.roster.papers import EVERYBODY, SEALED_BY_HOST, addressees_of, itemised, letter_issuer, signed_by

from .words import bare, reporter_of, spoken_time, whole_title

# A purpose that begins with one of these is a clause of its own; any other is told with 为.
_GROUNDS = ("为", "根据", "按照", "依据", "鉴于", "因", "经")


def notice(meeting: Meeting, *, was_at: dt.datetime | None = None) -> Paper:
    """The notice of a meeting as its row stands now; with `was_at` (the time before) a notice of change.

    The number is the host unit's own and typed in. No writes; call it in the transaction that sets the row.
    """
    invited = [row.unit for row in selectors.invitations_of(meeting)]
    issuer, title = letter_issuer(), whole_title(meeting)
    day = meeting.notice_on or timezone.localdate()
    return Paper(
        mark=issuer.removesuffix(SEALED_BY_HOST),
        title=f"关于调整{title}时间的通知" if was_at else f"关于召开{title}的通知",
        layout=Layout.OFFICIAL,
        number=meeting.notice_number,
        corner=(meeting.urgency,) if meeting.urgency not in ("", "平件") else (),
        marker=meeting.marker,
        addressees=addressees_of(invited),
        body=(*_opening(meeting, title, was_at), *_sections(meeting, invited)),
        attachments=(_reply_form(meeting),),
        signature=signed_by(issuer, day),
        remark=f"联系人及电话：{meeting.contact}" if meeting.contact else "",
        imprint=Imprint(issuer=issuer.removesuffix(SEALED_BY_HOST), printed_on=day),
        words=(str(settings_rows.value("body_name")),),
    )


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
    day = chinese_date(timezone.localdate(meeting.starts_at))
    return (paragraph(f"{_purpose(meeting)}经研究，定于{day}召开{title}。现将有关事项通知如下："),)


def _purpose(meeting: Meeting) -> str:
    """为…， before 经研究; several sentences stay as they are."""
    words = bare(meeting, meeting.purpose.replace("\n", "").strip().rstrip("。；，"))
    if not words:
        return ""
    if "。" in words:
        return f"{words}。"
    return f"{words if words.startswith(_GROUNDS) else f'为{words}'}，"


def _sections(meeting: Meeting, invited: list[Unit]) -> tuple[Block, ...]:
    parts = [
        ("会议时间", [f"{spoken_time(meeting.starts_at, meeting.ends_at)}。"]),
        ("会议地点", [f"{bare(meeting, meeting.place)}。"]),
        ("参会人员", _people(meeting, invited)),
        ("会议议程", _agenda(meeting)),
        ("有关事项", _requirements(meeting)),
    ]
    blocks: list[Block] = []
    for number, (name, lines) in enumerate(((name, lines) for name, lines in parts if lines), 1):
        blocks.append(heading(1, f"{level_label(1, number)}{name}"))
        numbered = name == "有关事项" and len(lines) > 1
        blocks += itemised(lines) if numbered else [paragraph(line) for line in lines]
    return tuple(blocks)


def _people(meeting: Meeting, invited: list[Unit]) -> list[str]:
    called = addressees_of(invited)
    members = "全体成员" if called == (EVERYBODY,) else f"{'、'.join(called)}的联席会议成员"
    lines = [f"联席会议召集人，{members}。"]
    observers = [line.strip() for line in meeting.observers.splitlines() if line.strip()]
    return [*lines, f"列席人员：{'、'.join(observers)}。"] if observers else lines


def _agenda(meeting: Meeting) -> list[str]:
    return [_agenda_line(meeting, n, item) for n, item in enumerate(selectors.agenda_of(meeting), 1)]


def _agenda_line(meeting: Meeting, number: int, item: AgendaItem) -> str:
    who = reporter_of(item)
    title = bare(meeting, item.title.rstrip("。"))
    return f"{number}.{title}" + (f"（{who}）" if who else "") + "。"


def _requirements(meeting: Meeting) -> list[str]:
    lines = [line.strip() for line in meeting.requirements.splitlines() if line.strip()]
    if meeting.reply_by:
        lines.append(
            f"请于{spoken_time(meeting.reply_by)}前登录联席会议平台填报参会回执，或填写附件报联席会议办公室。"
        )
    if meeting.materials_by:
        lines.append(f"会议材料请于{spoken_time(meeting.materials_by)}前报联席会议办公室。")
    return lines


def _reply_form(meeting: Meeting) -> Attachment:
    """参会回执: who comes, in whose place, or why nobody does; a few lines, as a unit may send more than one."""
    rows = (("姓名", "职务", "联系电话", "参会方式", "备注"), *[("", "", "", "", "")] * 3)
    by = f"请于{spoken_time(meeting.reply_by)}前报联席会议办公室。" if meeting.reply_by else ""
    notes = (
        "注：1.“参会方式”填写参会、委派代会或者请假；委派代会的，在“备注”中写明所代成员姓名和理由，请假的写明理由。",
        f"2.本回执须加盖单位公章。{by}",
    )
    return Attachment(
        "参会回执",
        (
            paragraph("会议名称：" + bare(meeting, meeting.title), flush=True),
            paragraph("单位（盖章）：" + "\u3000" * 8 + "填报人：", flush=True),
            Table(widths=(5, 7, 6, 5, 5), rows=rows, height=2),
            *[paragraph(note) for note in notes],
        ),
    )
