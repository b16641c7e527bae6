"""A 更正 may put one requirement in the place of another: its day, and the words before it.

A reporting date up to the day of a 更正 that made a dated matter a recurring one was owed until now; it never was.
"""

from typing import Any

from django.db import migrations, models
from django.db.models import Max

import apps.common.fields
from apps.action_items.recurrence import owed


def end_what_was_never_owed(apps: Any, _editor: Any) -> None:
    """Matters that a 更正 took the date from, and that have none since."""
    Item = apps.get_model("action_items", "ActionItem")
    rows = Item.objects.filter(due_on=None, corrections__new_due=None, corrections__isnull=False)
    for item in rows.annotate(corrected=Max("corrections__corrected_on")):
        leads = item.parts.filter(role="lead").values("unit")
        said = item.reports.filter(unit__in=leads).exclude(review="returned")
        last = said.order_by("-reported_on", "-pk").values_list("reported_on", flat=True).first()
        item.required_since = item.corrected
        item.report_due_on = owed(item.recurrence, item.opened_on, last, item.corrected)
        item.save(update_fields=["required_since", "report_due_on"])


class Migration(migrations.Migration):
    dependencies = [("action_items", "0010_read_in_indexes")]

    operations = [
        *(
            migrations.AddField(
                model_name=name,
                name="required_since",
                field=models.DateField(blank=True, editable=False, null=True),
            )
            for name in ("actionitem", "historicalactionitem")
        ),
        *(
            migrations.AddField(
                model_name=name,
                name="old_recurrence",
                field=apps.common.fields.PlainCharField(blank=True, max_length=60),
            )
            for name in ("duecorrection", "historicalduecorrection")
        ),
        *(
            migrations.AlterField(
                model_name=name, name="old_due", field=models.DateField(blank=True, null=True)
            )
            for name in ("duecorrection", "historicalduecorrection")
        ),
        migrations.RunPython(end_what_was_never_owed, migrations.RunPython.noop),
        migrations.AddConstraint(
            model_name="duecorrection",
            constraint=models.CheckConstraint(
                condition=models.Q(old_due__isnull=True) | models.Q(old_recurrence=""),
                name="a_correction_names_one_requirement",
            ),
        ),
    ]
