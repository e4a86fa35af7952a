"""SCIM inbound (open set, group 13): people who are known elsewhere, and lookalikes of those known here."""

import re

import pytest

from accounts.attributes import CUSTOMER_EXTENSION
from accounts.identifiers import account_with_email
from accounts.models import Account, Identifier, Membership, ProfileValue
from tests.attacks.ways import ADA
from tests.people import Kaffeehaus, customer, operator
from tests.provisioning.scim.door import Answer, Site, proven, user

pytestmark = pytest.mark.django_db


def known_elsewhere(kind: str, tea: Site, teahouse: Kaffeehaus) -> None:
    match kind:
        case "lite at another brand":
            tea.post(user(ADA, interests=["oolong"], country="DE"))
        case "full at another brand":
            customer(ADA, brand=teahouse.brand)
        case "full at none":
            customer(ADA)
        case "an operator":
            operator(ADA)
        case "suspended":
            customer(ADA, brand=teahouse.brand)
            Account.objects.update(status="suspended")
        case "leaving":
            customer(ADA, brand=teahouse.brand)
            Account.objects.update(status="erasing")


ELSEWHERE = [
    "lite at another brand",
    "full at another brand",
    "full at none",
    "an operator",
    "suspended",
    "leaving",
]


@pytest.mark.parametrize("kind", ELSEWHERE)
def test_a13_nobody_can_tell_who_is_known_elsewhere(
    shop: Kaffeehaus, catalogue: Site, tea: Site, teahouse: Kaffeehaus, kind: str
) -> None:
    known_elsewhere(kind, tea, teahouse)

    def tale(address: str) -> list[object]:
        """All that a website hears of somebody, from the first word to the last."""
        answer = proven(shop.newsletter, at="2026-01-01T00:00:00Z")
        said = user(address, interests=["espresso"], consents=[answer])
        made = catalogue.post(said)
        key = made.json()["id"]
        names = ",".join(f"{CUSTOMER_EXTENSION}:{name}" for name in ("kind", "answers", "known"))
        moved = [{"value": f"moved.{address}"}]
        answers = [
            made,
            catalogue.get(f"/Users/{key}"),
            catalogue.post(said),
            catalogue.get(filter=f'userName eq "{address}"'),
            catalogue.get(f"/Users/{key}", attributes=names),
            catalogue.patch(key, {"op": "add", "path": "locale", "value": "de"}),
            catalogue.patch(key, {"op": "replace", "path": "emails", "value": moved}),
            catalogue.patch(key, {"op": "replace", "path": "active", "value": False}),
            catalogue.delete(key),
            catalogue.get(f"/Users/{key}"),
        ]
        return [neutral(answer, address) for answer in answers]

    assert tale(ADA) == tale("new@example.com")


def neutral(answer: Answer, address: str) -> object:
    """Without ids, times and the address; lengths stay."""
    text = answer.content.decode() + str(sorted(answer.headers.items()))
    text = re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}", "ID", text.replace(address, "ADDRESS"))
    text = re.sub(r"\d{4}-\d\d-\d\dT[\d:.]+(Z|\+00:00)", "TIME", text)
    text = re.sub(r'W/\\?"[0-9a-f]{32}\\?"', "VERSION", text)
    return answer.status_code, re.sub(r"'Content-Length', '\d+'", "LENGTH", text)


@pytest.mark.parametrize("kind", ELSEWHERE)
def test_a13_somebody_else_moved_to_a_known_address_looks_like_any_other_move(
    catalogue: Site, tea: Site, teahouse: Kaffeehaus, kind: str
) -> None:
    known_elsewhere(kind, tea, teahouse)
    owner = account_with_email(ADA)
    answers = []

    for name, address in (("bob", ADA), ("eve", "new@example.com")):
        key = catalogue.post(user(f"{name}@example.com")).json()["id"]
        moved = [{"value": address, "primary": True}]
        answer = catalogue.patch(key, {"op": "replace", "path": "emails", "value": moved})
        answers.append(str(neutral(answer, address)).replace(name, "NAME"))

    assert answers[0] == answers[1]
    assert account_with_email(ADA) == owner or kind == "an operator"


LOOKALIKES = [
    "\u0430da@example.com",  # Cyrillic a
    "ad\u0430@example.com",
    "ada@ex\u0430mple.com",
    "\uff41da@example.com",  # fullwidth
    "ada\uff20example.com",
    "ada@example.com.",
    "ada@example.com\u200b",
    "\u200bada@example.com",
    "a\u200dda@example.com",
    "a\u00adda@example.com",
    "\u202eada@example.com",
    "ad\u00e1@example.com",
    "ada\u0301@example.com",
    "\u24d0da@example.com",
    "\U0001d4eada@example.com",
    "\u00aada@example.com",
    '"ada"@example.com',
    "ada@[127.0.0.1]",
    "ada(comment)@example.com",
    "ada @example.com",
    "ada@example.com,mallory@example.com",
    "<ada@example.com>",
    "Ada <ada@example.com>",
    "ada%40example.com",
    "ada@example.com@mallory.example",
    "ada@example.com%00",
    "ada+tag@example.com",
    "a.d.a@example.com",
]


@pytest.mark.parametrize("said", LOOKALIKES, ids=ascii)
@pytest.mark.parametrize("place_of", ["here", "there"])
def test_a13_a_lookalike_is_refused_or_somebody_else(
    catalogue: Site, tea: Site, said: str, place_of: str
) -> None:
    ada = catalogue.post(user(ADA, interests=["espresso"])).json()
    account = Membership.objects.get(pk=ada["id"]).account
    place = catalogue if place_of == "here" else tea

    answers = [
        place.post({"schemas": user()["schemas"], "userName": said}),
        place.post({"schemas": user()["schemas"], "userName": "x", "emails": [{"value": said}]}),
        place.post({"schemas": user()["schemas"], "userName": "y", "externalId": said}),
    ]

    for answer in answers:
        assert answer.status_code in {201, 400, 409}, answer.content
        if answer.status_code == 201:
            assert Membership.objects.get(pk=answer.json()["id"]).account != account
    own = Identifier.objects.filter(account=account, scope="").values_list("normal", flat=True)
    assert list(own) == [ADA]
    assert catalogue.get(f"/Users/{ada['id']}").json() == ada
    assert ProfileValue.objects.filter(account=account).count() == 1


@pytest.mark.parametrize(
    "said", ["ADA@EXAMPLE.COM", "  ada@example.com ", "ada@example\u3002com", "ada@example.com\u2028"]
)
def test_a13_other_spellings_of_one_mailbox_are_one_person(catalogue: Site, tea: Site, said: str) -> None:
    ada = catalogue.post(user(ADA)).json()

    again = catalogue.post(user(said))
    there = tea.post(user(said))

    assert (again.status_code, again.json()["scimType"]) == (409, "uniqueness")
    accounts = {Membership.objects.get(pk=body["id"]).account for body in (ada, there.json())}
    assert len(accounts) == 1


@pytest.mark.parametrize(
    ("one", "other"), [("Zo\u00eb", "Zoe\u0308"), ("STRASSE", "stra\u00dfe"), ("\u212bsa", "\u00e5SA")]
)
def test_a13_a_name_has_one_form_however_it_is_written(catalogue: Site, one: str, other: str) -> None:
    first = catalogue.post({"schemas": user()["schemas"], "userName": one})

    second = catalogue.post({"schemas": user()["schemas"], "userName": other})

    assert (first.status_code, second.status_code) == (201, 409)
    for name in (one, other):
        filter = f'userName eq "{name}"'
        assert [found["id"] for found in catalogue.find(filter)] == [first.json()["id"]]
