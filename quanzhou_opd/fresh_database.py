"""Make an empty database whole at once, as all migrations together would leave it, and mark them as applied.

Replaying the migrations draws every model anew for every step, and takes half a minute on an empty database;
this takes seconds. Only the first start of the one-process portal and the test suite use it. Production, and
every database that already holds something, go through `migrate`. A test compares the two results.
"""

from __future__ import annotations

from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.management import call_command
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations import RunPython, RunSQL
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder


def is_empty(connection: BaseDatabaseWrapper) -> bool:
    """Whether a database holds no table at all."""
    return not connection.introspection.table_names()


def create(connection: BaseDatabaseWrapper) -> None:
    """Create everything in an empty database."""
    ours = {config.label for config in apps.get_app_configs() if config.name.startswith("apps.")}
    # Other people's tables are not always what their models say (an id's width), so their migrations run. They
    # are few, and quick as long as our models are not there, but they need the users.
    _migrate(connection, unmigrated=ours - {"accounts"})
    _migrate(connection, unmigrated={config.label for config in apps.get_app_configs()}, run_syncdb=True)
    complete(connection)


def complete(connection: BaseDatabaseWrapper) -> None:
    """Add what models do not know (triggers, first rows), and record every migration, in one transaction."""
    loader = MigrationLoader(connection)
    recorder = MigrationRecorder(connection)
    recorder.ensure_schema()
    applied = recorder.applied_migrations()
    with connection.schema_editor(atomic=True) as editor:
        for key in _in_order(loader):
            if key not in applied:
                for operation in loader.graph.nodes[key].operations:
                    _run(operation, editor)
                recorder.record_applied(*key)


def _migrate(connection: BaseDatabaseWrapper, *, unmigrated: set[str], run_syncdb: bool = False) -> None:
    before = settings.MIGRATION_MODULES
    settings.MIGRATION_MODULES = dict.fromkeys(unmigrated)
    try:
        call_command(
            "migrate", database=connection.alias, run_syncdb=run_syncdb, verbosity=0, interactive=False
        )
    finally:
        settings.MIGRATION_MODULES = before


def _run(operation: Any, editor: Any) -> None:
    if isinstance(operation, RunPython):
        code: Any = operation.code
        code(apps, editor)
    elif isinstance(operation, RunSQL):
        run_sql: Any = getattr(operation, "_run_sql")  # noqa: B009 - unknown to the stubs
        run_sql(editor, operation.sql)


def _in_order(loader: MigrationLoader) -> list[tuple[str, str]]:
    plan: dict[tuple[str, str], None] = {}
    for leaf in sorted(loader.graph.leaf_nodes()):
        plan.update(dict.fromkeys(loader.graph.forwards_plan(leaf)))
    return list(plan)
