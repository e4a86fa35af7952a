"""Who somebody is."""

from accounts.models.account import LEAVING, Account, Kind, Realm, Status
from accounts.models.brand import Brand, Membership, MembershipStatus
from accounts.models.change import AddressChange, PutOff
from accounts.models.event import Event
from accounts.models.guardian import GuardianConsent
from accounts.models.identifier import Identifier, IdentifierKind
from accounts.models.profile import ProfileValue, Source
from accounts.models.segment import Segment, SegmentMember

__all__ = [
    "LEAVING",
    "Account",
    "AddressChange",
    "Brand",
    "Event",
    "GuardianConsent",
    "Identifier",
    "IdentifierKind",
    "Kind",
    "Membership",
    "MembershipStatus",
    "ProfileValue",
    "PutOff",
    "Realm",
    "Segment",
    "SegmentMember",
    "Source",
    "Status",
]
