"""Whether the web process is alive: asks nothing of the database, so that a probe never restarts us for its absence."""

from django.http import HttpRequest, HttpResponse


def healthz(_request: HttpRequest) -> HttpResponse:
    return HttpResponse("ok", content_type="text/plain")
