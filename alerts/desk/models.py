"""The desk's tables: alerts, notices (the outbox), stories, cursors, leases. Tables only."""

from __future__ import annotations

import uuid

from django.db import models


class Alert(models.Model):
    """One alert, as `alerts.core.alert.Alert` holds it. `version` guards each write."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    home = models.ForeignKey("registry.Home", models.PROTECT, related_name="alerts")
    key = models.CharField(max_length=200)  # the finding's key: "sos:<device>"
    kind = models.CharField(max_length=60)  # the part of the key before the colon
    severity = models.CharField(max_length=12)
    status = models.CharField(max_length=12)  # open, taken, arrived, closed
    code = models.CharField(max_length=6)  # what a reply by SMS names: 4 digits, in a storm 6
    opened_at = models.DateTimeField()  # when the centre opened it
    raised_at = models.DateTimeField()  # the sensor's instant
    rung = models.SmallIntegerField(default=0)
    due = models.DateTimeField(null=True)
    owner = models.CharField(max_length=40, blank=True)  # "worker:12", "contact:5", "user:1"
    cause = models.CharField(max_length=20, blank=True)
    closed_at = models.DateTimeField(null=True)
    facts = models.JSONField(default=dict)
    state = models.JSONField()  # the whole core Alert, plan and all
    version = models.PositiveIntegerField(default=1)

    class Meta:
        indexes = [
            models.Index(fields=["due"], name="alert_due"),
            models.Index(fields=["status", "opened_at"], name="alert_board"),
            models.Index(fields=["closed_at"], name="alert_closed"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["home", "key"], condition=~models.Q(status="closed"), name="alert_one_open_a_finding"
            ),
            models.UniqueConstraint(
                fields=["code"], condition=~models.Q(status="closed"), name="alert_code_open"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.code}"


class Notice(models.Model):
    """One message to one person by one channel. The id is the idempotency key, derived, never random."""

    id = models.UUIDField(primary_key=True)
    alert = models.ForeignKey(Alert, models.CASCADE, related_name="notices")
    kind = models.CharField(max_length=12, default="summon")  # summon, remind, stand_down
    person = models.CharField(max_length=40)  # "worker:12", "contact:5"
    name = models.CharField(max_length=60)
    channel = models.CharField(max_length=20)
    address = models.CharField(max_length=200)
    text = models.TextField()
    token = models.CharField(max_length=24, blank=True, db_index=True)  # of the link
    rung = models.SmallIntegerField()
    repeat = models.PositiveIntegerField(default=0)
    status = models.CharField(
        max_length=12, default="queued"
    )  # queued, sending, sent, delivered, failed, dropped
    tries = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField()
    next_at = models.DateTimeField(null=True)  # when the courier may try (again); null: nothing to do
    holder = models.CharField(max_length=80, blank=True)  # the process that is sending it
    sent_at = models.DateTimeField(null=True)
    delivered_at = models.DateTimeField(null=True)
    answered_at = models.DateTimeField(null=True)
    provider_id = models.CharField(max_length=80, blank=True, db_index=True)
    error = models.CharField(max_length=300, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["next_at"], name="notice_next"),
            models.Index(fields=["address", "created_at"], name="notice_address"),
        ]

    def __str__(self) -> str:
        return f"{self.channel} → {self.name}"


class Entry(models.Model):
    """One line of an alert's story: append-only, each hashed over the one before."""

    alert = models.ForeignKey(Alert, models.CASCADE, related_name="entries")
    n = models.PositiveIntegerField()
    at = models.DateTimeField()
    what = models.CharField(max_length=30)  # opened, worsened, summoned, sent, delivered, failed, taken, …
    who = models.CharField(max_length=80, blank=True)
    data = models.JSONField(default=dict)
    hash = models.CharField(max_length=64)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["alert", "n"], name="entry_n")]

    def __str__(self) -> str:
        return f"{self.n} {self.what}"


class Cursor(models.Model):
    """How far one lane of one journal of one home is stored here."""

    home = models.ForeignKey("registry.Home", models.CASCADE)
    lane = models.CharField(max_length=12)
    journal = models.CharField(max_length=64)
    seq = models.BigIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["home", "lane", "journal"], name="cursor_once")]

    def __str__(self) -> str:
        return f"{self.home_id}/{self.lane} {self.seq}"


class Pulse(models.Model):
    """When a home's gateway was last heard; `due` is when its silence becomes a finding."""

    home = models.OneToOneField("registry.Home", models.CASCADE, primary_key=True)
    heard_at = models.DateTimeField()
    sent_at = models.DateTimeField()  # by the gateway's own clock
    due = models.DateTimeField(null=True, db_index=True)

    def __str__(self) -> str:
        return self.home_id


class HomeWord(models.Model):
    """That a home must be told how its alerts stand. Written with the change, published after, until `said`
    has caught up with `version`: a crash between the two loses nothing."""

    home = models.OneToOneField("registry.Home", models.CASCADE, primary_key=True)
    version = models.PositiveIntegerField(default=0)
    said = models.PositiveIntegerField(default=0)
    digest = models.CharField(max_length=16, blank=True)  # of the last Word published

    def __str__(self) -> str:
        return f"{self.home_id} {self.said}/{self.version}"


class HomeMode(models.Model):
    """What somebody said of a home, and what became of it: append-only. The one of the greatest `order`
    counts until `ended_at`, or `until`."""

    home = models.ForeignKey("registry.Home", models.CASCADE, related_name="modes")
    order = models.BigIntegerField()  # grows with each that is said of a home: ms since 1970, or one more
    mode = models.CharField(max_length=12)  # rules.model.Mode
    by = models.CharField(max_length=40, blank=True)  # "user:1"; empty: nobody who is known here
    name = models.CharField(max_length=80)  # as they were called then
    note = models.CharField(max_length=200, blank=True)
    said_at = models.DateTimeField()
    until = models.DateTimeField(null=True)
    reached_at = models.DateTimeField(null=True)  # when the home's journal showed it
    ended_at = models.DateTimeField(null=True)  # when something else was said, or the home says it is over

    class Meta:
        constraints = [models.UniqueConstraint(fields=["home", "order"], name="mode_order")]
        indexes = [models.Index(fields=["home", "ended_at"], name="mode_now")]

    def __str__(self) -> str:
        return f"{self.home_id} {self.mode}"


class Callback(models.Model):
    """What a provider reported of a message whose sending is not on record here yet."""

    provider_id = models.CharField(max_length=80, db_index=True)
    status = models.CharField(max_length=20)
    error = models.CharField(max_length=300, blank=True)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.provider_id} {self.status}"


class Lease(models.Model):
    """One leader among the escalators."""

    name = models.CharField(primary_key=True, max_length=40)
    holder = models.CharField(max_length=80)
    until = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.name}: {self.holder}"


class View(models.Model):
    """Who looked at a resident's card by a worker's link."""

    notice = models.ForeignKey(Notice, models.CASCADE, related_name="views")
    at = models.DateTimeField()
    address = models.GenericIPAddressField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.notice_id} {self.at}"
