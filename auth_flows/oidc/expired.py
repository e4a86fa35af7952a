"""Removing what is over, in bounded batches: no lock is held for long."""

import datetime as dt

from django.db import models

from auth_flows.models import Grant, RefreshToken, Revocation
from auth_flows.oidc import lifetimes


def drop_expired(now: dt.datetime, most: int = 5_000) -> int:
    """Delete at most `most` rows of each kind; returns how many. Call it again until it returns 0."""
    over: list[models.QuerySet[models.Model]] = [
        Grant.objects.filter(expires__lt=now - lifetimes.USED_CODE_KEPT),
        RefreshToken.objects.filter(expires__lt=now),
        Revocation.objects.filter(ends_at__lt=now),
    ]
    return sum(_dropped(rows, most) for rows in over)


def _dropped(rows: "models.QuerySet[models.Model]", most: int) -> int:
    batch = list(rows.values_list("pk", flat=True)[:most])
    return rows.filter(pk__in=batch).delete()[0] if batch else 0
