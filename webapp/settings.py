"""All settings, from the environment; every default is the embedded laboratory on one machine."""

import os
import secrets
import tempfile
from contextlib import suppress
from pathlib import Path

import dj_database_url
from csp.constants import NONE, SELF
from django.templatetags.static import static
from redis.backoff import NoBackoff
from redis.retry import Retry

from webapp.lab.redis import socket_path

BASE_DIR = Path(__file__).resolve().parent.parent


def flag(name: str, default: bool = False) -> bool:
    """The environment variable `name` as a boolean: 1, true, yes and on are true."""
    return os.environ.get(name, str(default)).strip().lower() in {"1", "true", "yes", "on"}


def listed(name: str, default: str = "") -> list[str]:
    """The environment variable `name` as a list: what stands between its commas, without blanks."""
    return [item.strip() for item in os.environ.get(name, default).split(",") if item.strip()]


def kept_secret(path: Path) -> str:
    """The secret in `path`, written there on first use, readable by its owner only."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        with tempfile.NamedTemporaryFile("w", dir=path.parent) as file:
            file.write(secrets.token_urlsafe(48))
            file.flush()
            with suppress(FileExistsError):  # another process was first: its secret is the one
                os.link(file.name, path)  # whole or not there, whoever reads it meanwhile
    return path.read_text()


# Where everything lives
HONE_HOME = Path(os.environ.get("HONE_HOME", BASE_DIR / "var")).resolve()
HONE_HOME.mkdir(parents=True, exist_ok=True)
HONE_SLOTS = int(os.environ.get("HONE_SLOTS", os.cpu_count() or 1))  # runs that train at the same time
HONE_THREADS = int(os.environ.get("HONE_THREADS", max(1, (os.cpu_count() or 1) // HONE_SLOTS)))  # per run
# NumPy's BLAS reads these once, when it loads
for variable in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(variable, str(HONE_THREADS))
HONE_MAX_UPLOAD_BYTES = int(os.environ.get("HONE_MAX_UPLOAD_MB", 2048)) * 1024 * 1024
HONE_USER_QUOTA_BYTES = int(os.environ.get("HONE_USER_QUOTA_MB", 10240)) * 1024 * 1024
# For all people together, counted by distinct content; 0: as much as the disk holds
HONE_TOTAL_QUOTA_BYTES = int(os.environ.get("HONE_TOTAL_QUOTA_MB", 0)) * 1024 * 1024
HONE_MAX_COLUMNS = int(os.environ.get("HONE_MAX_COLUMNS", 5000))
HONE_LEASE_SECONDS = float(os.environ.get("HONE_LEASE_SECONDS", 8))  # silence that means death
HONE_RUN_MEMORY_BYTES = int(os.environ.get("HONE_RUN_MEMORY_MB", 4096)) * 1024 * 1024

# A pasted table that is too large is refused with a message of its own, not for being much
DATA_UPLOAD_MAX_MEMORY_SIZE = 9 << 20

# Security
DEBUG = flag("HONE_DEBUG")
SECRET_KEY = os.environ.get("SECRET_KEY") or kept_secret(HONE_HOME / "secret_key")
ALLOWED_HOSTS = listed("ALLOWED_HOSTS", "localhost,127.0.0.1,[::1]")
CSRF_TRUSTED_ORIGINS = listed("CSRF_TRUSTED_ORIGINS")
HTTPS = flag("HONE_HTTPS")
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
CONTENT_SECURITY_POLICY = {
    "EXCLUDE_URL_PREFIXES": ["/admin/"],
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF],
        "style-src": [SELF],
        # Plotly's colour bars empty a style attribute, and its maps set one that keeps their cells sharp
        # ("image-rendering: ..."): hashes of these two texts, which allow nothing else
        "style-src-attr": [
            "'unsafe-hashes'",
            "'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='",
            "'sha256-AR/cKIZjWPcPmBUPDA6oti9XBiTbJvz0Cro2J1VzzS8='",
        ],
        "img-src": [SELF, "data:", "blob:"],
        "connect-src": [SELF],
        "object-src": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    },
}

# Applications
INSTALLED_APPS = [
    "unfold",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django_htmx",
    "channels",
    "allauth",
    "allauth.account",
    "webapp.accounts",
    "webapp.lab",
    "webapp.pages",
    "webapp.datasets",
    "webapp.runs",
    "webapp.sweeps",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "webapp.pages.static.StaticFiles",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "webapp.accounts.middleware.SignInMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
]
ROOT_URLCONF = "webapp.urls"
ASGI_APPLICATION = "webapp.asgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "webapp.pages.context.site",
            ],
        },
    },
]

# Database: transactions that write take their lock at once, so that a reader never has to upgrade
DATABASES = {
    "default": dj_database_url.parse(
        os.environ.get("DATABASE_URL") or f"sqlite:///{HONE_HOME / 'hone.sqlite3'}"
    )
}
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
    }
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Redis carries wake-ups, tasks and the cache; it is never the only copy of anything
REDIS_URL = os.environ.get("REDIS_URL") or f"unix://{socket_path(HONE_HOME)}"
CACHES = {
    "default": {
        "BACKEND": "webapp.cache.SteadyCache",
        "LOCATION": REDIS_URL,
        # A page waits for the cache: one more try, for a connection that Redis closed, and no pauses
        "OPTIONS": {"retry": Retry(NoBackoff(), 1), "socket_connect_timeout": 1},
    }
}

CELERY_BROKER_URL = REDIS_URL.replace("unix://", "redis+socket://")
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = False  # the database owns a run; a message is only a wake-up
CELERY_WORKER_DISABLE_PREFETCH = True
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_DEFAULT_QUEUE = "training"
CELERY_TASK_ROUTES = {
    "webapp.datasets.*": {"queue": "ingestion"},
    # Not behind runs that train for hours
    "webapp.runs.notices.*": {"queue": "ingestion"},
}
CELERY_BROKER_TRANSPORT_OPTIONS = {"socket_timeout": None}

# People
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
ACCOUNT_LOGIN_METHODS = {"username", "email"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "email*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_ADAPTER = "webapp.accounts.adapter.AccountAdapter"
HONE_SIGNUP = os.environ.get("HONE_SIGNUP", "closed").strip().lower()  # open: anybody may make an account
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "MinimumLengthValidator", "CommonPasswordValidator")
]
# E-mail goes out when EMAIL_HOST names a server; else it is printed
EMAIL_HOST = os.environ.get("EMAIL_HOST", "")
EMAIL_PORT = int(os.environ.get("EMAIL_PORT", 587))
EMAIL_HOST_USER = os.environ.get("EMAIL_HOST_USER", "")
EMAIL_HOST_PASSWORD = os.environ.get("EMAIL_HOST_PASSWORD", "")
EMAIL_USE_TLS = flag("EMAIL_USE_TLS", EMAIL_PORT == 587)  # STARTTLS
EMAIL_USE_SSL = EMAIL_PORT == 465
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = os.environ.get("DEFAULT_FROM_EMAIL", "hone@localhost")
EMAIL_BACKEND = f"django.core.mail.backends.{'smtp' if EMAIL_HOST else 'console'}.EmailBackend"
# Whether webhooks may go to private, loopback and link-local addresses
HONE_WEBHOOK_PRIVATE = flag("HONE_WEBHOOK_PRIVATE")

# The look of the admin pages
UNFOLD = {
    "SITE_TITLE": "Hone",
    "SITE_HEADER": "Hone administration",
    "SITE_URL": "/",
    "DASHBOARD_CALLBACK": "webapp.lab.overview.dashboard",
    "SITE_ICON": lambda _request: static("hone/favicon.svg"),
    "SITE_FAVICONS": [
        {"rel": "icon", "type": "image/svg+xml", "href": lambda _request: static("hone/favicon.svg")}
    ],
}

# Language and time
LANGUAGE_CODE = "en"
TIME_ZONE = os.environ.get("TZ", "UTC")
USE_TZ = True

# Static files come out of wheels or are written by hand; nothing is fetched from elsewhere
STATIC_URL = "static/"
STATIC_ROOT = HONE_HOME / "static"
STATICFILES_DIRS = [BASE_DIR / "webapp" / "static"]
STATICFILES_FINDERS = [
    "django.contrib.staticfiles.finders.FileSystemFinder",
    "django.contrib.staticfiles.finders.AppDirectoriesFinder",
    "webapp.pages.static.PlotlyFinder",
]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "webapp.pages.static.HashedFiles"},
}
MEDIA_ROOT = HONE_HOME / "files"

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{levelname:<7} {name}: {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": os.environ.get("HONE_LOG_LEVEL", "INFO")},
    "loggers": {"uvicorn.access": {"level": "WARNING"}, "httpx": {"level": "WARNING"}},
}
