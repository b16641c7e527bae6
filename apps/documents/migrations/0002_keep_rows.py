"""Triggers: rows of documents_archivedpaper are kept as written."""

from typing import Any

from django.db import migrations

from apps.common.triggers import PROTECTED, lift, protect

TABLE = "documents_archivedpaper"


def forwards(apps: Any, schema_editor: Any) -> None:
    protect(schema_editor.connection, TABLE, PROTECTED[TABLE])


def backwards(apps: Any, schema_editor: Any) -> None:
    lift(schema_editor.connection, TABLE)


class Migration(migrations.Migration):
    dependencies = [("documents", "0001_initial")]
    operations = [migrations.RunPython(forwards, backwards)]
