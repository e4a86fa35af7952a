"""An operator chooses who tells people from programs."""

import pytest

from auth_flows.models import SignInPolicy
from auth_flows.policy_admin import SignInPolicyForm
from tests.people import Kaffeehaus

pytestmark = pytest.mark.django_db


def said(shop: Kaffeehaus, **changed: object) -> dict[str, object]:
    usual = SignInPolicy(brand=shop.brand)
    names = SignInPolicyForm.base_fields
    fields = {name: getattr(usual, name, "") for name in names if getattr(usual, name, None) is not None}
    return {**fields, "brand": str(shop.brand.pk), "risk": "{}", "captcha_site_key": "site", **changed}


def test_a_vendor_needs_its_keys_and_the_secret_is_kept_unseen(shop: Kaffeehaus) -> None:
    without = SignInPolicyForm(said(shop, captcha="turnstile"))
    assert list(without.errors) == ["captcha"]

    form = SignInPolicyForm(said(shop, captcha="turnstile", new_captcha_secret="oolong"))
    assert form.is_valid(), form.errors
    policy = form.save()
    again = SignInPolicyForm(said(shop, captcha="turnstile", least_age=16), instance=policy)
    assert again.is_valid(), again.errors
    again.save()

    policy.refresh_from_db()
    assert (policy.captcha_secret, policy.least_age) == ("oolong", 16)
    assert "oolong" not in str(again)
