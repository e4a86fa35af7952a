from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.browser.driving import Person, chromium
from tests.site import Site, running_site


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with running_site(tmp_path_factory.mktemp("site")) as site:
        yield site


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture
def person(browser: Browser) -> Iterator[Person]:
    """Somebody who switched JavaScript off."""
    person = Person.arrives(browser)
    yield person
    person.context.close()
