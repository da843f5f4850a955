"""The console as an ASGI application; `alerts run` serves it in its own process."""

from __future__ import annotations

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "alerts.settings")
application = get_asgi_application()
