"""As `django-admin startproject` and django-scim2's documentation have it, with connections that persist."""

from ciam import env

SECRET_KEY = env.text("SECRET_KEY")
ALLOWED_HOSTS = ["localhost"]
DATABASES = {"default": env.database("DATABASE_URL") | {"CONN_MAX_AGE": 600}}
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django_scim",
    "bench.stock",
]
USUAL = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
# Bare, it is the least that django-scim2 runs with.
MIDDLEWARE = [*([] if env.boolean("STOCK_BARE", False) else USUAL), "bench.stock.bearer.FixedBearer"]
ROOT_URLCONF = "bench.stock.urls"
AUTH_USER_MODEL = "stock.User"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
# Tables are made straight from the models.
MIGRATION_MODULES = {"auth": None, "contenttypes": None, "sessions": None}
SCIM_SERVICE_PROVIDER = {"NETLOC": "localhost", "SCHEME": "http", "AUTHENTICATION_SCHEMES": []}
