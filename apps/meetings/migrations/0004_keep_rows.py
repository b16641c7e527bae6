"""Triggers: rows of meetings_blockrevision are kept as written."""

from typing import Any

from django.db import migrations

from apps.common.triggers import PROTECTED, lift, protect

TABLE = "meetings_blockrevision"


def forwards(apps: Any, schema_editor: Any) -> None:
    protect(schema_editor.connection, TABLE, PROTECTED[TABLE])


def backwards(apps: Any, schema_editor: Any) -> None:
    lift(schema_editor.connection, TABLE)


class Migration(migrations.Migration):
    dependencies = [("meetings", "0003_room_desk_signing")]
    operations = [migrations.RunPython(forwards, backwards)]
