"""The sessions of staff: each ends after a working day, or sooner, after a while in which nobody did anything."""

import hashlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, cast

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends import db
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from karlos_site import logins

if TYPE_CHECKING:
    from karlos_site.models import Session

# A use is kept once in this time, not at every request.
KEPT_EVERY = timedelta(minutes=1)
_USE = "use"


class SessionStore(db.SessionStore):
    """Django's, with the hash of the key in the table, and with the end that comes first."""

    @classmethod
    def get_model_class(cls) -> "type[Session]":
        from karlos_site.models import Session  # noqa: PLC0415 - after the apps are loaded

        return Session

    def load(self) -> dict[str, Any]:
        key = hashed(self.session_key or "")
        found = self.model.objects.filter(session_key=key, expire_date__gt=timezone.now()).first()
        if found is None:
            self._session_key = None
            return {}
        return dict(self.decode(found.session_data))

    def exists(self, session_key: str) -> bool:
        return bool(super().exists(hashed(session_key)))

    def delete(self, session_key: str | None = None) -> None:
        if key := session_key or self.session_key:
            super().delete(hashed(key))

    def get_expiry_date(self, **_kwargs: Any) -> datetime:
        use = _Use(self)
        idle = timedelta(minutes=settings.SESSION_IDLE_MINUTES)
        return min(use.began_at + timedelta(seconds=settings.SESSION_COOKIE_AGE), use.used_at + idle)

    def create_model_instance(self, data: dict[str, Any]) -> "Session":
        session = cast("Session", super().create_model_instance(data))
        use = _Use(self)
        session.session_key = hashed(session.session_key)
        session.user_id = data.get(SESSION_KEY)
        session.began_at, session.used_at = use.began_at, use.used_at
        session.address, session.user_agent = use.address, use.user_agent
        return session


def hashed(key: str) -> str:
    """Under which the table has a session. The key has more bits than anybody can try, so that a fast hash will do."""
    return hashlib.blake2b(key.encode(), digest_size=20).hexdigest()


class _Use:
    """What a session's data has of its use; of one that has none yet, as if it began now."""

    def __init__(self, store: SessionStore) -> None:
        kept = store.get(_USE, {})
        now = timezone.now()
        self.began_at = datetime.fromtimestamp(kept["began"], UTC) if kept else now
        self.used_at = datetime.fromtimestamp(kept["used"], UTC) if kept else now
        self.address: str | None = kept.get("address") or None
        self.user_agent: str = kept.get("user_agent", "")


class Use:
    """Keeps when staff last did something and from where. What a page asks for by itself is nobody's doing."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._respond = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self._respond(request)
        if request.path.startswith("/admin/") and request.user.is_authenticated and not _is_by_itself(request):
            _keep(request)
        return response


def _is_by_itself(request: HttpRequest) -> bool:
    """Progress is looked at through htmx; a conversation says with each look whether somebody is typing."""
    return "HX-Request" in request.headers or request.GET.get("typing") == "0"


def _keep(request: HttpRequest) -> None:
    now, kept = timezone.now().timestamp(), request.session.get(_USE, {})
    if kept and now - kept["used"] < KEPT_EVERY.total_seconds():
        return
    if not request.session.exists(request.session.session_key or ""):  # ended, by this very request or meanwhile
        return
    request.session[_USE] = {
        "began": kept.get("began", now),
        "used": now,
        "address": logins.address(request),
        "user_agent": request.headers.get("User-Agent", "")[:300],
    }
