"""Tells Django of the console and the worker's page."""

from __future__ import annotations

from django.apps import AppConfig


class WebConfig(AppConfig):
    """Templates, static files and texts."""

    name = "alerts.web"
    label = "web"

    def ready(self) -> None:
        """Count the wrong passwords."""
        from django.contrib.auth.signals import user_logged_in, user_login_failed

        from alerts.web import lockout

        user_login_failed.connect(lockout.failed)
        user_logged_in.connect(lockout.entered)
