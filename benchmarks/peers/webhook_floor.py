"""The least that stores a message and rings a worker: the same rows by bare psycopg, and one LPUSH, in a bare WSGI function."""

import json
import os
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import parse_qsl

import redis
from psycopg_pool import ConnectionPool

_DATABASE = ConnectionPool(os.environ["DATABASE_URL"], min_size=1, max_size=16, open=True)
_REDIS = redis.Redis.from_url(os.environ["REDIS_URL"])
_TOUCH = """
UPDATE conversations_customer
SET address = %(From)s, profile_name = %(ProfileName)s, unread = unread + 1, last_inbound_at = now(),
    waiting_since = coalesce(waiting_since, now()),
    due_at = least(now() + interval '2 s', coalesce(waiting_since, now()) + interval '8 s')
WHERE id = (SELECT customer_id FROM conversations_identity WHERE kind = 'phone' AND value = %(phone)s)
RETURNING id
"""
_STORE = """
INSERT INTO conversations_message
    (customer_id, author, kind, text, details, sid, handling, part, model, cars, media, is_notice, delivery, attempts, looks,
     possible_duplicate, error)
VALUES (%(customer)s, 'customer', 'text', %(Body)s, '{}', %(MessageSid)s, 'waiting', 0, '', '{}', '', false, '', 0, 0, false, '')
ON CONFLICT (sid) DO NOTHING
"""


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Every request is a message of a customer who is known."""
    body = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
    form = dict(parse_qsl(body.decode(), keep_blank_values=True))
    form["phone"] = form["From"].removeprefix("whatsapp:")
    with _DATABASE.connection() as connection:
        row = connection.execute(_TOUCH, form).fetchone()
        customer = row[0] if row else None
        connection.execute(_STORE, form | {"customer": customer})
    _REDIS.lpush("floor", json.dumps({"task": "answer", "args": [customer]}))
    start_response("200 OK", [("Content-Type", "text/xml"), ("Content-Length", "11")])
    return [b"<Response/>"]
