"""Whether a PostgreSQL, Redis or RabbitMQ answers at this URL: exit code 0 or 1."""

import sys
from urllib.parse import urlsplit

import kombu
import psycopg
import redis
from kombu.exceptions import OperationalError


def _answers(url: str) -> bool:
    scheme = urlsplit(url).scheme
    try:
        if scheme.startswith("postgres"):
            psycopg.connect(url, connect_timeout=3).close()
        elif scheme.startswith("redis"):
            redis.Redis.from_url(url, socket_connect_timeout=3, socket_timeout=3).ping()
        else:
            with kombu.Connection(url, connect_timeout=3) as broker:
                broker.ensure_connection(max_retries=1, timeout=3)
    except (psycopg.Error, redis.RedisError, OperationalError, OSError):
        return False
    return True


if __name__ == "__main__":
    sys.exit(not _answers(sys.argv[1]))
