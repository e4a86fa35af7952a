"""Operators give websites their tokens, and suspend people at a brand."""

import re

import pytest
from django.contrib import admin
from django.contrib.messages.storage.cookie import CookieStorage
from django.http import HttpRequest
from django.test import RequestFactory
from django.utils import timezone

from accounts.models import Account, Event, Membership, MembershipStatus
from provisioning.models import Scope, Website, WebsiteToken
from provisioning.websites import UnknownCaller, authenticate
from tests.people import Kaffeehaus, customer, operator
from tests.provisioning.scim.door import Site

pytestmark = pytest.mark.django_db


def asks(**posted: object) -> HttpRequest:
    factory = RequestFactory()
    request = factory.post("/admin/", posted) if posted else factory.get("/admin/")
    request.user = Account.objects.filter(realm="operator").first() or operator()
    request._messages = CookieStorage(request)  # type: ignore[attr-defined]
    request._dont_enforce_csrf_checks = True  # type: ignore[attr-defined]
    return request


def said(request: HttpRequest) -> str:
    return " ".join(str(message) for message in request._messages)  # type: ignore[attr-defined]


def test_a_token_is_made_shown_once_and_kept_as_a_hash(catalogue: Site) -> None:
    ends = timezone.now().replace(year=2099)
    request = asks(
        website=catalogue.website.pk,
        name="autumn",
        scopes=[Scope.READ, Scope.CREATE],
        expires_at_0=f"{ends:%Y-%m-%d}",
        expires_at_1="12:00:00",
    )

    response = admin.site.get_model_admin(WebsiteToken).add_view(request)

    assert response.status_code == 302
    (token,) = re.findall(r"ciam_site_[\w-]{43}", said(request))
    row = WebsiteToken.objects.get(name="autumn")
    assert token not in row.hash
    assert authenticate(f"Bearer {token}", timezone.now()).scopes == {"read", "create"}
    with pytest.raises(UnknownCaller):
        authenticate(f"Bearer {token}", ends.replace(year=2100))


def test_a_purpose_of_another_brand_opens_no_lens(catalogue: Site, teahouse: Kaffeehaus) -> None:
    purpose = teahouse.newsletter.purpose
    request = asks(name="shop", brand=catalogue.brand.pk, is_active="on", purpose=purpose.pk)

    page = admin.site.get_model_admin(Website).change_view(request, str(catalogue.website.pk))

    assert "another brand" in page.render().content.decode()  # type: ignore[attr-defined]
    catalogue.website.refresh_from_db()
    assert catalogue.website.purpose is None


def test_an_operator_suspends_and_resumes_somebody_at_one_brand(shop: Kaffeehaus) -> None:
    customer("ada@example.com", brand=shop.brand)
    member = Membership.objects.get()
    desk = admin.site.get_model_admin(Membership)

    request = asks(action="suspend", _selected_action=str(member.pk))
    desk.changelist_view(request)
    member.refresh_from_db()
    suspended = (member.status, member.suspended_by)
    request = asks(action="resume", _selected_action=str(member.pk))
    desk.changelist_view(request)

    member.refresh_from_db()
    assert suspended == (MembershipStatus.SUSPENDED, "operator")
    assert (member.status, member.suspended_by) == (MembershipStatus.ACTIVE, "")
    assert set(Event.objects.filter(type__startswith="membership").values_list("actor_kind", flat=True)) == {
        "operator"
    }
