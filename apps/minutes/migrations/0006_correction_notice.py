"""A 更正 keeps its 更正通知."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("documents", "0005_follow_up"),
        ("minutes", "0005_correction_kinds"),
    ]

    operations = [
        migrations.AddField(
            model_name="correction",
            name="notice",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="documents.archivedpaper",
            ),
        ),
        migrations.AddField(
            model_name="historicalcorrection",
            name="notice",
            field=models.ForeignKey(
                blank=True,
                db_constraint=False,
                null=True,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                to="documents.archivedpaper",
            ),
        ),
    ]
