"""How a brand's customers sign in, read for a page or a decision.

A brand without a policy of its own has the values that stand in the model.
"""

import uuid

from accounts.models import Brand
from auth_flows.models import SignInPolicy
from ciam.lib.kept import Kept

_known: Kept[uuid.UUID, SignInPolicy] = Kept(seconds=3, most=1_000)


def policy_of(brand: Brand | None) -> SignInPolicy:
    """As it was seconds ago at most. Requests share it: don't change it. Without a brand, what is usual."""
    if brand is None:
        return SignInPolicy()
    return _known.get(brand.pk, lambda: _read(brand)) or SignInPolicy()


def _read(brand: Brand) -> SignInPolicy:
    return SignInPolicy.objects.filter(brand=brand).first() or SignInPolicy(brand=brand)


def forget_cached() -> None:
    """Whoever changes a policy calls this, so that this process shows it at once."""
    _known.forget()
