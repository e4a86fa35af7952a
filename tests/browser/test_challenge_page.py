"""The page "A quick check" in a real browser: solved by its script, failed, and without any script."""

import pytest
from django.utils import timezone
from pytest_django.live_server_helper import LiveServer

from auth_flows import crowding
from auth_flows.methods import password
from ciam.lib.throttle import hit
from tests.browser.axe import violations
from tests.browser.driving import LOOKS, Person, chromium
from tests.people import kaffeehaus

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

ADA = "ada@example.com"
SMALL = [({"width": 390, "height": 800}, "dark"), ({"width": 320, "height": 800}, "light")]
BROKEN = "SubtleCrypto.prototype.deriveBits = () => Promise.reject(new Error('broken'))"
ENDLESS = "SubtleCrypto.prototype.deriveBits = () => new Promise(() => {})"


def finds_nothing(person: Person) -> None:
    for size, scheme in [*LOOKS.values(), *SMALL]:
        person.page.set_viewport_size(size)  # type: ignore[arg-type]
        person.page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        assert violations(person.page) == [], (size, scheme)
        assert person.page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_the_task_solved_failed_and_without_scripts(live_server: LiveServer) -> None:
    kaffeehaus()
    for _time in range(crowding.PASSWORDS):
        hit(password.PER_ACCOUNT, f"customer {ADA}", timezone.now())

    with chromium() as browser:

        def arrives(*, scripts: bool = True, script: str = "") -> Person:
            person = Person.arrives(browser, scripts=scripts)
            person.page.on("pageerror", lambda error: errors.append(str(error)))
            if script:
                person.context.add_init_script(script)
            person.go(f"{live_server.url}/sign-in/").fill(identifier=ADA).press("Continue")
            assert person.heading == "A quick check"
            return person

        errors: list[str] = []
        ada = arrives()
        ada.page.get_by_text("Done. Press “Continue”.").wait_for()
        assert not ada.page.locator("[data-without]").is_visible()
        finds_nothing(ada.picture("challenge-solved"))
        assert ada.press("Continue").heading == "Enter your password"

        hasty = arrives()
        hasty.page.get_by_role("button", name="Continue").click()
        hasty.page.get_by_role("heading", name="Enter your password").wait_for()

        working = arrives(script=ENDLESS)
        finds_nothing(working.picture("challenge-working"))
        working.press("Continue")
        assert "goes on by itself" in working.text

        failing = arrives(script=BROKEN)
        failing.page.get_by_text("could not solve it").wait_for()
        assert "wait 30 seconds" in failing.text
        finds_nothing(failing.press("Continue").picture("challenge-failed"))
        assert "Please check this" in failing.text

        plain = arrives(scripts=False)
        assert not plain.page.locator("[data-challenge]").is_visible()
        assert "wait 30 seconds" in plain.picture("challenge-no-script").text
        assert plain.press("Send me a code").heading == "Check your mail"
        assert errors == []
