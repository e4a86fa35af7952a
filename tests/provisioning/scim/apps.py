"""Apps at the SCIM door: a service and a customer's app, each with its website."""

from dataclasses import dataclass, field

from django.test import Client as Browser

from accounts.access import SCIM, SCIM_ME
from accounts.models import Account, Brand
from auth_flows.models import BrowserSession
from provisioning.models import Scope
from tests.auth_flows.oidc.apps import SCOPES, App, confidential, json_of, service, signed_in
from tests.people import Kaffeehaus, customer
from tests.provisioning.scim.door import Site, site

KEY = "the-key-of-adas-browser"
FOR_HERSELF = (*SCOPES, SCIM_ME)
Headers = dict[str, str]


def own_token(app: App, **said: str) -> str:
    """A service's, from the token endpoint."""
    told = app.post("/oauth/token", {"grant_type": "client_credentials", **said})
    return str(json_of(told)["access_token"])


def linked(app: App, brand: Brand, name: str, scopes: list[Scope] | None = None) -> Site:
    """The app's website, which comes with the app's token wherever it can have one."""
    place = site(brand, name)
    place.website.client_id = app.client.client_id
    place.website.client_scopes = list(Scope) if scopes is None else scopes
    place.website.save()
    place.token = "" if app.client.signs_people_in else own_token(app)
    return place


@dataclass
class Scene:
    """The Kaffeehaus has a service and an app, each with its website; Ada is signed in at the app."""

    brand: Brand
    service: App
    app: App
    ada: Account
    session: BrowserSession
    stock: Site
    club: Site
    browser: Browser = field(default_factory=Browser)

    def adas(self, kind: str = "access_token", **said: str) -> str:
        return str(self.app.tokens(self.session, **said)[kind])

    def stranger(self, brand: Brand | None = None) -> App:
        """A service with the scope, of which no website is known."""
        return service(brand or self.brand, [SCIM])


def scene_of(shop: Kaffeehaus) -> Scene:
    stock, club = service(shop.brand, [SCIM]), confidential(shop.brand, scopes=FOR_HERSELF)
    ada = customer("ada@example.com", brand=shop.brand, password=None)
    session = signed_in(ada, shop.brand, key=KEY)
    stocks, clubs = linked(stock, shop.brand, "stock"), linked(club, shop.brand, "club")
    return Scene(shop.brand, stock, club, ada, session, stocks, clubs)


def bearer(token: str) -> Headers:
    return {"Authorization": f"Bearer {token}"}
