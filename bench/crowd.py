"""The people of a measurement: account number `i` is the same person for SQL, for HTTP, and at every size."""

import hashlib
import uuid
from dataclasses import dataclass, field

BEGAN = 1_735_689_600  # of account number 0, in seconds since 1970: new year 2025
APART = 10  # seconds from one account to the next
FEW, MANY = 100, 100_000  # members of the two groups

# Called in SQL as pg_temp.email(i) and the like. Keys are UUIDv7 whose order is that of `i`.
IN_SQL = {
    "moment(i bigint) RETURNS timestamptz": f"to_timestamp({BEGAN} + i * {APART})",
    "key(i bigint, what text) RETURNS uuid": (
        f"(lpad(to_hex(({BEGAN} + i * {APART}) * 1000), 12, '0') || '7' || substr(md5(what || i), 1, 3)"
        " || '8' || substr(md5(what || i), 4, 15))::uuid"
    ),
    "member(i bigint) RETURNS uuid": "md5('member' || i)::uuid",
    "email(i bigint) RETURNS text": "'customer' || i || '@bench.example'",
    "external_id(i bigint) RETURNS text": "'crm-' || i",
    "given_name(i bigint) RETURNS text": "(ARRAY['Ada', 'Bob', 'Carla', 'Dan', 'Eva', 'Gül'])[1 + i % 6]",
    "family_name(i bigint) RETURNS text": "'Number ' || i / 10",
}


def email(i: int) -> str:
    return f"customer{i}@bench.example"


def external_id(i: int) -> str:
    return f"crm-{i}"


def member(i: int) -> str:
    """The SCIM id at ours: random, as a membership's id is."""
    return str(uuid.UUID(hashlib.md5(f"member{i}".encode(), usedforsecurity=False).hexdigest()))


def group(members: int) -> str:
    """The SCIM id of the group with so many members."""
    return str(uuid.UUID(int=members))


@dataclass(frozen=True)
class Crowd:
    """Who is there, and what a creation says of consent (nothing at the stock server, which keeps none)."""

    size: int
    proof: dict[str, object] = field(default_factory=dict)

    @property
    def strangers(self) -> "Crowd":
        """The same people at the stock server."""
        return Crowd(self.size)

    @property
    def groups(self) -> tuple[int, int]:
        return FEW, min(MANY, self.size)
