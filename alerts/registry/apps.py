"""Registers the app with Django."""

from django.apps import AppConfig


class RegistryConfig(AppConfig):
    """Django's handle of this folder."""

    name = "alerts.registry"
    label = "registry"
    default_auto_field = "django.db.models.BigAutoField"
