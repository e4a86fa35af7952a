"""What logs never hold."""

import logging

from ciam.lib.redacted_logs import WithoutLinks


def shown(message: str, *values: object) -> str:
    record = logging.LogRecord("django.request", logging.WARNING, "", 0, message, values, None)
    assert WithoutLinks().filter(record)
    return record.getMessage()


def test_a_link_that_acts_for_somebody_is_cut() -> None:
    secret = "eyJhbGciOi:1tXyz:abc-_"

    assert secret not in shown("Forbidden (%s): %s", "CSRF", f"/preferences/confirm/{secret}/")
    assert shown(f"GET /preferences/keep/{secret}/ 500") == "GET /preferences/keep/…/ 500"
    assert shown(f"Gone: /preferences/{secret}/unsubscribe/") == "Gone: /preferences/…/unsubscribe/"


def test_other_addresses_and_values_stay() -> None:
    assert shown("Not Found: %s, %d times", "/account/nothing", 3) == "Not Found: /account/nothing, 3 times"
