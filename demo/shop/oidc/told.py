"""What the CIAM tells a shop about somebody who signed in."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from demo.shop.shapes import ShapeError, number, optional, text, texts


@dataclass(frozen=True)
class Told:
    """The claims of the ID token that the shop uses (OpenID Connect Core, section 2); empty where untold."""

    sub: str
    acr: str
    amr: tuple[str, ...]
    auth_time: datetime | None
    sid: str
    email: str
    name: str

    @property
    def called(self) -> str:
        return self.name or self.email or "customer"


def told_by(claims: Mapping[str, object]) -> Told:
    """Raises ShapeError."""
    return Told(
        sub=text(claims, "sub"),
        acr=optional(claims, "acr"),
        amr=texts(claims, "amr") if "amr" in claims else (),
        auth_time=_time(claims) if "auth_time" in claims else None,
        sid=optional(claims, "sid"),
        email=optional(claims, "email"),
        name=optional(claims, "given_name") or optional(claims, "name"),
    )


def _time(claims: Mapping[str, object]) -> datetime:
    try:
        return datetime.fromtimestamp(number(claims, "auth_time"), UTC)
    except (OverflowError, ValueError, OSError) as exc:
        raise ShapeError("'auth_time' is no time") from exc
