"""The SQL timeline's table: every reading of the last 30 days."""

from __future__ import annotations

from django.db import models


class Sample(models.Model):
    """One reading of one home."""

    home = models.CharField(max_length=64)
    at = models.DateTimeField()
    device = models.CharField(max_length=200)
    kind = models.CharField(max_length=20)
    value = models.FloatField()
    origin = models.CharField(max_length=10)

    class Meta:
        indexes = [models.Index(fields=["home", "at"], name="sample_home_at")]

    def __str__(self) -> str:
        return f"{self.device} {self.kind}={self.value}"
