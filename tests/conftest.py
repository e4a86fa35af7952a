"""What every test may use."""

import os
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from pytest_django import Settings

from auth_flows import crowding
from auth_flows.models.client import forget_cached
from auth_flows.risk import automation
from ciam.lib import keys
from ciam.lib.captcha import altcha
from ciam.lib.kept import forget_everything
from ciam.lib.models import SigningKey
from provisioning.scim import bounded, bulk
from tests.people import Kaffeehaus, kaffeehaus

hypothesis_settings.register_profile(
    "ciam",
    max_examples=1_000 if os.environ.get("CIAM_LONG") else 100,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
hypothesis_settings.load_profile("ciam")


@pytest.fixture
def shop(signing_keys: None) -> Kaffeehaus:
    """The default brand, with its terms and its newsletter."""
    return kaffeehaus()


@pytest.fixture(autouse=True)
def _mailbox(settings: Settings, tmp_path: Path) -> None:
    """Mail is written to files, as in the demo: pytest-django would keep it in memory."""
    settings.EMAIL_BACKEND = "ciam.lib.mail.EmlFiles"
    settings.MAIL_DIR = tmp_path / "mail"


@pytest.fixture(autouse=True)
def _nothing_cached() -> None:
    """Apps and keys are cached for a few seconds in a process; each test has its own database."""
    forget_cached()
    keys.forget_cached()
    forget_everything()


@pytest.fixture(autouse=True)
def _no_hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a request may cost is bounded in seconds: on a machine that stalls, any test could exceed them."""
    monkeypatch.setattr(bounded, "LONGEST_READ_MS", 60_000)
    monkeypatch.setattr(bulk, "LONGEST_RUN_S", 300.0)


@pytest.fixture(autouse=True)
def _taken_for_people(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests are programs, and look like it."""
    monkeypatch.setattr(automation, "SIGNS", ())


@pytest.fixture(autouse=True)
def _small_tasks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Solving a challenge in Python takes a second, and nothing here depends on how long."""
    monkeypatch.setattr(altcha, "COST", 10)


@pytest.fixture
def unchallenged(monkeypatch: pytest.MonkeyPatch) -> None:
    """For tests of the limits behind the challenge, which comes first."""
    monkeypatch.setattr(crowding, "is_crowded", lambda *_asked: False)


_made: list[dict[str, Any]] = []


@pytest.fixture
def signing_keys(db: None) -> None:
    """The same keys for every test: making an RSA key takes longer than most tests."""
    if _made:
        SigningKey.objects.bulk_create(SigningKey(**row) for row in _made)
        return
    keys.rotate(timezone.now())
    _made.extend(dict(row) for row in SigningKey.objects.values())
