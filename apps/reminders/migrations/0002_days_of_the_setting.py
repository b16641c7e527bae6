"""The setting "days before" became a rule a matter: what an administrator had set goes on to hold."""

from typing import Any

from django.db import migrations

MATTERS = ("meeting_reply", "consent", "correction", "item_due", "item_report")
DEFAULT = 3


def take_over(apps: Any, _editor: Any) -> None:
    """Rows keep only what differs from the default."""
    Setting = apps.get_model("common", "SettingRow")
    Rule = apps.get_model("reminders", "ReminderRule")
    row = Setting.objects.filter(key="remind_days").first()
    if row is not None and row.value != DEFAULT:
        for matter in MATTERS:
            Rule.objects.create(matter=matter, phase="before", slot=1, workdays=row.value)


class Migration(migrations.Migration):
    dependencies = [("reminders", "0001_initial"), ("common", "0001_initial")]

    operations = [migrations.RunPython(take_over, migrations.RunPython.noop)]
