"""One sign-in under way: the row, what was said, and the facts on which the journey decides."""

import datetime as dt
from dataclasses import dataclass
from functools import cached_property

from django.http import HttpRequest

from accounts.identifiers import account_with_email
from accounts.models import Account, Brand, Kind, Membership, MembershipStatus, Realm, Status
from accounts.snapshot import Snapshot, snapshot
from auth_flows import devices
from auth_flows.assurance import SECOND, Method, Proof
from auth_flows.draft import Draft
from auth_flows.facts import Facts, Person, is_registering, needs_of
from auth_flows.models import Authenticator, BrowserSession, Client, Intent, SignIn
from auth_flows.requirement import Need
from consent.ledger import due, latest_versions
from consent.models import PurposeVersion


@dataclass
class Walk:
    """A SignIn with its draft, in one request."""

    row: SignIn
    draft: Draft
    request: HttpRequest
    now: dt.datetime

    @classmethod
    def of(cls, row: SignIn, request: HttpRequest, now: dt.datetime) -> "Walk":
        return cls(row, Draft.from_text(row.draft), request, now)

    @property
    def brand(self) -> Brand | None:
        return self.row.brand

    @property
    def client(self) -> Client | None:
        return self.row.client

    @property
    def operator(self) -> bool:
        return self.row.realm == Realm.OPERATOR

    @property
    def proofs(self) -> tuple[Proof, ...]:
        return tuple(Proof.from_json(stored) for stored in self.row.proofs)

    @property
    def floor(self) -> Need:
        return Need.from_json(self.row.floor)

    @cached_property
    def account(self) -> Account | None:
        """Whose it is; None before the first proof, and for an address nobody has.

        An address that nobody had when it was proven may have found its account since, in another tab.
        """
        if self.row.account_id is None and self.proofs:
            found = account_with_email(self.draft.normal, self.row.realm)
            self.row.account_id = found.pk if found else None
        if self.row.account_id is None:
            return None
        account = Account.objects.filter(pk=self.row.account_id).first()
        if account is not None and self.row.epoch is None:
            self.row.epoch = account.session_epoch
        return account

    def stands(self) -> bool:
        """Whether what was proven still counts: nothing was revoked since, and the session it began with,
        if any, was not signed out."""
        if self.row.session_id and not BrowserSession.objects.filter(pk=self.row.session_id).exists():
            return False
        self._forget_cached()
        return self.account is None or self.row.epoch == self.account.session_epoch

    @cached_property
    def known(self) -> Snapshot | None:
        """What we know of this person, who has proven to be that person."""
        return snapshot(self.account) if self.account else None

    @cached_property
    def open_agreements(self) -> list[PurposeVersion]:
        """Terms and purposes that wait for this person's answer."""
        if self.brand is None or self.operator or not self.proofs:
            return []
        ended = MembershipStatus.ENDED
        if Membership.objects.filter(account=self.account, brand=self.brand, status=ended).exists():
            versions = latest_versions(self.brand)  # whoever left is asked before they are a customer again
        else:
            versions = due(self.account.pk if self.account else None, self.brand)
        return [version for version in versions if str(version.pk) not in self.draft.answers]

    def facts(self) -> Facts:
        return Facts(
            intent=Intent(self.row.intent),
            operator=self.operator,
            identifier=bool(self.draft.normal),
            person=self._person(),
            proofs=self.proofs,
            way=Method(self.row.way) if self.row.way else None,
            profile_answered=self.draft.profile is not None,
            credential_chosen=bool(self.draft.password_hash),
            trusted=self._is_trusted,
            agreements_open=bool(self.open_agreements),
        )

    def _person(self) -> Person | None:
        if self.account is None:
            return None
        return Person(
            full=self.account.kind == Kind.FULL,
            active=self.account.status == Status.ACTIVE and not self._is_suspended_here,
            methods=methods_of(self.account, self._held),
            second=self._held & SECOND,
        )

    @cached_property
    def _held(self) -> frozenset[Method]:
        return held_by(self.account) if self.account else frozenset()

    @cached_property
    def _is_trusted(self) -> bool:
        """Whether this person trusts this browser. Operators trust none."""
        if self.account is None or self.operator or not self.proofs:
            return False
        return devices.is_trusted(self.account, self.row.browser_hash, self.now)

    @cached_property
    def _is_suspended_here(self) -> bool:
        suspended = Membership.objects.filter(
            account=self.account, brand=self.brand, status=MembershipStatus.SUSPENDED
        )
        return self.brand is not None and suspended.exists()

    def need(self) -> Need:
        return needs_of(self.facts(), self.floor)

    @property
    def registering(self) -> bool:
        return is_registering(self.facts())

    def prove(self, method: Method) -> None:
        """Add a proof; with the first one the sign-in is somebody's. The caller saves."""
        self.row.proofs = [*self.row.proofs, Proof(method, self.now).as_json()]
        self.row.way = ""
        self._forget_cached()

    def save(self) -> None:
        self.row.draft = self.draft.as_text()
        assert not self.proofs or self.account is None or self.row.epoch is not None
        self.row.save(update_fields=["draft", "proofs", "account_id", "epoch", "way", "floor"])
        self._forget_cached()

    def _forget_cached(self) -> None:
        for name in ("account", "known", "open_agreements", "_held", "_is_trusted", "_is_suspended_here"):
            self.__dict__.pop(name, None)


def held_by(account: Account) -> frozenset[Method]:
    """Of which methods an account holds an authenticator."""
    rows = Authenticator.objects.filter(account=account, confirmed_at__isnull=False)
    return frozenset(Method(kind) for kind in rows.values_list("kind", flat=True))


def methods_of(account: Account, held: frozenset[Method]) -> frozenset[Method]:
    """By which methods an account can prove itself now."""
    return held | {Method.EMAIL_CODE} if account.realm == Realm.CUSTOMER else held


def candidate(walk: Walk) -> Account | None:
    """The account that the typed identifier would mean. For checking a proof only: no page may show it."""
    if walk.row.account_id:
        return walk.account
    return account_with_email(walk.draft.normal, walk.row.realm) if walk.draft.normal else None


def account_key(walk: Walk) -> str:
    """The subject of limits on proofs: the same for all doors and spellings, and for absent accounts."""
    return key_of(walk, candidate(walk))


def key_of(walk: Walk, found: Account | None) -> str:
    return str(found.pk) if found else f"{walk.row.realm} {walk.draft.normal}"
