from auth_flows.models import Client
from auth_flows.oidc.parameters import Parameters
from auth_flows.oidc.refusals import Refused

SUPPORTED = ("code",)


def check(said: Parameters, client: Client) -> None:
    """RFC 6749, 3.1.1; RFC 9700, 2.1.2: a code, and no token in an address."""
    asked = said.get("response_type")
    if not asked:
        raise Refused("invalid_request", "The response_type is missing.")
    if asked not in SUPPORTED:
        raise Refused("unsupported_response_type", "The response_type must be code.")
    if not client.signs_people_in:
        raise Refused("unauthorized_client", "This app is not registered to sign people in.")
