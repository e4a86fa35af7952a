"""One sign-in under way: the row, what was said, and the facts on which the journey decides."""

import datetime as dt
import uuid
from dataclasses import dataclass
from functools import cached_property

from django.http import HttpRequest

from accounts.attributes import Attribute
from accounts.identifiers import account_with_email, account_with_phone, normal_email, phone_of
from accounts.models import Account, Brand, IdentifierKind, Kind, Membership, MembershipStatus, Realm, Status
from accounts.snapshot import Snapshot, snapshot
from auth_flows import asking, crowding, devices, sms
from auth_flows.assurance import SECOND, Method, Proof
from auth_flows.byoid.linking import proves
from auth_flows.byoid.offers import home_of, offered
from auth_flows.byoid.telling import told_by
from auth_flows.draft import Draft
from auth_flows.facts import Facts, Person, is_registering, needs_of
from auth_flows.models import BrowserSession, Client, Intent, Provider, Recovery, SignIn
from auth_flows.persons import held_by, is_suspended_at, is_unproven, known_device, methods_of
from auth_flows.policies import policy_of
from auth_flows.requirement import Need
from ciam.lib.networks import network_of
from consent.ledger import due, latest_versions
from consent.models import PurposeVersion

NOBODY = uuid.UUID(int=0)


CACHED = (
    *("account", "known", "open_agreements", "open_questions", "is_crowded", "is_unproven"),
    *("_held", "_is_trusted", "_is_suspended_here"),
)
"""What is found out once, until the walk changes."""


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
        """Whose it is; None before the first proof, and for an address nobody has: that may have found its
        account since, in another tab."""
        if self.row.account_id is None and self.row.proofs:
            found = _typed(self)
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
        if self.account is None:
            return True
        return self.row.epoch == self.account.session_epoch and self._is_reached_there()

    def _is_reached_there(self) -> bool:
        """Whether an address that was proven here is still this account's own."""
        by_mail = Method.EMAIL_CODE in {proof.method for proof in self.proofs} and not self.row.session_id
        if not by_mail or "@" not in self.draft.normal:
            return True
        found = account_with_email(self.draft.normal, self.row.realm)
        return found is not None and found.pk == self.row.account_id

    @cached_property
    def known(self) -> Snapshot | None:
        """What we know of this person, who has proven to be that person, and what a provider just said."""
        held = snapshot(self.account) if self.account else None
        return told_by(self.draft.upstream, held, self.now) if self.draft.upstream else held

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

    @property
    def texts(self) -> bool:
        """Whether codes go out by SMS here."""
        return sms.is_on() and policy_of(self.brand).codes_by_sms and not self.operator

    @property
    def mailbox(self) -> tuple[str, str]:
        """Where codes by mail go, and its normal form: the address that was typed, or the account's own where
        a phone number was."""
        mail = self.known.email if self.draft.kind == IdentifierKind.PHONE and self.known else None
        return normal_email(mail.value) if mail else (self.draft.said, self.draft.normal)

    @cached_property
    def open_questions(self) -> list[Attribute]:
        """About the profile."""
        return asking.open_questions(self.row, self.draft, self.account, self.now)

    def facts(self) -> Facts:
        person = self._person()  # first: what was set up here may count no more
        return Facts(
            intent=Intent(self.row.intent),
            operator=self.operator,
            identifier=bool(self.draft.normal),
            by_phone=self.draft.kind == IdentifierKind.PHONE,
            challenged=self.draft.challenge and not self.is_captcha_solved,
            crowded=self.is_crowded,
            person=person,
            proofs=self.proofs,
            way=Method(self.row.way) if self.row.way else None,
            profile_answered=self.draft.profile is not None,
            credential_chosen=self._has_credential(),
            codes_to_write=bool(self.draft.recovery_codes) and not self.draft.codes_written,
            waited=self._has_waited(),
            trusted=self._is_trusted,
            has_providers=bool(self.providers),
            led_home=self.draft.upstream is None and home_of(self.draft.normal, self.providers) is not None,
            connecting=self.draft.upstream is not None,
            agreements_open=bool(self.open_agreements),
            age_open=asking.age_is_open(self.draft, self.brand),
            guardian_open=self.draft.age == "guardian" and not self.draft.guardian,
            questions_open=bool(self.open_questions),
        )

    @property
    def is_captcha_solved(self) -> bool:
        solved_at = self.row.captcha_at
        return solved_at is not None and solved_at > self.now - crowding.SOLVED_FOR

    @cached_property
    def is_crowded(self) -> bool:
        """Asked of counters alone, which are the same for absent accounts. Whoever has just proven something
        is left in peace; a session that somebody may have found open is not enough."""
        if self.row._state.adding or not self.draft.normal or self.is_captcha_solved:
            return False
        if self.proofs and not self.row.session_id:
            return False
        found, network = candidate(self), network_of(self.request)
        device = known_device(found, self.row.browser_hash)
        return crowding.is_crowded(key_of(self, found), device, network, Intent(self.row.intent), self.now)

    def _person(self) -> Person | None:
        if self.account is None:
            return None
        self._let_go(self._held)
        texts = {Method.SMS_CODE} if self.texts and phone_of(self.account) else set()
        return Person(
            full=self.account.kind == Kind.FULL,
            active=self.account.status == Status.ACTIVE and not self._is_suspended_here,
            methods=methods_of(self.account, self._held) | texts | self._by_providers(self.account),
            second=self._held & SECOND,
        )

    @cached_property
    def _held(self) -> frozenset[Method]:
        """Of an address that nobody has proven, nothing that hangs on it is its owner's."""
        return held_by(self.account) if self.account and not self.is_unproven else frozenset()

    @cached_property
    def _is_suspended_here(self) -> bool:
        return self.account is not None and is_suspended_at(self.account, self.brand)

    @cached_property
    def is_unproven(self) -> bool:
        """Whether the account was made with this address by somebody who never proved it."""
        account = self.account
        if account is None or account.kind != Kind.FULL or self.operator or self.row.session_id:
            return False
        return is_unproven(account, self.draft.normal)

    @cached_property
    def providers(self) -> tuple[Provider, ...]:
        """By whom people may come here."""
        return () if self.operator else offered(self.brand)

    def _by_providers(self, account: Account) -> frozenset[Method]:
        is_linked = bool(self.providers) and not self.is_unproven and proves(account, self.providers)
        return frozenset({Method.UPSTREAM}) if is_linked else frozenset()

    def _has_credential(self) -> bool:
        """A recovered account gets a new password, and nothing else will do."""
        if self.row.intent == Intent.RECOVER and self.account is not None and self.account.kind == Kind.FULL:
            return bool(self.draft.password_hash)
        return bool(self.draft.password_hash or self.draft.upstream) or self.draft.has_passkey

    def _let_go(self, held: frozenset[Method]) -> None:
        """Meanwhile the account may have got elsewhere what was set up here. That one is asked for, then."""
        gone = set()
        if self.draft.totp_seed and held & SECOND:
            self.draft.totp_seed, self.draft.recovery_codes = "", []
            gone.add(Method.TOTP)
        if self.draft.password_hash and Method.PASSWORD in held and self.row.intent != Intent.RECOVER:
            self.draft.password_hash = ""
            gone.add(Method.PASSWORD)
        if gone:
            self.row.proofs = [proof.as_json() for proof in self.proofs if proof.method not in gone]

    def _has_waited(self) -> bool:
        """Whether this is the account of the Recovery whose link was opened, and its time has come."""
        if not self.draft.recovery or self.account is None:
            return False
        return Recovery.objects.ready(self.account, self.now).filter(pk=self.draft.recovery).exists()

    @cached_property
    def _is_trusted(self) -> bool:
        """Whether this person trusts this browser. Operators trust none."""
        if self.account is None or self.operator or not self.proofs:
            return False
        return devices.is_trusted(self.account, self.row.browser_hash, self.brand, self.now)

    def need(self) -> Need:
        return needs_of(self.facts(), self.floor)

    @property
    def registering(self) -> bool:
        return is_registering(self.facts())

    def begin_with(self, account: Account) -> None:
        """Whose it is, where nothing was typed."""
        self.row.account_id = account.pk
        mail = snapshot(account).email
        self.draft.said, self.draft.normal = normal_email(mail.value) if mail else ("", str(account.pk))

    def prove(self, method: Method) -> None:
        """Add a proof; with the first one the sign-in is somebody's. The caller saves."""
        self.row.proofs = [*self.row.proofs, Proof(method, self.now).as_json()]
        self.row.way = ""
        self._forget_cached()

    def save(self) -> None:
        self.row.draft = self.draft.as_text()
        assert not self.proofs or self.account is None or self.row.epoch is not None
        self.row.save(update_fields=["draft", "proofs", "account_id", "epoch", "way", "floor", "captcha_at"])
        self._forget_cached()

    def _forget_cached(self) -> None:
        for name in CACHED:
            self.__dict__.pop(name, None)


def candidate(walk: Walk) -> Account | None:
    """The account that the typed identifier would mean. For checking a proof only: no page may show it."""
    if walk.row.account_id:
        return walk.account
    return _typed(walk) if walk.draft.normal else None


def _typed(walk: Walk) -> Account | None:
    """The account that the typed identifier is a way into."""
    by_phone = walk.draft.kind == IdentifierKind.PHONE
    return (account_with_phone if by_phone else account_with_email)(walk.draft.normal, walk.row.realm)


def account_key(walk: Walk) -> str:
    """The subject of limits on proofs: the same for all doors and spellings, and for absent accounts."""
    return key_of(walk, candidate(walk))


def key_of(walk: Walk, found: Account | None) -> str:
    return str(found.pk) if found else f"{walk.row.realm} {walk.draft.normal}"
