#!/bin/sh
# Style, mistakes and types. `make lint` installs what this needs.
set -eu

cd "$(dirname "$0")/.."
export ENV_FILE=/dev/null
.venv/bin/ruff check .
.venv/bin/ruff format --check .
.venv/bin/python -m mypy .
