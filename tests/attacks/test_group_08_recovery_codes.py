"""Group 8: recovery codes, used again, guessed, or without what they stand beside."""

import pytest
from django.utils import timezone

from auth_flows.methods import recovery_code
from auth_flows.models import RecoveryCode
from tests.attacks.pages import presses_on
from tests.attacks.test_group_08_second_factors import halfway, with_codes
from tests.people import Kaffeehaus, customer
from tests.walking import Walker

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("change", ["as it is", "lower", "without hyphens", "spaces", "O and I and L"])
def test_a08_13_a_recovery_code_works_however_it_is_typed_and_once(shop: Kaffeehaus, change: str) -> None:
    ada = customer("ada@example.com", brand=shop.brand, totp=True)
    code = with_codes(ada)[0]
    typed = {
        "as it is": code,
        "lower": code.lower(),
        "without hyphens": code.replace("-", ""),
        "spaces": f" {code.replace('-', '  ')} ",
        "O and I and L": code.replace("0", "O").replace("1", "l"),
    }[change]

    walker = halfway().press("Use a recovery code").send(code=typed)
    again = halfway().press("Use a recovery code").send(code=code)

    assert walker.heading == "Terms and your choices"
    assert "none of your codes, or it was used" in again.text


def test_a08_13_recovery_codes_are_long_kept_as_hashes_and_nobody_elses(shop: Kaffeehaus) -> None:
    ada, bob = customer("ada@example.com", totp=True), customer("bob@example.com", totp=True)
    codes = with_codes(ada)
    with_codes(bob)

    assert len(recovery_code.LETTERS) ** len(recovery_code.plain(codes[0])) >= 2**64
    kept = " ".join(RecoveryCode.objects.values_list("hash", flat=True))
    assert not any(part.lower() in kept for code in codes for part in (code, recovery_code.plain(code)))
    assert not recovery_code.redeem(bob, codes[0], timezone.now())
    assert recovery_code.redeem(ada, codes[0], timezone.now())


def test_a08_14_a_recovery_code_alone_opens_nothing(shop: Kaffeehaus) -> None:
    ada = customer("ada@example.com", brand=shop.brand, totp=True)
    with_codes(ada)
    walker = Walker().open("/sign-in/").send(identifier="ada@example.com")

    presses_on(walker, "", {"switch": "recovery_code"})

    assert walker.open(walker.url.partition("?")[0]).heading == "Enter your password"
    assert "recovery" not in walker.text.lower()
