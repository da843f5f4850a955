"""The centre's addresses: the console's, and the registry's admin pages."""

from __future__ import annotations

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("admin/", admin.site.urls),
    path("", include("alerts.web.urls")),
]
