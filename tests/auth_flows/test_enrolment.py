"""A second factor that is set up in the middle of a sign-in, for an app that needs one."""

import datetime as dt
from urllib.parse import urlencode

import pyotp
import pytest
from django.utils import timezone

from accounts.models import Account
from auth_flows.methods import recovery_code, totp
from auth_flows.models import Authenticator, Client, RecoveryCode, SignIn
from tests.auth_flows.oidc.apps import App, answer_of, confidential, opened
from tests.people import PASSWORD, Kaffeehaus, customer, operator
from tests.walking import Walker, code_for

pytestmark = pytest.mark.django_db
Kind = Authenticator.Kind


def strict(shop: Kaffeehaus, level: int = 2) -> App:
    app = confidential(shop.brand)
    Client.objects.filter(pk=app.client.pk).update(least_level=level)
    return app


def asked(app: App, **more: str) -> Walker:
    return Walker().open(f"/oauth/authorize?{urlencode(app.asks(**more))}")


def secret(walker: Walker) -> str:
    """As somebody types it from the page."""
    shown = walker.soup.select_one(".secret")
    assert shown is not None, walker.heading
    return shown.get_text("", strip=True).replace(" ", "").replace("\n", "")


def sets_up(walker: Walker) -> tuple[str, list[str]]:
    """Connects an app and writes the codes down: (secret, codes)."""
    assert walker.heading == "Set up a second factor"
    seed = secret(walker)
    walker.send(code=pyotp.TOTP(seed).now())
    assert walker.heading == "Your recovery codes"
    codes = [item.get_text(strip=True) for item in walker.soup.select(".codes li")]
    walker.send(written="on")
    return seed, codes


def test_whoever_has_one_factor_sets_up_another_and_the_token_says_so(shop: Kaffeehaus) -> None:
    ada, app = customer("ada@example.com", brand=shop.brand), strict(shop)
    walker = asked(app).send(identifier="ada@example.com").send(password=PASSWORD)

    seed, codes = sets_up(walker)
    assert set(Authenticator.objects.values_list("kind", flat=True)) == {"password"}, "nothing before the end"
    walker.send(agree_terms="on")

    claims = opened(app.redeem(answer_of(walker.url)["code"]).json()["id_token"]).claims
    assert (claims["acr"], claims["amr"]) == ("urn:ciam:acr:2", ["otp", "pwd", "mfa"])
    device = Authenticator.objects.get(account=ada, kind=Kind.TOTP)
    assert device.seed == seed
    assert recovery_code.left(ada) == len(codes) == 10
    assert not {code for code in codes if RecoveryCode.objects.filter(hash__icontains=code).exists()}
    assert SignIn.objects.get().draft is None


def test_the_code_that_set_it_up_signs_nobody_in(shop: Kaffeehaus) -> None:
    ada = customer("ada@example.com", brand=shop.brand)
    walker = asked(strict(shop)).send(identifier="ada@example.com").send(password=PASSWORD)
    seed, _codes = sets_up(walker)
    walker.send(agree_terms="on")

    assert not totp.redeem(ada, pyotp.TOTP(seed).now(), timezone.now())


def test_whoever_has_no_password_chooses_one_first(shop: Kaffeehaus) -> None:
    ada = customer("ada@example.com", brand=shop.brand, password=None)
    app = strict(shop)
    walker = asked(app).send(identifier="ada@example.com").press("Send me a code by e-mail")
    walker.send(code=code_for("ada@example.com"))

    assert walker.heading == "Choose a password"
    walker.send(password=PASSWORD)
    sets_up(walker)
    walker.send(agree_terms="on")

    assert "code" in answer_of(walker.url)
    assert {"password", "totp", "recovery_code"} == set(ada.authenticators.values_list("kind", flat=True))


def test_a_mailbox_alone_sets_up_nothing_for_whoever_has_a_password(shop: Kaffeehaus) -> None:
    customer("ada@example.com", brand=shop.brand)
    walker = asked(strict(shop)).send(identifier="ada@example.com").press("Send me a code by e-mail")

    walker.send(code=code_for("ada@example.com"))

    assert walker.heading == "Enter your password"


def test_somebody_new_registers_for_an_app_that_needs_two_factors(shop: Kaffeehaus) -> None:
    app = strict(shop)
    walker = asked(app, prompt="create").send(identifier="new@example.com")
    walker.send(code=code_for("new@example.com")).send(given_name="Nia").send(password=PASSWORD)

    sets_up(walker)
    assert not Account.objects.exists()
    walker.send(agree_terms="on")

    claims = opened(app.redeem(answer_of(walker.url)["code"]).json()["id_token"]).claims
    assert claims["acr"] == "urn:ciam:acr:2"
    nia = Account.objects.get()
    assert {"password", "totp", "recovery_code"} == set(nia.authenticators.values_list("kind", flat=True))


def test_a_wrong_code_sets_nothing_up_and_keeps_the_secret(shop: Kaffeehaus) -> None:
    customer("ada@example.com", brand=shop.brand)
    walker = asked(strict(shop)).send(identifier="ada@example.com").send(password=PASSWORD)
    before = secret(walker)

    walker.send(code=pyotp.TOTP(before).at(timezone.now() - dt.timedelta(minutes=5)))

    assert "This is not the code" in walker.text
    assert secret(walker) == before
    assert secret(walker.open(walker.url.partition("?")[0])) == before, "reloaded, the same picture"


def test_of_two_tabs_that_set_one_up_the_slower_is_asked_for_the_others(shop: Kaffeehaus) -> None:
    ada, app = customer("ada@example.com", brand=shop.brand), strict(shop)
    slow = asked(app).send(identifier="ada@example.com").send(password=PASSWORD)
    fast = asked(app).send(identifier="ada@example.com").send(password=PASSWORD)
    sets_up(slow)

    sets_up(fast)
    fast.send(agree_terms="on")
    slow.send(agree_terms="on")

    assert slow.heading == "Enter the code of your app"
    assert ada.authenticators.filter(kind=Kind.TOTP).count() == 1
    assert ada.authenticators.filter(kind=Kind.RECOVERY_CODE).count() == 1


def test_whoever_has_one_replaces_it_by_no_sign_in(shop: Kaffeehaus) -> None:
    ada = customer("ada@example.com", brand=shop.brand, totp=True)
    walker = asked(strict(shop)).send(identifier="ada@example.com").send(password=PASSWORD)

    assert walker.heading == "Enter the code of your app"
    assert ada.authenticators.filter(kind=Kind.TOTP).count() == 1


def test_operators_set_up_nothing_in_a_sign_in(shop: Kaffeehaus) -> None:
    operator("olga@example.com", totp=False)

    walker = Walker().open("/admin/").send(identifier="olga@example.com").send(password=PASSWORD)

    assert walker.heading == "This can't go on"


def test_what_needs_a_passkey_says_so(shop: Kaffeehaus) -> None:
    customer("ada@example.com", brand=shop.brand)

    walker = asked(strict(shop, 3)).send(identifier="ada@example.com").send(password=PASSWORD)

    assert "This needs a passkey" in walker.text
