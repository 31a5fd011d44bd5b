"""Whether the parts of the stack really answer."""

import http.client

import celery
from django.conf import settings
from kombu.exceptions import OperationalError

from karlos_site.stack import ports


def web_answers(host: str, port: int) -> bool:
    caller = http.client.HTTPConnection(ports.reachable(host), port, timeout=5)
    try:
        # Whatever PUBLIC_BASE_URL is, this host is allowed.
        caller.request("GET", "/healthz", headers={"Host": "localhost"})
        return caller.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        caller.close()


def caller(broker_url: str) -> celery.Celery:
    """A Celery application of its own to call workers with: the site's was made before the embedded Redis had a port."""
    app = celery.Celery("karlos readiness", broker=broker_url, set_as_current=False)
    app.conf.broker_transport_options = settings.CELERY_BROKER_TRANSPORT_OPTIONS
    app.conf.broker_connection_timeout = settings.CELERY_BROKER_CONNECTION_TIMEOUT
    return app


def workers_answer(app: celery.Celery, nodes: list[str]) -> bool:
    """Whether every one of these Celery nodes answers a ping through the broker."""
    with app.connection_for_write() as connection:
        # A broker may hang up in the middle of a call, and each says so by an exception of its own.
        broken: tuple[type[BaseException], ...] = (
            *connection.connection_errors,
            *connection.channel_errors,
            OperationalError,
            OSError,
        )
        try:
            answers = app.control.ping(destination=nodes, timeout=1, limit=len(nodes), connection=connection)
        except broken:
            return False
    return len(answers or []) == len(nodes)
