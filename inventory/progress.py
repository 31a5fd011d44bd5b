"""How far a worker has come, in the cache: the work itself is one transaction, which nobody else can look into."""

from dataclasses import dataclass

from django.core.cache import cache

# Who has not been heard of for so long has died, or has not begun.
SILENCE_SECONDS = 30


@dataclass(frozen=True, kw_only=True)
class Progress:
    """So many rows of so many; of a file that is still being read nobody knows how many, and `total` is 0."""

    done: int
    total: int

    @property
    def percent(self) -> int:
        return self.done * 100 // self.total if self.total else 0


def tell(import_id: int, done: int, total: int) -> None:
    """Also a sign of life."""
    cache.set(_key(import_id), (done, total), SILENCE_SECONDS)


def of(import_id: int) -> Progress | None:
    """None if no worker has been heard of."""
    told = cache.get(_key(import_id))
    return Progress(done=told[0], total=told[1]) if told else None


def forget(import_id: int) -> None:
    cache.delete(_key(import_id))


def _key(import_id: int) -> str:
    return f"stock-import-{import_id}"
