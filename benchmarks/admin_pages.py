"""The pages that staff have open all day: queries made and rows read, in a small dealership and in a huge one."""

from typing import Any

from benchmarks import stock
from benchmarks.figures import Bar, tell
from benchmarks.stage import Stage

# Vehicles, and messages of as many customers as a tenth of them.
SMALL, LARGE, LARGEST = (1_000, 10_000), (20_000, 200_000), (100_000, 1_000_000)
PAGES = {
    "stock list": "/admin/inventory/vehicle/",
    "stock, searched": "/admin/inventory/vehicle/?q=kia+gris",
    "inbox": "/admin/conversations/customer/",
    "inbox, searched": "/admin/conversations/customer/?q=nadie+lo+dijo",
    "messages": "/admin/conversations/message/",
    "messages, searched": "/admin/conversations/message/?q=nadie+lo+dijo",
    "one conversation": "/admin/conversations/customer/{customer}/change/",
    "dashboard": "/admin/",
    "to do": "/admin/conversations/lead/todo/",
    "calendar": "/admin/conversations/visit/calendar/",
    "what customers ask for": "/admin/conversations/gap/overview/",
}
# Read whole, in one short column: found without an index, which every row of an import would have to be written to.
_SCANNED = {"stock, searched"}
_ROWS_READ = "SELECT coalesce(sum(seq_tup_read + idx_tup_fetch), 0) FROM pg_stat_xact_user_tables"
_FILL = """
INSERT INTO conversations_customer (channel, address, profile_name, language, fence, unread, last_inbound_at)
SELECT 'whatsapp', '', 'Cliente ' || n, 'es', 0, 0, now() - n * interval '1 minute' FROM generate_series(1, %(customers)s) AS n;
INSERT INTO conversations_turn
    (customer_id, state, attempts, opened_at, closed_at, model, rounds, input_tokens, cached_tokens, output_tokens, cost_mxn,
     "limit", seconds, remarks, withheld)
SELECT 1 + n %% %(customers)s, 'done', 1, now() - n * interval '30 seconds', now() - n * interval '30 seconds', 'gpt-6-luna', 2,
       3000, 2000, 90, 0.004, '', 3.5, '[]', '[]'
FROM generate_series(1, %(messages)s / 2) AS n;
INSERT INTO conversations_message
    (customer_id, turn_id, author, kind, text, details, sid, handling, part, model, cars, media, is_notice, delivery, attempts,
     looks, possible_duplicate, error, created_at)
SELECT customer_id, id, 'customer', 'text', 'Hola, busco un auto', '{}', 'SM' || lpad(id::text, 32, '0'), 'answered', 0, '', '{}',
       '', false, '', 0, 0, false, '', opened_at
FROM conversations_turn;
INSERT INTO conversations_message
    (customer_id, turn_id, author, kind, text, details, sid, handling, part, model, cars, media, is_notice, delivery, attempts,
     looks, possible_duplicate, error, created_at)
SELECT customer_id, id, 'assistant', 'text', 'Con gusto.', '{}', 'MM' || lpad(id::text, 32, '0'), '', 0, 'gpt-6-luna', '{}', '',
       false, 'read', 1, 0, false, '', closed_at
FROM conversations_turn;
"""


def measure(stage: Stage, *, is_full: bool) -> None:
    """The same whatever the tables hold: what is paged, counted and searched must not grow."""
    sizes = (SMALL, LARGEST if is_full else LARGE)
    told: dict[int, dict[str, dict[str, int]]] = {}
    for vehicles, messages in sizes:
        own = {"DATABASE_URL": stage.database(f"admin_{vehicles}"), "LOG_LEVEL": "error", "ADMIN_REQUIRE_OTP": "false"}
        environment = stage.environment(**own)
        stage.run(f"admin-static-{vehicles}", ["manage.py", "collectstatic", "--noinput", "-v0"], environment)
        file = stage.directory / f"admin-{vehicles}.csv"
        stock.write(file, vehicles)
        stage.run(f"admin-migrate-{vehicles}", ["manage.py", "migrate", "-v0"], environment)
        stage.run(f"admin-stock-{vehicles}", ["manage.py", "import_vehicles", str(file)], environment)
        words = [str(messages)]
        told[vehicles] = stage.measured(f"admin-{vehicles}", "benchmarks.admin_pages", "look", words, environment)[
            "told"
        ]
    small, large = (told[vehicles] for vehicles, _ in sizes)
    rows = [
        (page, *(f"{one[page]['queries']} / {one[page]['rows']:,} / {one[page]['ms']}" for one in (small, large)))
        for page in PAGES
    ]
    bars = [
        Bar(
            what=f"{page}: {what}, large against small", figure=large[page][what] / max(1, small[page][what]), most=most
        )
        for page in PAGES
        for what, most in (("queries", 1.0), ("rows", 1.1))
        if what == "queries" or page not in _SCANNED
    ]
    headings = [f"{v:,} vehicles, {m:,} messages: queries / rows read / ms" for v, m in sizes]
    tell("Admin", ("page", *headings), rows, bars)


def look(messages: str) -> dict[str, dict[str, Any]]:
    """Fill the tables and open each page, the second time counted."""
    from django.contrib.auth.models import User
    from django.db import connection
    from django.test import Client

    count = int(messages)
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0")
        cursor.execute(_FILL, {"customers": count // 10, "messages": count})
        cursor.execute("VACUUM ANALYZE")
    staff = User.objects.create_superuser("karlos")
    client = Client(headers={"host": "karlos.example.com", "x-forwarded-proto": "https"})
    client.force_login(staff)
    return {page: _opened(client, path.format(customer=1)) for page, path in PAGES.items()}


def _opened(client: Any, path: str) -> dict[str, int]:
    import time

    from django.db import connection, transaction
    from django.test.utils import CaptureQueriesContext

    client.get(path)
    began = time.perf_counter()
    response = client.get(path)
    took = time.perf_counter() - began
    if response.status_code != 200:
        raise RuntimeError(f"{path}: {response.status_code}")
    # What is kept for seconds (how many wait) is read anew now and then: the least of three is the page's own.
    tries = []
    for _ in range(3):
        # A transaction is told what it has read, and what its connection read before and has not reported yet.
        with transaction.atomic():
            before = _rows_read(connection)
            with CaptureQueriesContext(connection) as made:
                client.get(path)
            tries.append((len(made), _rows_read(connection) - before))
    queries, rows = min(tries)
    return {"queries": queries, "rows": rows, "ms": round(took * 1000)}


def _rows_read(connection: Any) -> int:
    with connection.cursor() as cursor:
        cursor.execute(_ROWS_READ)
        return int(cursor.fetchone()[0])
