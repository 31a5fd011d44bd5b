#!/bin/sh
# Runs every test on the embedded parts, then again on PostgreSQL and Redis, and says at the end what it had to leave out.
# With NOTHING_LEFT_OUT=1 whatever is left out is a failure. TEST_DATABASE_URL, TEST_REDIS_URL and TEST_RABBITMQ_URL name
# servers elsewhere; words after the command go to pytest (`sh scripts/test.sh tests/inventory`).
set -eu

cd "$(dirname "$0")/.."
root=$(pwd)
data=$root/var/test
mkdir -p "$data/home"
rm -f "$data"/*.xml
left_out=
failed=0

database_url=${TEST_DATABASE_URL:-postgres://postgres@127.0.0.1:5432/postgres}
redis_url=${TEST_REDIS_URL:-redis://127.0.0.1:6379/15}
rabbitmq_url=${TEST_RABBITMQ_URL:-amqp://guest:guest@127.0.0.1:5672//}

leave_out() {
    left_out="$left_out$1
"
}

for server in database redis rabbitmq; do
    eval "url=\$${server}_url"
    if ! .venv/bin/python scripts/reachable.py "$url"; then
        eval "${server}_url="
        case $server in
        database) leave_out "the tests on PostgreSQL: none answers at TEST_DATABASE_URL" ;;
        redis) leave_out "the tests on a Redis server: none answers at TEST_REDIS_URL" ;;
        rabbitmq) leave_out "the tests on RabbitMQ: none answers at TEST_RABBITMQ_URL" ;;
        esac
    fi
done

chromium=
for name in chromium chromium-browser google-chrome; do
    chromium=${chromium:-$(command -v "$name" || true)}
done
[ -n "$chromium" ] || leave_out "the tests in a browser: no chromium, chromium-browser or google-chrome is installed"

# Three processes share a whole run, for many tests wait for others' processes; a few named tests start sooner in one.
shared="-p tests.apart -n 3 --dist loadgroup --no-loadscope-reorder"
[ $# -eq 0 ] || shared=

# Nothing of the user's own environment or .env gets in: a test never meets a real key.
run_pytest() {
    report=$1
    shift
    env -i PATH="$PATH" HOME="$data/home" LANG=C.UTF-8 TERM="${TERM:-dumb}" ENV_FILE=/dev/null DATA_DIR="$data" \
        KARLOS_TEST_DATABASE_URL="$database_url" KARLOS_TEST_REDIS_URL="$redis_url" \
        KARLOS_TEST_RABBITMQ_URL="$rabbitmq_url" KARLOS_TEST_CHROMIUM="$chromium" \
        CELERY_QUEUE="karlos-test-$$" "$@" --junitxml="$data/$report.xml" -o junit_family=xunit1 || failed=1
}

echo "== On the embedded parts =="
run_pytest embedded .venv/bin/python -m pytest $shared "$@"

# Those of the stack and the journeys choose their servers themselves, the browser's see the same pages, and to those that are
# marked "anywhere" the database makes no difference.
if [ -n "$database_url$redis_url" ] && [ $# -eq 0 ]; then
    echo "== On the servers that were found =="
    clone=$(pwd | cksum | cut -d' ' -f1)
    # A database of this clone's own, beside the one that was named.
    named=$(echo "$database_url" | sed "s|/[^/?]*\(?.*\)\{0,1\}\$|/karlos_$clone\1|")
    run_pytest servers DATABASE_URL="$named" REDIS_URL="$redis_url" \
        .venv/bin/python -m pytest $shared -m "not browser and not servers and not anywhere" --ignore=tests/site --ignore=tests/journeys
fi

skipped=$(.venv/bin/python scripts/skipped.py "$data"/*.xml)
[ -z "$skipped" ] || leave_out "$skipped"

if [ -n "$left_out" ]; then
    echo
    echo "########################################################################"
    echo "#  LEFT OUT:"
    printf '%s' "$left_out" | sort -u | sed 's/^/#  - /'
    echo "########################################################################"
    if [ "${NOTHING_LEFT_OUT:-}" = 1 ]; then
        echo "NOTHING_LEFT_OUT=1: that is a failure."
        failed=1
    fi
fi
exit "$failed"
