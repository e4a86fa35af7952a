"""The page that tells people from programs: when it comes, what it lets pass, and that it is no dead end."""

import datetime as dt
import logging
import re
from unittest import mock

import pytest
from django.core import signing
from django.utils import timezone
from pytest_django import Settings

from accounts.models import Account
from auth_flows import crowding
from auth_flows.draft import Draft
from auth_flows.methods import email_code, password
from auth_flows.models import Captcha, SignIn, SignInPolicy
from auth_flows.steps import challenge
from ciam.lib.captcha import Altcha
from ciam.lib.throttle import hit
from tests.people import PASSWORD, Kaffeehaus, customer, operator, totp_code
from tests.solving import solution, solve, task_of
from tests.walking import Walker, code_for

pytestmark = pytest.mark.django_db

ADA = "ada@example.com"
CHECK = "A quick check"


def failed(email: str = ADA, times: int = crowding.PASSWORDS) -> None:
    """Somebody has tried wrong passwords, in a browser that nobody knows."""
    with mock.patch.object(password, "matches", return_value=False):  # no hash: it takes the longest
        for _time in range(times):
            Walker().open("/sign-in/").send(identifier=email).send(password="wrong wrong")


def waited(walker: Walker, seconds: int = challenge.WAIT) -> str:
    """What the page's hidden field would be, had it been shown so long ago."""
    salt = f"{challenge.SALT} {walker.url.split('/')[2]}"
    return signing.dumps(timezone.now().timestamp() - seconds, salt=salt)


def test_after_five_wrong_passwords_a_task_comes_before_the_next(shop: Kaffeehaus) -> None:
    customer(ADA, brand=shop.brand)
    failed()

    walker = Walker().open("/sign-in/").send(identifier=ADA)

    assert walker.heading == CHECK
    assert solve(walker).heading == "Enter your password"
    assert walker.send(password="wrong wrong").heading == "Enter your password"
    assert walker.send(password=PASSWORD).send(agree_terms="on").heading.startswith("Hello")


@pytest.mark.parametrize("kind", ["absent", "lite", "password", "totp", "suspended"])
def test_it_comes_for_everybody_alike(shop: Kaffeehaus, kind: str) -> None:
    if kind != "absent":
        account = customer(ADA, brand=shop.brand, totp=kind == "totp")
        if kind in {"lite", "suspended"}:
            Account.objects.filter(pk=account.pk).update(
                **({"kind": "lite"} if kind == "lite" else {"status": "suspended"})
            )
    failed(times=crowding.PASSWORDS - 1)
    assert Walker().open("/sign-in/").send(identifier=ADA).heading == "Enter your password"
    failed(times=1)

    page = Walker().open("/sign-in/").send(identifier=ADA)

    assert page.heading == CHECK
    words = re.sub(r"(data-challenge|value|href|action)=\"[^\"]*\"", "", page.response.content.decode())
    other = Walker().open("/sign-in/").send(identifier="nobody@example.com")
    assert other.heading == "Enter your password", "another address is left in peace"
    failed("nobody@example.com")
    absent = Walker().open("/sign-in/").send(identifier="nobody@example.com")
    said = re.sub(r"(data-challenge|value|href|action)=\"[^\"]*\"", "", absent.response.content.decode())
    assert words == said.replace("nobody@example.com", ADA)


def test_the_task_can_not_be_skipped_by_an_older_page(shop: Kaffeehaus) -> None:
    customer(ADA, brand=shop.brand)
    page = Walker().open("/sign-in/").send(identifier=ADA)
    failed()

    page.send(password=PASSWORD)

    assert page.heading == CHECK


def test_a_solved_task_counts_for_one_sign_in_once(shop: Kaffeehaus) -> None:
    failed()
    one = Walker().open("/sign-in/").send(identifier=ADA)
    other = Walker().open("/sign-in/").send(identifier=ADA)
    solved = solution(task_of(one))

    assert one.send(altcha=solved).heading == "Enter your password"
    assert other.send(altcha=solved).heading == CHECK
    assert "did not count" in other.text


def test_a_task_of_another_purpose_does_not_count(shop: Kaffeehaus, settings: Settings) -> None:
    failed()
    one = Walker().open("/sign-in/").send(identifier=ADA)
    task = Altcha().challenge("lite", "localhost", timezone.now() + dt.timedelta(minutes=1))

    assert one.send(altcha=solution(task)).heading == CHECK


@pytest.mark.parametrize("sent", ["x", "e30=", "W10=", "x" * 10_000, "\0", "ü"])
def test_nonsense_does_not_count_and_breaks_nothing(shop: Kaffeehaus, sent: str) -> None:
    failed()
    walker = Walker().open("/sign-in/").send(identifier=ADA).send(altcha=sent)

    assert (walker.heading, walker.status) == (CHECK, 200)


def test_an_expired_task_does_not_count(shop: Kaffeehaus) -> None:
    failed()
    walker = Walker().open("/sign-in/").send(identifier=ADA)
    old = Altcha().challenge("sign_in", "localhost", timezone.now() - dt.timedelta(seconds=2))

    assert walker.send(altcha=solution(old)).heading == CHECK


def test_without_javascript_a_wait_does(shop: Kaffeehaus) -> None:
    customer(ADA, brand=shop.brand)
    failed()
    walker = Walker().open("/sign-in/").send(identifier=ADA)
    assert "wait 30 seconds" in walker.text

    assert "wait" in walker.send().text
    assert walker.heading == CHECK
    assert walker.send(since=waited(walker, 29)).heading == CHECK
    assert walker.send(since=waited(walker)).heading == "Enter your password"
    assert walker.send(password=PASSWORD).send(agree_terms="on").heading.startswith("Hello")


@pytest.mark.parametrize("since", ["", "x", "1763850000", "MTc2Mzg1MDAwMA:1vMlKk:xxxx"])
def test_a_wait_that_somebody_made_up_begins_now(shop: Kaffeehaus, since: str) -> None:
    failed()
    walker = Walker().open("/sign-in/").send(identifier=ADA).send(since=since)

    assert walker.heading == CHECK
    assert walker.value("since") not in {"", since}
    assert walker.send(since=waited(walker, 700)).heading == CHECK


def test_waits_are_few(shop: Kaffeehaus) -> None:
    failed()
    for _time in range(challenge.WAITS_OF_AN_ACCOUNT.most):
        walker = Walker().open("/sign-in/").send(identifier=ADA)
        assert walker.send(since=waited(walker)).heading == "Enter your password"

    walker = Walker().open("/sign-in/").send(identifier=ADA)

    assert walker.send(since=waited(walker)).status == 429
    assert walker.response["Retry-After"]
    assert solve(walker).heading == "Enter your password"


def test_whoever_signs_in_may_have_a_code_instead(shop: Kaffeehaus) -> None:
    customer(ADA, brand=shop.brand, totp=True)
    failed()
    walker = Walker().open("/sign-in/").send(identifier=ADA)

    walker.press("Send me a code by e-mail").send(code=code_for(ADA))

    assert walker.heading == "Enter the code of your app"
    assert walker.send(code=totp_code()).send(agree_terms="on").heading.startswith("Hello")


def test_the_code_instead_is_no_way_around_for_a_password(shop: Kaffeehaus) -> None:
    customer(ADA, brand=shop.brand)
    failed()
    walker = Walker().open("/sign-in/").send(identifier=ADA).press("Send me a code by e-mail")

    assert walker.press("Use my password").heading == CHECK


def test_a_registration_from_a_busy_network_solves_one_before_any_mail(shop: Kaffeehaus) -> None:
    now = timezone.now()
    for _mail in range(crowding.MAILS_OF_A_NETWORK):
        hit(email_code.MAIL_PER_ADDRESS, "127.0.0.1", now)

    walker = Walker().open("/register/").send(identifier=ADA)

    assert walker.heading == CHECK
    assert "Send me a code" not in walker.text
    assert solve(walker).heading == "Check your mail"
    assert walker.send(code=code_for(ADA)).heading == "About you"


def test_a_risk_can_ask_after_a_proof(shop: Kaffeehaus) -> None:
    customer(ADA, brand=shop.brand)
    walker = Walker().open("/sign-in/").send(identifier=ADA).send(password=PASSWORD)
    row = SignIn.objects.get()
    draft = Draft.from_text(row.draft)
    draft.challenge = True
    SignIn.objects.filter(pk=row.pk).update(draft=SignIn(draft=draft.as_text()).draft)

    assert walker.open(f"/sign-in/{row.pk}/").heading == CHECK
    assert solve(walker).heading == "Terms and your choices"


def test_an_operator_solves_it_or_waits(shop: Kaffeehaus) -> None:
    operator()
    for _time in range(crowding.PASSWORDS):
        Walker().open("/admin/").send(identifier="olga@example.com").send(password="wrong wrong")

    walker = Walker().open("/admin/").send(identifier="olga@example.com")

    assert walker.heading == CHECK
    assert "Send me a code" not in walker.text
    assert solve(walker).send(password=PASSWORD).heading == "Enter the code of your app"


def test_a_brand_can_do_with_a_wait_alone(shop: Kaffeehaus) -> None:
    SignInPolicy.objects.create(brand=shop.brand, captcha=Captcha.NONE)
    failed()

    walker = Walker().open("/sign-in/").send(identifier=ADA)

    assert walker.soup.select_one("[data-challenge]") is None
    assert "Please wait 30 seconds" in walker.text
    assert walker.send(since=waited(walker)).heading == "Enter your password"


def test_failures_of_strangers_do_not_hold_up_a_browser_that_signed_in_before(shop: Kaffeehaus) -> None:
    customer(ADA, brand=shop.brand)
    ada = Walker().open("/sign-in/").send(identifier=ADA).send(password=PASSWORD).send(agree_terms="on")
    failed()
    for _time in range(5):
        solve(Walker().open("/sign-in/").send(identifier=ADA)).send(password="wrong wrong")
    mallory = solve(Walker().open("/sign-in/").send(identifier=ADA)).send(password=PASSWORD)
    assert mallory.status == 429

    ada.open("/account/").press("Sign out")
    again = Walker(browser=ada.browser).open("/sign-in/").send(identifier=ADA)

    assert again.send(password=PASSWORD).heading.startswith("Hello")


def test_good_passwords_do_not_make_a_network_busy(shop: Kaffeehaus) -> None:
    customer(ADA, brand=shop.brand)
    for _time in range(crowding.PASSWORDS_OF_A_NETWORK + 1):
        walker = Walker().open("/sign-in/").send(identifier=ADA).send(password=PASSWORD)
        assert walker.heading == "Terms and your choices"


def test_what_was_sent_is_never_logged(shop: Kaffeehaus, caplog: pytest.LogCaptureFixture) -> None:
    failed()
    walker = Walker().open("/sign-in/").send(identifier=ADA)
    solved = solution(task_of(walker))
    with caplog.at_level(logging.DEBUG):
        walker.send(altcha=solved)
        walker.open("/sign-in/").send(identifier=ADA).send(altcha=solved)

    assert solved[:40] not in caplog.text
