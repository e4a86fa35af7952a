from auth_flows.models import Client
from auth_flows.oidc.parameters import Parameters
from auth_flows.oidc.refusals import Refused

SUPPORTED = ("query",)


def check(said: Parameters, client: Client) -> None:
    """OAuth 2.0 Multiple Response Type Encoding Practices, 2.1."""
    if said.get("response_mode") not in ("", *SUPPORTED):
        raise Refused("invalid_request", "The response_mode must be query.")
