#!/bin/sh
# Gathers what is marked for translation into locale/es, where the Spanish is written, and compiles it. Needs gettext.
set -eu

cd "$(dirname "$0")/.."
export ENV_FILE=/dev/null DATA_DIR=var/check
for tool in xgettext msgmerge msgfmt; do
    command -v $tool >/dev/null || { echo "$tool is missing: install gettext (apt-get install gettext, brew install gettext)." >&2; exit 1; }
done
catalogue=locale/es/LC_MESSAGES/django
.venv/bin/python manage.py makemessages -l es --no-location --no-obsolete -i .venv -i var -i tests
# The date would be all that changes, at every run.
grep -v '^"POT-Creation-Date' $catalogue.po >$catalogue.po.new && mv $catalogue.po.new $catalogue.po
msgfmt --check-format --statistics -o $catalogue.mo $catalogue.po
