"""Triggers anew: the files of documents_archivedpaper are written once, after the row."""

from typing import Any

from django.db import migrations

from apps.common.triggers import PROTECTED, lift, protect

TABLE = "documents_archivedpaper"


def forwards(apps: Any, schema_editor: Any) -> None:
    lift(schema_editor.connection, TABLE)
    protect(schema_editor.connection, TABLE, PROTECTED[TABLE])


class Migration(migrations.Migration):
    dependencies = [("documents", "0003_made_by_the_worker")]
    operations = [migrations.RunPython(forwards, migrations.RunPython.noop)]
