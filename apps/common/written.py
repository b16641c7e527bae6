"""SQL written out where putting it together anew for each page takes longer than its answer."""

from typing import Any

from django.db.models import Field
from django.db.models.expressions import RawSQL


class Written(RawSQL):
    """What a subselect finds beside each row. Values go into `params`; the text is ours and takes nothing from outside.

    It names the tables of both databases, and PostgreSQL's JSON functions.
    """

    def __init__(self, sql: str, *params: Any, output_field: Field) -> None:
        super().__init__(sql, params, output_field)

    def as_sqlite(self, compiler: Any, connection: Any) -> Any:
        """SQLite's names of the same functions."""
        sql, params = self.as_sql(compiler, connection)
        return sql.replace("JSONB_AGG", "JSON_GROUP_ARRAY").replace(
            "JSONB_BUILD_OBJECT", "JSON_OBJECT"
        ), params
