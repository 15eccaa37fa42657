"""All settings, read from the environment. A missing or malformed one stops the start with one line that names it."""

import re
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import environ
from whitenoise.compress import Compressor

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()
ASKED = []  # every name that is read here, in this order: an administrator sees which are set


class BadSetting(SystemExit):
    """Stops the start, whatever started it, with one line on standard error."""

    def __init__(self, name, complaint):
        super().__init__(f"mpi cannot start: {name} {complaint}")


def read(cast, name, default):
    ASKED.append(name)
    try:
        return cast(name, default=default)
    except (environ.ImproperlyConfigured, ValueError):
        raise BadSetting(name, "cannot be understood") from None


def read_rate(name, default):
    rate = read(env.str, name, default)
    if not re.fullmatch(r"[1-9]\d*/(s|sec|m|min|h|hour|d|day)", rate):
        raise BadSetting(name, "must be a number and a time, such as 1200/min")
    return rate


def is_on(name):
    """1 or 0, or the words for them; django-environ takes every other word for 0."""
    ASKED.append(name)
    text = env.str(name, default="0").lower()
    if text not in (*env.BOOLEAN_TRUE_STRINGS, "", "0", "no", "n", "off", "false"):
        raise BadSetting(name, "must be 1 or 0")
    return text in env.BOOLEAN_TRUE_STRINGS


DEBUG = is_on("DEBUG")
DATA_DIR = Path(read(env.str, "MPI_DATA_DIR", str(BASE_DIR / "var"))).resolve()
PORT = read(env.int, "PORT", 8000)
WEB_CONCURRENCY = read(env.int, "WEB_CONCURRENCY", 1)
SITE_URL = read(env.str, "SITE_URL", f"http://127.0.0.1:{PORT}").rstrip("/")
if urlsplit(SITE_URL).scheme not in ("http", "https") or not urlsplit(SITE_URL).hostname:
    raise BadSetting("SITE_URL", "must be an address such as https://mpi.example.org")
IS_HTTPS = SITE_URL.startswith("https://")

# The demonstration: its accounts sign in only while this is set.
MPI_DEMO = is_on("MPI_DEMO")
MPI_DEMO_PASSWORD = read(env.str, "MPI_DEMO_PASSWORD", "mpi-demo-2025")

SECRET_KEY_FALLBACKS = read(env.list, "SECRET_KEY_FALLBACKS", [])
SECRET_KEY = read(env.str, "SECRET_KEY", "only-for-development" if DEBUG else "")
if not SECRET_KEY:
    raise BadSetting("SECRET_KEY", "is missing: set it to a long random string")
ALLOWED_HOSTS = read(env.list, "ALLOWED_HOSTS", ["localhost", "127.0.0.1", urlsplit(SITE_URL).hostname])
CSRF_TRUSTED_ORIGINS = read(env.list, "CSRF_TRUSTED_ORIGINS", [])
TRUSTED_PROXIES = read(env.list, "TRUSTED_PROXIES", [])
METRICS_TOKEN = read(env.str, "METRICS_TOKEN", "")

# --- what is installed

INSTALLED_APPS = [
    "mpi",
    "policies",
    "workspaces",
    "cohorts",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.forms",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "channels",
    "guardian",
    "rest_framework",
    "drf_standardized_errors",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_filters",
    "django_htmx",
    "django_structlog",
    "simple_history",
    "anymail",
    "huey.contrib.djhuey",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "mpi.static_files.StaticFilesMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django_structlog.middlewares.RequestMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "simple_history.middleware.HistoryRequestMiddleware",
    "cohorts.middleware.PersonTimeZoneMiddleware",
    "cohorts.middleware.trail_middleware",
    "cohorts.middleware.holdings_middleware",
    "cohorts.middleware.use_middleware",
    "cohorts.middleware.factor_middleware",
    "cohorts.middleware.sign_on_middleware",
    "cohorts.middleware.limits_middleware",
]
ROOT_URLCONF = "mpi.urls"
ASGI_APPLICATION = "mpi.asgi.application"
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"
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
                "mpi.context.shell",
            ],
        },
    }
]

# --- where rows, messages, jobs and files are

_address = read(env.str, "DATABASE_URL", "") or f"sqlite:///{DATA_DIR / 'mpi.sqlite3'}"
if urlsplit(_address).scheme not in ("postgres", "postgresql", "sqlite"):
    raise BadSetting("DATABASE_URL", "must be postgres://… or sqlite:///…")
DATABASES = {"default": env.db_url_config(_address)}
_database = DATABASES["default"]
if _database["ENGINE"] == "django.db.backends.sqlite3":
    DATA_DIR.mkdir(parents=True, exist_ok=True)
    _database["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA cache_size=-16000;",
    }
    _database["TEST"] = {"NAME": read(env.str, "MPI_TEST_DATABASE", str(DATA_DIR / "test.sqlite3"))}
elif _database["ENGINE"] == "django.db.backends.postgresql" and _database["NAME"]:
    _database["OPTIONS"] = {
        "pool": {"min_size": 1, "max_size": 16, "timeout": 10},
        "options": "-c jit=off",  # compiling a search takes longer than the search
    }
    _database["TEST"] = {"NAME": read(env.str, "MPI_TEST_DATABASE", f"test_{_database['NAME']}")}
else:
    raise BadSetting("DATABASE_URL", "must be postgres://… or sqlite:///…")
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REDIS_URL = read(env.str, "REDIS_URL", "")
if REDIS_URL and urlsplit(REDIS_URL).scheme not in ("redis", "rediss", "unix"):
    raise BadSetting("REDIS_URL", "must be redis://host:port/number")
if WEB_CONCURRENCY > 1 and not REDIS_URL:
    raise BadSetting("WEB_CONCURRENCY", "above 1 needs REDIS_URL: processes tell each other news through Redis")
REDIS_PREFIX = read(env.str, "MPI_REDIS_PREFIX", "mpi")  # its own for each installation that shares a Redis
if REDIS_URL:
    CACHES = {
        "default": {
            "BACKEND": "mpi.cache.RedisCache",
            "LOCATION": REDIS_URL,
            "KEY_PREFIX": REDIS_PREFIX,
            "OPTIONS": {"socket_connect_timeout": 1, "socket_timeout": 1},  # no page waits for a Redis that is gone
        }
    }
    CHANNEL_LAYERS = {
        "default": {
            "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
            "CONFIG": {"hosts": [REDIS_URL], "prefix": REDIS_PREFIX},
        }
    }
    HUEY = {"huey_class": "huey.RedisHuey", "name": REDIS_PREFIX, "url": REDIS_URL}
else:
    CACHES = {
        "default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "OPTIONS": {"MAX_ENTRIES": 20_000}},
    }
    CHANNEL_LAYERS = {"default": {"BACKEND": "channels.layers.InMemoryChannelLayer"}}
    HUEY = {"huey_class": "huey.SqliteHuey", "name": REDIS_PREFIX, "filename": str(DATA_DIR / "jobs.sqlite3")}
HUEY |= {
    "immediate": False,
    "results": False,
    "consumer": {"workers": 1, "worker_type": "thread", "initial_delay": 0.2},
}

MEDIA_ROOT = DATA_DIR / "files"
STATIC_URL = "static/"
STATIC_ROOT = DATA_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "build"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = DEBUG
WHITENOISE_KEEP_ONLY_HASHED_FILES = True  # half the work at the first start; every page asks by the hashed name
WHITENOISE_SKIP_COMPRESS_EXTENSIONS = [*Compressor.SKIP_COMPRESS_EXTENSIONS, "map"]

# --- who signs in

AUTH_USER_MODEL = "cohorts.Person"
AUTHENTICATION_BACKENDS = ["cohorts.authentication.PersonBackend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 15}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
ACCOUNT_ADAPTER = "cohorts.authentication.AccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_LOGIN_BY_CODE_ENABLED = True
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False  # no mail to an address somebody made up
ACCOUNT_REAUTHENTICATION_TIMEOUT = 5 * 60
ACCOUNT_EMAIL_NOTIFICATIONS = True  # a mail tells of every change to a password or a second factor
ACCOUNT_RATE_LIMITS = MFA_RATE_LIMITS = False  # allauth's count for the account alone, so that a stranger could use them up
MFA_ADAPTER = "cohorts.authentication.FactorAdapter"
MFA_SUPPORTED_TYPES = ["webauthn", "totp", "recovery_codes"]
MFA_FORMS = {"add_webauthn": "cohorts.forms.people.AddPasskeyForm"}
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_RECOVERY_CODES_SHOW_ONCE = True
MFA_TOTP_ISSUER = "Mayor-Prosecutor Initiative"
MFA_TOTP_TOLERANCE = 1  # a phone's clock may be half a minute off
# Hosts of identity providers that may be at an address which is not public; in the demonstration, this machine.
SIGN_ON_INNER_HOSTS = read(env.list, "MPI_SIGN_ON_INNER_HOSTS", ["localhost", "127.0.0.1", "::1"] if MPI_DEMO else [])
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
ANONYMOUS_USER_NAME = None  # guardian's; nobody holds anything without signing in
GUARDIAN_MONKEY_PATCH_USER = False

LIMITS_TIMES = read(env.int, "MPI_LIMITS_TIMES", 1)
if LIMITS_TIMES < 1:
    raise BadSetting("MPI_LIMITS_TIMES", "must be 1 or more")

# --- what the browser is told

SESSION_ENGINE = "cohorts.sessions"  # ends after 30 minutes without use, and after 12 hours
SESSION_COOKIE_AGE = 12 * 60 * 60
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = IS_HTTPS
CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_NAME = "__Host-session" if IS_HTTPS else "session"
CSRF_COOKIE_NAME = "__Host-csrf" if IS_HTTPS else "csrf"
DEVICE_COOKIE_NAME = "__Host-device" if IS_HTTPS else "device"
CSRF_FAILURE_VIEW = "mpi.errors.csrf_failure"
SECURE_SSL_REDIRECT = IS_HTTPS
SECURE_REDIRECT_EXEMPT = [r"^(healthz|readyz)$"]  # machines ask from inside, without TLS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if TRUSTED_PROXIES else None
SECURE_HSTS_SECONDS = 365 * 24 * 60 * 60 if IS_HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = IS_HTTPS
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "object-src": ["'none'"],
        "base-uri": ["'none'"],
        "frame-ancestors": ["'none'"],
        "form-action": ["'self'"],
    }
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024

# --- words, times, mail

LANGUAGE_CODE = "en-us"
USE_I18N = False
TIME_ZONE = "UTC"  # of the API and the rows; pages speak the time of the person who reads
USE_TZ = True
_mail = urlsplit(read(env.str, "EMAIL_URL", ""))
if _mail.scheme == "anymail":  # a service by its name, with its own settings: anymail://postmark?POSTMARK_SERVER_TOKEN=…
    if find_spec(f"anymail.backends.{_mail.hostname}") is None:
        raise BadSetting("EMAIL_URL", "names a service that django-anymail does not know")
    EMAIL_BACKEND = f"anymail.backends.{_mail.hostname}.EmailBackend"
    ANYMAIL = dict(parse_qsl(_mail.query))
else:
    vars().update(read(env.email_url, "EMAIL_URL", "consolemail://"))
    ANYMAIL = {}
EMAIL_TIMEOUT = ANYMAIL["REQUESTS_TIMEOUT"] = 10
# The demonstration shows its mails on a page; never where a mail server takes them.
DEMO_MAILBOX = DATA_DIR / "mailbox" if MPI_DEMO and vars()["EMAIL_BACKEND"].endswith(".console.EmailBackend") else None
if DEMO_MAILBOX:
    EMAIL_BACKEND = "cohorts.mailbox.EmailBackend"
# Answers by mail: where they arrive (unset: mails take none), through which service of django-anymail, and the name under which
# our own mail server writes what it found out about a sender.
MAIL_REPLY_DOMAIN = read(env.str, "MAIL_REPLY_DOMAIN", "").lower()
MAIL_AUTHSERV_ID = read(env.str, "MAIL_AUTHSERV_ID", "").lower()
MAIL_INBOUND = read(env.str, "MAIL_INBOUND", "")
if MAIL_INBOUND:
    if find_spec(f"anymail.webhooks.{MAIL_INBOUND}") is None:
        raise BadSetting("MAIL_INBOUND", "names a service that django-anymail does not know")
    ANYMAIL["WEBHOOK_SECRET"] = read(env.str, "MAIL_WEBHOOK_SECRET", "")
    if ":" not in ANYMAIL["WEBHOOK_SECRET"]:
        raise BadSetting("MAIL_WEBHOOK_SECRET", "must be NAME:PASSWORD, which the mail service sends along")
DEFAULT_FROM_EMAIL = read(env.str, "DEFAULT_FROM_EMAIL", "Mayor-Prosecutor Initiative <mpi@localhost>")

# --- API

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "cohorts.api.authentication.TokenAuthentication",
        "cohorts.api.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["cohorts.api.authentication.SignedIn"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_PAGINATION_CLASS": "cohorts.api.pagination.Cursor",
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "DEFAULT_SCHEMA_CLASS": "drf_standardized_errors.openapi.AutoSchema",
    "DEFAULT_THROTTLE_CLASSES": ["cohorts.api.throttling.ApiThrottle"],
    "DEFAULT_THROTTLE_RATES": {
        "person": read_rate("MPI_API_RATE", "1200/min"),
        "anonymous": read_rate("MPI_API_RATE_ANONYMOUS", "120/min"),
    },
    "EXCEPTION_HANDLER": "drf_standardized_errors.handler.exception_handler",
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
}
DRF_STANDARDIZED_ERRORS = {
    "EXCEPTION_HANDLER_CLASS": "cohorts.api.errors.ContractErrors",
    "EXCEPTION_FORMATTER_CLASS": "cohorts.api.errors.ContractFormatter",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Mayor-Prosecutor Initiative",
    "VERSION": "1",
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "SCHEMA_PATH_PREFIX": "/api/v1/",
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
    "POSTPROCESSING_HOOKS": ["drf_standardized_errors.openapi_hooks.postprocess_schema_enums"],
    "ENUM_NAME_OVERRIDES": {
        **{
            f"{name}Enum": f"drf_standardized_errors.openapi_serializers.{name}Enum.choices"
            for name in ("ValidationError", "ClientError", "ServerError")
        },
        **{
            f"ErrorCode{code}Enum": f"drf_standardized_errors.openapi_serializers.ErrorCode{code}Enum.choices"
            for code in (401, 403, 404, 405, 406, 415, 429, 500)
        },
        "ActionStatusEnum": "policies.models.Action.Status",
        "AnswerAudienceEnum": "policies.models.CheckInAnswer.Audience",
        "AudienceEnum": "workspaces.models.Audience",
        "BriefStatusEnum": "policies.models.Brief.Status",
        "CheckInRatingEnum": "policies.models.CheckIn.Rating",
        "CheckInStatusEnum": "policies.models.CheckIn.Status",
        "CommitmentStatusEnum": "cohorts.models.Commitment.Status",
        "ConveningKindEnum": "cohorts.models.Convening.Kind",
        "DeciderEnum": "policies.models.Decider",
        "DirectionEnum": "policies.models.Direction",
        "LeadEnum": "policies.models.Intervention.Lead",
        "OfficeKindEnum": "cohorts.models.Office.Kind",
        "RsvpStatusEnum": "cohorts.models.Rsvp.Status",
        "SignOffStatusEnum": "workspaces.models.SignOff.Status",
        "StageEnum": "policies.models.Stage",
        "StudyDirectionEnum": "policies.models.Study.Direction",
        "WorkspaceKindEnum": "workspaces.models.Workspace.Kind",
    },
}

# --- logs: one JSON line an event, with the request's id, nothing personal

DJANGO_STRUCTLOG_IP_LOGGING_ENABLED = False
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"json": {"()": "mpi.logs.JsonFormatter"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "json"}},
    "root": {"handlers": ["console"], "level": read(env.str, "LOG_LEVEL", "WARNING")},
}

SILENCED_SYSTEM_CHECKS = [
    "guardian.W001",  # one query of our own asks guardian's rows; its backend would ask user.groups
    "auth.W004",  # the address is unique whatever its case, by a constraint that the check does not see
]
