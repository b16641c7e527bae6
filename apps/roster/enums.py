"""Kinds of unit, post and basis, as the charter names them."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class PostKind(models.TextChoices):
    """Posts of the joint meeting (charter 二 and the office rule). LIAISON_B is the unit's second contact."""

    CONVENER = "convener", _("召集人")
    MEMBER = "member", _("成员")
    OFFICE_DIRECTOR = "office_director", _("办公室主任")
    OFFICE_DEPUTY = "office_deputy", _("办公室副主任")
    OFFICE_MEMBER = "office_member", _("办公室成员")
    LIAISON_B = "liaison_b", _("经办人B")


# Office members of 科级 act for their unit in the portal; the office deputies do so for theirs.
LIAISON_POSTS = frozenset({PostKind.OFFICE_DEPUTY, PostKind.OFFICE_MEMBER, PostKind.LIAISON_B})
# The people of the printed roster.
MEMBER_POSTS = frozenset({PostKind.CONVENER, PostKind.MEMBER})
# C1, C7: the charter knows one of each.
SINGLE_POSTS = frozenset({PostKind.CONVENER, PostKind.OFFICE_DIRECTOR})


class BasisKind(models.TextChoices):
    """On what ground somebody holds a post (C5: 由所在单位提出, 联席会议确定; office posts: 备案)."""

    CHARTER = "charter", _("联席会议制度印发时确定")
    MEETING = "meeting", _("会议确定")
    WRITTEN = "written", _("书面征求意见确定")
    SIGNED = "signed", _("召集人签批确定")
    FILED = "filed", _("单位来函备案")


class AssignmentRole(models.TextChoices):
    """A unit's part in a resolution or an action item."""

    LEAD = "lead", _("牵头")
    SUPPORT = "support", _("配合")
