#!/bin/sh
# The system checks, and whether a model changed without its migration. A database of its own, and no .env.
set -eu

cd "$(dirname "$0")/.."
export ENV_FILE=/dev/null DATA_DIR=var/check
.venv/bin/python manage.py check --fail-level WARNING
.venv/bin/python manage.py makemigrations --check --dry-run
