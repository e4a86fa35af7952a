"""What the shop may ask customers to agree to, in the exact words that the CIAM keeps."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

import httpx

from demo.shop.asking import CiamOdd, ask, in_json
from demo.shop.facts import Scim
from demo.shop.shapes import ShapeError, number, parts, text

LOCALE = "en"
NEWSLETTER, ANALYTICS = "newsletter", "analytics"
ASKED = (NEWSLETTER, ANALYTICS)


@dataclass(frozen=True)
class Purpose:
    key: str
    version: int
    locale: str
    title: str
    text: str
    text_hash: str


def purposes(http: httpx.Client, base_url: str, scim: Scim) -> tuple[Purpose, ...]:
    """What ASKED names, in this order, of the brand whose token it is. Raises CiamAway, CiamOdd."""
    answer = ask(
        http,
        "GET",
        f"{base_url}/api/v1/purposes",
        params={"locale": LOCALE},
        headers={"Authorization": f"Bearer {scim.token}"},
    )
    try:
        told = {text(one, "key"): one for one in parts(in_json(answer), "purposes")}
        return tuple(_purpose(told[key]) for key in ASKED)
    except (KeyError, ShapeError) as exc:
        raise CiamOdd(f"The CIAM's purposes are not as agreed: {exc}.") from exc


def _purpose(told: Mapping[str, object]) -> Purpose:
    purpose = Purpose(
        key=text(told, "key"),
        version=number(told, "version"),
        locale=text(told, "locale"),
        title=text(told, "title"),
        text=text(told, "text"),
        text_hash=text(told, "text_hash"),
    )
    # The hash is the proof of what was shown: words that don't match it prove nothing.
    if hashlib.sha256(purpose.text.encode()).hexdigest() != purpose.text_hash:
        raise CiamOdd(f"The text and the hash of {purpose.key} don't belong together.")
    return purpose
