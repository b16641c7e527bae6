"""Triggers: rows of minutes_misprintfix are kept as written."""

from typing import Any

from django.db import migrations

from apps.common.triggers import PROTECTED, lift, protect

TABLE = "minutes_misprintfix"


def forwards(apps: Any, schema_editor: Any) -> None:
    protect(schema_editor.connection, TABLE, PROTECTED[TABLE])


def backwards(apps: Any, schema_editor: Any) -> None:
    lift(schema_editor.connection, TABLE)


class Migration(migrations.Migration):
    dependencies = [("minutes", "0003_room_desk_signing")]
    operations = [migrations.RunPython(forwards, backwards)]
