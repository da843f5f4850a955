"""Twilio's webhooks: nothing without its signature, nothing longer than a form can be."""

from __future__ import annotations

import pytest
from django.http import HttpResponse
from django.test import Client
from twilio.request_validator import RequestValidator

from alerts.conf import conf, token
from alerts.core.alert import Alert
from alerts.desk import models

FORM = "application/x-www-form-urlencoded"
pytestmark = pytest.mark.usefixtures("home")


def sign(path: str, form: dict[str, str]) -> str:
    sms = conf().channels.sms_twilio
    assert sms
    signature: str = RequestValidator(token(sms)).compute_signature(conf().service.base_url + path, form)
    return signature


def post(path: str, form: dict[str, str], signature: str | None = None) -> HttpResponse:
    headers = {"X-Twilio-Signature": sign(path, form) if signature is None else signature}
    return Client(enforce_csrf_checks=True).post(path, form, headers=headers)


@pytest.mark.parametrize("path", ["/hooks/twilio/status", "/hooks/twilio/inbound"])
def test_a_wrong_signature_is_refused(path: str) -> None:
    form = {"From": "+8613800000001", "Body": "1"}
    for signature in ("", "bm9wZQ==", sign("/hooks/twilio/other", form), sign(path, {**form, "Body": "5"})):
        assert post(path, form, signature).status_code == 403
    assert Client().get(path).status_code == 405


def test_a_long_body_is_refused_unread() -> None:
    form = {"From": "+8613800000001", "Body": "1" * 20_000}
    assert post("/hooks/twilio/inbound", form).status_code == 413


def test_a_reply_takes_the_alert_and_is_answered(alert: Alert) -> None:
    answer = post("/hooks/twilio/inbound", {"From": "+8613800000001", "Body": f"1 {alert.code}"})
    assert answer.status_code == 200
    assert answer["Content-Type"].startswith("text/xml")
    assert f"<Message>{alert.code}" in answer.text
    assert models.Alert.objects.get().status == "taken"


def test_an_answer_with_markup_stays_one_message() -> None:
    answer = post("/hooks/twilio/inbound", {"From": "+8613800000001", "Body": "</Message><Dial>1</Dial>"})
    assert "<Dial>" not in answer.text


def test_a_delivery_report_is_written_down(alert: Alert) -> None:
    models.Notice.objects.filter(person__startswith="worker").update(provider_id="SM1", status="sent")
    answer = post("/hooks/twilio/status", {"MessageSid": "SM1", "MessageStatus": "delivered"})
    assert answer.status_code == 204
    assert models.Notice.objects.get(provider_id="SM1").status == "delivered"
