"""What the ledger keeps of somebody."""

from accounts.privacy import Holder

holder = Holder(
    "consent",
    # GDPR, articles 7 (1) and 17 (3) e.
    "Consent records: they prove what was agreed to, and hold no personal value.",
)
