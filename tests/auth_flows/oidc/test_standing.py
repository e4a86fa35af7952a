"""Whatever ends for a person ends for the apps as well, at once."""

import datetime as dt
from collections.abc import Callable

import pytest
from django.db.models import F
from django.utils import timezone

from accounts.access import PermissionsOnly
from accounts.events import Actor
from accounts.memberships import revoke_sessions, set_status
from accounts.models import Account, Membership, MembershipStatus, Status
from auth_flows.models import BrowserSession, Client
from tests.auth_flows.oidc.apps import App, confidential, json_of, signed_in, userinfo
from tests.people import Kaffeehaus, kaffeehaus, operator

OLGA = Actor("operator", "olga")
Ending = Callable[[BrowserSession, Client], object]


def membership(session: BrowserSession) -> Membership:
    return Membership.objects.get(account=session.account)


def revoked(session: BrowserSession, *, renewed: bool = False) -> None:
    revoke_sessions(session.account, OLGA)
    if renewed:
        BrowserSession.objects.update(epoch=F("epoch") + 1)


def out_of_use(client: Client) -> None:
    client.is_active = False
    client.save()


ENDINGS: dict[str, Ending] = {
    "the account is suspended": lambda s, c: Account.objects.update(status=Status.SUSPENDED),
    "the account is being erased": lambda s, c: Account.objects.update(status=Status.ERASING),
    "the account is erased": lambda s, c: Account.objects.update(status=Status.ERASED),
    "everything was revoked": lambda s, c: revoked(s),
    "everything was revoked and this session renewed": lambda s, c: revoked(s, renewed=True),
    "the session was ended": lambda s, c: s.delete(),
    "the session has run its time": lambda s, c: BrowserSession.objects.update(ends_at=timezone.now()),
    "the membership was suspended": lambda s, c: set_status(membership(s), MembershipStatus.SUSPENDED, OLGA),
    "the membership has ended": lambda s, c: set_status(membership(s), MembershipStatus.ENDED, OLGA),
    "the app is out of use": lambda s, c: out_of_use(c),
}


@pytest.mark.parametrize("ending", ENDINGS.values(), ids=ENDINGS.keys())
def test_what_ends_ends_everywhere(app: App, session: BrowserSession, ending: Ending) -> None:
    told, code = app.tokens(session), app.code(session)

    ending(session, app.client)

    assert userinfo(told["access_token"]).status_code == 401
    for response in (app.refresh(told["refresh_token"]), app.redeem(code)):
        assert json_of(response)["error"] in {"invalid_grant", "invalid_client"}
    if app.client.is_active:
        assert app.introspect(told["access_token"]) == {"active": False}
        assert app.introspect(told["refresh_token"]) == {"active": False}


def test_a_browser_that_was_idle_ends_nothing(app: App, session: BrowserSession) -> None:
    told = app.tokens(session)
    BrowserSession.objects.update(idle_ends_at=timezone.now() - dt.timedelta(days=1))

    assert userinfo(told["access_token"]).status_code == 200
    assert app.refresh(told["refresh_token"]).status_code == 200


def test_a_membership_counts_at_its_own_brand_alone(app: App, session: BrowserSession, ada: Account) -> None:
    other = kaffeehaus("teehaus", is_default=False).brand
    elsewhere = confidential(other)
    assert json_of(elsewhere.redeem(elsewhere.code(session)))["error"] == "invalid_grant"

    Membership.objects.create(account=ada, brand=other, how="sign-in")
    told, here = elsewhere.tokens(session), app.tokens(session)
    set_status(Membership.objects.get(brand=other), MembershipStatus.ENDED, OLGA)

    assert userinfo(told["access_token"]).status_code == 401
    assert userinfo(here["access_token"]).status_code == 200


def test_an_operator_is_no_member_of_any_brand(app: App, shop: Kaffeehaus) -> None:
    olga = operator(totp=False)
    session = signed_in(olga, None)

    assert userinfo(app.tokens(session)["access_token"]).status_code == 200
    Account.objects.update(status=Status.SUSPENDED)
    assert PermissionsOnly().get_user(olga.pk) is None
