from auth_flows.models import Client
from auth_flows.oidc.parameters import Parameters
from auth_flows.oidc.refusals import Refused


def check(said: Parameters, client: Client) -> None:
    """RFC 6749, 3.1: no parameter more than once, wherever it stands."""
    if said.repeated:
        raise Refused("invalid_request", "A parameter was sent more than once.")
