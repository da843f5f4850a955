"""Tells Django of the console and the worker's page."""

from __future__ import annotations

from django.apps import AppConfig


class WebConfig(AppConfig):
    """Templates, static files and texts."""

    name = "alerts.web"
    label = "web"
