"""What a target may know, decided from given facts; without a database."""

import datetime as dt
import uuid
from dataclasses import replace

import pytest

from accounts.models import Brand, Membership, MembershipStatus, Source, Status
from accounts.profiles import Known
from accounts.snapshot import Handle, Snapshot
from ciam.lib.outbox import NeedsHuman
from consent.models import ConsentRecord, Decision, Purpose, PurposeVersion
from provisioning.connectors.base import Erase, Hold, HoldNothing
from provisioning.desired import desired
from provisioning.mapping import cleared, fields
from provisioning.models import Connector

NOON = dt.datetime(2026, 11, 22, 12, tzinfo=dt.UTC)
SHOP = Brand(slug="shop", name="Shop")
NEWSLETTER = Purpose(brand=SHOP, key="newsletter", releases=["email", "given_name", "visitor_id"])
HUBSPOT = Connector(brand=SHOP, purpose=NEWSLETTER, kind="hubspot", name="HubSpot")
GIVEN = ConsentRecord(
    purpose=NEWSLETTER,
    version=PurposeVersion(purpose=NEWSLETTER, number=3),
    decision=Decision.GIVEN,
    said_at=NOON,
)
ANNA = Snapshot(
    account_id=uuid.uuid4(),
    kind="full",
    status=Status.ACTIVE,
    version=1,
    handles=(Handle("email", "anna@example.com", NOON, True),),
    values={
        "given_name": Known("Anna", Source.CUSTOMER, "", NOON),
        "interests": Known(["tea"], Source.CUSTOMER, "", NOON),
        "visitor_id": Known("v-1", Source.WEBSITE, "shop", NOON),
    },
    memberships={SHOP.pk: Membership(brand=SHOP, status=MembershipStatus.ACTIVE)},
)


def answered(decision: Decision) -> ConsentRecord:
    return ConsentRecord(purpose=NEWSLETTER, version=GIVEN.version, decision=decision, said_at=NOON)


def test_with_consent_it_may_hold_what_the_purpose_releases_and_the_mapping_names() -> None:
    wanted = desired(HUBSPOT, ANNA, GIVEN)

    assert isinstance(wanted, Hold)
    assert wanted.values == {"email": "anna@example.com", "given_name": "Anna"}
    assert (wanted.basis.purpose, wanted.basis.version, wanted.basis.said_at) == ("newsletter", 3, NOON)


def test_each_attribute_has_its_reason() -> None:
    wanted = desired(HUBSPOT, ANNA, GIVEN)

    assert isinstance(wanted, Hold)
    why = {reason.attribute: (reason.leaves, reason.sentence) for reason in wanted.why}
    assert why["given_name"] == (True, "The person agreed to “newsletter”, which releases it.")
    assert why["interests"] == (False, "The purpose “newsletter” does not release it.")
    assert why["visitor_id"] == (False, "It has no field at this target.")
    assert why["country"] == (False, "The purpose “newsletter” does not release it.")


def test_the_address_must_be_released_like_any_attribute() -> None:
    purpose = Purpose(brand=SHOP, key="statistics", releases=["given_name"])
    connector = Connector(brand=SHOP, purpose=purpose, kind="hubspot")

    wanted = desired(connector, ANNA, GIVEN)

    assert isinstance(wanted, Hold)
    assert wanted.values == {"given_name": "Anna"}


@pytest.mark.parametrize("decision", [one for one in Decision if one != Decision.GIVEN])
def test_any_other_answer_allows_nothing(decision: Decision) -> None:
    assert desired(HUBSPOT, ANNA, answered(decision)) == HoldNothing(
        f"The consent to “newsletter” is {decision.value}."
    )


def test_no_answer_allows_nothing() -> None:
    assert isinstance(desired(HUBSPOT, ANNA, None), HoldNothing)


@pytest.mark.parametrize("status", [MembershipStatus.SUSPENDED, MembershipStatus.ENDED])
def test_without_an_active_membership_nothing_is_allowed(status: MembershipStatus) -> None:
    left = replace(ANNA, memberships={SHOP.pk: Membership(brand=SHOP, status=status)})

    assert isinstance(desired(HUBSPOT, left, GIVEN), HoldNothing)
    assert isinstance(desired(HUBSPOT, replace(ANNA, memberships={}), GIVEN), HoldNothing)


def test_a_suspended_account_is_held_back_and_an_erased_one_erased() -> None:
    assert isinstance(desired(HUBSPOT, replace(ANNA, status=Status.SUSPENDED), GIVEN), HoldNothing)
    assert isinstance(desired(HUBSPOT, replace(ANNA, status=Status.ERASING), GIVEN), Erase)
    assert isinstance(desired(HUBSPOT, replace(ANNA, status=Status.ERASED), GIVEN), Erase)
    assert isinstance(desired(HUBSPOT, None, GIVEN), Erase)


def test_an_unknown_kind_needs_a_human() -> None:
    with pytest.raises(NeedsHuman, match="fax"):
        desired(Connector(brand=SHOP, purpose=NEWSLETTER, kind="fax"), ANNA, GIVEN)


def test_values_become_texts_in_their_fields_and_the_unmapped_has_none() -> None:
    mapping = {"given_name": "firstname", "interests": "likes"}

    assert fields(mapping, {"given_name": "Anna", "interests": ["tea", "books"], "country": "DE"}) == {
        "firstname": "Anna",
        "likes": "tea, books",
    }
    assert cleared(mapping, ["given_name", "country"]) == {"firstname": ""}
