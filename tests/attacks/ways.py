"""What a website has no say in, and the ways by which one thing can be said at the SCIM door."""

from collections.abc import Callable
from typing import Any

from accounts.attributes import CUSTOMER_EXTENSION
from accounts.models import Account, Identifier, Membership, Segment
from auth_flows.models import Authenticator
from tests.provisioning.scim.door import PATCH, Answer, Site, user
from tests.provisioning.scim.group_door import GROUP

BULK = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"
ADA, MALLORY = "ada@example.com", "mallory@example.com"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
STRANGE_ID = "11111111-1111-4111-8111-111111111111"

Way = Callable[[Site, str, str, Any], Answer]


def bulk(place: Site, *operations: dict[str, Any]) -> Answer:
    return place.call("POST", "/Bulk", {"schemas": [BULK], "Operations": list(operations)})


def nested(path: str, value: Any) -> dict[str, Any]:
    """A tree with the value at a path that may begin with a schema."""
    schema, _colon, names = path.rpartition(":")
    keys = ([schema] if schema else []) + names.split(".")
    for key in reversed(keys):
        value = {key: value}
    return dict(value)


def by_put(place: Site, key: str, path: str, value: Any) -> Answer:
    return place.call("PUT", f"/Users/{key}", user(ADA) | nested(path, value))


def by_path(place: Site, key: str, path: str, value: Any) -> Answer:
    return place.patch(key, {"op": "replace", "path": path, "value": value})


def by_addition(place: Site, key: str, path: str, value: Any) -> Answer:
    return place.patch(key, {"op": "Add", "value": nested(path, value)})


def by_dotted_name(place: Site, key: str, path: str, value: Any) -> Answer:
    """As Entra ID writes it: the path as a name in a value without a path."""
    return place.patch(key, {"op": "Replace", "value": {path: value}})


def by_capitals(place: Site, key: str, path: str, value: Any) -> Answer:
    return place.patch(key, {"op": "replace", "path": path.upper(), "value": value})


def by_bulk(place: Site, key: str, path: str, value: Any) -> Answer:
    steps = {"schemas": [PATCH], "Operations": [{"op": "replace", "path": path, "value": value}]}
    return bulk(place, {"method": "PATCH", "path": f"/Users/{key}", "data": steps})


def by_post(place: Site, key: str, path: str, value: Any) -> Answer:
    """Of somebody new."""
    return place.post(user("bob@example.com") | nested(path, value))


WAYS: list[Way] = [by_put, by_path, by_addition, by_dotted_name, by_capitals, by_bulk, by_post]

# A name that the model really has, one that the standard has, and one that somebody may guess.
GREED: list[tuple[str, Any]] = [
    ("is_superuser", True),
    ("is_staff", True),
    ("isStaff", True),
    ("realm", "operator"),
    ("status", "active"),
    ("session_epoch", 0),
    ("verified_at", "2026-01-01T00:00:00Z"),
    ("registered_at", "2026-01-01T00:00:00Z"),
    ("brand", STRANGE_ID),
    ("brand_id", STRANGE_ID),
    ("tenant", "teahouse"),
    ("account", STRANGE_ID),
    ("password", "mallorys password"),
    ("password_hash", "argon2$x"),
    ("roles", [{"value": "admin"}]),
    ("entitlements", [{"value": "admin"}]),
    ("userType", "operator"),
    ("x509Certificates", [{"value": "MIIB"}]),
    ("groups", [{"value": STRANGE_ID, "display": "admins"}]),
    ("id", STRANGE_ID),
    ("meta", {"resourceType": "Group", "version": 'W/"1"', "created": "2020-01-01T00:00:00Z"}),
    ("meta.created", "2020-01-01T00:00:00Z"),
    ("schemas", [GROUP]),
    (f"{CUSTOMER_EXTENSION}:kind", "full"),
    (f"{CUSTOMER_EXTENSION}:answers", [{"purpose": "newsletter", "decision": "given"}]),
    (f"{CUSTOMER_EXTENSION}:known", [{"attribute": "name.givenName", "value": "Mallory"}]),
    (f"{CUSTOMER_EXTENSION}:is_staff", True),
    (f"{CUSTOMER_EXTENSION}:emails", [{"value": MALLORY}]),
    (f"{ENTERPRISE}:organization", "admins"),
    (f"{ENTERPRISE}:manager.value", STRANGE_ID),
    ("urn:ciam:params:scim:schemas:extension:customer:2.0:Operator:is_staff", True),
    ("__class__", "Account"),
    ("__proto__", {"is_staff": True}),
    ("emails.verified", True),
    ('emails[type eq "work"].verified_at', "2026-01-01T00:00:00Z"),
]


def of_weight(account: Account) -> dict[str, Any]:
    """What no website may decide."""
    row = Account.objects.filter(pk=account.pk).values("realm", "kind", "status", "is_staff", "is_superuser")
    members = Membership.objects.filter(account=account).values(
        "id", "brand", "registered_at", "status", "how"
    )
    own = Identifier.objects.filter(account=account, scope="").values(
        "kind", "normal", "verified_at", "realm"
    )
    proofs = Authenticator.objects.filter(account=account).count()
    groups = Segment.objects.filter(members__membership__account=account).count()
    epoch = Account.objects.get(pk=account.pk).session_epoch
    return {"account": row[0], "members": [*members], "own": [*own], "rest": (proofs, groups, epoch)}
