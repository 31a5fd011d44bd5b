"""What is said when everything is up: where to look, and which servers are used."""

from urllib.parse import urlsplit

from django.conf import settings

from assistant.models import AssistantSettings
from karlos_site.stack import embedded_redis, ports


def lines(*, port: int, redis_url: str, broker_url: str) -> list[str]:
    own = f"http://{_authority(ports.reachable(settings.HOST))}:{port}"
    facts = [
        ("Phone simulator", f"{own}/simulator/" if settings.SIMULATOR and settings.DEBUG else "off"),
        ("Staff (admin)", f"{own}/admin/"),
        ("WhatsApp", _whatsapp()),
        ("Language model", _model()),
        ("Database", _database()),
        ("Cache", _cache(redis_url)),
        ("Broker", "the same Redis" if broker_url == redis_url else without_credentials(broker_url)),
        ("To stop", "Ctrl-C"),
    ]
    return ["", "Karlos is up.", *(f"  {name:<16} {fact}" for name, fact in facts), ""]


def without_credentials(url: str) -> str:
    """The address without user, password and query, any of which may hold a secret."""
    parts = urlsplit(url)
    host = _authority(parts.hostname or "localhost")
    return f"{parts.scheme}://{host}{f':{parts.port}' if parts.port else ''}{parts.path}"


def _authority(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _whatsapp() -> str:
    if settings.SIMULATOR:
        return "the simulator (no TWILIO_ACCOUNT_SID)"
    server = f" at {without_credentials(settings.TWILIO_API_BASE_URL)}" if settings.TWILIO_API_BASE_URL else ""
    return f"Twilio{server}, {settings.TWILIO_WHATSAPP_NUMBER}; webhook {settings.PUBLIC_BASE_URL}/api/twilio/inbound"


def _model() -> str:
    if not (settings.OPENAI_API_KEY or settings.OPENAI_BASE_URL):
        return "rules (no OPENAI_API_KEY)"
    server = f" at {without_credentials(settings.OPENAI_BASE_URL)}" if settings.OPENAI_BASE_URL else ""
    return f"{AssistantSettings.current().model}{server}"


def _database() -> str:
    database = settings.DATABASES["default"]
    if settings.EMBEDDED_DATABASE:
        return f"SQLite, {database['NAME']}"
    place = f"{database.get('HOST') or 'this machine'}{':' if database.get('PORT') else ''}{database.get('PORT') or ''}"
    return f"{database['ENGINE'].rpartition('.')[2]} at {place}, {database['NAME']}"


def _cache(redis_url: str) -> str:
    address = without_credentials(redis_url)
    return f"{embedded_redis.kind()}, {address}" if settings.EMBEDDED_REDIS else address
