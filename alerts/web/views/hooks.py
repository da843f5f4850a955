"""What Twilio tells us: how a message fares, and what people answer. Nothing without its signature."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps

from django.http import HttpRequest, HttpResponse, HttpResponseForbidden
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST
from twilio.twiml.messaging_response import MessagingResponse

from alerts.channels import sms_twilio
from alerts.clock import clock
from alerts.conf import conf
from alerts.desk import inbound as answers

_LONGEST = 16_384  # bytes; Twilio's forms are about 1 kB
Hook = Callable[[HttpRequest], HttpResponse]


def signed(view: Hook) -> Hook:
    """The view, for requests that Twilio has signed: 413 if too long, 403 if not signed."""

    @csrf_exempt
    @require_POST
    @wraps(view)
    def checked(request: HttpRequest) -> HttpResponse:
        length = request.META.get("CONTENT_LENGTH") or ""
        if not length.isdecimal() or int(length) > _LONGEST:
            return HttpResponse(status=413)
        if not _verified(request):
            return HttpResponseForbidden("the signature does not fit")
        return view(request)

    return checked


def _verified(request: HttpRequest) -> bool:
    params = {key: request.POST[key] for key in request.POST}
    url = conf().service.base_url + request.get_full_path()
    return sms_twilio.verify(url, params, request.headers.get("X-Twilio-Signature", ""))


@signed
def status(request: HttpRequest) -> HttpResponse:
    """A message was sent, delivered or lost."""
    said = request.POST
    answers.status(
        said.get("MessageSid", ""), said.get("MessageStatus", ""), said.get("ErrorCode", ""), clock().now()
    )
    return HttpResponse(status=204)


@signed
def inbound(request: HttpRequest) -> HttpResponse:
    """Somebody answered a text; what we say to that goes back as TwiML."""
    answer = MessagingResponse()
    text = answers.reply(request.POST.get("From", ""), request.POST.get("Body", ""), clock().now())
    if text:
        answer.message(text)
    return HttpResponse(str(answer), content_type="text/xml")
