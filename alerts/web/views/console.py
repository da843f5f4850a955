"""The centre's pages: the board, an alert, the homes, a home."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBadRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from alerts.clock import clock
from alerts.desk import desk
from alerts.desk.models import Alert
from alerts.registry.models import Home
from alerts.timeline.sql import SqlTimeline
from alerts.web import modes, read, signals, words
from alerts.web.guard import signed_in
from rules.model import Mode


@require_safe
@signed_in
def board(request: HttpRequest) -> HttpResponse:
    """What is open, who has it, what is due next."""
    return render(request, "web/board.html", {"board": read.board(now())})


@require_safe
@signed_in
def board_list(request: HttpRequest) -> HttpResponse:
    """The board's changing part."""
    return render(request, "web/_board.html", {"board": read.board(now())})


@require_safe
@signed_in
def alert(request: HttpRequest, id: UUID) -> HttpResponse:  # noqa: A002  the field's own name
    """One alert: what, where, who was told, what happened."""
    return render(request, "web/alert.html", _dossier(request, id))


@require_safe
@signed_in
def alert_body(request: HttpRequest, id: UUID) -> HttpResponse:  # noqa: A002  the field's own name
    """The alert page's changing part."""
    return render(request, "web/_alert.html", _dossier(request, id))


def _dossier(request: HttpRequest, id_: UUID) -> dict[str, object]:
    try:
        dossier = read.dossier(id_, SqlTimeline(), now())
    except Alert.DoesNotExist as error:
        raise Http404 from error
    causes = [(cause.value, words.word(words.CAUSES, cause.value)) for cause in signals.CAUSES]
    return {"dossier": dossier, "card": dossier.card, "causes": causes, "me": _me(request)}


@require_POST
@signed_in
def signal(request: HttpRequest, id: UUID) -> HttpResponseBase:  # noqa: A002  the field's own name
    """A button of the alert's page: what the operator does, or was told by phone."""
    action, by = request.POST.get("action", ""), request.POST.get("by") or _me(request)
    if by != _me(request) and not Alert.objects.filter(pk=id, notices__person=by).exists():
        return HttpResponseBadRequest("nobody of that name was called for this alert")
    if by == _me(request) and action in ("arrived", "cannot"):
        by = _owner(id) or by
    try:
        pressed = signals.signal(action, by, request.POST.get("cause", ""), request.POST.get("note", ""))
        desk.tell(id, pressed, now())
    except signals.UnknownActionError as error:
        return HttpResponseBadRequest(str(error))
    except Alert.DoesNotExist as error:
        raise Http404 from error
    return redirect("alert", id=id)


@require_safe
@signed_in
def homes(request: HttpRequest) -> HttpResponse:
    """Find a home."""
    search = request.GET.get("q", "").strip()[:60]
    return render(request, "web/homes.html", {"homes": read.homes(search, now()), "search": search})


@require_safe
@signed_in
def home(request: HttpRequest, id: str) -> HttpResponse:  # noqa: A002  the field's own name
    """One home and its last 24 hours."""
    try:
        dwelling = read.dwelling(id, SqlTimeline(), now())
    except Home.DoesNotExist as error:
        raise Http404 from error
    said = [(mode.value, words.MODES[mode], words.MODE_HINTS[mode]) for mode in Mode]
    page = {"dwelling": dwelling, "home": dwelling.home, "modes": said, "lasts": modes.offers()}
    return render(request, "web/home.html", page)


def _owner(id_: UUID) -> str:
    """Whom a word about the door is about: an operator, who sits at a screen, hears it from them by phone."""
    return Alert.objects.filter(pk=id_).values_list("owner", flat=True).first() or ""


def _me(request: HttpRequest) -> str:
    return f"user:{request.user.pk}"


def now() -> datetime:
    """The centre's time."""
    return clock().now()
