"""What Prometheus is told: counters of every process on this machine, and what the database knows when it is asked."""

from collections.abc import Iterator
from hmac import compare_digest

from django.conf import settings
from django.db import Error
from django.db.models import Count, Sum
from django.http import Http404, HttpRequest, HttpResponse
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Metric, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from conversations import queue
from conversations.models import Message, Turn
from karlos_site import health


def metrics(request: HttpRequest) -> HttpResponse:
    """For who has METRICS_TOKEN, and in development for everyone; for others it is not there."""
    if not _may_read(request):
        raise Http404
    registry = CollectorRegistry()
    MultiProcessCollector(registry, path=str(settings.METRICS_DIR))  # type: ignore[no-untyped-call]
    registry.register(_Database())
    return HttpResponse(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


def _may_read(request: HttpRequest) -> bool:
    if not settings.METRICS_TOKEN:
        return bool(settings.DEBUG)
    given = request.headers.get("Authorization", "")
    return compare_digest(given.encode(), f"Bearer {settings.METRICS_TOKEN}".encode())


class _Database(Collector):
    """Asked at each scrape. Without the database, only that it is away."""

    def collect(self) -> Iterator[Metric]:
        parts = GaugeMetricFamily("karlos_part_up", "Whether a part that Karlos needs answers.", labels=["part"])
        for name, examine in health.PARTS.items():
            parts.add_metric([name], float(not examine()))
        yield parts
        try:
            yield from (*_queue(), *_messages(), *_turns())
        except Error:
            return


def _queue() -> Iterator[Metric]:
    """Whom nobody works on although they are due, and what is still to go out."""
    yield from _line("karlos_customers_due", "customers who are due and whom no worker has", queue.customers())
    yield from _line("karlos_messages_to_send", "messages on their way to Twilio", queue.to_send())
    yield from _line("karlos_handoffs_open", "conversations that are with a person", queue.with_person())


def _line(name: str, what: str, found: queue.Line) -> Iterator[Metric]:
    yield GaugeMetricFamily(name, f"How many {what}.", value=found.count)
    yield GaugeMetricFamily(f"{name}_oldest_seconds", f"Since when there are {what}.", value=found.oldest_seconds)


def _messages() -> Iterator[Metric]:
    told = GaugeMetricFamily("karlos_messages", "Messages by how far they have come.", labels=["direction", "state"])
    incoming = Message.objects.exclude(handling="").values_list("handling").annotate(n=Count("pk"))
    outgoing = Message.objects.exclude(delivery="").values_list("delivery").annotate(n=Count("pk"))
    for direction, rows in (("in", incoming), ("out", outgoing)):
        for state, count in rows:
            told.add_metric([direction, state], count)
    yield told


def _turns() -> Iterator[Metric]:
    told = GaugeMetricFamily("karlos_turns", "Turns by state and by who answered.", labels=["state", "model"])
    for state, model, count in Turn.objects.values_list("state", "model").annotate(n=Count("pk")):
        told.add_metric([state, model], count)
    yield told
    sums = Turn.objects.aggregate(
        rounds=Sum("rounds"), input=Sum("input_tokens"), cached=Sum("cached_tokens"), output=Sum("output_tokens")
    )
    yield CounterMetricFamily("karlos_rounds", "Calls to a model in closed turns.", value=sums["rounds"] or 0)
    tokens = CounterMetricFamily("karlos_tokens", "Tokens of closed turns.", labels=["kind"])
    for kind in ("input", "cached", "output"):
        tokens.add_metric([kind], sums[kind] or 0)
    yield tokens
