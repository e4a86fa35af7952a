"""A passkey that was made and verified, before it is anybody's."""

import datetime as dt
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import asdict, dataclass, field
from typing import Self

from django.utils.translation import gettext as _

from accounts.models import Account
from auth_flows.models import Authenticator
from ciam.lib.crypto import keyed_hash

# From the FIDO Alliance's and the vendors' lists. Unattested: a name to show, never a reason to trust.
KEEPERS = {
    "ea9b8d66-4d01-1d21-3ce4-b6b48cb575d4": "Google Password Manager",
    "fbfc3007-154e-4ecc-8c0b-6e020557d7bd": "iCloud Keychain",
    "dd4ec289-e01d-41c9-bb89-70fa845d4bf2": "iCloud Keychain",
    "08987058-cadc-4b81-b6e1-30de50dcbe96": "Windows Hello",
    "9ddd1817-af5a-4672-a2b9-3e3dd95000a9": "Windows Hello",
    "6028b017-b1d4-4c02-b4b3-afcdafc96bb2": "Windows Hello",
    "adce0002-35bc-c60a-648b-0b25f1f05503": "Chrome on Mac",
    "53414d53-554e-4700-0000-000000000000": "Samsung Pass",
    "bada5566-a7aa-401f-bd96-45619a55120d": "1Password",
    "d548826e-79b4-db40-a3d8-11116f7e8349": "Bitwarden",
    "531126d6-e717-415c-9320-3d9aa6981239": "Dashlane",
    "fdb141b2-5d84-443e-8a35-4698c205a502": "KeePassXC",
}
CARRIED = {"usb", "nfc", "ble"}


def new_handle(subject: str) -> str:
    """A `user.id` that says nothing of anybody (WebAuthn, 14.6.1), and is the same each time it is asked."""
    digest = bytes.fromhex(keyed_hash("passkey handle", subject))
    return urlsafe_b64encode(digest).rstrip(b"=").decode()


@dataclass(frozen=True)
class Credential:
    """All of it is public (WebAuthn, 4, "credential record"). Bytes as base64url without padding."""

    id: str
    public_key: str
    sign_count: int
    handle: str
    """The `user.id` under which the authenticator keeps it; the same for all passkeys of an account."""
    aaguid: str
    synced: bool
    """Whether it may be copied to other devices ("backup eligible")."""
    transports: list[str] = field(default_factory=list)

    def as_json(self) -> dict[str, object]:
        return asdict(self)

    @classmethod
    def from_json(cls, stored: dict[str, object]) -> Self:
        return cls(**stored)  # type: ignore[arg-type]

    @property
    def name(self) -> str:
        """What to call it until its owner calls it something."""
        is_carried = bool(self.transports) and set(self.transports) <= CARRIED
        return KEEPERS.get(self.aaguid) or (_("Security key") if is_carried else _("Passkey"))

    def is_taken(self) -> bool:
        return Authenticator.objects.filter(kind=Authenticator.Kind.PASSKEY, credential_id=self.id).exists()

    def row_of(self, account: Account, now: dt.datetime) -> Authenticator:
        return Authenticator(
            account=account,
            kind=Authenticator.Kind.PASSKEY,
            label=self.name,
            credential_id=self.id,
            public_key=urlsafe_b64decode(self.public_key + "=="),
            sign_count=self.sign_count,
            details={
                "handle": self.handle,
                "aaguid": self.aaguid,
                "synced": self.synced,
                "transports": self.transports,
            },
            confirmed_at=now,
        )
