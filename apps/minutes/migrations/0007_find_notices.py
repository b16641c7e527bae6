"""更正 issued before their 更正通知 was kept beside them find it by what the notice says and when it was frozen."""

from typing import Any

from django.db import migrations


def find_notices(apps: Any, schema_editor: Any) -> None:
    """The notice was frozen right behind the new version, bears the old title and names the number.

    One that cannot be found stays empty: a paper entered from history has none.
    """
    papers = apps.get_model("documents", "ArchivedPaper").objects.filter(kind="correction")
    for row in apps.get_model("minutes", "Correction").objects.select_related("paper__previous"):
        old = row.paper.previous or row.paper
        same = papers.filter(title=f"关于更正《{old.title}》的通知", printed_on=row.corrected_on)
        row.notice = (
            same.filter(pk__gt=row.paper_id, text__contains=row.paper.number_text).order_by("pk").first()
        )
        if row.notice is not None:
            row.save(update_fields=["notice"])


class Migration(migrations.Migration):
    dependencies = [("minutes", "0006_correction_notice")]
    operations = [migrations.RunPython(find_notices, migrations.RunPython.noop)]
