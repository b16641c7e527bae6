"""A 更正 keeps what it changed, whole: words and units beside the requirement. What was corrected before keeps its deadline alone."""

import django.db.models.deletion
from django.db import migrations, models

import apps.common.fields


class Migration(migrations.Migration):
    dependencies = [
        ("action_items", "0013_reports_by_day"),
        ("roster", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="duecorrection",
            name="old_all_support",
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name="duecorrection",
            name="old_text",
            field=apps.common.fields.PlainTextField(blank=True, max_length=8000),
        ),
        migrations.AddField(
            model_name="historicalduecorrection",
            name="old_all_support",
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name="historicalduecorrection",
            name="old_text",
            field=apps.common.fields.PlainTextField(blank=True, max_length=8000),
        ),
        migrations.CreateModel(
            name="CorrectedPart",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("role", models.CharField(choices=[("lead", "牵头"), ("support", "配合")], max_length=8)),
                ("position", models.PositiveSmallIntegerField()),
                (
                    "correction",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="parts",
                        to="action_items.duecorrection",
                    ),
                ),
                (
                    "unit",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="roster.unit"
                    ),
                ),
            ],
            options={
                "ordering": ["role", "position", "id"],
                "abstract": False,
                "constraints": [
                    models.UniqueConstraint(
                        fields=("correction", "unit"), name="one_part_a_unit_and_correction"
                    )
                ],
            },
        ),
    ]
