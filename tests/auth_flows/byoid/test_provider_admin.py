"""Olga sets up a provider: what is unsafe is refused, and its secret never comes out."""

import pytest
from django.urls import reverse

from auth_flows.models import Provider
from tests.bringing import SECRET, linked, provider
from tests.people import Kaffeehaus, customer
from tests.provisioning.admin.desk import olga
from tests.sandbox.running import RunningSandbox

pytestmark = pytest.mark.django_db
ADD = "admin:auth_flows_provider_add"
LIST = "admin:auth_flows_provider_changelist"
FORM: dict[str, object] = {
    "name": "Partner",
    "slug": "partner",
    "kind": "oidc",
    "issuer": "https://id.partner.example",
    "client_id": "ciam",
    "new_secret": "very secret",
    "settings": "{}",
    "domains": "partner.example",
    "is_active": "on",
    "position": "100",
}


def change(row: Provider) -> str:
    return reverse("admin:auth_flows_provider_change", args=[row.pk])


def test_a_secret_goes_in_and_never_out(shop: Kaffeehaus) -> None:
    desk = olga()

    desk.posts(reverse(ADD), **FORM)

    row = Provider.objects.get()
    assert (row.client_secret, row.domains) == ("very secret", ["partner.example"])
    page = desk.reads(change(row))
    assert "very secret" not in page
    assert "/sign-in/upstream/partner/callback" in page
    desk.posts(change(row), **{**FORM, "new_secret": "", "name": "Partner AG"})
    assert (Provider.objects.get().name, Provider.objects.get().client_secret) == (
        "Partner AG",
        "very secret",
    )


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"issuer": "http://id.partner.example"}, "https address"),
        ({"issuer": ""}, "needs the address of its issuer"),
        ({"issuer": "https://id.partner.example/.well-known/openid-configuration"}, "Only the issuer"),
        ({"domains": "gmail.com"}, "Anybody can have an address"),
        ({"domains": "no domain"}, "is no domain"),
        ({"settings": '{"colour": "red"}'}, "no setting “colour”"),
        ({"settings": "[]"}, "JSON object"),
        ({"kind": "facebook", "links_verified_email": "on"}, "does not say which addresses"),
        ({"kind": "github", "settings": '{"api_url": "http://x"}'}, "https address"),
        ({"kind": "apple", "issuer": ""}, "no .p8 key"),
    ],
)
def test_what_is_unsafe_is_refused(shop: Kaffeehaus, changed: dict[str, object], said: str) -> None:
    answer = olga().posts(reverse(ADD), **{**FORM, **changed})

    assert said in answer.content.decode()
    assert not Provider.objects.exists()


def test_a_secret_stays_with_its_address_and_people_with_their_issuer(
    shop: Kaffeehaus, sandbox: RunningSandbox
) -> None:
    desk = olga()
    desk.posts(reverse(ADD), **FORM)
    row = Provider.objects.get()
    moved = {**FORM, "issuer": "https://evil.example", "new_secret": ""}

    assert "enter the secret again" in desk.posts(change(row), **moved).content.decode()
    there = provider(sandbox)
    linked(customer(brand=shop.brand), there)
    moved = {**FORM, "slug": "oidc", "domains": "", "issuer": "https://evil.example"}
    assert "People are linked by it" in desk.posts(change(there.row), **moved).content.decode()
    assert not Provider.objects.filter(issuer="https://evil.example").exists()


def test_trying_it_asks_the_provider(shop: Kaffeehaus, sandbox: RunningSandbox) -> None:
    there, desk = provider(sandbox), olga()
    press = {"action": "try_it", "_selected_action": str(there.row.pk)}

    desk.posts(reverse(LIST), **press)
    assert "Oidc answers as it should." in desk.said
    Provider.objects.update(issuer="https://192.168.1.1")
    desk.posts(reverse(LIST), **press)

    assert "Oidc does not work: Forbidden" in desk.said
    assert SECRET not in desk.reads(reverse(LIST))
