"""A database made at once is the one the migrations make."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import psycopg

from tests.support.servers import Postgres

ROOT = Path(__file__).resolve().parent.parent
CATALOGUE = {
    "columns": """
        SELECT table_name, column_name, data_type, character_maximum_length, is_nullable, column_default
        FROM information_schema.columns WHERE table_schema = 'public'""",
    "constraints": """
        SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid)
        FROM pg_constraint WHERE connamespace = 'public'::regnamespace""",
    "indexes": "SELECT tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'",
    "triggers": """
        SELECT tgrelid::regclass::text, tgname, pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal""",
    "functions": "SELECT proname, prosrc FROM pg_proc WHERE pronamespace = 'public'::regnamespace",
    "migrations": "SELECT app, name FROM django_migrations",
    "permissions": """
        SELECT app_label, model, codename
        FROM auth_permission JOIN django_content_type t ON t.id = content_type_id""",
}
CREATE_AT_ONCE = """
import django; django.setup()
from django.db import connection
from quanzhou_opd import fresh_database
fresh_database.create(connection)
"""


def test_made_at_once_equals_migrated(postgres_server: Postgres, tmp_path: Path) -> None:
    with postgres_server.connect() as connection:
        for name in ("migrated", "at_once"):
            connection.execute(f"CREATE DATABASE {name}")
    run(["manage.py", "migrate", "--verbosity", "0"], url=postgres_server.url("migrated"), data=tmp_path)
    run(["-c", CREATE_AT_ONCE], url=postgres_server.url("at_once"), data=tmp_path)
    with postgres_server.connect("migrated") as one, postgres_server.connect("at_once") as other:
        for part, query in CATALOGUE.items():
            migrated, at_once = rows(one, query), rows(other, query)
            assert migrated, f"no {part} at all"
            assert at_once == migrated, part


def rows(connection: psycopg.Connection[Any], query: str) -> set[tuple[Any, ...]]:
    return set(connection.execute(query).fetchall())


def run(arguments: list[str], *, url: str, data: Path) -> None:
    environment = {**os.environ, "DATABASE_URL": url, "DATA_DIR": str(data), "TEST_DATA_DIR": str(data)}
    subprocess.run([sys.executable, *arguments], cwd=ROOT, env=environment, check=True, timeout=300)
