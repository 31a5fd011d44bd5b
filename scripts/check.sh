#!/bin/sh
# The system checks, whether a model changed without its migration, secrets that were written down, and holes of what we run on.
# A database of its own, and no .env.
set -eu

cd "$(dirname "$0")/.."
export ENV_FILE=/dev/null DATA_DIR=var/check
.venv/bin/python manage.py check --fail-level WARNING
.venv/bin/python manage.py makemigrations --check --dry-run
.venv/bin/python scripts/written_secrets.py
.venv/bin/python scripts/audit.py
