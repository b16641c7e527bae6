"""The day a report was read or sent back: the ledger of a day before it still counts the report."""

from typing import Any

from django.db import migrations, models
from django.utils import timezone

from apps.action_items.recurrence import read


def take_from_history(apps: Any, _editor: Any) -> None:
    """Reports reviewed so far bear the day of their history's first line in that state."""
    Report = apps.get_model("action_items", "ProgressReport")
    History = apps.get_model("action_items", "HistoricalProgressReport")
    for row in Report.objects.exclude(review="waiting").filter(on_behalf=False):
        line = History.objects.filter(id=row.pk, review=row.review).order_by("history_date").first()
        if line is not None:
            row.reviewed_on = timezone.localdate(line.history_date)
            row.save(update_fields=["reviewed_on"])
    _columns(apps)


def _columns(apps: Any) -> None:
    """Lamps read the reports of lead units that were not sent back: bring the columns of open items in step."""
    Item = apps.get_model("action_items", "ActionItem")
    for item in Item.objects.filter(
        state__in=["assigned", "in_progress", "closing"], reports__isnull=False
    ).distinct():
        leads = item.parts.filter(role="lead").values("unit")
        rows = item.reports.filter(unit__in=leads).exclude(review="returned")
        last = rows.order_by("-reported_on", "-pk").first()
        item.last_assessment = last.assessment if last else ""
        meaning = read(item.recurrence) if item.due_on is None and item.recurrence else None
        item.report_due_on = (
            meaning.next_owed(item.opened_on, last.reported_on if last else None) if meaning else None
        )
        item.save(update_fields=["last_assessment", "report_due_on"])


class Migration(migrations.Migration):
    dependencies = [("action_items", "0005_ledger_import")]

    operations = [
        migrations.AddField(
            model_name=name,
            name="reviewed_on",
            field=models.DateField(blank=True, null=True, verbose_name="审阅日期"),
        )
        for name in ("historicalprogressreport", "progressreport")
    ] + [migrations.RunPython(take_from_history, migrations.RunPython.noop)]
