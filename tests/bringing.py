"""Somebody with an account elsewhere: providers of the sandbox, and the way there and back."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import httpx
import pytest
from bs4 import BeautifulSoup
from joserfc.jwk import ECKey
from pytest_django import Settings

from accounts.models import Account
from auth_flows.byoid import kind_of
from auth_flows.byoid.offers import forget_cached
from auth_flows.models import LinkedIdentity, Provider
from tests.sandbox.running import RunningSandbox
from tests.walking import Walker

SECRET = "a secret of the provider's"
ADA_THERE: dict[str, Any] = {
    "sub": "ada-1",
    "name": "Ada Example",
    "given_name": "Ada",
    "family_name": "Example",
    "email": "ada@example.com",
    "email_verified": True,
}


@pytest.fixture(scope="session")
def idps() -> Iterator[RunningSandbox]:
    with RunningSandbox() as running:
        yield running


@pytest.fixture
def sandbox(idps: RunningSandbox, settings: Settings) -> RunningSandbox:
    idps.forget_faults()
    settings.OUTBOUND_ALLOWED = [f"localhost:{idps.port}"]
    return idps


@dataclass
class Elsewhere:
    """A provider of the sandbox, as we know it and as it is."""

    sandbox: RunningSandbox
    name: str
    row: Provider
    people: dict[str, dict[str, Any]] = field(default_factory=dict)

    def says(self, **settings: Any) -> "Elsewhere":
        answer = self.sandbox.client.put(f"/idp/{self.name}/settings", json=settings)
        assert answer.status_code == 200, answer.text
        return self

    def knows(self, key: str = "ada", **claims: Any) -> "Elsewhere":
        """Somebody with these claims; None takes one away."""
        said = {name: value for name, value in {**ADA_THERE, **claims}.items() if value is not None}
        self.people[key] = said
        return self.says(people=self.people)

    def rotates(self) -> None:
        self.sandbox.client.post(f"/idp/{self.name}/rotate").raise_for_status()

    @property
    def issuer(self) -> str:
        return kind_of(self.row).issuer(self.row)

    @property
    def callback(self) -> str:
        return f"/sign-in/upstream/{self.row.slug}/callback"


def provider(sandbox: RunningSandbox, kind: str = "oidc", name: str = "", **fields: Any) -> Elsewhere:
    """Offered to everybody; its sandbox is reset to this kind's quirks, and knows Ada."""
    name = name or kind
    issuer = f"{sandbox.url}/idp/{name}"
    settings: dict[str, Any] = fields.pop("settings", {})
    secret = SECRET
    flavour: dict[str, Any] = {"wants_pkce": kind not in {"linkedin", "facebook"}, "apple_key": None}
    match kind:
        case "microsoft":
            issuer += "/common/v2.0"
        case "github":
            settings = {"api_url": f"{issuer}/api", **settings}
        case "facebook":
            settings = {"graph_url": f"{issuer}/graph", **settings}
        case "apple":
            key = ECKey.generate_key("P-256")
            secret = key.as_pem(private=True).decode()
            settings = {"team_id": "TEAM", "key_id": "KEY", **settings}
            public = {"team_id": "TEAM", "key_id": "KEY", "jwk": key.as_dict(private=False)}
            flavour["apple_key"] = public
        case _:
            pass
    row = Provider.objects.create(
        **{
            "slug": name,
            "kind": kind,
            "name": name.title(),
            "issuer": issuer,
            "client_id": "ciam",
            "client_secret": secret,
            "settings": settings,
            **fields,
        }
    )
    forget_cached()
    found = Elsewhere(sandbox, name, row)
    found.says(
        flavour=kind,
        clients={"ciam": SECRET},
        token={},
        drops=[],
        header={},
        signs="well",
        issuer=None,
        error=None,
        algorithm="RS256",
        sends_iss=kind not in {"github", "facebook", "linkedin"},
        **flavour,
    )
    return found.knows()


def linked(account: Account, elsewhere: Elsewhere, subject: str = "ada-1", **fields: Any) -> LinkedIdentity:
    return LinkedIdentity.objects.create(
        account=account,
        provider=elsewhere.row,
        issuer=fields.pop("issuer", elsewhere.issuer),
        subject=subject,
        **fields,
    )


def leaves(walker: Walker, label: str) -> str:
    """Follow a link by its words; returns where at the provider that leads."""
    link = next((one for one in walker.soup.find_all("a") if label in one.get_text(" ", strip=True)), None)
    assert link, f"no link “{label}” on {walker.heading!r}"
    walker.open(str(link["href"]))
    return walker.url


def answered(address: str, person: str = "ada") -> httpx.Response:
    """What the provider answers when this person signs in there."""
    query = parse_qsl(urlsplit(address).query, keep_blank_values=True)
    base = address.partition("?")[0]
    return httpx.get(f"{base}?{urlencode([*query, ('person', person)])}", timeout=10)


def back_address(address: str, person: str = "ada") -> str:
    answer = answered(address, person)
    assert answer.status_code == 302, answer.text
    return path_of(answer.headers["Location"])


def path_of(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.path}?{parts.query}"


def comes_by(walker: Walker, label: str, person: str = "ada") -> Walker:
    """There and back."""
    address = leaves(walker, label)
    answer = answered(address, person)
    if answer.status_code == 302:
        return walker.open(path_of(answer.headers["Location"]))
    return by_form(walker, answer)


def by_form(walker: Walker, answer: httpx.Response) -> Walker:
    """Press the button of the provider's page: another site, so the browser sends none of our cookies."""
    form = BeautifulSoup(answer.text, "html.parser").find("form")
    assert form, answer.text
    said = {str(tag["name"]): str(tag["value"]) for tag in form.find_all("input")}
    posted = Walker().browser.post(urlsplit(str(form["action"])).path, said)
    assert posted.status_code == 303, posted.status_code
    return walker.open(posted["Location"])
