"""Django's settings, derived from the alert service's own (alerts/conf.py). Nothing is decided here twice."""

from __future__ import annotations

import secrets
from pathlib import Path
from urllib.parse import urlsplit

from csp.constants import NONE, SELF
from django.utils.translation import gettext_lazy as _

from alerts import conf as settings_file

_conf = settings_file.conf()
BASE_DIR = Path(__file__).resolve().parent
_url = urlsplit(_conf.service.base_url)
_https = _url.scheme == "https"
_listen = _conf.service.listen.rpartition(":")[0]

# Before `alerts init` there is no secret; nothing that is signed by this one outlives the process.
SECRET_KEY = settings_file.secret(_conf) if _conf.service.secret_file.exists() else secrets.token_urlsafe(48)
DEBUG = False
ALLOWED_HOSTS = [_url.hostname or "", _listen, "127.0.0.1", "localhost", "[::1]", *_conf.service.hosts]
CSRF_TRUSTED_ORIGINS = [f"{_url.scheme}://{_url.netloc}"]

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "csp",
    "django_htmx",
    "alerts.registry",
    "alerts.desk",
    "alerts.timeline",
    "alerts.web",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]

ROOT_URLCONF = "alerts.urls"
ASGI_APPLICATION = "alerts.asgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
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

DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": str(_conf.service.data / "alerts.db"),
        "CONN_MAX_AGE": 0,  # a request lives in a thread of its own; the loops' threads keep theirs
        "OPTIONS": {
            # IMMEDIATE: a transaction that will write waits at its beginning, and never fails half way.
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;",
        },
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

LANGUAGE_CODE = "zh-hans" if _conf.service.language == "zh" else "en"
LANGUAGES = [("zh-hans", _("Chinese")), ("en", _("English"))]
USE_TZ = True
TIME_ZONE = "Asia/Shanghai"  # how the console shows instants; a home's own zone goes before it

STATIC_URL = "/static/"
WHITENOISE_USE_FINDERS = True  # static files come from the packages; there is no collectstatic step
WHITENOISE_AUTOREFRESH = False

AUTHENTICATION_BACKENDS = ["alerts.web.lockout.Lockout", "django.contrib.auth.backends.ModelBackend"]
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
        "OPTIONS": {"MAX_ENTRIES": 10_000},
    }
}
LOGIN_URL = "/login"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "/login"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "form-action": [SELF],
    }
}
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SECURE = _https
CSRF_COOKIE_SECURE = _https
SECURE_HSTS_SECONDS = 31_536_000 if _https else 0  # a year: a browser that knows us never asks in the clear
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if _https else None

LOGGING_CONFIG = None  # `alerts run` sets up logging for the whole process
