"""Kinds and states of topics, meetings, replies, attendance and record blocks."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class TopicState(models.TextChoices):
    """A topic (议题) from a unit's proposal to the agenda (C14: 主动研究有关问题)."""

    PROPOSED = "proposed", _("待受理")
    RETURNED = "returned", _("已退回")
    DEFERRED = "deferred", _("缓议")
    ACCEPTED = "accepted", _("已受理")
    SCHEDULED = "scheduled", _("已列入议程")
    WITHDRAWN = "withdrawn", _("已撤回")


class MeetingKind(models.TextChoices):
    """Kinds of meeting: 定期或不定期召开."""

    PLENARY = "plenary", _("全体会议")
    SPECIAL = "special", _("专题会议")
    LIAISON = "liaison", _("办公室会议")
    EMERGENCY = "emergency", _("紧急会议")


class MeetingState(models.TextChoices):
    """A meeting from plan to finished record. Its paper has a life of its own (minutes)."""

    PLANNING = "planning", _("筹备中")
    PLAN_SUBMITTED = "plan_submitted", _("方案待批")
    PLAN_APPROVED = "plan_approved", _("方案已批")
    NOTIFIED = "notified", _("已通知")
    RECORDING = "recording", _("会议记录中")
    RECORDED = "recorded", _("会议已结束")
    CANCELLED = "cancelled", _("已取消")


class ReplyKind(models.TextChoices):
    """A unit's answer to the notice (回执)."""

    ATTEND = "attend", _("参会")
    SUBSTITUTE = "substitute", _("委派代会")
    LEAVE = "leave", _("请假")


class Approval(models.TextChoices):
    """Whether a substitute was agreed to."""

    NOT_NEEDED = "not_needed", _("无需批准")
    WAITING = "waiting", _("待批准")
    APPROVED = "approved", _("已同意")
    REFUSED = "refused", _("不同意")


class AttendeeRole(models.TextChoices):
    """In what capacity somebody is on the attendance list."""

    CONVENER = "convener", _("召集人")
    MEMBER = "member", _("成员")
    OBSERVER = "observer", _("列席")


class AttendanceStatus(models.TextChoices):
    """Sign-in (签到). EXPECTED until the staff say otherwise."""

    EXPECTED = "expected", _("未签到")
    PRESENT = "present", _("出席")
    LATE = "late", _("迟到")
    SUBSTITUTE = "substitute", _("代会")
    LEAVE = "leave", _("请假")
    ABSENT = "absent", _("缺席")


# A unit attends when one of its people is in the room: these statuses make a 与会单位 (C11).
IN_THE_ROOM = frozenset({AttendanceStatus.PRESENT, AttendanceStatus.LATE, AttendanceStatus.SUBSTITUTE})


class BlockKind(models.TextChoices):
    """A block of the record (会议记录)."""

    SPEECH = "speech", _("发言")
    RESOLUTION = "resolution", _("议定事项")
    OBJECTION = "objection", _("异议")
    NOTE = "note", _("备注")
    TABLE = "table", _("表格")


class BlockEvent(models.TextChoices):
    """What made a revision of a block."""

    SAVE = "save", _("保存")
    ADD = "add", _("新增")
    DELETE = "delete", _("删除")
    RESTORE = "restore", _("恢复")
    SPLIT = "split", _("拆分")
    MERGE = "merge", _("合并")
    MOVE = "move", _("移动")
    REVERT = "revert", _("退回旧版")


class AgendaKind(models.TextChoices):
    """An ordinary item, or the one that looks at what the last meeting decided."""

    ORDINARY = "ordinary", _("议题")
    FOLLOW_UP = "follow_up", _("上次会议议定事项落实情况")


class AttendanceSource(models.TextChoices):
    """How a line of the sign-in list came about."""

    STAFF = "staff", _("工作人员登记")
    SELF = "self", _("本人签到")
    PAPER = "paper", _("按纸质签到表补录")


class MovementKind(models.TextChoices):
    """Somebody leaves the room or comes into it."""

    OUT = "out", _("离席")
    IN = "in", _("入席")
