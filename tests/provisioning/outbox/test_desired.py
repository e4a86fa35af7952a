"""What a target may know, decided from given facts; without a database."""

import datetime as dt
import uuid
from dataclasses import replace

import pytest

from accounts.attributes import ATTRIBUTES
from accounts.models import Brand, Membership, MembershipStatus, Source, Status
from accounts.profiles import Known
from accounts.snapshot import Handle, Snapshot
from ciam.lib.outbox import NeedsHuman
from consent.ledger import standing
from consent.models import ConsentRecord, Decision, LawfulBasis, Purpose, PurposeVersion
from provisioning.connectors.base import Erase, Hold, HoldNothing, Wanted
from provisioning.desired import desired
from provisioning.mapping import EMAIL, cleared, fields
from provisioning.matrix import Matrix
from provisioning.models import Connector

NOON = dt.datetime(2026, 11, 22, 12, tzinfo=dt.UTC)
SHOP = Brand(slug="shop", name="Shop")
NEWSLETTER = Purpose(brand=SHOP, key="newsletter")
STATISTICS = Purpose(brand=SHOP, key="statistics")
WORDING = PurposeVersion(purpose=NEWSLETTER, number=3, releases=["email", "given_name", "visitor_id"])
HUBSPOT = Connector(brand=SHOP, purpose=NEWSLETTER, kind="hubspot", name="HubSpot")
GIVEN = ConsentRecord(
    purpose=NEWSLETTER,
    version=WORDING,
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


ALL = Matrix(dict.fromkeys((EMAIL, *ATTRIBUTES), frozenset({NEWSLETTER.pk})))


def decided(
    connector: Connector, snapshot: Snapshot | None, record: ConsentRecord | None, matrix: Matrix = ALL
) -> Wanted:
    stands = {connector.purpose_id: standing(connector.purpose, record, None, NOON)}
    return desired(connector, matrix, snapshot, stands)


def answered(decision: Decision) -> ConsentRecord:
    return ConsentRecord(purpose=NEWSLETTER, version=GIVEN.version, decision=decision, said_at=NOON)


def test_with_consent_it_may_hold_what_the_purpose_releases_and_the_mapping_names() -> None:
    wanted = decided(HUBSPOT, ANNA, GIVEN)

    assert isinstance(wanted, Hold)
    assert wanted.values == {"email": "anna@example.com", "given_name": "Anna"}
    assert (wanted.basis.purpose, wanted.basis.version, wanted.basis.said_at) == ("newsletter", 3, NOON)


def test_each_attribute_has_its_reason() -> None:
    wanted = decided(HUBSPOT, ANNA, GIVEN)

    assert isinstance(wanted, Hold)
    why = {reason.attribute: (reason.leaves, reason.sentence) for reason in wanted.why}
    assert why["given_name"] == (True, "The person agreed to “newsletter”, which releases it.")
    assert why["interests"] == (
        False,
        "The wording of “newsletter” that the person agreed to does not tell of it.",
    )
    assert why["visitor_id"] == (False, "It has no field at this target.")


def test_the_address_must_be_released_like_any_attribute() -> None:
    wanted = decided(HUBSPOT, ANNA, GIVEN, Matrix({"given_name": frozenset({NEWSLETTER.pk})}))

    assert isinstance(wanted, Hold)
    assert wanted.values == {"given_name": "Anna"}


def test_another_purpose_of_the_matrix_lets_more_leave_and_only_while_it_is_given() -> None:
    wording = PurposeVersion(purpose=STATISTICS, number=1, releases=["interests"])
    asked = ConsentRecord(purpose=STATISTICS, version=wording, decision=Decision.GIVEN, said_at=NOON)
    both = Matrix({**ALL.cells, "interests": frozenset({STATISTICS.pk})})
    own = {NEWSLETTER.pk: standing(NEWSLETTER, GIVEN, None, NOON)}

    agreed = desired(HUBSPOT, both, ANNA, {**own, STATISTICS.pk: standing(STATISTICS, asked, None, NOON)})
    unasked = desired(HUBSPOT, both, ANNA, {**own, STATISTICS.pk: standing(STATISTICS, None, None, NOON)})

    assert isinstance(agreed, Hold)
    assert agreed.values == {"email": "anna@example.com", "given_name": "Anna", "interests": ["tea"]}
    assert isinstance(unasked, Hold)
    assert "interests" not in unasked.values


def test_another_purpose_alone_opens_no_target() -> None:
    wording = PurposeVersion(purpose=STATISTICS, number=1, releases=["interests"])
    asked = ConsentRecord(purpose=STATISTICS, version=wording, decision=Decision.GIVEN, said_at=NOON)
    both = Matrix({"interests": frozenset({STATISTICS.pk})})

    wanted = desired(HUBSPOT, both, ANNA, {STATISTICS.pk: standing(STATISTICS, asked, None, NOON)})

    assert isinstance(wanted, HoldNothing)


def test_a_cell_releases_no_more_than_the_wording_that_was_agreed_to() -> None:
    before = ConsentRecord(
        purpose=NEWSLETTER,
        version=PurposeVersion(purpose=NEWSLETTER, number=2, releases=["email"]),
        decision=Decision.GIVEN,
        said_at=NOON,
    )

    wanted = decided(HUBSPOT, ANNA, before)

    assert isinstance(wanted, Hold)
    assert wanted.values == {"email": "anna@example.com"}


def test_a_consent_that_has_expired_allows_nothing() -> None:
    expired = ConsentRecord(
        purpose=NEWSLETTER, version=WORDING, decision=Decision.GIVEN, said_at=NOON, expires_at=NOON
    )

    assert decided(HUBSPOT, ANNA, expired) == HoldNothing("The consent to “newsletter” has expired.")


def test_a_legitimate_interest_needs_no_answer_and_ends_with_an_objection() -> None:
    interest = Purpose(brand=SHOP, key="fraud", lawful_basis=LawfulBasis.LEGITIMATE_INTEREST)
    latest = PurposeVersion(purpose=interest, number=1, releases=["email"], published_at=NOON)
    no = ConsentRecord(purpose=interest, version=latest, decision=Decision.WITHDRAWN, said_at=NOON)
    connector = Connector(brand=SHOP, purpose=interest, kind="hubspot")
    matrix = Matrix({EMAIL: frozenset({interest.pk})})

    unasked = desired(connector, matrix, ANNA, {interest.pk: standing(interest, None, latest, NOON)})
    objected = desired(connector, matrix, ANNA, {interest.pk: standing(interest, no, latest, NOON)})

    assert isinstance(unasked, Hold)
    assert unasked.values == {"email": "anna@example.com"}
    assert isinstance(objected, HoldNothing)


def test_a_restricted_person_is_held_back() -> None:
    wanted = decided(HUBSPOT, replace(ANNA, is_restricted=True), GIVEN)

    assert wanted == HoldNothing("The person has had processing restricted.")


@pytest.mark.parametrize("decision", [one for one in Decision if one != Decision.GIVEN])
def test_any_other_answer_allows_nothing(decision: Decision) -> None:
    assert decided(HUBSPOT, ANNA, answered(decision)) == HoldNothing(
        f"The consent to “newsletter” is {decision.value}."
    )


def test_no_answer_allows_nothing() -> None:
    assert isinstance(decided(HUBSPOT, ANNA, None), HoldNothing)


@pytest.mark.parametrize("status", [MembershipStatus.SUSPENDED, MembershipStatus.ENDED])
def test_without_an_active_membership_nothing_is_allowed(status: MembershipStatus) -> None:
    left = replace(ANNA, memberships={SHOP.pk: Membership(brand=SHOP, status=status)})

    assert isinstance(decided(HUBSPOT, left, GIVEN), HoldNothing)
    assert isinstance(decided(HUBSPOT, replace(ANNA, memberships={}), GIVEN), HoldNothing)


def test_a_suspended_account_is_held_back_and_an_erased_one_erased() -> None:
    assert isinstance(decided(HUBSPOT, replace(ANNA, status=Status.SUSPENDED), GIVEN), HoldNothing)
    assert isinstance(decided(HUBSPOT, replace(ANNA, status=Status.ERASING), GIVEN), Erase)
    assert isinstance(decided(HUBSPOT, replace(ANNA, status=Status.ERASED), GIVEN), Erase)
    assert isinstance(decided(HUBSPOT, None, GIVEN), Erase)


def test_an_unknown_kind_needs_a_human() -> None:
    with pytest.raises(NeedsHuman, match="fax"):
        decided(Connector(brand=SHOP, purpose=NEWSLETTER, kind="fax"), ANNA, GIVEN)


def test_values_become_texts_in_their_fields_and_the_unmapped_has_none() -> None:
    mapping = {"given_name": "firstname", "interests": "likes"}

    assert fields(mapping, {"given_name": "Anna", "interests": ["tea", "books"], "country": "DE"}) == {
        "firstname": "Anna",
        "likes": "tea, books",
    }
    assert cleared(mapping, ["given_name", "country"]) == {"firstname": ""}
