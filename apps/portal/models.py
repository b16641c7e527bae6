"""What the portal itself keeps: a person's calendar feed, and the new posts whose card was put away."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.roster.models import Appointment


class CalendarFeed(models.Model):
    """A secret address under which one person's calendar can be read without logging in; only its hash is kept."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, related_name="calendar_feed")
    digest = models.CharField(max_length=64, unique=True)
    made_at = models.DateTimeField(_("生成时间"), auto_now_add=True)

    class Meta:
        verbose_name = _("日历订阅")

    def __str__(self) -> str:
        return f"{self.user} 日历订阅"


class PutAway(models.Model):
    """A person has read what came with a new post (您接手的): the card is not shown to that person again."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    appointment = models.ForeignKey(Appointment, models.CASCADE, related_name="+")
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "appointment"], name="one_card_is_put_away_once")
        ]

    def __str__(self) -> str:
        return f"{self.user} {self.appointment}"
