"""Settings: everything comes from the environment or `.env`; with nothing set, everything runs embedded on this machine."""

import contextlib
import hashlib
import hmac
import secrets
import sys
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import quote

from django.templatetags.static import static
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy

from karlos_site import env, logs

ROOT = Path(__file__).resolve().parent.parent

env.read_file(Path(env.text("ENV_FILE", str(ROOT / ".env"))))

# --- This machine -----------------------------------------------------------------------------------------------

DEBUG = env.flag("DEBUG", default=True)
DATA_DIR = Path(env.text("DATA_DIR", "var"))
if not DATA_DIR.is_absolute():
    DATA_DIR = ROOT / DATA_DIR
HOST = env.text("HOST", "127.0.0.1")
PORT = env.number("PORT", 8000, at_least=1)
PORT_IS_FIXED = bool(env.text("PORT"))
PUBLIC_BASE_URL = env.text("PUBLIC_BASE_URL", f"http://127.0.0.1:{PORT}").rstrip("/")
LOG_LEVEL = env.choice("LOG_LEVEL", ("info", "debug", "warning", "error")).upper()
WEB_PROCESSES = env.number("WEB_PROCESSES", 1, at_least=1)
WEB_THREADS = env.number("WEB_THREADS", 8, at_least=1)
WORKER_PROCESSES = env.number("WORKER_PROCESSES", 1, at_least=1)
WORKER_THREADS = env.number("WORKER_THREADS", 32, at_least=1)


def _secret_key() -> str:
    """The operator's; in development one that is made once and kept in DATA_DIR. Empty in production: a check stops the start."""
    key = env.text("SECRET_KEY")
    if key or not DEBUG:
        return key
    path = DATA_DIR / "secret_key"
    if not path.exists():
        DATA_DIR.mkdir(parents=True, exist_ok=True)
        fresh = DATA_DIR / f"secret_key.{secrets.token_hex(4)}"
        fresh.touch(mode=0o600)
        fresh.write_text(secrets.token_urlsafe(50))
        with contextlib.suppress(FileExistsError):
            path.hardlink_to(fresh)  # the first of several processes wins, and none reads half a key
        fresh.unlink()
    return path.read_text().strip()


SECRET_KEY = _secret_key()
SECRET_KEY_FALLBACKS = env.words("SECRET_KEY_FALLBACKS")

# --- Django -----------------------------------------------------------------------------------------------------

ROOT_URLCONF = "karlos_site.urls"
WSGI_APPLICATION = "karlos_site.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    "karlos_site",
    "unfold",
    "unfold.contrib.filters",
    "unfold.contrib.import_export",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "rest_framework",
    "simple_history",
    "django_otp",
    "django_otp.plugins.otp_totp",
    "axes",
    "import_export",
    "inventory",
    "assistant",
    "conversations",
    "simulator",
]

MIDDLEWARE = [
    "karlos_site.health.Probes",
    "karlos_site.headers.ContentSecurity",
    "karlos_site.plain_http.Refusal",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "karlos_site.sessions.Use",
    "django_otp.middleware.OTPMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "karlos_site.second_factor.Gate",
    "simple_history.middleware.HistoryRequestMiddleware",  # who changed it
    "axes.middleware.AxesMiddleware",
]
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "django.contrib.auth.backends.ModelBackend"]

TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

LANGUAGE_CODE = "es"
LANGUAGES = [("es", "Español"), ("en", "English")]
LOCALE_PATHS = [ROOT / "locale"]
FORMAT_MODULE_PATH = "karlos_site.formats"
USE_I18N = True
USE_TZ = True
TIME_ZONE = env.text("TIME_ZONE", "America/Mexico_City")

STATIC_URL = "static/"
STATIC_ROOT = DATA_DIR / "static"
WHITENOISE_USE_FINDERS = DEBUG
# Photos of the stock and what customers send. They are served by our own views: MEDIA_URL is no address.
MEDIA_ROOT = DATA_DIR / "media"


def _media() -> dict[str, Any]:
    """A folder of this machine or, where several machines run Karlos, a bucket that they share."""
    bucket, server = env.text("MEDIA_BUCKET"), env.text("MEDIA_BUCKET_URL")
    if not bucket:
        return {"BACKEND": "django.core.files.storage.FileSystemStorage"}
    options = {
        "bucket_name": bucket,
        "endpoint_url": server or None,
        "addressing_style": "path" if server else "auto",
        "region_name": env.text("MEDIA_BUCKET_REGION") or None,
        "access_key": env.text("MEDIA_BUCKET_KEY") or None,
        "secret_key": env.text("MEDIA_BUCKET_SECRET") or None,
        "signature_version": "s3v4",
        "file_overwrite": False,
        "default_acl": None,
    }
    return {"BACKEND": "storages.backends.s3.S3Storage", "OPTIONS": options}


STORAGES = {
    "default": _media(),
    "staticfiles": {
        "BACKEND": (
            "django.contrib.staticfiles.storage.StaticFilesStorage"
            if DEBUG
            else "whitenoise.storage.CompressedManifestStaticFilesStorage"
        )
    },
}

LOGIN_REDIRECT_URL = "/admin/"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "karlos_site.passwords.HouseWords"},
    *(
        {"NAME": f"django.contrib.auth.password_validation.{name}"}
        for name in (
            "UserAttributeSimilarityValidator",
            "MinimumLengthValidator",
            "CommonPasswordValidator",
            "NumericPasswordValidator",
        )
    ),
]

# --- Who may reach us -------------------------------------------------------------------------------------------

_public_scheme, _, _public_host = PUBLIC_BASE_URL.partition("://")
ALLOWED_HOSTS = [_public_host.partition("/")[0].rpartition("@")[2].partition(":")[0], "127.0.0.1", "localhost"]
CSRF_TRUSTED_ORIGINS = [f"{_public_scheme}://{_public_host.partition('/')[0]}"]
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = not DEBUG
SECURE_SSL_REDIRECT = not DEBUG
SECURE_HSTS_SECONDS = 0 if DEBUG else 365 * 24 * 60 * 60
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = not DEBUG

# --- Who may come in --------------------------------------------------------------------------------------------

# A session lasts a working day, no longer than the browser is open, and ends before that when nobody does anything. It is
# in the database only: what was ended is in no cache that comes back.
SESSION_ENGINE = "karlos_site.sessions"
SESSION_COOKIE_AGE = 8 * 60 * 60
SESSION_IDLE_MINUTES = env.number("SESSION_IDLE_MINUTES", 60, at_least=1)
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
if not DEBUG:  # over TLS the browser takes these names from this very host alone
    SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = "__Host-session", "__Host-csrf"

# Whoever works here needs, beside a password, their phone.
ADMIN_REQUIRE_OTP = env.flag("ADMIN_REQUIRE_OTP", default=not DEBUG)
OTP_TOTP_ISSUER = "Karlos"

# Counted in the database, for a user name and an address together: nobody can lock others out from elsewhere.
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_LOCKOUT_CALLABLE = "karlos_site.logins.locked_out"
AXES_CLIENT_IP_CALLABLE = "karlos_site.logins.address"
AXES_ENABLE_ACCESS_FAILURE_LOG = True
AXES_ENABLE_ADMIN = False  # ours are in karlos_site.admin.audit
# Proxies between the visitors and us, each of which adds to X-Forwarded-For the address that it was called from.
PROXY_COUNT = env.number("PROXY_COUNT", 0)

# --- Database ---------------------------------------------------------------------------------------------------

EMBEDDED_DATABASE = not env.text("DATABASE_URL")


def _database() -> dict[str, Any]:
    if EMBEDDED_DATABASE:
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": DATA_DIR / "karlos.sqlite3",
            "OPTIONS": {
                # Deferred transactions that come to write fail at once with "database is locked"; immediate ones wait.
                "transaction_mode": "IMMEDIATE",
                "timeout": 20,
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
            },
            # A file, so that the threads of a test's web server see the same database.
            "TEST": {"NAME": DATA_DIR / "test.sqlite3"},
        }
    named = env.database("DATABASE_URL")
    if named["ENGINE"] == "django.db.backends.postgresql":
        options = {
            # Refused after five seconds: Twilio, which waits fifteen, may come again.
            "pool": {"min_size": 1, "max_size": 16, "timeout": 5},
            "connect_timeout": 5,
            # At once: only `inventory/prepared.py` asks in a way that can be prepared.
            "prepare_threshold": 0,
            "options": "-c statement_timeout=30s -c lock_timeout=10s -c idle_in_transaction_session_timeout=30s",
        }
        if env.flag("DATABASE_POOLED", default=False):
            # PgBouncer gives another connection to each transaction: no cursors or statements beyond one, and it takes no such option.
            named["DISABLE_SERVER_SIDE_CURSORS"] = True
            del options["options"], options["prepare_threshold"]
        named["OPTIONS"] = options | dict(named.get("OPTIONS") or {})
        named["ENGINE"] = "karlos_site.postgresql"  # after a restart of the server every pooled connection is dead
    return named


DATABASES = {"default": _database()}

# --- Redis: the cache, and the broker unless another is named -----------------------------------------------------

# Where the embedded Redis writes the port it listens on.
EMBEDDED_REDIS_PORT_FILE = DATA_DIR / "redis.port"


def _redis_url() -> str:
    """The Redis that was named, or an empty string. The 2025 example names localhost with TLS, which no one runs: not set."""
    if url := env.text("REDIS_URL"):
        return url
    host, tls = env.text("REDIS_HOST"), env.flag("REDIS_SSL", default=False)
    if not host or (tls and host in {"localhost", "127.0.0.1"}):
        return ""
    password = env.text("REDIS_PASSWORD")
    credentials = f":{quote(password, safe='')}@" if password else ""
    return f"{'rediss' if tls else 'redis'}://{credentials}{host}:{env.number('REDIS_PORT', 6379, at_least=1)}/0"


def _embedded_redis_url() -> str:
    """Port 1, where nobody listens, until the embedded Redis runs: refused at once, and Karlos works without it."""
    file = EMBEDDED_REDIS_PORT_FILE
    return f"redis://127.0.0.1:{file.read_text().strip() if file.exists() else 1}/0"


REDIS_URL = _redis_url()
EMBEDDED_REDIS = not REDIS_URL
REDIS_URL = REDIS_URL or _embedded_redis_url()

CACHES = {
    "default": {
        "BACKEND": "django_redis.cache.RedisCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": "karlos",
        "OPTIONS": {"SOCKET_CONNECT_TIMEOUT": 2, "SOCKET_TIMEOUT": 2},
    }
}
# The cache holds nothing that matters: without it Karlos is slower, not wrong.
DJANGO_REDIS_IGNORE_EXCEPTIONS = True
DJANGO_REDIS_LOG_IGNORED_EXCEPTIONS = True

# --- Celery -----------------------------------------------------------------------------------------------------

CELERY_BROKER_URL = env.text("CELERY_BROKER_URL", REDIS_URL)
CELERY_TASK_DEFAULT_QUEUE = env.text("CELERY_QUEUE", "karlos")
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = False
CELERY_TASK_IGNORE_RESULT = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_ETA_TASK_LIMIT = 1000
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_BROKER_CONNECTION_TIMEOUT = 2
CELERY_TASK_PUBLISH_RETRY_POLICY = {"max_retries": 1, "interval_start": 0.1, "interval_max": 0.2}
CELERY_TIMEZONE = TIME_ZONE
if CELERY_BROKER_URL.startswith("amqp"):
    CELERY_TASK_DEFAULT_QUEUE_TYPE = "quorum"
    # Delays on quorum queues are kept by the broker itself, which finds its way back through topics only.
    CELERY_TASK_DEFAULT_EXCHANGE = f"{CELERY_TASK_DEFAULT_QUEUE}-topic"
    CELERY_TASK_DEFAULT_EXCHANGE_TYPE = "topic"
    CELERY_WORKER_DETECT_QUORUM_QUEUES = True
    CELERY_BROKER_TRANSPORT_OPTIONS: dict[str, Any] = {"confirm_publish": True}
else:
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "visibility_timeout": 300,  # above any task's time; a lost task is found by the sweep long before
        "unacked_restore_interval": 5,
        "unacked_restore_throttle": 1,
        "socket_timeout": 5,
        "socket_connect_timeout": 2,
        "socket_keepalive": True,
    }
PROMISES_SECONDS = 60
CELERY_BEAT_SCHEDULE = {
    "keep_retention": {  # the first of a day's that comes after three in the morning does it
        "task": "conversations.tasks.keep_retention",
        "schedule": 30 * 60,
    },
    "finish_erasures": {
        "task": "conversations.tasks.finish_erasures",
        "schedule": 60,
    },
    "collect_missed": {
        "task": "conversations.tasks.collect_missed",
        "schedule": 3 * 60,
    },
    "close_days": {
        "task": "conversations.tasks.close_days",
        "schedule": 60 * 60,
    },
    "see_to_promises": {
        "task": "conversations.tasks.see_to_promises",
        "schedule": PROMISES_SECONDS,
    },
}
CELERY_BEAT_SCHEDULE_FILENAME = str(DATA_DIR / "celerybeat-schedule")

# --- Metrics ----------------------------------------------------------------------------------------------------------

METRICS_TOKEN = env.text("METRICS_TOKEN")
# Every process keeps its counters in files of its own there.
METRICS_DIR = DATA_DIR / "metrics"
with contextlib.suppress(OSError):  # where nothing can be written, each process counts for itself
    METRICS_DIR.mkdir(parents=True, exist_ok=True)
    env.keep_counters_in(METRICS_DIR)

# --- The language model -----------------------------------------------------------------------------------------

OPENAI_API_KEY = env.text("OPENAI_API_KEY")
OPENAI_BASE_URL = env.text("OPENAI_BASE_URL")
OPENAI_MODEL = env.text("OPENAI_MODEL", "gpt-6-luna")
OPENAI_EFFORT = env.choice("OPENAI_EFFORT", ("low", "none", "medium", "high"))
ASSISTANT_NAME = env.text("ASSISTANT_NAME", "Karlos")

# --- WhatsApp through Twilio ------------------------------------------------------------------------------------

TWILIO_ACCOUNT_SID = env.text("TWILIO_ACCOUNT_SID")
# With no account, the simulator is Twilio. It keeps to a machine where DEBUG is on: see urls and checks.
SIMULATOR = not TWILIO_ACCOUNT_SID


def _simulated(what: str) -> str:
    """A secret of the simulator's account: its own on every machine, the same in every process."""
    return hmac.new(SECRET_KEY.encode(), f"simulator {what}".encode(), hashlib.sha256).hexdigest()[:32]


if SIMULATOR:
    TWILIO_ACCOUNT_SID = "AC" + _simulated("account")
    TWILIO_AUTH_TOKENS = [_simulated("token")]
    TWILIO_WHATSAPP_NUMBER = "whatsapp:+14155238886"
    TWILIO_API_BASE_URL = f"http://127.0.0.1:{PORT}/simulator/twilio"
else:
    # The first signs our own calls; a second is accepted from Twilio while the tokens are rotated.
    TWILIO_AUTH_TOKENS = [t for t in (env.text("TWILIO_AUTH_TOKEN"), env.text("TWILIO_AUTH_TOKEN_SECONDARY")) if t]
    TWILIO_WHATSAPP_NUMBER = env.text("TWILIO_WHATSAPP_NUMBER")
    if TWILIO_WHATSAPP_NUMBER and not TWILIO_WHATSAPP_NUMBER.startswith("whatsapp:"):
        TWILIO_WHATSAPP_NUMBER = f"whatsapp:{TWILIO_WHATSAPP_NUMBER}"
    TWILIO_API_BASE_URL = env.text("TWILIO_API_BASE_URL").rstrip("/")

# The way that the number is on; the address where it brings messages to us differs.
TWILIO_TRANSPORT = env.choice("TWILIO_TRANSPORT", ("messaging", "conversations"))

# --- How Karlos answers -----------------------------------------------------------------------------------------

# Quiet time after a customer's message, so that several quick ones get one answer.
ANSWER_DELAY_SECONDS = env.number("ANSWER_DELAY", 2)
ANSWER_DELAY_MOST_SECONDS = 8
THREAD_SECONDS = 30 * 60
LEASE_SECONDS = 90
# How often every worker looks for what is due; rings make it sooner.
SWEEP_SECONDS = 5
# Who waits longer is told so, once.
PATIENCE_SECONDS = 45
# A file that a customer sent may be a moment later than its message.
MEDIA_RETRY_SECONDS = 1.5
SENDING_SECONDS = LOOK_AFTER_SECONDS = 30

# clamd, which looks at what customers send before it is kept; empty: nobody does.
CLAMD_URL = env.text("CLAMD_URL")

# --- Mail to staff; whom to write to is set in the admin ----------------------------------------------------------

EMAIL_HOST = env.text("EMAIL_HOST")
EMAIL_PORT = env.number("EMAIL_PORT", 587, at_least=1)
EMAIL_HOST_USER = env.text("EMAIL_HOST_USER")
EMAIL_HOST_PASSWORD = env.text("EMAIL_HOST_PASSWORD")
EMAIL_USE_TLS = env.flag("EMAIL_USE_TLS", default=True)
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = env.text("DEFAULT_FROM_EMAIL", "karlos@localhost")
# Without a mail server the worker's output shows what would be sent.
EMAIL_BACKEND = f"django.core.mail.backends.{'smtp' if EMAIL_HOST else 'console'}.EmailBackend"

# --- Credit terms to begin with; staff change them in the admin ------------------------------------------------------

CREDIT_ANNUAL_RATE: Decimal = env.amount("CREDIT_ANNUAL_RATE", "0.10", most=2)

# --- Interfaces for people and programs -------------------------------------------------------------------------

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["rest_framework.authentication.SessionAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAdminUser"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.FormParser"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024

# Who sees a list may export it.
IMPORT_EXPORT_EXPORT_PERMISSION_CODE = "view"
IMPORT_EXPORT_ESCAPE_ILLEGAL_CHARS_ON_EXPORT = True

# Petrol blue, dark enough under white letters: weight -> lightness in per cent and chroma.
_PETROL = {50: (97.5, 0.01), 100: (94.5, 0.02), 200: (89, 0.04), 300: (81, 0.07), 400: (71, 0.1), 500: (60, 0.11)}
_PETROL |= {600: (50, 0.1), 700: (43, 0.09), 800: (37, 0.075), 900: (32, 0.06), 950: (24, 0.045)}
UNFOLD = {
    "SITE_TITLE": "Karlos",
    "SITE_HEADER": "Karlos",
    "SITE_SYMBOL": "directions_car",
    "ACCOUNT": {
        "navigation": [
            {"title": gettext_lazy("Change password"), "link": reverse_lazy("admin:password_change")},
            {"title": gettext_lazy("Second factor"), "link": reverse_lazy("second_factor")},
            {"title": gettext_lazy("Sessions"), "link": reverse_lazy("admin:karlos_site_session_changelist")},
        ]
    },
    "SITE_URL": None,  # there is no other site to return to
    "COLORS": {
        "primary": {str(weight): f"oklch({light}% {chroma} 235)" for weight, (light, chroma) in _PETROL.items()}
    },
    "DASHBOARD_CALLBACK": "conversations.admin.dashboard.context",
    "SIDEBAR": {"navigation": "karlos_site.sidebar.of"},
    "GLOBAL_CALLBACK": "karlos_site.sidebar.notices",
    "STYLES": [lambda _request: static("karlos_site/admin.css")],
    "SCRIPTS": [lambda _request: static("karlos_site/admin.js")],
}

# Lines of text where somebody reads them, else JSON for whatever collects them.
LOG_FORMAT = env.choice("LOG_FORMAT", ("text", "json") if sys.stderr.isatty() else ("json", "text"))
LOGGING = logs.configuration(LOG_LEVEL, LOG_FORMAT)
