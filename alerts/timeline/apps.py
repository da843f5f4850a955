"""Registers the app with Django."""

from django.apps import AppConfig


class TimelineConfig(AppConfig):
    """Django's handle of this folder."""

    name = "alerts.timeline"
    label = "timeline"
    default_auto_field = "django.db.models.BigAutoField"
