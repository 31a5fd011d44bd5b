"""Whether the process lives, and whether the parts that it needs answer: for probes, for `manage.py doctor`, for alarms."""

from collections.abc import Callable

import redis
from celery import current_app
from django.db import Error, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse
from django_redis import get_redis_connection
from kombu.exceptions import OperationalError

_BROKER_SECONDS = 2


def healthz(_request: HttpRequest) -> HttpResponse:
    """The web process lives: asks nothing of the database, so that a probe never restarts us for its absence."""
    return HttpResponse("ok", content_type="text/plain; charset=utf-8")


def readyz(_request: HttpRequest) -> JsonResponse:
    """503 while messages can't be stored. Without cache or broker they are, and answered later: 200, and it is said."""
    found = {name: examine() for name, examine in PARTS.items()}
    is_ready = not any(found[name] for name in _NEEDED_TO_STORE)
    told = {name: reason or "ok" for name, reason in found.items()}
    return JsonResponse({"ready": is_ready, **told}, status=200 if is_ready else 503)


class Probes:
    """Answers probes before anything asks under which name they came: they come by IP address and over plain HTTP."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        probe = _PROBES.get(request.path)
        return probe(request) if probe else self._get_response(request)


# --- The parts: each an empty word, or what is wrong with it, without addresses or secrets ------------------------------


def database() -> str:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except Error as e:
        return f"does not answer ({type(e).__name__})"
    return ""


def migrations() -> str:
    try:
        executor = MigrationExecutor(connection)
        missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except Error as e:
        return f"can't be read ({type(e).__name__})"
    return f"{len(missing)} not applied" if missing else ""


def cache() -> str:
    try:
        get_redis_connection("default").ping()
    except (redis.RedisError, OSError) as e:
        return f"does not answer ({type(e).__name__})"
    return ""


def broker() -> str:
    with current_app.connection_for_write(connect_timeout=_BROKER_SECONDS) as caller:
        broken: tuple[type[BaseException], ...] = (OperationalError, OSError, *caller.connection_errors)
        try:
            caller.ensure_connection(max_retries=1, interval_start=0, timeout=_BROKER_SECONDS)
        except broken as e:
            return f"does not answer ({type(e).__name__})"
    return ""


PARTS: dict[str, Callable[[], str]] = {
    "database": database,
    "migrations": migrations,
    "cache": cache,
    "broker": broker,
}
_NEEDED_TO_STORE = ("database", "migrations")
_PROBES: dict[str, Callable[[HttpRequest], HttpResponse]] = {"/healthz": healthz, "/readyz": readyz}
