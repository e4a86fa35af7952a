"""What a sign-in may ask beside its way: how old somebody is, and questions about the profile."""

import datetime as dt

from accounts import questions
from accounts.attributes import Attribute
from accounts.models import Account, Brand, Kind, Realm
from auth_flows.draft import Draft
from auth_flows.models import Intent, SignIn
from auth_flows.oidc.claims import OF_PROFILE
from auth_flows.oidc.scopes import PROFILE
from auth_flows.policies import policy_of


def open_questions(row: SignIn, draft: Draft, account: Account | None, now: dt.datetime) -> list[Attribute]:
    """Never of whoever proves more than before, or only one more app."""
    if account is None or row.realm == Realm.OPERATOR or row.session_id or draft.asked:
        return []
    if row.intent != Intent.SIGN_IN or account.kind != Kind.FULL:
        return []
    scopes = str((row.request or {}).get("scope", "")).split()
    wanted = frozenset(OF_PROFILE.values()) if PROFILE in scopes else frozenset()
    return questions.due(account, wanted, policy_of(row.brand).questions_at_once, now)


def age_is_open(draft: Draft, brand: Brand | None) -> bool:
    """Whether the brand asks how old somebody is who registers, and it isn't known to be enough."""
    policy = policy_of(brand)
    asks = policy.least_age is not None or policy.guardian_below is not None
    return draft.age == "too_young" or (not draft.age and asks)
