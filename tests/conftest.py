"""What every test may use."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from pytest_django import Settings

from ciam.lib import keys
from tests.people import Kaffeehaus, kaffeehaus

hypothesis_settings.register_profile(
    "ciam", deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
)
hypothesis_settings.load_profile("ciam")


@pytest.fixture
def shop(db: None) -> Kaffeehaus:
    """The default brand, with its terms and its newsletter."""
    return kaffeehaus()


@pytest.fixture(autouse=True)
def _mailbox(settings: Settings, tmp_path: Path) -> None:
    """Mail is written to files, as in the demo: pytest-django would keep it in memory."""
    settings.EMAIL_BACKEND = "ciam.lib.mail.EmlFiles"
    settings.MAIL_DIR = tmp_path / "mail"


@pytest.fixture(autouse=True)
def _fresh_keys() -> Iterator[None]:
    """Signing keys are cached for a few seconds in a process; each test has its own database."""
    keys.forget_cached()
    yield
    keys.forget_cached()
