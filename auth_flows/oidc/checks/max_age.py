import re

from auth_flows.models import Client
from auth_flows.oidc.parameters import Parameters
from auth_flows.oidc.refusals import Refused

SECONDS = re.compile(r"[0-9]{1,9}")


def check(said: Parameters, client: Client) -> None:
    """OpenID Connect Core, 3.1.2.1: whole seconds."""
    asked = said.get("max_age")
    if asked and not SECONDS.fullmatch(asked):
        raise Refused("invalid_request", "The max_age must be a number of seconds.")
