"""What is kept of somebody about the targets that knew them."""

from accounts.privacy import Holder

holder = Holder(
    "provisioning",
    # The event of the erasure makes each of them wait for delivery, and `desired` answers Erase.
    "Links: the receipt of each target, and what keeps a late worker from making somebody anew.",
)
