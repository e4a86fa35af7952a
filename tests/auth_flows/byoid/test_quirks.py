"""Each provider's own ways, against a provider that has them."""

from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey

from accounts.identifiers import account_with_email
from auth_flows.byoid.apple import Apple
from auth_flows.models import LinkedIdentity, UpstreamVisit
from tests.bringing import Elsewhere, answered, by_form, comes_by, leaves, provider
from tests.people import Kaffeehaus, customer
from tests.sandbox.running import RunningSandbox
from tests.walking import Walker

pytestmark = pytest.mark.django_db
ADA = "ada@example.com"
TENANT = "11111111-2222-3333-4444-555555555555"
PERSONAL = "9188040d-6c67-4c5b-b112-36a304b66dad"


def signs_in(label: str = "Sign in with") -> Walker:
    return comes_by(Walker().open("/sign-in/"), label)


@pytest.mark.parametrize(
    ("claims", "joins"),
    [
        ({"email": "ada@gmail.com"}, True),
        ({"hd": "example.com"}, True),
        ({}, False),
        ({"email": "ada@gmail.com", "email_verified": False}, False),
    ],
)
def test_google_is_the_authority_for_its_own_and_for_workspaces(
    shop: Kaffeehaus, sandbox: RunningSandbox, claims: dict[str, Any], joins: bool
) -> None:
    provider(sandbox, "google").knows(**claims)
    customer(str(claims.get("email", ADA)), brand=shop.brand)

    walker = signs_in("Continue with Google")

    assert (walker.heading != "Check your mail") is joins


def test_googles_older_tokens_leave_the_scheme_out(shop: Kaffeehaus, sandbox: RunningSandbox) -> None:
    there = provider(sandbox, "google")
    there.says(token={"iss": there.issuer.partition("://")[2]}).knows(hd="example.com")

    signs_in("Continue with Google").send().send(agree_terms="on")

    assert LinkedIdentity.objects.get().issuer == there.issuer


@pytest.mark.parametrize("hd", [None, "other.example"])
def test_a_wished_workspace_is_held_to_its_claim(
    shop: Kaffeehaus, sandbox: RunningSandbox, hd: str | None
) -> None:
    provider(sandbox, "google", settings={"hd": "example.com"}).knows(hd=hd)

    assert "did not take it" in signs_in("Continue with Google").text


def test_apple_answers_by_a_form_and_tells_the_name_once(shop: Kaffeehaus, sandbox: RunningSandbox) -> None:
    """A cross-site POST without our cookies; the secret is a token signed by the developer's key."""
    there = provider(sandbox, "apple").knows(email_verified="true", name=None)

    walker = signs_in()

    assert walker.heading == "About you"
    assert (walker.value("given_name"), walker.value("family_name")) == ("Ada", "Example")
    walker.send().send(agree_terms="on")
    assert LinkedIdentity.objects.get().subject == "ada-1"
    asked = [one for one in sandbox.requests("idp") if one["path"] == f"/{there.name}/authorize"][-1]
    assert asked["query"]["response_mode"] == "form_post"
    assert sandbox.violations("idp") == []


def test_apples_relay_address_matches_nobody(shop: Kaffeehaus, sandbox: RunningSandbox) -> None:
    relay = "abc@privaterelay.appleid.com"
    customer(relay, brand=shop.brand)
    provider(sandbox, "apple").knows(email=relay, email_verified=True)

    assert signs_in().heading == "Check your mail"
    assert not LinkedIdentity.objects.exists()


def test_apples_secret_is_a_token_of_an_hour(shop: Kaffeehaus, sandbox: RunningSandbox) -> None:
    there = provider(sandbox, "apple")
    key = ECKey.import_key((there.row.client_secret or "").encode())

    token = jwt.decode(Apple().secret(there.row) or "", key, algorithms=["ES256"])

    assert token.header["kid"] == "KEY"
    assert token.claims["exp"] - token.claims["iat"] == 3_600
    assert (token.claims["iss"], token.claims["sub"], token.claims["aud"]) == ("TEAM", "ciam", there.issuer)


def test_microsofts_issuer_has_the_tenant_in_it(shop: Kaffeehaus, sandbox: RunningSandbox) -> None:
    there = provider(sandbox, "microsoft").knows(tid=TENANT, xms_edov="1", email_verified=None)

    signs_in().send().send(agree_terms="on")

    assert LinkedIdentity.objects.get().issuer == f"{sandbox.url}/idp/{there.name}/{TENANT}/v2.0"


@pytest.mark.parametrize(
    ("claims", "joins"),
    [
        ({"tid": TENANT, "email_verified": True}, False),
        ({"tid": TENANT, "xms_edov": False}, False),
        ({"tid": TENANT, "xms_edov": True}, True),
        ({"tid": PERSONAL}, True),
    ],
)
def test_microsofts_addresses_prove_nothing_of_themselves(
    shop: Kaffeehaus, sandbox: RunningSandbox, claims: dict[str, Any], joins: bool
) -> None:
    """Whoever runs a tenant writes whatever address they like into it."""
    customer(ADA, brand=shop.brand)
    provider(sandbox, "microsoft").knows(preferred_username=ADA, upn=ADA, **claims)

    assert (signs_in().heading != "Check your mail") is joins


@pytest.mark.parametrize(
    ("told", "claims", "token"),
    [
        ({}, {"tid": TENANT}, {"tid": PERSONAL}),
        ({}, {"tid": TENANT}, {"tid": "common"}),
        ({}, {"tid": "{tenantid}"}, {}),
        ({"tenants": [PERSONAL]}, {"tid": TENANT}, {}),
    ],
)
def test_microsofts_tenant_is_the_issuers(
    shop: Kaffeehaus,
    sandbox: RunningSandbox,
    told: dict[str, Any],
    claims: dict[str, Any],
    token: dict[str, Any],
) -> None:
    provider(sandbox, "microsoft", settings=told).knows(**claims).says(token=token)

    assert "did not take it" in signs_in().text


def test_linkedin_has_a_locale_of_two_parts_no_nonce_and_no_pkce(
    shop: Kaffeehaus, sandbox: RunningSandbox
) -> None:
    provider(sandbox, "linkedin", links_verified_email=True).knows(locale={"language": "en", "country": "US"})

    walker = signs_in()
    assert walker.value("locale") == "en-US"
    walker.send().send(agree_terms="on")

    assert LinkedIdentity.objects.get().subject == "ada-1"
    assert sandbox.violations("idp") == []


def github(sandbox: RunningSandbox, **fields: Any) -> Elsewhere:
    there = provider(sandbox, "github", **fields)
    address = {"email": ADA, "primary": True, "verified": True, "visibility": None}
    return there.knows(id=4711, login="ada", emails=[address])


def test_github_is_known_by_a_number(shop: Kaffeehaus, sandbox: RunningSandbox) -> None:
    ada = customer(ADA, brand=shop.brand)
    github(sandbox, links_verified_email=True)

    signs_in().send(agree_terms="on")

    link = LinkedIdentity.objects.get()
    assert (link.account, link.subject, link.label) == (ada, "4711", "ada")
    assert sandbox.violations("idp") == []


@pytest.mark.parametrize(
    "emails",
    [
        None,
        [],
        [{"email": ADA, "primary": True, "verified": False, "visibility": None}],
        [{"email": ADA, "primary": False, "verified": True, "visibility": None}],
        [{"email": "1+ada@users.noreply.github.com", "primary": True, "verified": True, "visibility": None}],
    ],
)
def test_githubs_address_counts_if_primary_and_verified(
    shop: Kaffeehaus, sandbox: RunningSandbox, emails: list[dict[str, object]] | None
) -> None:
    github(sandbox, links_verified_email=True).knows(id=4711, login="ada", emails=emails)

    assert "does not tell us an address" in signs_in().text


def test_githubs_errors_come_with_a_status_of_success(shop: Kaffeehaus, sandbox: RunningSandbox) -> None:
    github(sandbox).says(clients={"ciam": "another secret"})

    assert "did not take it" in signs_in().text


def test_facebooks_address_is_only_one_to_ask_about(shop: Kaffeehaus, sandbox: RunningSandbox) -> None:
    customer(ADA, brand=shop.brand)
    provider(sandbox, "facebook", links_verified_email=True).knows(
        id="fb-1", first_name="Ada", last_name="Example"
    )

    walker = signs_in("Continue with Facebook")

    assert walker.heading == "Check your mail"
    assert sandbox.violations("idp") == []


def test_a_form_that_nobody_waits_for_changes_nothing(shop: Kaffeehaus, sandbox: RunningSandbox) -> None:
    there = provider(sandbox, "apple")
    address = leaves(Walker().open("/sign-in/"), "Sign in with")
    answer = answered(address)

    mallory = Walker()
    posted = mallory.browser.post(there.callback, {"state": "made up", "code": "x"})
    assert posted.status_code == 410
    assert by_form(mallory, answer).status == 410, "the answer is for the browser that asked"
    assert UpstreamVisit.objects.get().used_at is None
    assert account_with_email(ADA) is None
