"""A clock that a test moves."""

import datetime as dt
import time

import pyotp
import pytest
from django.utils import timezone

from ciam.lib.kept import forget_everything
from tests.people import TOTP_SEED


class Clock:
    """From its making on, what the site takes for the time."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = timezone.now()
        monkeypatch.setattr(timezone, "now", lambda: self.now)
        monkeypatch.setattr(time, "time", lambda: self.now.timestamp())

    def passes(self, **span: float) -> dt.datetime:
        self.now += dt.timedelta(**span)
        forget_everything()
        return self.now

    def totp_code(self) -> str:
        return pyotp.TOTP(TOTP_SEED).at(self.now)
