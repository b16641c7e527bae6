"""By when something decided must be done: the columns that a matter and a resolution of a 纪要 share."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.common.fields import PlainCharField


class Commitment(models.Model):
    """By when something decided must be done: a date, a recurring report, or 长期坚持. One at most."""

    due_on = models.DateField(_("完成时限"), null=True, blank=True)
    recurrence = PlainCharField(
        _("定期要求"), max_length=60, blank=True, help_text=_("例如：每季度首月15日前、每月5日前、每半年。")
    )
    is_standing = models.BooleanField(_("长期坚持"), default=False)
    all_support = models.BooleanField(_("全体成员单位配合"), default=False)

    class Meta:
        abstract = True
