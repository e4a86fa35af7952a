"""Risk at the operators' workbench: policies, what they decided, and what another would have decided."""

import pytest
from bs4 import BeautifulSoup
from django.core.exceptions import PermissionDenied
from django.urls import reverse

from accounts.events import EventType
from accounts.models import Event
from auth_flows.models import Assessment, Captcha, SignInPolicy
from auth_flows.risk.facts import RiskFacts
from auth_flows.risk.policy import THRESHOLDS, RiskPolicy
from auth_flows.risk.rules import RULES
from tests.auth_flows.risk.scene import was_weighed
from tests.people import Kaffeehaus, customer, kaffeehaus
from tests.provisioning.admin.desk import olga, oskar

pytestmark = pytest.mark.django_db

HELD = "the-providers-secret"
PLAIN = {
    "trusted_device_days": "30",
    "session_idle_hours": "336",
    "session_longest_hours": "720",
    "questions_at_once": "2",
    "captcha": "altcha",
    "risk": "{}",
    "shadow_risk": "",
}


@pytest.fixture
def policy(shop: Kaffeehaus) -> SignInPolicy:
    return SignInPolicy.objects.create(brand=shop.brand)


def page_of(policy: SignInPolicy, page: str = "change") -> str:
    return reverse(f"admin:auth_flows_signinpolicy_{page}", args=[policy.pk])


def points(**changed: object) -> dict[str, object]:
    """The form of the replay page, as it is shown first."""
    usual = RiskPolicy()
    shown: dict[str, object] = {"days": "30"}
    shown |= {f"threshold_{outcome}": usual.threshold(outcome) for outcome in THRESHOLDS}
    shown |= {f"weight_{code}": usual.weight(code) for code in RULES}
    return shown | changed


def problems(html: str) -> str:
    return " ".join(
        tag.get_text(" ", strip=True) for tag in BeautifulSoup(html, "html.parser").select(".errorlist")
    )


def test_a_policy_is_made_and_changed_and_each_is_an_event(shop: Kaffeehaus) -> None:
    desk = olga()

    made = desk.posts(reverse("admin:auth_flows_signinpolicy_add"), brand=str(shop.brand.pk), **PLAIN)
    assert made.status_code == 302
    policy = SignInPolicy.objects.get()
    changed = {**PLAIN, "risk": '{"thresholds": {"refuse": null}, "weights": {"new_device": 25}}'}
    desk.posts(page_of(policy), **changed)

    policy.refresh_from_db()
    assert policy.shadow_risk is None
    shown = BeautifulSoup(desk.reads(page_of(policy)), "html.parser")
    assert [shown.select_one(f"[name={name}]").get_text().strip() for name in ("risk", "shadow_risk")] == [  # type: ignore[union-attr]
        '{"thresholds": {"refuse": null}}',
        "",
    ]
    assert policy.risk == {"thresholds": {"refuse": None}}, "what is as usual is not written down"
    events = Event.objects.filter(type=EventType.POLICY_CHANGED).order_by("id")
    assert [event.fields for event in events] == [["created"], ["risk"]]
    assert {(event.brand_id, event.actor_id) for event in events} == {(shop.brand.pk, str(desk.operator.pk))}


@pytest.mark.parametrize("field", ["risk", "shadow_risk"])
def test_a_risk_policy_is_checked_when_it_is_saved(policy: SignInPolicy, field: str) -> None:
    desk = olga()

    answer = desk.posts(page_of(policy), **{**PLAIN, field: '{"weights": {"new_devise": 1}, "limits": {}}'})

    said = problems(answer.content.decode())
    assert "“new_devise” is not one of the weights" in said
    assert "“limits” is not a part of a policy" in said
    policy.refresh_from_db()
    assert (policy.risk, policy.shadow_risk) == ({}, None)


def test_a_challenges_secret_goes_in_and_never_comes_out(policy: SignInPolicy) -> None:
    desk = olga()
    turnstile = {**PLAIN, "captcha": Captcha.TURNSTILE, "captcha_site_key": "0x4AAA"}

    said = problems(desk.posts(page_of(policy), **turnstile).content.decode())
    assert "This provider gives a secret: enter it." in said
    desk.posts(page_of(policy), **turnstile, new_captcha_secret=HELD)

    policy.refresh_from_db()
    assert policy.captcha_secret == HELD
    assert HELD not in desk.reads(page_of(policy))
    desk.posts(page_of(policy), **{**turnstile, "trusted_device_days": "7"})
    policy.refresh_from_db()
    assert (policy.captcha_secret, policy.trusted_device_days) == (HELD, 7)
    assert not [event for event in Event.objects.all() if HELD in str(event.fields)]


def test_a_secret_is_not_handed_to_another_provider(policy: SignInPolicy) -> None:
    SignInPolicy.objects.update(captcha=Captcha.TURNSTILE, captcha_site_key="0x4AAA", captcha_secret=HELD)
    desk = olga()

    other = {**PLAIN, "captcha": Captcha.HCAPTCHA, "captcha_site_key": "10000000"}
    assert "enter it" in problems(desk.posts(page_of(policy), **other).content.decode())
    desk.posts(page_of(policy), **PLAIN)

    policy.refresh_from_db()
    assert policy.captcha_secret is None


def test_sessions_must_not_be_longer_unused_than_they_last(policy: SignInPolicy) -> None:
    odd = {**PLAIN, "session_idle_hours": "30", "session_longest_hours": "20"}

    assert "can't be unused" in problems(olga().posts(page_of(policy), **odd).content.decode())


def test_another_policy_is_tried_on_past_sign_ins(policy: SignInPolicy, shop: Kaffeehaus) -> None:
    ada = customer("ada@example.com")
    was_weighed(RiskFacts(new_device=True), account=ada, brand=shop.brand)
    was_weighed(RiskFacts(), brand=shop.brand)
    was_weighed(RiskFacts(new_device=True))
    desk = olga()
    assert "would have been" not in desk.reads(page_of(policy, "replay"))
    empty = desk.posts(
        page_of(SignInPolicy.objects.create(brand=kaffeehaus("teehaus", is_default=False).brand), "replay"),
        **points(),
    )
    assert "There are no sign-ins in this time" in empty.content.decode()

    shown = desk.posts(page_of(policy, "replay"), **points(threshold_challenge=20)).content.decode()

    assert "1 of 2 sign-ins would have been treated otherwise" in shown
    assert reverse("admin:accounts_account_change", args=[ada.pk]) in shown
    assert "The account has never signed in with this browser, but with others. (25)" in shown
    policy.refresh_from_db()
    assert (policy.risk, policy.shadow_risk) == ({}, None), "it only looks"


def test_what_was_tried_can_run_beside_the_live_policy(policy: SignInPolicy) -> None:
    desk = olga()

    desk.posts(page_of(policy, "replay"), **points(weight_new_device=70, threshold_refuse="", keep="1"))

    policy.refresh_from_db()
    assert policy.shadow_risk == {"weights": {"new_device": 70}, "thresholds": {"refuse": None}}
    assert policy.risk == {}
    assert Event.objects.get(type=EventType.POLICY_CHANGED).fields == ["shadow_risk"]
    soup = BeautifulSoup(desk.reads(page_of(policy, "replay")), "html.parser")
    assert soup.select_one("[name=weight_new_device]")["value"] == "70", "the next try begins with it"  # type: ignore[index]


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"threshold_challenge": 500}, "The thresholds must rise"),
        ({"weight_new_device": -1}, "greater than or equal to 0"),
        ({"weight_new_device": ""}, "required"),
        ({"days": "5"}, "not one of the available choices"),
    ],
)
def test_what_makes_no_sense_is_not_tried(
    policy: SignInPolicy, changed: dict[str, object], words: str
) -> None:
    answer = olga().posts(page_of(policy, "replay"), **points(**changed))

    assert answer.status_code == 200
    assert words in problems(answer.content.decode())
    assert "would have been" not in answer.content.decode()


def test_who_may_look_may_not_change(policy: SignInPolicy) -> None:
    looker = oskar("auth_flows.view_signinpolicy")

    assert "Run it beside" not in looker.reads(page_of(policy, "replay"))
    with pytest.raises(PermissionDenied):
        looker.posts(page_of(policy, "replay"), **points(keep="1"))
    policy.refresh_from_db()
    assert policy.shadow_risk is None


def test_who_may_not_look_sees_nothing(policy: SignInPolicy) -> None:
    with pytest.raises(PermissionDenied):
        oskar("auth_flows.view_client").opens(page_of(policy, "replay"))


def test_assessments_are_listed_filtered_and_read_only(shop: Kaffeehaus) -> None:
    ada = customer("ada@example.com")
    asked = was_weighed(RiskFacts(country="AU", new_country=True), "ask_more", account=ada, brand=shop.brand)
    Assessment.objects.filter(pk=asked.pk).update(
        reasons=[{"rule": "new_country", "points": 35}, {"rule": "gone"}]
    )
    was_weighed(RiskFacts(), "allow")
    desk = olga()
    page = reverse("admin:auth_flows_assessment_changelist")

    assert str(ada.pk) in desk.reads(f"{page}?outcome__exact=ask_more")
    assert str(ada.pk) not in desk.reads(f"{page}?outcome__exact=allow")
    assert str(ada.pk) in desk.reads(f"{page}?brand={shop.brand.pk}")
    assert str(ada.pk) in desk.reads(f"{page}?q={ada.pk}")
    assert desk.opens(f"{page}?brand=nonsense").status_code == 200
    assert desk.opens(f"{page}?q=nonsense").status_code == 200
    one = desk.reads(reverse("admin:auth_flows_assessment_change", args=[asked.pk]))
    assert "never signed in from this country" in one
    assert "gone" in one
    assert 'name="_save"' not in one


def test_the_accounts_page_tells_how_its_sign_ins_were_judged(shop: Kaffeehaus) -> None:
    ada = customer("ada@example.com")
    was_weighed(RiskFacts(country="AU"), "ask_more", account=ada)

    page = olga().reads(reverse("admin:accounts_account_change", args=[ada.pk]))

    assert "Risk of sign-ins" in page
    assert "ask_more" in page
