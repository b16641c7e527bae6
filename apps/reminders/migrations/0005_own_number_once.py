"""A number of 市卫健委's book stands on one letter, by the database.

Letters that went out before take theirs from their papers. Where several bear the same, the oldest keeps it here and the
others stay empty: their papers are frozen and say what they said, and no new letter takes that number either.
"""

from typing import Any

from django.db import migrations, models

import apps.common.fields


def take_from_papers(apps: Any, _editor: Any) -> None:
    """The oldest letter of each typed number bears it."""
    Letter = apps.get_model("reminders", "ChaseLetter")
    seen: set[str] = set()
    for row in Letter.objects.filter(number=None).select_related("paper").order_by("pk"):
        text = row.paper.number_text
        if text and text not in seen:
            seen.add(text)
            row.own_number = text
            row.save(update_fields=["own_number"])


class Migration(migrations.Migration):
    dependencies = [
        ("documents", "0006_ending_sheet"),
        ("reminders", "0004_own_number"),
    ]

    operations = [
        *(
            migrations.AddField(
                model_name=name,
                name="own_number",
                field=apps.common.fields.PlainCharField(blank=True, max_length=60, verbose_name="发文字号"),
            )
            for name in ("chaseletter", "historicalchaseletter")
        ),
        migrations.RunPython(take_from_papers, migrations.RunPython.noop),
        migrations.AddConstraint(
            model_name="chaseletter",
            constraint=models.UniqueConstraint(
                fields=["own_number"], condition=~models.Q(own_number=""), name="one_letter_an_own_number"
            ),
        ),
        migrations.AddConstraint(
            model_name="chaseletter",
            constraint=models.CheckConstraint(
                condition=models.Q(number__isnull=True) | models.Q(own_number=""),
                name="a_letter_bears_one_number",
            ),
        ),
    ]
