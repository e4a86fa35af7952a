"""All that an installation sets; the environment decides, and `docs/operations.md` explains each variable.
What is the same everywhere stands in `ciam/frame.py`."""

from pathlib import Path
from urllib.parse import urlsplit

import django_stubs_ext

from ciam import env
from ciam.frame import *  # noqa: F403

# Lets `ModelAdmin[Account]` and its like be written where mypy wants them.
django_stubs_ext.monkeypatch()

BASE_DIR = Path(__file__).resolve().parent.parent

# production refuses what a demo or a test may have; see ciam/checks.py.
MODE = env.choice("CIAM_MODE", "production", ("production", "demo", "test"))
DEBUG = env.boolean("DEBUG", False)
SECRET_KEY = env.text("SECRET_KEY")
SECRET_KEY_FALLBACKS = env.words("SECRET_KEY_FALLBACKS")
# Keys for fields encrypted at rest, newest first; without any, one derived from SECRET_KEY.
ENCRYPTION_KEYS = env.words("ENCRYPTION_KEYS")

# One issuer host carries sign-in, session, self-service and passkeys.
BASE_URL = env.origin("BASE_URL", "http://localhost:8000" if MODE != "production" else None)
SHOP_URL = env.origin("SHOP_URL", "http://localhost:8001")
SANDBOX_URL = env.origin("SANDBOX_URL", "http://localhost:8002")
ALLOWED_HOSTS = env.words("ALLOWED_HOSTS") or [str(urlsplit(BASE_URL).hostname)]
VAR_DIR = Path(env.text("VAR_DIR", str(BASE_DIR / "var")))

# host:port pairs that the outbound guard lets through although they are private. Demo and tests only.
OUTBOUND_ALLOWED = env.words("OUTBOUND_ALLOWED") or ([urlsplit(SANDBOX_URL).netloc] if MODE == "demo" else [])

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

# -- database

DATABASES = {"default": env.database("DATABASE_URL")}
DATABASES["default"] |= {
    "CONN_MAX_AGE": env.integer("DATABASE_CONN_MAX_AGE", 600, least=0, most=86_400),
    "CONN_HEALTH_CHECKS": True,
    "ATOMIC_REQUESTS": False,  # a failure counter must commit before the hash is computed
    "OPTIONS": {
        "connect_timeout": "3",
        "options": "-c statement_timeout=15s -c lock_timeout=5s -c idle_in_transaction_session_timeout=60s",
        **DATABASES["default"]["OPTIONS"],  # type: ignore[dict-item]
    },
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# -- accounts and sessions

AUTH_USER_MODEL = "accounts.Account"
# No door of Django signs anybody in: the backend has permissions, and no `authenticate`.
AUTHENTICATION_BACKENDS = ["accounts.access.PermissionsOnly"]
# Kinds of hashes that came with accounts of another system: each is verified until its owner signs in, and
# then replaced. A wrong password costs one hash of each, so name none that is not there.
PASSWORD_HASHERS = [
    "auth_flows.hashers.Argon2id",
    *env.of("LEGACY_PASSWORD_HASHES", LEGACY_PASSWORD_HASHERS),  # noqa: F405
]
# Where passwords known from thefts are looked up (the range API of Have I Been Pwned); empty: nowhere.
HIBP_URL = env.text("HIBP_URL", f"{SANDBOX_URL}/hibp" if MODE == "demo" else "")
HIBP_FAIL_CLOSED = env.boolean("HIBP_FAIL_CLOSED", False)
LOGIN_URL = "/sign-in/"

SESSION_ENGINE = "auth_flows.sessions"
SESSION_COOKIE_NAME = "__Host-ciam"
SESSION_COOKIE_SECURE = True
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_IDLE_SECONDS = env.integer("SESSION_IDLE_SECONDS", 14 * 86_400, least=60, most=30 * 86_400)
SESSION_MAX_SECONDS = env.integer("SESSION_MAX_SECONDS", 30 * 86_400, least=60, most=30 * 86_400)
OPERATOR_SESSION_IDLE_SECONDS = env.integer("OPERATOR_SESSION_IDLE_SECONDS", 900, least=60, most=3_600)
OPERATOR_SESSION_MAX_SECONDS = env.integer("OPERATOR_SESSION_MAX_SECONDS", 12 * 3_600, least=60, most=43_200)

# For how long the words of a sign-in or a registration stay that nobody finished.
UNFINISHED_DAYS = env.integer("UNFINISHED_DAYS", 7, least=1, most=90)
# After how long without contact a lite account is erased, how long before that the person is told, and after
# how long one goes that no brand has any more (accounts/retention.py).
LITE_RETENTION_DAYS = env.integer("LITE_RETENTION_DAYS", 730, least=2, most=3_650)
LITE_WARNING_DAYS = env.integer("LITE_WARNING_DAYS", 30, least=1, most=min(365, LITE_RETENTION_DAYS - 1))
MEMBERLESS_DAYS = env.integer("MEMBERLESS_DAYS", 30, least=0, most=3_650)

# How risk looks at an address; empty: it doesn't (ciam/lib/places.py, auth_flows/risk/networks.py).
GEOIP_FILE = env.text("GEOIP_FILE", "")
LISTED_NETWORKS_FILE = env.text("LISTED_NETWORKS_FILE", "")
# How long somebody waits who lost every factor and recovers by mail alone, told everywhere meanwhile.
RECOVERY_WAIT_HOURS = env.integer("RECOVERY_WAIT_HOURS", 72, least=24, most=30 * 24)

CSRF_COOKIE_NAME = "__Host-ciam-csrf"
CSRF_COOKIE_SECURE = True
CSRF_COOKIE_HTTPONLY = True
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"

# -- browsers

# A proxy in front ends TLS and says so in this header, which it must set itself on every request.
SECURE_SSL_REDIRECT = MODE == "production"
SECURE_REDIRECT_EXEMPT = [r"^health/"]
if env.boolean("BEHIND_TLS_PROXY", MODE == "production"):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
# Whose X-Forwarded-For is believed; without any, nobody's.
TRUSTED_PROXIES = env.networks("TRUSTED_PROXIES")
STATIC_URL = "/static/"
# Collected in production alone; elsewhere files come from where they are written.
_collected = env.text("STATIC_ROOT", str(VAR_DIR / "static"))
STATIC_ROOT = _collected if MODE == "production" else None
STATICFILES_DIRS = [BASE_DIR / "static"]
WHITENOISE_USE_FINDERS = MODE != "production"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if MODE == "production"
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 1_048_576

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English")]
TIME_ZONE = "UTC"
USE_TZ = True

# -- mail

DEFAULT_FROM_EMAIL = env.text("MAIL_FROM", "no-reply@localhost")
EMAIL_HOST = env.text("SMTP_HOST", "localhost")
EMAIL_PORT = env.integer("SMTP_PORT", 25, least=1, most=65_535)
EMAIL_HOST_USER = env.text("SMTP_USER", "")
EMAIL_HOST_PASSWORD = env.text("SMTP_PASSWORD", "")
EMAIL_USE_TLS = env.boolean("SMTP_TLS", False)
EMAIL_TIMEOUT = 10
EMAIL_BACKEND = env.choice(
    "MAIL_BACKEND",
    "ciam.lib.mail.EmlFiles" if MODE != "production" else "django.core.mail.backends.smtp.EmailBackend",
    ("ciam.lib.mail.EmlFiles", "django.core.mail.backends.smtp.EmailBackend"),
)
MAIL_DIR = VAR_DIR / "mail"
# user:password with which a mail service tells of mail that came back, at /webhooks/mail/. Empty: none does.
MAIL_WEBHOOK_SECRET = env.text("MAIL_WEBHOOK_SECRET", "")
ANYMAIL = {"WEBHOOK_SECRET": MAIL_WEBHOOK_SECRET} if MAIL_WEBHOOK_SECRET else {}

# -- codes by SMS: in the demo through the sandbox's Twilio

SMS_GATEWAY = env.choice("SMS_GATEWAY", "twilio" if MODE == "demo" else "none", ("none", "twilio"))
SMS_COUNTRIES = env.words("SMS_COUNTRIES")
_needed = None if SMS_GATEWAY == "twilio" and MODE != "demo" else ""
TWILIO_ACCOUNT_SID = env.text("TWILIO_ACCOUNT_SID", _needed) or "AC" + 32 * "0"
TWILIO_AUTH_TOKEN = env.text("TWILIO_AUTH_TOKEN", _needed) or "sandbox"
TWILIO_FROM = env.text("TWILIO_FROM", _needed) or "+15005550006"
TWILIO_URL = f"{SANDBOX_URL}/twilio" if MODE == "demo" else "https://api.twilio.com"
# Where the demo's messages can be read.
DEMO_PHONE_URL = TWILIO_URL if MODE == "demo" else ""

# -- workers

REDIS_URL = env.text("REDIS_URL")
CELERY_BROKER_URL = REDIS_URL
# How long a client whose answer was lost may send the same refresh token again.
REFRESH_GRACE_SECONDS = 10

# -- SCIM and the REST API

# DRF's authentication classes that judge a bearer token which is no website's own; each tells an
# `accounts.access.Bearer`. They see the Authorization header and nothing else of the request.
SCIM_TOKEN_AUTHENTICATION = ["auth_flows.oidc.bearer.AccessTokens"]
SCIM_SERVICE_PROVIDER: dict[str, object] = {
    "NETLOC": urlsplit(BASE_URL).netloc,
    "AUTHENTICATION_SCHEMES": [],
}
# The class of the shape `provisioning.challenge.Challenge` that tells people from programs at /api/v1/lite.
LITE_FORM_CAPTCHA = env.choice(
    "LITE_FORM_CAPTCHA", "none", ("none", "altcha", "turnstile", "hcaptcha", "recaptcha")
)
LITE_FORM_CAPTCHA_SITE_KEY = env.text("LITE_FORM_CAPTCHA_SITE_KEY", "")
LITE_FORM_CAPTCHA_SECRET = env.text("LITE_FORM_CAPTCHA_SECRET", "")
LITE_FORM_CHALLENGE = f"provisioning.challenge.{'Nobody' if LITE_FORM_CAPTCHA == 'none' else 'Captcha'}"
# A stand-in of the vendors who tell people from programs; never in production.
CAPTCHA_STAND_IN = f"{SANDBOX_URL}/captcha" if MODE == "demo" else ""
# -- operators

METRICS_TOKEN = env.text("METRICS_TOKEN", "")
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(levelname)s %(name)s: %(message)s"}},
    "filters": {"links": {"()": "ciam.lib.redacted_logs.WithoutLinks"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["links"]}},
    "root": {"handlers": ["stderr"], "level": env.choice("LOG_LEVEL", "INFO", ("DEBUG", "INFO", "WARNING"))},
    "loggers": {
        # These write whole requests, with personal values, at lower levels.
        "django_scim": {"level": "ERROR"},
        "httpx": {"level": "WARNING"},
        "httpcore": {"level": "WARNING"},
        "oauthlib": {"level": "WARNING"},
    },
}
