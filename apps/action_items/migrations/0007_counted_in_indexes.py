"""Indexes in which the overview counts, and of the few that every visit asks for."""

from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("action_items", "0006_review_day"),
        ("common", "0002_keep_rows"),
        ("documents", "0005_follow_up"),
        ("duties", "0002_initial"),
        ("roster", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name="itemunit",
            name="item_unit_role",
        ),
        migrations.AddIndex(
            model_name="actionitem",
            index=models.Index(fields=["opened_on"], name="item_opened"),
        ),
        migrations.AddIndex(
            model_name="actionitem",
            index=models.Index(fields=["closed_on"], name="item_closed"),
        ),
        migrations.AddIndex(
            model_name="actionitem",
            index=models.Index(fields=["current_due"], name="item_due"),
        ),
        migrations.AddIndex(
            model_name="actionitem",
            index=models.Index(condition=models.Q(("all_support", True)), fields=["id"], name="item_of_all"),
        ),
        migrations.AddIndex(
            model_name="itemunit",
            index=models.Index(fields=["unit", "role", "item"], name="item_unit_role_item"),
        ),
        migrations.AddIndex(
            model_name="itemunit",
            index=models.Index(condition=models.Q(("role", "lead")), fields=["unit"], name="item_lead_unit"),
        ),
        migrations.AddIndex(
            model_name="progressreport",
            index=models.Index(
                condition=models.Q(("review", "waiting")), fields=["item"], name="report_to_read"
            ),
        ),
    ]
