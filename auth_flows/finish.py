"""The end of a sign-in: everything that was said takes effect at once, in one transaction, exactly once."""

import datetime as dt

from django.db import transaction
from django.urls import reverse

from accounts import events, guardians, questions
from accounts.events import Actor, Change, EventType
from accounts.memberships import begin_proven
from accounts.models import Account, Realm
from accounts.registration import Registration, register
from auth_flows import devices, enrolment, recovering, true_owner
from auth_flows.assurance import Proof
from auth_flows.byoid import linking
from auth_flows.facts import is_choosing_anew
from auth_flows.journey import step_of
from auth_flows.models import Authenticator, BrowserSession, SignIn
from auth_flows.risk.weighing import is_due
from auth_flows.sessions import SessionStore, proofs_of, session_of
from auth_flows.walk import Walk
from auth_flows.whereabouts import here_of
from consent import gpc, ledger
from consent.clicks import clicked
from consent.models import Decision, PurposeVersion


class NotYet(Exception):
    """Something came to be needed meanwhile, or another tab has finished this sign-in."""


def finish(walk: Walk) -> BrowserSession:
    """Sign the browser in; raises NotYet."""
    if is_due(walk):
        raise NotYet  # nobody comes in by a proof whose risk was not weighed
    with transaction.atomic():
        _only_once(walk)
        registering = walk.registering
        account = _register(walk) if registering else _locked(walk)
        walk.row.account_id = account.pk
        true_owner.arrives(walk, account)
        enrolment.write(walk, account)
        if is_choosing_anew(walk.facts()) and not registering and not recovering.take_effect(walk, account):
            raise NotYet
        _write_answers(walk, account)
        if walk.draft.upstream:
            linking.link(account, walk.draft.upstream, walk.now, without=walk.draft.dropped)
        if account.realm == Realm.CUSTOMER:
            gpc.heed(walk.request, account, walk.brand, walk.now)
        _join_brand(walk, account)
        if walk.draft.asked:
            questions.answer(account, walk.draft.asked, walk.draft.told, walk.now)
        session = _sign_in(walk, account)
        _meet(walk, account, session)
        actor = Actor(account.realm, str(account.pk))
        brand_id = walk.brand.pk if walk.brand else None
        told = (questions.ASKED,) if walk.draft.asked else ()
        events.record([Change(EventType.SIGNED_IN, account.pk, actor, brand_id, told)], walk.now)
    return session


def _only_once(walk: Walk) -> None:
    if walk.row._state.adding:
        return  # what the session had proven was enough, and no page was shown
    open_rows, here = SignIn.objects.filter(pk=walk.row.pk, finished_at=None), here_of(walk.request)
    over = {"draft": None, "code_hash": "", "agent": here.agent, "place": here.place}
    if open_rows.update(finished_at=walk.now, **over) != 1:
        raise NotYet


def _locked(walk: Walk) -> Account:
    assert walk.row.account_id is not None
    account = Account.objects.locked([walk.row.account_id])[0]
    if not walk.stands() or step_of(walk) is not None:
        raise NotYet
    return account


def _register(walk: Walk) -> Account:
    assert walk.brand is not None
    draft = walk.draft
    registration = Registration(
        email=draft.said,
        proven_at=max(proof.at for proof in walk.proofs),
        keep=draft.profile or {},
        drop=frozenset(draft.dropped),
    )
    account = register(walk.brand, registration, walk.now)
    if Authenticator.objects.filter(account=account).exists():
        raise NotYet  # another tab was faster
    row = _chosen(walk, account)
    if row is not None:  # else proven by an account elsewhere
        row.save(force_insert=True)
        actor = Actor("customer", str(account.pk))
        events.record([Change(EventType.AUTHENTICATOR_ADDED, account.pk, actor, None, (row.kind,))], walk.now)
    if draft.guardian:
        until = dt.date.fromisoformat(draft.guardian_until)
        guardians.ask(account, draft.guardian, until, walk.brand, walk.now)
    return account


def _chosen(walk: Walk, account: Account) -> Authenticator | None:
    if walk.draft.passkey is not None:
        return walk.draft.passkey.row_of(account, walk.now)
    if not walk.draft.password_hash:
        return None
    return Authenticator(
        account=account,
        kind=Authenticator.Kind.PASSWORD,
        hash=walk.draft.password_hash,
        confirmed_at=walk.now,
    )


def _write_answers(walk: Walk, account: Account) -> None:
    versions = PurposeVersion.objects.select_related("purpose").in_bulk(list(walk.draft.answers))
    stands = ledger.current([account.pk], [version.purpose for version in versions.values()])
    answers = []
    for key, answer in walk.draft.answers.items():
        version = next(v for pk, v in versions.items() if str(pk) == key)
        before = stands.get((account.pk, version.purpose_id))
        decision = _decision(answer.agreed, had_agreed=ledger.is_given(before, walk.now))
        page = reverse("sign-in")
        answers.append(clicked(walk.request, account, version, answer.locale, decision, page, walk.now))
    ledger.write(answers, walk.now)


def _decision(agreed: bool, *, had_agreed: bool) -> Decision:
    if agreed:
        return Decision.GIVEN
    return Decision.WITHDRAWN if had_agreed else Decision.REFUSED


def _join_brand(walk: Walk, account: Account) -> None:
    if walk.brand is None or account.realm != Realm.CUSTOMER:
        return
    if begin_proven(account, walk.brand, "sign-in", walk.now).now:
        actor = Actor("customer", str(account.pk))
        events.record([Change(EventType.MEMBERSHIP_BEGAN, account.pk, actor, walk.brand.pk)], walk.now)


def _sign_in(walk: Walk, account: Account) -> BrowserSession:
    """This browser's session: the one it has, under a new key where more was proven, or a new one."""
    store = walk.request.session
    assert isinstance(store, SessionStore)
    held = session_of(walk.request)
    if held is None or held.account_id != account.pk or held.epoch != account.session_epoch:
        return store.begin(account, walk.brand, walk.proofs, _agent(walk))
    merged = _merged(proofs_of(held), walk.proofs)
    return store.raise_level(merged) if merged != proofs_of(held) else held


def _meet(walk: Walk, account: Account, session: BrowserSession) -> None:
    """The browser is one of this account's devices from now on. A sign-in that showed no page met nobody."""
    if walk.row._state.adding:
        return
    here = here_of(walk.request)
    device, _is_new = devices.meet(account, walk.row.browser_hash, here, walk.brand, walk.now)
    BrowserSession.objects.filter(pk=session.pk).update(device=device, place=here.place)
    session.device, session.place = device, here.place
    if walk.draft.trust:
        devices.trust(device, walk.brand, walk.now)


def _merged(before: tuple[Proof, ...], now: tuple[Proof, ...]) -> tuple[Proof, ...]:
    """The newest proof of each method; what is stale in one is stale in both."""
    in_order = sorted((*before, *now), key=lambda proof: (proof.at, proof.stale))
    newest = {proof.method: proof for proof in in_order}
    return tuple(newest.values())


def _agent(walk: Walk) -> str:
    return str(walk.request.META.get("HTTP_USER_AGENT", ""))
