"""Triggers: rows of documents_archivedpaper are kept as written."""

from typing import Any

from django.db import migrations

from apps.common.triggers import Kept, lift, protect

TABLE = "documents_archivedpaper"
COLUMNS = (
    "kind", "title", "number_id", "number_text", "version", "previous_id", "signed_on", "pdf_path", "pdf_sha256", "pages",
    "text", "data", "engine", "made_at", "made_by_id",
)  # fmt: skip


def forwards(apps: Any, schema_editor: Any) -> None:
    protect(schema_editor.connection, TABLE, Kept(COLUMNS))


def backwards(apps: Any, schema_editor: Any) -> None:
    lift(schema_editor.connection, TABLE)


class Migration(migrations.Migration):
    dependencies = [("documents", "0001_initial")]
    operations = [migrations.RunPython(forwards, backwards)]
