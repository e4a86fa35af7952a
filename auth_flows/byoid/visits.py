"""Somebody at a provider, who will come back: bound to a browser, to what it was for, and to one use."""

import datetime as dt
import json
import secrets
import uuid
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace

from auth_flows.byoid.kind import Asking
from auth_flows.models import Provider, UpstreamVisit
from ciam.lib.crypto import new_token, token_hash
from ciam.lib.throttle import Limit

LIFETIME = dt.timedelta(minutes=10)
PER_ADDRESS = Limit("visits to providers", most=60, seconds=900)
# What a provider may answer by a form; more of it is not kept.
LONGEST_ANSWER = 8_192
ANSWERED = ("code", "error", "iss", "user")


@dataclass(frozen=True)
class Back:
    """Who came back. Of `sign_in_id` and `account_id` one says what the visit was for."""

    sign_in_id: uuid.UUID | None
    account_id: uuid.UUID | None
    asking: Asking
    posted: Mapping[str, str]
    """What was answered by a form, before the browser came back with its cookies."""


def begin(
    provider: Provider,
    browser_hash: str,
    now: dt.datetime,
    *,
    sign_in_id: uuid.UUID | None = None,
    account_id: uuid.UUID | None = None,
    login_hint: str = "",
    fresh_after: dt.datetime | None = None,
) -> Asking:
    asking = Asking(
        state=new_token(),
        nonce=new_token(),
        verifier=secrets.token_urlsafe(48),
        login_hint=login_hint,
        fresh_after=fresh_after.timestamp() if fresh_after else None,
    )
    UpstreamVisit.objects.create(
        state_hash=token_hash(asking.state),
        browser_hash=browser_hash,
        provider=provider,
        sign_in_id=sign_in_id,
        account_id=account_id,
        secrets=json.dumps({"asking": asdict(replace(asking, state="", login_hint=""))}),
        expires_at=now + LIFETIME,
    )
    return asking


def keep_posted(provider: Provider, posted: Mapping[str, str], now: dt.datetime) -> bool:
    """A form from another site comes without our cookies (SameSite=Lax): what it says waits until the browser
    comes by itself. Whoever knows the state may say it, as with an answer in the address."""
    said = {name: posted[name] for name in ANSWERED if name in posted}
    if sum(map(len, said.values())) > LONGEST_ANSWER:
        return False
    rows = UpstreamVisit.objects.filter(
        state_hash=token_hash(posted.get("state", "")), provider=provider, used_at=None, expires_at__gt=now
    )
    row = rows.first()
    if row is None:
        return False
    kept = json.loads(row.secrets)
    return rows.update(secrets=json.dumps({**kept, "posted": said})) == 1


def come_back(provider: Provider, state: str, browser_hash: str, now: dt.datetime) -> Back | None:
    """The visit that this state began, in this browser, at this provider; once."""
    rows = UpstreamVisit.objects.filter(
        state_hash=token_hash(state),
        provider=provider,
        browser_hash=browser_hash,
        used_at=None,
        expires_at__gt=now,
    )
    row = rows.first()
    if row is None or rows.filter(pk=row.pk).update(used_at=now, secrets="{}") != 1:
        return None
    kept = json.loads(row.secrets)
    asking = replace(Asking(**kept["asking"]), state=state)
    return Back(row.sign_in_id, row.account_id, asking, kept.get("posted", {}))
