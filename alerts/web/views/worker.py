"""The page behind a notice's link: one alert, one person, big buttons. Looking never acts."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import translation
from django.utils.cache import add_never_cache_headers
from django.views.decorators.http import require_POST, require_safe

from alerts.clock import clock
from alerts.conf import conf
from alerts.desk import desk, links, people
from alerts.desk.models import Notice, View
from alerts.web import read, signals, words

_ACTIONS = ("going", "cannot", "arrived", "help", "close")


@require_safe
def page(request: HttpRequest, token: str) -> HttpResponse:
    """The alert as one person was told of it. The resident's card shows only while the alert is open."""
    now = clock().now()
    notice = links.find(token, now)
    if notice is None:
        return _plain(request, "web/worker_gone.html", {}, 410)
    with speaking(notice.person):
        errand = read.errand(notice, now)
        if errand.open and request.method == "GET":
            View.objects.create(notice=notice, at=now, address=request.META.get("REMOTE_ADDR") or None)
        causes = [(cause.value, words.word(words.CAUSES, cause.value)) for cause in signals.CAUSES]
        told = {"errand": errand, "card": errand.card, "token": token, "causes": causes}
        response = _plain(request, "web/worker.html", told, 200)
    response["X-State"] = str(notice.alert.version)  # a HEAD tells a page in a hand whether it is stale
    return response


@contextmanager
def speaking(person: str) -> Iterator[None]:
    """In the language that this person reads."""
    language = people.language(person, conf().service.language)
    with translation.override({"zh": "zh-hans"}.get(language, language)):
        yield


@require_POST
def act(request: HttpRequest, token: str, action: str) -> HttpResponseBase:
    """A button of the page."""
    notice = links.find(token, clock().now())
    if notice is None:
        return _plain(request, "web/worker_gone.html", {}, 410)
    try:
        _tell(notice, action, request.POST.get("cause", ""))
    except signals.UnknownActionError as error:
        return HttpResponseBadRequest(str(error))
    return redirect("worker", token=token)


def _tell(notice: Notice, action: str, cause: str) -> None:
    if action not in _ACTIONS:
        raise signals.UnknownActionError(f"actions are {', '.join(_ACTIONS)}")
    now = clock().now()
    with transaction.atomic():
        theirs = Notice.objects.filter(alert=notice.alert_id, person=notice.person, answered_at__isnull=True)
        theirs.update(answered_at=now)
        desk.tell(notice.alert_id, signals.signal(action, notice.person, cause), now)


def _plain(request: HttpRequest, template: str, told: dict[str, object], status: int) -> HttpResponse:
    response = render(request, template, told, status=status)
    add_never_cache_headers(response)
    response["X-Robots-Tag"] = "noindex"
    return response
