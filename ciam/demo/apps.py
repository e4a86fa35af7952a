"""The demo's apps: one of each sort that the protocol knows."""

from dataclasses import dataclass

from django.conf import settings

from accounts.access import SCIM
from accounts.models import Brand
from auth_flows.models import Client
from auth_flows.models.client import ApplicationType
from auth_flows.oidc.clients import create_client, renew_secret
from provisioning.models import Scope, Website

CUSTOMER_SCOPES = ("openid", "profile", "email", "offline_access")


@dataclass(frozen=True)
class App:
    """A row of the demo's list of apps."""

    key: str
    name: str
    redirect_uris: tuple[str, ...] = ()
    post_logout_redirect_uris: tuple[str, ...] = ()
    scopes: tuple[str, ...] = CUSTOMER_SCOPES
    public: bool = False
    native: bool = False
    for_itself: bool = False
    least_level: int = 1
    require_pkce: bool = True
    algorithm: str = "ES256"
    website: str = ""
    """As which its tokens come to the SCIM door."""


def apps() -> list[App]:
    shop = settings.SHOP_URL
    return [
        App("shop", "Kaffeehaus shop", (f"{shop}/callback",), (f"{shop}/signed-out",)),
        App("spa", "Kaffeehaus club", (f"{shop}/spa/callback",), (f"{shop}/spa/",), public=True),
        App("native", "Kaffeehaus app", ("http://127.0.0.1/callback",), public=True, native=True),
        App(
            "service",
            "Kaffeehaus stock",
            scopes=("stock", SCIM),
            for_itself=True,
            website="Kaffeehaus shop",
        ),
        App("sensitive", "Kaffeehaus bank", (f"{shop}/bank/callback",), (f"{shop}/bank/",), least_level=2),
        App(
            "legacy",
            "Kaffeehaus forum",
            (f"{shop}/legacy/callback",),
            (f"{shop}/legacy/",),
            require_pkce=False,
            algorithm="",
        ),
    ]


def app(said: App, home: Brand, known: dict[str, object]) -> dict[str, object]:
    """The client of this app; `known` is what demo.json has of it. Returns what a script needs."""
    client = Client.objects.filter(brand=home, name=said.name).first()
    secret = str(known.get("client_secret", ""))
    if client is None:
        client, secret = _made(said, home)
    else:
        if client.client_id != known.get("client_id") and not said.public:
            secret = renew_secret(client)
        client.redirect_uris = " ".join(said.redirect_uris)
        client.post_logout_redirect_uris = " ".join(said.post_logout_redirect_uris)
        client.scopes = list(said.scopes)
        client.save(update_fields=["redirect_uris", "post_logout_redirect_uris", "scopes"])
    if said.website:
        acts_as = Website.objects.filter(brand=home, name=said.website)
        acts_as.update(client_id=client.client_id, client_scopes=list(Scope))
    return {
        "client_id": client.client_id,
        **({} if said.public else {"client_secret": secret}),
        "redirect_uris": list(said.redirect_uris),
        "post_logout_redirect_uris": list(said.post_logout_redirect_uris),
        "scopes": list(said.scopes),
    }


def _made(said: App, home: Brand) -> tuple[Client, str]:
    grant = Client.GRANT_CLIENT_CREDENTIALS if said.for_itself else Client.GRANT_AUTHORIZATION_CODE
    return create_client(
        home,
        said.name,
        redirect_uris=said.redirect_uris,
        post_logout_redirect_uris=said.post_logout_redirect_uris,
        scopes=said.scopes,
        public=said.public,
        application_type=ApplicationType.NATIVE if said.native else ApplicationType.WEB,
        grant_type=grant,
        algorithm=said.algorithm,
        first_party=True,
        least_level=said.least_level,
        require_pkce=said.require_pkce,
    )
