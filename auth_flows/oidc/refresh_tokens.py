"""Refresh tokens: each is exchanged once, and all that come of one sign-in are a family.

A client whose answer was lost sends the same token again. Within a few seconds it gets a sibling pair; once
a successor has been used, the answer had arrived, and a second use means that two hold the token: the whole
family ends (RFC 9700, 4.14.2). Tokens are kept as hashes, so the lost answer itself can't be given again.
"""

import datetime as dt
import logging
from typing import Any

from django.db import transaction

from auth_flows.models import BrowserSession, Client, RefreshToken
from auth_flows.oidc import lifetimes
from auth_flows.oidc.access_tokens import Source
from auth_flows.oidc.standing import revoke
from ciam.lib.crypto import new_token, token_hash

log = logging.getLogger(__name__)


def begin(
    client: Client,
    session: BrowserSession,
    proofs: list[Any],
    scope: str,
    source: Source,
    now: dt.datetime,
) -> str:
    """The first of a family. None of it outlives the sign-in."""
    return _written(
        application_id=client.pk,
        user_id=session.account_id,
        session_id=source.session_id,
        epoch=source.epoch,
        token_family=source.family,
        proofs=proofs,
        scope=scope,
        expires=min(now + lifetimes.REFRESH_TOKEN, session.ends_at),
    )


def find(text: str) -> RefreshToken | None:
    return RefreshToken.objects.filter(token_checksum=token_hash(text)).first()


def source_of(token: RefreshToken) -> Source:
    assert token.session_id is not None
    return Source(token.session_id, token.epoch, token.token_family)


def exchange(token: RefreshToken, now: dt.datetime) -> str | None:
    """Its successor, or a sibling of the successor; None where it was used before: the family is ended."""
    with transaction.atomic():
        if _taken(token, now) or _sent_again(token, now):
            return _successor(token)
    log.warning("a refresh token came twice: family %s is ended", token.token_family)
    end_family(token)
    return None


def _taken(token: RefreshToken, now: dt.datetime) -> bool:
    """The first use. It shows that the answer which brought this token has arrived.

    Locks go from a token to the one before it, never the other way.
    """
    if not RefreshToken.objects.filter(pk=token.pk, revoked=None).update(revoked=now):
        return False
    if token.follows:
        RefreshToken.objects.filter(pk=token.follows).update(followed_up=True)
    return True


def _sent_again(token: RefreshToken, now: dt.datetime) -> bool:
    """A retry in time. It writes the row that a successor's first use writes: one of the two comes first."""
    in_time = RefreshToken.objects.filter(pk=token.pk, revoked__gt=now - lifetimes.GRACE, followed_up=False)
    return bool(in_time.update(updated=now))


def _successor(token: RefreshToken) -> str:
    return _written(
        application_id=token.application_id,
        user_id=token.user_id,
        session_id=token.session_id,
        epoch=token.epoch,
        token_family=token.token_family,
        proofs=token.proofs,
        scope=token.scope,
        expires=token.expires,
        follows=token.pk,
    )


def _written(**fields: Any) -> str:
    text = new_token()
    RefreshToken.objects.create(token="", token_checksum=token_hash(text), **fields)
    return text


def end_family(token: RefreshToken) -> None:
    """All tokens of its sign-in at this app, access tokens included."""
    revoke(token.token_family, until=token.expires + lifetimes.ACCESS_TOKEN)
