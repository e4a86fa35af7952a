"""A customer's record at the CIAM as this website sees it: its lens, read and changed by SCIM."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, auto

import httpx

from demo.shop.asking import CiamOdd, in_json
from demo.shop.facts import Scim
from demo.shop.scim import CUSTOMER, call, patch
from demo.shop.shapes import ShapeError, part, texts

# RFC 9110, section 8.8.3; what a form sends back becomes a header.
ENTITY_TAG = re.compile(r'(W/)?"[\x21\x23-\x7e]{0,200}"')
NO_VERSION = '""'


@dataclass(frozen=True)
class Record:
    """`version` is the entity tag: a change that names it is made to this very state or not at all."""

    told: Mapping[str, object]
    version: str

    @property
    def interests(self) -> tuple[str, ...]:
        """Raises CiamOdd."""
        try:
            customer = part(self.told, CUSTOMER) if CUSTOMER in self.told else {}
            return texts(customer, "interests") if "interests" in customer else ()
        except ShapeError as exc:
            raise CiamOdd(f"The CIAM's user is not as agreed: {exc}.") from exc


class Saved(Enum):
    AT_ONCE = auto()
    AFTER_READING_AGAIN = auto()
    """Somebody else had changed the record since it was shown."""
    NOT = auto()
    """It changed once more in the meantime."""
    GONE = auto()


# Told to whoever asks for it by name (RFC 7643, section 7, “request”).
BY_NAME = ",".join(f"{CUSTOMER}:{name}" for name in ("kind", "answers", "known"))


def read(http: httpx.Client, scim: Scim, key: str) -> Record | None:
    """None where the brand has no such customer any more. Raises CiamAway, CiamOdd."""
    answer = call(http, scim, "GET", f"/Users/{key}")
    if answer.status_code == 404:
        return None
    told = in_json(answer)
    more = in_json(call(http, scim, "GET", f"/Users/{key}?attributes={BY_NAME}"))
    extension = {**_extension(told), **_extension(more)}
    return Record({**told, CUSTOMER: extension}, answer.headers.get("ETag", ""))


def _extension(told: Mapping[str, object]) -> Mapping[str, object]:
    found = told.get(CUSTOMER)
    return found if isinstance(found, dict) else {}


def save_interests(http: httpx.Client, scim: Scim, key: str, interests: Sequence[str], shown: str) -> Saved:
    """Replace the interests of the record whose version `shown` the customer looked at.

    Where it has changed since, it is read again, once. Raises CiamAway, CiamOdd.
    """
    version = shown if ENTITY_TAG.fullmatch(shown) else NO_VERSION
    status = _replace(http, scim, key, interests, version)
    if status != 412:
        return _saved(status, Saved.AT_ONCE)
    record = read(http, scim, key)
    if record is None:
        return Saved.GONE
    return _saved(_replace(http, scim, key, interests, record.version), Saved.AFTER_READING_AGAIN)


def _replace(http: httpx.Client, scim: Scim, key: str, interests: Sequence[str], version: str) -> int:
    path = f"{CUSTOMER}:interests"
    answer = patch(http, scim, key, op="replace", path=path, value=list(interests), if_match=version)
    return answer.status_code


def _saved(status: int, when: Saved) -> Saved:
    match status:
        case 200 | 204:
            return when
        case 404:
            return Saved.GONE
        case 412:
            return Saved.NOT
        case _:
            raise CiamOdd(f"SCIM answered {status} to new interests.")
