"""Database triggers that keep rows as they were written: the journal whole, an archived paper's frozen columns.

Written for both databases. Called by migrations; the test suite lifts them while it empties tables.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Kept:
    """What may not change in a table's rows: every column if none is named; ``once``: text that is written once."""

    columns: Sequence[str] = ()
    once: Sequence[str] = ()


_PG_FUNCTION = """
CREATE OR REPLACE FUNCTION portal_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'rows of % are never changed or removed', TG_TABLE_NAME; END $$
"""


def _changed(kept: Kept, same: str) -> str:
    always = [f"OLD.{name} {same} NEW.{name}" for name in kept.columns]
    return " OR ".join(
        always + [f"(OLD.{name} <> '' AND OLD.{name} {same} NEW.{name})" for name in kept.once]
    )


def protect(connection: Any, table: str, kept: Kept) -> None:
    """Refuse DELETE and TRUNCATE on a table, and the UPDATEs that `kept` names."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            when = f"WHEN ({_changed(kept, 'IS DISTINCT FROM')})" if kept.columns else ""
            cursor.execute(_PG_FUNCTION)
            cursor.execute(
                f"CREATE TRIGGER {table}_keep_rows BEFORE DELETE ON {table} "
                "FOR EACH ROW EXECUTE FUNCTION portal_refuse()"
            )
            cursor.execute(
                f"CREATE TRIGGER {table}_keep_text BEFORE UPDATE ON {table} "
                f"FOR EACH ROW {when} EXECUTE FUNCTION portal_refuse()"
            )
            cursor.execute(
                f"CREATE TRIGGER {table}_keep_all BEFORE TRUNCATE ON {table} EXECUTE FUNCTION portal_refuse()"
            )
            return
        refuse = "BEGIN SELECT RAISE(ABORT, 'rows are never changed or removed'); END"
        when = f"WHEN {_changed(kept, 'IS NOT')}" if kept.columns else ""
        cursor.execute(f"CREATE TRIGGER {table}_keep_rows BEFORE DELETE ON {table} {refuse}")
        cursor.execute(f"CREATE TRIGGER {table}_keep_text BEFORE UPDATE ON {table} {when} {refuse}")


def lift(connection: Any, table: str) -> None:
    """Remove the triggers of a table (a reversed migration, or the test suite emptying tables)."""
    with connection.cursor() as cursor:
        for name in ("keep_rows", "keep_text", "keep_all"):
            if connection.vendor == "postgresql":
                cursor.execute(f"DROP TRIGGER IF EXISTS {table}_{name} ON {table}")
            else:
                cursor.execute(f"DROP TRIGGER IF EXISTS {table}_{name}")


PROTECTED: dict[str, Kept] = {
    "common_auditevent": Kept(),
    "documents_archivedpaper": Kept(
        (
            "kind",
            "title",
            "number_id",
            "number_text",
            "version",
            "previous_id",
            "signed_on",
            "pages",
            "text",
            "data",
            "made_at",
            "made_by_id",
        ),
        once=("pdf_path", "pdf_sha256", "docx_path", "docx_sha256", "engine", "fonts"),
    ),
    "meetings_blockrevision": Kept(),
    "minutes_misprintfix": Kept(),
}
