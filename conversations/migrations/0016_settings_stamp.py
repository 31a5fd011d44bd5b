"""Triggers that renew the stamp of the settings: they stand here because this app comes after all whose settings they watch."""

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

# All that staff set, and what is made of it: a turn keeps the ids of these.
TABLES = (
    "assistant_agent",
    "assistant_assistantsettings",
    "assistant_dealershiptext",
    "assistant_openinghours",
    "assistant_place",
    "assistant_question",
    "conversations_limits",
    "conversations_settingsversion",
    "conversations_template",
    "inventory_creditterms",
)
EVENTS = ("INSERT", "UPDATE", "DELETE")

# The row may be gone after a flush. Never the same value twice: what is rolled back is followed by another.
_RENEW = """
UPDATE inventory_settingsstamp SET value = {value};
INSERT INTO inventory_settingsstamp (id, value) SELECT 1, {value}
WHERE NOT EXISTS (SELECT 1 FROM inventory_settingsstamp);
"""
_IN_SQLITE = _RENEW.format(value="lower(hex(randomblob(16)))")
_IN_POSTGRESQL = _RENEW.format(value="gen_random_uuid()::text")


def _watch(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(
            "CREATE FUNCTION renew_settings_stamp() RETURNS trigger LANGUAGE plpgsql AS "
            f"$$ BEGIN {_IN_POSTGRESQL} RETURN NULL; END $$"
        )
        for table in TABLES:
            schema_editor.execute(
                f"CREATE TRIGGER settings_stamp AFTER {' OR '.join(EVENTS)} ON {table} "
                "FOR EACH STATEMENT EXECUTE FUNCTION renew_settings_stamp()"
            )
    else:
        for table in TABLES:
            for event in EVENTS:
                schema_editor.execute(
                    f"CREATE TRIGGER settings_stamp_{table}_{event.lower()} AFTER {event} ON {table} BEGIN {_IN_SQLITE} END"
                )
    with schema_editor.connection.cursor() as cursor:
        for statement in (_IN_POSTGRESQL if schema_editor.connection.vendor == "postgresql" else _IN_SQLITE).split(";"):
            if statement.strip():
                cursor.execute(statement)


def _unwatch(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("DROP FUNCTION renew_settings_stamp() CASCADE")
    else:
        for table in TABLES:
            for event in EVENTS:
                schema_editor.execute(f"DROP TRIGGER settings_stamp_{table}_{event.lower()}")


class Migration(migrations.Migration):
    dependencies = [
        ("assistant", "0004_privacy"),
        ("conversations", "0015_told_phone"),
        ("inventory", "0010_settings_stamp"),
    ]

    operations = [migrations.RunPython(_watch, _unwatch)]
