"""Whether the service can read its store, for load balancers and supervisors."""

from __future__ import annotations

from django.db import DatabaseError
from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_safe

from alerts.web import read


@require_safe
def health(request: HttpRequest) -> JsonResponse:
    """200 and the newest entry's id, or 503. Tells nothing of anybody."""
    try:
        return JsonResponse({"ok": True, "entry": read.newest()})
    except DatabaseError as error:
        return JsonResponse({"ok": False, "error": type(error).__name__}, status=503)
