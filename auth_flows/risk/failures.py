"""How often proofs failed lately. Counters of their own: those that hold a door start again after a success,
and what has failed before it is what risk asks."""

from contextlib import suppress

from auth_flows.walk import Walk, account_key
from ciam.lib.networks import network_of
from ciam.lib.throttle import Limit, TooMany, counts, hit

# They close nothing.
ON_ACCOUNT = Limit("failed proofs of an account", most=1_000_000, seconds=3_600)
ON_ADDRESS = Limit("failed proofs from an address", most=1_000_000, seconds=86_400)


def note(walk: Walk) -> None:
    """A proof was tried and failed. Outside a transaction."""
    with suppress(TooMany):
        hit(ON_ACCOUNT, account_key(walk), walk.now)
        hit(ON_ADDRESS, network_of(walk.request), walk.now)


def recent(walk: Walk) -> tuple[int, int]:
    """On this account, from this address."""
    asked = [(ON_ACCOUNT, account_key(walk)), (ON_ADDRESS, network_of(walk.request))]
    on_account, on_address = counts(asked, walk.now)
    return on_account, on_address
