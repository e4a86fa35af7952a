"""A visit to a provider comes back once, and an identity becomes one account's."""

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import Account
from auth_flows.byoid import linking, visits
from auth_flows.byoid.identity import Identity
from auth_flows.models import LinkedIdentity, Provider
from ciam.lib.crypto import token_hash
from tests.people import customer
from tests.races.test_once import MANY, at_once

pytestmark = pytest.mark.django_db(transaction=True)


def partner() -> Provider:
    return Provider.objects.create(slug="partner", kind="oidc", name="Partner", client_id="ciam")


def test_a_state_is_good_for_one_of_fifty() -> None:
    there, now, browser = partner(), timezone.now(), token_hash("a browser")
    asking = visits.begin(there, browser, now)

    came = at_once(lambda _number: visits.come_back(there, asking.state, browser, now) is not None)

    assert came == 1


def test_an_identity_becomes_one_of_fifty_accounts() -> None:
    people = [customer(f"ada{number}@example.com", password=None) for number in range(MANY)]
    there = partner()
    identity = Identity(str(there.pk), "https://id.partner.example", "ada-1")

    def links(number: int) -> bool:
        try:
            with transaction.atomic():
                account = Account.objects.locked([people[number].pk])[0]
                return linking.link(account, identity, timezone.now())
        except IntegrityError:
            return False

    assert at_once(links) == 1
    assert LinkedIdentity.objects.count() == 1
