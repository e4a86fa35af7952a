"""Signed-in browsers: in the database alone, one query for session, account and epoch.

Nobody has a session before a sign-in is finished. The cookie holds a secret that is kept as a hash; it
changes at every rise of level. For how long a session lives stands in `auth_flows.session_ages`.
"""

import datetime as dt
from collections.abc import Sequence
from typing import Any, Literal

from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.auth.models import AnonymousUser
from django.contrib.sessions.backends.base import SessionBase
from django.contrib.sessions.middleware import SessionMiddleware as DjangoSessionMiddleware
from django.db import transaction
from django.db.models import F
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.functional import SimpleLazyObject

from accounts.access import NOBODY, Assurance
from accounts.events import Actor
from accounts.memberships import revoke_sessions
from accounts.models import Account, Brand, Status
from auth_flows.assurance import Proof, level, proven_at, standing
from auth_flows.models import BrowserSession, Device
from auth_flows.session_ages import idle, longest
from auth_flows.whereabouts import arrive, leave
from ciam.lib.crypto import new_token, token_hash

SEEN_EVERY = dt.timedelta(minutes=1)


class SessionStore(SessionBase):
    """Django's session, kept in a BrowserSession. Without a signed-in account nothing is kept."""

    row: BrowserSession | None = None

    def load(self) -> dict[str, Any]:
        self.row = self._find()
        if self.row is None:
            self._session_key = None
            return {}
        self._touch(self.row)
        return dict(self.row.data)

    def _find(self) -> BrowserSession | None:
        if not self.session_key:
            return None
        now = timezone.now()
        return (
            BrowserSession.objects.select_related("account", "brand")
            .filter(
                key_hash=token_hash(self.session_key),
                epoch=F("account__session_epoch"),
                account__status=Status.ACTIVE,
                idle_ends_at__gt=now,
                ends_at__gt=now,
            )
            .first()
        )

    def _touch(self, row: BrowserSession) -> None:
        """It was seen now, and lives on for as long as its brand lets it. That it had rested stays with its
        proofs; one that has meanwhile proven more, under another key, is left alone."""
        now = timezone.now()
        if now - row.seen_at <= SEEN_EVERY:
            return
        row.proofs = [proof.as_json() for proof in proofs_of(row, now)]
        row.seen_at, row.idle_ends_at = now, now + idle(row.account, row.brand)
        row.ends_at = min(row.ends_at, row.created_at + longest(row.account, row.brand))
        BrowserSession.objects.filter(pk=row.pk, key_hash=row.key_hash).update(
            proofs=row.proofs, seen_at=now, idle_ends_at=row.idle_ends_at, ends_at=row.ends_at
        )

    def found(self) -> BrowserSession | None:
        """The row behind the cookie, if it is alive."""
        self._get_session()  # type: ignore[attr-defined]
        return self.row

    def begin(
        self,
        account: Account,
        brand: Brand | None,
        proofs: Sequence[Proof],
        agent: str,
        *,
        device: Device | None = None,
        place: str = "",
    ) -> BrowserSession:
        """Sign this browser in. Its earlier session, if any, ends: the key is never taken over."""
        self.flush()
        now, key = timezone.now(), new_token()
        self.row = BrowserSession.objects.create(
            key_hash=token_hash(key),
            account=account,
            brand=brand,
            epoch=account.session_epoch,
            proofs=[proof.as_json() for proof in proofs],
            agent=agent[:200],
            device=device,
            place=place[:100],
            seen_at=now,
            idle_ends_at=now + idle(account, brand),
            ends_at=now + longest(account, brand),
        )
        self._session_key = key
        self._session_cache: dict[str, Any] = {}
        self.modified = True
        return self.row

    def raise_level(self, proofs: Sequence[Proof]) -> BrowserSession:
        """The same session with more proven, under a new key."""
        row, key = self.row, new_token()
        assert row is not None
        row.proofs = [proof.as_json() for proof in proofs]
        row.key_hash = token_hash(key)
        row.save(update_fields=["proofs", "key_hash"])
        self._session_key = key
        self.modified = True
        return row

    def save(self, must_create: bool = False) -> None:
        if self.found() is not None:
            assert self.row is not None
            BrowserSession.objects.filter(pk=self.row.pk).update(data=self._session_cache)

    def create(self) -> None:
        """Django makes sessions for strangers here; we keep none."""

    def exists(self, session_key: str | None = None) -> bool:
        return False

    def delete(self, session_key: str | None = None) -> None:
        key = session_key or self.session_key
        if key:
            BrowserSession.objects.filter(key_hash=token_hash(key)).delete()
        self.row = None

    def get_expiry_age(self, **kwargs: object) -> int:
        return int((self.row.ends_at - timezone.now()).total_seconds()) if self.row else 0

    def get_expire_at_browser_close(self) -> Literal[False]:
        return False

    @classmethod
    def clear_expired(cls) -> None:
        BrowserSession.objects.filter(ends_at__lt=timezone.now()).delete()


def live_sessions(account: Account) -> list[BrowserSession]:
    """Where an account is signed in now, the last seen first."""
    now = timezone.now()
    rows = BrowserSession.objects.filter(
        account=account, epoch=account.session_epoch, idle_ends_at__gt=now, ends_at__gt=now
    )
    return list(rows.order_by("-seen_at"))


def session_of(request: HttpRequest) -> BrowserSession | None:
    """The live session behind a request."""
    store = request.session
    assert isinstance(store, SessionStore)
    return store.found()


def proofs_of(session: BrowserSession | None, now: dt.datetime | None = None) -> tuple[Proof, ...]:
    """What a session has proven, as it counts now (`assurance.standing`)."""
    if session is None:
        return ()
    stored = [Proof.from_json(proof) for proof in session.proofs]
    return standing(stored, now or timezone.now(), session.seen_at)


def keep_only_this(request: HttpRequest, actor: Actor) -> BrowserSession:
    """Every other session of this account ends, with all tokens, codes and walks under way, those of this one
    included; this browser stays signed in, under a new key."""
    store, held = request.session, session_of(request)
    assert isinstance(store, SessionStore)
    assert held is not None
    with transaction.atomic():
        revoke_sessions(held.account, actor)
        account = Account.objects.get(pk=held.account_id)
        now, data = timezone.now(), dict(store.items())
        row = store.begin(
            account, held.brand, proofs_of(held, now), held.agent, device=held.device, place=held.place
        )
        # It is no younger for that.
        row.created_at, row.ends_at = held.created_at, held.ends_at
        row.save(update_fields=["created_at", "ends_at"])
    store.update(data)
    return row


class SessionMiddleware(DjangoSessionMiddleware):
    """Django's own, with our store (SESSION_ENGINE)."""


class AccountMiddleware(AuthenticationMiddleware):
    """`request.user` and `request.assurance`, both from the one query of the session, when first asked."""

    def process_request(self, request: HttpRequest) -> None:
        arrive(request)
        request.user = SimpleLazyObject(lambda: _account(request))  # type: ignore[assignment]
        request.assurance = SimpleLazyObject(lambda: _assurance(request))  # type: ignore[attr-defined]

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        leave()
        return response


def _account(request: HttpRequest) -> Account | AnonymousUser:
    session = session_of(request)
    return session.account if session else AnonymousUser()


def _assurance(request: HttpRequest) -> Assurance:
    session = session_of(request)
    if session is None:
        return NOBODY
    proofs = proofs_of(session)
    return Assurance(level(proofs), proven_at(proofs), session.brand)
