"""A migration runs while the version before still does: it adds, and what it adds that version need not know."""

import pytest
from django.db import migrations, models
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations.base import Operation

pytestmark = pytest.mark.anywhere

# Those up to these numbers came before anybody had to go on while they ran.
_BEFORE = {"assistant": 4, "conversations": 12, "inventory": 9, "simulator": 2}
_TAKES_AWAY = (
    migrations.RemoveField,
    migrations.DeleteModel,
    migrations.RenameField,
    migrations.RenameModel,
    migrations.AlterModelTable,
)


def stops_the_version_before(operation: Operation) -> bool:
    """Whether it reads or writes something in vain: what is gone, or a column that it leaves empty and must not."""
    if isinstance(operation, migrations.SeparateDatabaseAndState):
        return any(map(stops_the_version_before, operation.database_operations))
    if isinstance(operation, migrations.AddField):
        field = operation.field
        is_left_out = field.null or field.has_db_default() or isinstance(field, models.ManyToManyField)
        return not is_left_out
    return isinstance(operation, _TAKES_AWAY)


def test_no_migration_stops_the_version_that_still_runs() -> None:
    loader = MigrationLoader(None, ignore_no_migrations=True)
    wrong = [
        f"{app}.{name}: {operation.describe()}"
        for (app, name), migration in loader.disk_migrations.items()
        if app in _BEFORE and int(name[:4]) > _BEFORE[app]
        for operation in migration.operations
        if stops_the_version_before(operation)
    ]
    assert wrong == [], "Add with null or db_default now; take away in the version after: docs/deployment.md."


def test_what_would_stop_it_is_known() -> None:
    added = migrations.AddField("Message", "x", models.IntegerField(default=0))
    assert stops_the_version_before(added), "Django takes a default of its own out of the table again"
    assert not stops_the_version_before(migrations.AddField("Message", "x", models.IntegerField(null=True)))
    assert not stops_the_version_before(migrations.AddField("Message", "x", models.IntegerField(db_default=0)))
    assert stops_the_version_before(migrations.RemoveField("Message", "text"))
