"""What the centre's staff says of a home, and what the home makes of it."""

from __future__ import annotations

from django.contrib.auth.models import User
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBadRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from alerts.desk import modes
from alerts.registry.models import Home
from alerts.timeline.sql import SqlTimeline
from alerts.web.guard import signed_in
from alerts.web.modes import lasts, moded
from alerts.web.views.console import now
from rules.model import Mode


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def mode(request: HttpRequest, id: str) -> HttpResponseBase:  # noqa: A002  the field's own name
    """Show it (the page's changing part), or say it: only a POST acts."""
    if request.method == "POST":
        return _say(request, id)
    home = get_object_or_404(Home, pk=id)
    return render(request, "web/_mode.html", {"moded": moded(home, SqlTimeline(), now())})


def _say(request: HttpRequest, home: str) -> HttpResponse:
    at, wait = now(), lasts(request.POST.get("lasts", ""))
    try:
        said = Mode(request.POST.get("mode", ""))
        modes.say(home, said, _speaker(request), at, at + wait if wait else None)
    except modes.ModeError as error:
        return HttpResponseBadRequest(str(error))
    except ValueError:
        return HttpResponseBadRequest(f"a mode is one of {', '.join(Mode)}")
    except Home.DoesNotExist as error:
        raise Http404 from error
    return redirect("home", id=home)


def _speaker(request: HttpRequest) -> modes.Speaker:
    user = request.user
    name = user.get_full_name() if isinstance(user, User) else ""
    return modes.Speaker(f"user:{user.pk}", name or user.get_username(), request.POST.get("note", "").strip())
