"""Registers the app with Django."""

from django.apps import AppConfig


class DeskConfig(AppConfig):
    """Django's handle of this folder."""

    name = "alerts.desk"
    label = "desk"
    default_auto_field = "django.db.models.BigAutoField"
