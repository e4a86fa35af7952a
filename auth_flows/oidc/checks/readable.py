from urllib.parse import quote_plus

from auth_flows.models import Client
from auth_flows.oidc.parameters import Parameters, is_readable
from auth_flows.oidc.refusals import Refused

LONGEST = {"state": 4_096, "nonce": 255, "scope": 1_000}
"""Of what is kept or sent back, as it stands in an address. Hints that are too long are left out instead."""


def check(said: Parameters, client: Client) -> None:
    """Nothing that can't be kept or sent back as it was."""
    for name, longest in LONGEST.items():
        if not is_short(said.get(name), longest):
            raise Refused("invalid_request", f"The {name} is too long or has control characters.")


def is_short(value: str, longest: int) -> bool:
    return len(value) <= longest and is_readable(value) and len(quote_plus(value)) <= longest
