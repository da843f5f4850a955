"""The console's and the worker's addresses."""

from __future__ import annotations

from django.contrib.auth.views import LoginView, LogoutView
from django.urls import path
from django.views.i18n import set_language

from alerts.web.views import console, health, hooks, live, modes, worker

urlpatterns = [
    path("", console.board, name="board"),
    path("board", console.board_list, name="board_list"),
    path("live", live.live, name="live"),
    path("alerts/<uuid:id>/", console.alert, name="alert"),
    path("alerts/<uuid:id>/body", console.alert_body, name="alert_body"),
    path("alerts/<uuid:id>/signal", console.signal, name="signal"),
    path("homes/", console.homes, name="homes"),
    path("homes/<slug:id>/", console.home, name="home"),
    path("homes/<slug:id>/mode", modes.mode, name="mode"),
    path("login", LoginView.as_view(template_name="web/login.html"), name="login"),
    path("logout", LogoutView.as_view(), name="logout"),
    path("language", set_language, name="set_language"),
    path("w/<slug:token>", worker.page, name="worker"),
    path("w/<slug:token>/<slug:action>", worker.act, name="worker_act"),
    path("hooks/twilio/status", hooks.status, name="twilio_status"),
    path("hooks/twilio/inbound", hooks.inbound, name="twilio_inbound"),
    path("health", health.health, name="health"),
]
