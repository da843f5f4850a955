"""Lets only signed-in people see a page, and keeps personal data out of caches."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeAlias

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import resolve_url
from django.utils.cache import add_never_cache_headers
from django_htmx.http import HttpResponseClientRedirect

P = ParamSpec("P")
View: TypeAlias = Callable[Concatenate[HttpRequest, P], HttpResponseBase]
Stream: TypeAlias = Callable[[HttpRequest], Coroutine[Any, Any, HttpResponseBase]]


def signed_in(view: View[P]) -> View[P]:
    """The view, for signed-in people; a fragment's request sends the whole page to the login."""

    @wraps(view)
    def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        if request.user.is_authenticated:
            response = view(request, *args, **kwargs)
        elif request.headers.get("HX-Request"):
            response = HttpResponseClientRedirect(resolve_url("login"))
        else:
            response = redirect_to_login(request.get_full_path())
        add_never_cache_headers(response)
        return response

    return guarded


def signed_in_stream(view: Stream) -> Stream:
    """The same for a stream, which cannot be redirected: 401."""

    @wraps(view)
    async def guarded(request: HttpRequest) -> HttpResponseBase:
        if not (await request.auser()).is_authenticated:
            return HttpResponse(status=401)
        return await view(request)

    return guarded
