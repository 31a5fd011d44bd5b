"""What PostgreSQL needs to find a word in a million messages. SQLite searches without it."""

from typing import Any

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

# Name, table and column of each; the expression is the one that Django's `icontains` compares.
_INDEXES = (
    ("message_text_search", "conversations_message", "text"),
    ("customer_name_search", "conversations_customer", "profile_name"),
    ("identity_value_search", "conversations_identity", "value"),
)


def _index(_apps: Any, editor: BaseDatabaseSchemaEditor) -> None:
    if not _has_trigrams(editor):
        return
    editor.execute("SET LOCAL statement_timeout = 0")  # many messages take their time
    editor.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
    for name, table, column in _INDEXES:
        editor.execute(f"CREATE INDEX IF NOT EXISTS {name} ON {table} USING gin (UPPER({column}::text) gin_trgm_ops)")


def _drop(_apps: Any, editor: BaseDatabaseSchemaEditor) -> None:
    if editor.connection.vendor == "postgresql":
        for name, _, _ in _INDEXES:
            editor.execute(f"DROP INDEX IF EXISTS {name}")


def _has_trigrams(editor: BaseDatabaseSchemaEditor) -> bool:
    """Where the extension is not even on the server, search is slow and right."""
    if editor.connection.vendor != "postgresql":
        return False
    with editor.connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_available_extensions WHERE name = 'pg_trgm'")
        return cursor.fetchone() is not None


class Migration(migrations.Migration):
    dependencies = [("conversations", "0003_inbox")]

    operations = [migrations.RunPython(_index, _drop)]
