"""Two brands at a CIAM that is there, and people who leave their address at the websites of both."""

from dataclasses import dataclass
from typing import Any

import httpx

from accounts.attributes import ATTRIBUTES
from accounts.models import Brand
from consent.models import Purpose
from provisioning.models import Scope, Website
from provisioning.websites import issue_token
from tests.people import kaffeehaus, purpose
from tests.shop.signing_in import hidden

COFFEE, TEA = "", "/teehaus"
ANALYTICS_TEXT = "We may recognise your visits."
ADA = "ada@example.com"


@dataclass(frozen=True)
class Ciam:
    """`users` and the like speak SCIM as the website below that prefix would."""

    base_url: str
    tokens: dict[str, str]

    @property
    def scim(self) -> dict[str, str]:
        return {
            "base_url": f"{self.base_url}/scim/v2",
            "token": self.tokens[COFFEE],
            "other_brand_token": self.tokens[TEA],
        }

    def call(self, method: str, path: str, website: str = COFFEE, body: object = None) -> httpx.Response:
        headers = {
            "Authorization": f"Bearer {self.tokens[website]}",
            "Content-Type": "application/scim+json",
        }
        url = f"{self.base_url}/scim/v2{path}"
        answer = httpx.request(method, url, headers=headers, json=body, timeout=30)
        answer.raise_for_status()
        return answer

    def user(self, website: str = COFFEE, email: str = ADA) -> dict[str, Any]:
        """The one with this address."""
        asked = httpx.QueryParams({"filter": f'userName eq "{email}"'})
        [found] = self.call("GET", f"/Users?{asked}", website).json()["Resources"]
        user: dict[str, Any] = found
        return user

    def patch(self, key: str, path: str, value: object, website: str = COFFEE) -> None:
        body = {
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
            "Operations": [{"op": "replace", "path": path, "value": value}],
        }
        self.call("PATCH", f"/Users/{key}", website, body)


def two_brands(base_url: str) -> Ciam:
    coffee, tea = kaffeehaus().brand, kaffeehaus("teehaus", is_default=False).brand
    for brand in (coffee, tea):
        purpose(brand, "analytics", ANALYTICS_TEXT, releases=["visitor_id", "interests"])
    Purpose.objects.filter(key="analytics").update(allows_tracking=True)
    return Ciam(base_url, {COFFEE: _token(coffee), TEA: _token(tea)})


def _token(brand: Brand) -> str:
    row = Website.objects.create(brand=brand, name="shop", attributes=list(ATTRIBUTES))
    return issue_token(row, "test", list(Scope))


def leave_address(
    browser: httpx.Client,
    website: str = COFFEE,
    email: str = ADA,
    *,
    newsletter: bool = False,
    analytics: bool = False,
    likes: str = "",
) -> httpx.Response:
    """As the catalogue's form sends it."""
    page = browser.get(f"{website}/catalogue")
    ticks = {"newsletter": newsletter, "analytics": analytics}
    ticked = {key: "yes" for key, is_ticked in ticks.items() if is_ticked}
    entered = {"email": email, "interests": likes, **ticked}
    return browser.post(f"{website}/catalogue", data={**hidden(page), **entered})


def save_interests(
    browser: httpx.Client, likes: list[str], website: str = COFFEE, shown: httpx.Response | None = None
) -> httpx.Response:
    """As the second form sends them; `shown` is the page with the form, where it was opened before."""
    page = shown or browser.get(f"{website}/interests")
    return browser.post(f"{website}/interests", data={**hidden(page), "interests": likes})
