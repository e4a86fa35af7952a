from collections.abc import Iterator

import pytest
from pytest_django import Settings

from tests.people import Kaffeehaus
from tests.sandbox.running import RunningSandbox
from tests.texting import offers_texts


@pytest.fixture(scope="package")
def running_sandbox() -> Iterator[RunningSandbox]:
    with RunningSandbox() as running:
        yield running


@pytest.fixture
def sandbox(running_sandbox: RunningSandbox, settings: Settings) -> RunningSandbox:
    """A gateway that has sent nothing, to which the settings lead."""
    running_sandbox.reset()
    settings.OUTBOUND_ALLOWED = [f"localhost:{running_sandbox.port}"]
    settings.SMS_GATEWAY = "twilio"
    settings.TWILIO_URL = running_sandbox.base_url("twilio")
    return running_sandbox


@pytest.fixture
def texting_shop(shop: Kaffeehaus, settings: Settings) -> Kaffeehaus:
    """A brand that offers codes by SMS. Nothing leaves the table by itself."""
    settings.SMS_GATEWAY = "twilio"
    offers_texts(shop.brand)
    return shop
