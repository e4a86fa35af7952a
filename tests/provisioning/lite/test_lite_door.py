"""POST /api/v1/lite: what a form on a brand's website does, and that it touches nothing that is known."""

import statistics
import time

import pytest
from django.utils import timezone
from drf_spectacular.generators import SchemaGenerator

from accounts.events import Actor
from accounts.memberships import set_status
from accounts.models import Account, Identifier, Membership, MembershipStatus, ProfileValue, Source, Status
from accounts.profiles import Said
from accounts.registration import Met, create_lite
from ciam.lib.models import Counter, Mail
from consent.models import ConsentRecord, Decision, text_hash
from provisioning.models import Website
from tests.people import Kaffeehaus, customer, kaffeehaus, operator
from tests.provisioning.lite.visitor import (
    ACCEPTED,
    ADA,
    KEY,
    SHOP,
    Visitor,
    gives,
    proof,
    refused,
    said,
    stands,
    ticked,
    values,
)

pytestmark = pytest.mark.django_db


def test_a_visitor_becomes_a_lite_customer_of_the_brand(visitor: Visitor, website: Website) -> None:
    answer = visitor.fetches(given_name="Ada", interests=["tea", "books"])

    assert said(answer) == ACCEPTED
    member = Membership.objects.get()
    assert (member.account.kind, member.brand, member.how) == ("lite", website.brand, "form")
    assert values() == {"given_name": "Ada", "interests": ["tea", "books"]}
    assert set(ProfileValue.objects.values_list("source", "said_by")) == {(Source.WEBSITE, str(website.pk))}
    assert not Identifier.objects.filter(verified_at__isnull=False).exists()


def test_a_plain_form_does_the_same_and_comes_back_to_its_page(visitor: Visitor, shop: Kaffeehaus) -> None:
    answer = visitor.submits(
        given_name="Ada",
        interests=["tea", "books"],
        source="",
        purpose=ticked(shop.newsletter),
        surface=f"{SHOP}/list",
        return_to=f"{SHOP}/thanks?from=list",
    )

    assert (answer.status_code, answer["Location"]) == (303, f"{SHOP}/thanks?from=list&lite=ok")
    assert values() == {"given_name": "Ada", "interests": ["tea", "books"]}
    record = ConsentRecord.objects.get()
    assert (record.decision, record.method, record.surface) == (Decision.PENDING, "api", f"{SHOP}/list")


@pytest.mark.parametrize("type", ["application/x-www-form-urlencoded", "multipart/form-data; boundary=x"])
def test_both_encodings_of_a_form_are_read(visitor: Visitor, type: str) -> None:
    body = f"key={KEY}&email=ada%40example.com"
    if type.startswith("multipart"):
        fields = (("key", KEY), ("email", ADA))
        head = 'Content-Disposition: form-data; name="%s"'
        body = "".join(f"--x\r\n{head % name}\r\n\r\n{value}\r\n" for name, value in fields) + "--x--\r\n"

    assert said(visitor.raw(body, type)) == ACCEPTED
    assert Membership.objects.count() == 1


def test_a_phone_number_is_enough_and_is_read_in_the_brands_country(
    visitor: Visitor, website: Website
) -> None:
    website.brand.country = "DE"
    website.brand.save()

    assert said(visitor.fetches(email="", phone="030 901820")) == ACCEPTED
    assert Identifier.objects.get(scope="").normal == "+4930901820"


@pytest.mark.parametrize(
    "address",
    [
        "https://shop.example.evil.example/",
        "https://shop.example@evil.example/",
        "https://shop.example\\@evil.example/",
        "https://evil.example/",
        "//evil.example",
        "javascript:alert(1)",
        "http://shop.example/",
        "https://shop.example/\r\nSet-Cookie: a=b",
        "/thanks",
        f"{SHOP}/{'x' * 3_000}",
    ],
)
def test_nobody_is_sent_to_another_website(visitor: Visitor, address: str) -> None:
    answer = visitor.submits(return_to=address)

    assert said(answer) == ACCEPTED
    assert "Location" not in answer


def scenes(shop: Kaffeehaus, website: Website) -> dict[str, str]:
    """Addresses of all kinds of people."""
    teahouse = kaffeehaus("teahouse", is_default=False)
    at = Said(Source.WEBSITE, str(website.pk), timezone.now())
    create_lite(shop.brand, Met.at("lite@example.com", {}, at), Actor("website"), how="scim")
    customer("full@example.com", brand=shop.brand)
    customer("elsewhere@example.com", brand=teahouse.brand)
    operator("olga@example.com")
    erased = customer("erased@example.com", brand=shop.brand)
    Account.objects.filter(pk=erased.pk).update(status=Status.ERASED)
    left = customer("left@example.com", brand=shop.brand)
    set_status(left.memberships.get(), MembershipStatus.ENDED, Actor("website"))
    kinds = ("new", "lite", "full", "elsewhere", "olga", "erased", "left")
    return {kind: f"{kind}@example.com" for kind in kinds}


def test_the_answer_is_the_same_whoever_it_is_about(
    visitor: Visitor, shop: Kaffeehaus, website: Website
) -> None:
    answers = {}

    for number, (kind, address) in enumerate(scenes(shop, website).items()):
        visitor.address = f"192.0.2.{number}"
        answer = visitor.fetches(email=address, given_name="X", consents=[proof(shop.newsletter)])
        answers[kind] = (answer.status_code, dict(answer.headers), answer.content)

    assert len({repr(answer) for answer in answers.values()}) == 1, answers
    assert answers["new"][0] == 202


def test_nor_does_the_time_tell(visitor: Visitor, shop: Kaffeehaus, website: Website) -> None:
    """A stranger has ten tries for an address in an hour, and sees the network's delays beside."""
    kinds = scenes(shop, website)
    took: dict[str, list[float]] = {kind: [] for kind in ("lite", "elsewhere", "new")}

    for number in range(12):
        for kind in took:
            Counter.objects.all().delete()
            address = f"new{number}@example.com" if kind == "new" else kinds[kind]
            began = time.perf_counter()
            visitor.fetches(email=address, consents=[proof(shop.newsletter)])
            took[kind].append(time.perf_counter() - began)

    usual = {kind: statistics.median(times) for kind, times in took.items()}
    assert max(usual.values()) - min(usual.values()) < 0.1, usual


def test_of_somebody_known_nothing_is_overwritten(
    visitor: Visitor, shop: Kaffeehaus, website: Website
) -> None:
    visitor.fetches(given_name="Ada")
    before = list(Identifier.objects.values_list("pk", "value", "normal"))

    answer = visitor.fetches(
        email="ADA@example.com", given_name="Fool", interests="scams", phone="+4930901820"
    )

    assert said(answer) == ACCEPTED
    assert values() == {"given_name": "Ada"}
    assert list(Identifier.objects.values_list("pk", "value", "normal")) == before


@pytest.mark.parametrize("double_opt_in", [True, False])
def test_an_answer_waits_for_the_person_whatever_the_purpose_asks(
    visitor: Visitor, shop: Kaffeehaus, double_opt_in: bool
) -> None:
    shop.newsletter.purpose.double_opt_in = double_opt_in
    shop.newsletter.purpose.save()

    visitor.fetches(consents=[proof(shop.newsletter)])

    assert stands(shop.newsletter) == Decision.PENDING
    assert Mail.objects.count() == 1


@pytest.mark.parametrize("wrong", [{"text_hash": text_hash("May we?")}, {"text_hash": ""}, {"version": None}])
def test_without_the_right_wording_it_is_unproven_and_nobody_gets_mail(
    visitor: Visitor, shop: Kaffeehaus, wrong: dict[str, object]
) -> None:
    assert said(visitor.fetches(consents=[proof(shop.newsletter, **wrong)])) == ACCEPTED

    assert stands(shop.newsletter) == Decision.UNPROVEN
    assert not Mail.objects.exists()


def test_a_bare_key_in_a_plain_form_proves_nothing(visitor: Visitor, shop: Kaffeehaus) -> None:
    visitor.submits(purpose=["newsletter", "terms"])

    assert (stands(shop.newsletter), stands(shop.terms)) == (Decision.UNPROVEN, Decision.UNPROVEN)


def test_what_was_given_for_good_is_not_called_into_doubt(visitor: Visitor, shop: Kaffeehaus) -> None:
    ada = customer(ADA, brand=shop.brand)
    gives(ada, shop.newsletter)

    for report in (proof(shop.newsletter), {"purpose": "newsletter"}):
        visitor.fetches(consents=[report])

    assert stands(shop.newsletter, ada) == Decision.GIVEN
    assert not Mail.objects.exists()


def test_a_refusal_is_taken_from_nobody_knows_whom_and_changes_nothing(
    visitor: Visitor, shop: Kaffeehaus
) -> None:
    ada = customer(ADA, brand=shop.brand)
    gives(ada, shop.newsletter)

    assert said(visitor.fetches(consents=[proof(shop.newsletter, decision="refused")])) == ACCEPTED
    assert refused(visitor.fetches(consents=[proof(shop.newsletter, decision="withdrawn")]))[0] == 400

    assert stands(shop.newsletter, ada) == Decision.GIVEN


def test_who_left_is_not_brought_back_by_a_form(visitor: Visitor, shop: Kaffeehaus) -> None:
    ada = customer(ADA, brand=shop.brand)
    gives(ada, shop.newsletter)
    set_status(ada.memberships.get(), MembershipStatus.ENDED, Actor("website"))

    assert said(visitor.fetches(given_name="Fool", consents=[proof(shop.newsletter)])) == ACCEPTED

    assert ada.memberships.get().status == MembershipStatus.ENDED
    assert values() == {}


def test_a_field_that_people_do_not_see_gives_programs_away(visitor: Visitor) -> None:
    assert said(visitor.fetches(website="https://spam.example")) == ACCEPTED
    answer = visitor.submits(email="nonsense", website="x", return_to=f"{SHOP}/thanks")

    assert (answer.status_code, answer["Location"]) == (303, f"{SHOP}/thanks?lite=ok")
    assert not Account.objects.exists()


def test_the_schema_of_the_api_tells_of_it() -> None:
    schema = SchemaGenerator().get_schema(request=None, public=True)  # type: ignore[no-untyped-call]

    told = schema["paths"]["/api/v1/lite"]["post"]
    assert set(told["requestBody"]["content"]) >= {"application/json", "application/x-www-form-urlencoded"}
    assert {"202", "400", "403", "429"} <= set(told["responses"])
    fields = schema["components"]["schemas"]["LiteForm"]["properties"]
    assert {"key", "email", "consents", "given_name", "return_to", "website"} <= set(fields)
