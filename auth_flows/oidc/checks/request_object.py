from auth_flows.models import Client
from auth_flows.oidc.parameters import Parameters
from auth_flows.oidc.refusals import Refused

NOT_SUPPORTED = {
    "request": "request_not_supported",
    "request_uri": "request_uri_not_supported",
    "registration": "registration_not_supported",
}


def check(said: Parameters, client: Client) -> None:
    """OpenID Connect Core, 3.1.2.6: said so, never ignored; and nothing is fetched from anywhere."""
    for name, error in NOT_SUPPORTED.items():
        if said.get(name):
            raise Refused(error, f"The parameter {name} is not supported.")
