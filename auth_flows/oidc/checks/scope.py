from auth_flows.models import Client
from auth_flows.oidc.parameters import Parameters
from auth_flows.oidc.refusals import Refused
from auth_flows.oidc.scopes import OF_SERVICES


def check(said: Parameters, client: Client) -> None:
    """RFC 6749, 3.3: only what the app is registered with, and never a default that nobody asked for."""
    asked = said.words("scope")
    if not asked:
        raise Refused("invalid_scope", "The scope is missing.")
    if not set(asked) <= set(client.scopes):
        raise Refused("invalid_scope", "The scope has a part that this app is not registered with.")
    if not set(asked).isdisjoint(OF_SERVICES):
        raise Refused("invalid_scope", "The scope has a part for apps that act for themselves.")
