from auth_flows.models import Client
from auth_flows.oidc.parameters import Parameters
from auth_flows.oidc.refusals import Refused

KNOWN = frozenset({"none", "login", "consent", "select_account", "create"})


def check(said: Parameters, client: Client) -> None:
    """OpenID Connect Core, 3.1.2.1, and Prompt Create 1.0: known values, and `none` by itself."""
    asked = set(said.words("prompt"))
    if not asked <= KNOWN:
        raise Refused("invalid_request", "The prompt has a value that is not known.")
    if "none" in asked and len(asked) > 1:
        raise Refused("invalid_request", "The prompt none stands by itself.")
