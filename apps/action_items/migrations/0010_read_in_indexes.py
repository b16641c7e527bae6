"""Indexes in which the ledger is counted and read in its order."""

from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("action_items", "0009_confirmed_on_behalf"),
        ("documents", "0006_ending_sheet"),
        ("duties", "0002_initial"),
        ("roster", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name="actionitem",
            name="item_opened",
        ),
        migrations.RemoveIndex(
            model_name="itemunit",
            name="item_lead_unit",
        ),
        migrations.AddIndex(
            model_name="actionitem",
            index=models.Index(fields=["opened_on", "closed_on", "current_due", "id"], name="item_dated"),
        ),
        migrations.AddIndex(
            model_name="actionitem",
            index=models.Index(fields=["source_paper", "source_label", "seq", "id"], name="item_by_paper"),
        ),
        migrations.AddIndex(
            model_name="actionitem",
            index=models.Index(
                condition=models.Q(("state__in", ["assigned", "closing", "in_progress"])),
                fields=["current_due", "report_due_on", "last_assessment", "state", "id"],
                name="item_running",
            ),
        ),
        migrations.AddIndex(
            model_name="itemunit",
            index=models.Index(
                condition=models.Q(("role", "lead")), fields=["item", "unit"], name="item_led_by"
            ),
        ),
    ]
