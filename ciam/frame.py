"""What is the same on every installation: the apps, the order of the middleware, what browsers are told.

`ciam/settings.py` takes all of it over; nothing here reads the environment.
"""

INSTALLED_APPS = [
    "ciam.lib",
    "accounts",
    "consent",
    "oauth2_provider",
    "auth_flows",
    "provisioning",
    "django_scim",
    "rest_framework",
    "drf_spectacular",
    "csp",
    "ciam.apps.OperatorsAdminConfig",
    "django.contrib.postgres",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "ciam.apps.SiteConfig",
]

MIDDLEWARE = [
    "ciam.lib.proxies.TrustedProxies",
    "django.middleware.security.SecurityMiddleware",
    "ciam.lib.headers.SecurityHeaders",
    "ciam.lib.protocols.ProtocolMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "auth_flows.sessions.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "auth_flows.sessions.AccountMiddleware",
    "auth_flows.step_up.StepUpMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

ROOT_URLCONF = "ciam.urls"
PROTOCOL_URLCONF = "ciam.protocols"
WSGI_APPLICATION = "ciam.wsgi.application"
APPEND_SLASH = False

# By the name that stands in front of such a hash. Each is as slow as it is safe: see `auth_flows/hashers.py`.
LEGACY_PASSWORD_HASHERS = {
    "pbkdf2_sha256": "django.contrib.auth.hashers.PBKDF2PasswordHasher",
    "pbkdf2_sha1": "django.contrib.auth.hashers.PBKDF2SHA1PasswordHasher",
    "scrypt": "django.contrib.auth.hashers.ScryptPasswordHasher",
}

# -- browsers

SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SECURE_HSTS_SECONDS = 31_536_000
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
SECURE_HSTS_PRELOAD = True

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "font-src": ["'self'"],
        "connect-src": ["'self'"],
        "form-action": ["'self'"],
        "base-uri": ["'none'"],
        "frame-ancestors": ["'none'"],
    }
}

# -- workers: Celery messages are hints that carry ids only; the truth is in PostgreSQL

CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_BROKER_CHANNEL_ERROR_RETRY = True  # a full Redis refuses commands: the worker would end
CELERY_TASK_SOFT_TIME_LIMIT = 60
CELERY_TASK_TIME_LIMIT = 90
CELERY_WORKER_MAX_TASKS_PER_CHILD = 1_000
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = False
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
# What waits in tables. A worker asks for it by itself as well, should there be no beat.
SWEEPS = ("provisioning.sweep", "provisioning.run", "lib.send_mail", "auth_flows.send_sms")
SWEEP_SECONDS = 30.0
_EVERY = {  # seconds; a hint that nobody took until the next one comes is worth nothing
    10.0: SWEEPS,
    15.0: ("consent.seal_ledgers",),
    300.0: ("consent.expire",),
    3_600.0: ("provisioning.look_after", "accounts.keep_retention", "site.keep_house"),
}
CELERY_BEAT_SCHEDULE = {
    task: {"task": task, "schedule": seconds, "options": {"expires": seconds}}
    for seconds, tasks in _EVERY.items()
    for task in tasks
}

# -- OpenID Connect (django-oauth-toolkit's models and oauthlib's grammar as the frame)

OAUTH2_PROVIDER_APPLICATION_MODEL = "auth_flows.Client"
OAUTH2_PROVIDER_ACCESS_TOKEN_MODEL = "auth_flows.AccessToken"
OAUTH2_PROVIDER_REFRESH_TOKEN_MODEL = "auth_flows.RefreshToken"
OAUTH2_PROVIDER_ID_TOKEN_MODEL = "auth_flows.IDToken"
OAUTH2_PROVIDER_GRANT_MODEL = "auth_flows.Grant"
OAUTH2_PROVIDER_DEVICE_GRANT_MODEL = "auth_flows.DeviceGrant"
OAUTH2_PROVIDER: dict[str, object] = {
    "AUTHORIZATION_CODE_EXPIRE_SECONDS": 60,
    "ACCESS_TOKEN_EXPIRE_SECONDS": 600,
    "ID_TOKEN_EXPIRE_SECONDS": 600,
    "REFRESH_TOKEN_EXPIRE_SECONDS": 30 * 86_400,
    "REFRESH_TOKEN_REUSE_PROTECTION": True,
    # Which addresses an app may have is decided by its model, which knows native apps (RFC 8252).
    "ALLOWED_REDIRECT_URI_SCHEMES": ["https"],
    **{
        f"COMPLIANT_BCP_RFC9700_{rule}": True
        for rule in (
            "IMPLICIT_GRANT",
            "PASSWORD_GRANT",
            "PKCE_METHOD",
            "ACCESS_TOKEN_TRANSPORT",
            "AUTHZ_RESPONSE_ISS",
            "TOKEN_STORAGE",
            "REFRESH_TOKEN",
            "REDIRECT_URI_SCHEME",
            "REDIRECT_URI_MATCHING",
            "PKCE_REQUIRED",
        )
    },
}

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
}
SPECTACULAR_SETTINGS = {"TITLE": "CIAM", "VERSION": "1", "SERVE_INCLUDE_SCHEMA": False}
