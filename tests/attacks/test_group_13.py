"""SCIM inbound (open set, group 13): what a website's token is turned against.

Not repeated here: every door without or with a wrong credential (A13.01) stands in
tests/provisioning/scim/test_access.py and test_oauth_tokens.py, filters that are refused (A13.06) in
test_filters.py, odd pages and foreign cursors (A13.09) in test_paging.py, malformed bodies in
test_refusals.py. What a website does to sign-ins (A13.11, A13.13) is in test_group_13_sign_in.py, what is too
large (A13.08) in test_group_13_limits.py, foreign ids in test_group_13_foreign_ids.py, people known elsewhere
and lookalikes in test_group_13_strangers.py.
"""

import json

import pytest

from accounts.attributes import CUSTOMER_EXTENSION
from accounts.models import Account, Identifier, Membership, Segment
from accounts.snapshot import snapshot
from provisioning.models import Scope
from tests.attacks.ways import ADA, GREED, MALLORY, STRANGE_ID, WAYS, Way, bulk, of_weight
from tests.people import Kaffeehaus
from tests.provisioning.scim.door import PATCH, Site, site, user
from tests.provisioning.scim.group_door import GROUP, made

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
def test_a13_03_nothing_of_weight_is_a_websites_to_say(shop: Kaffeehaus, catalogue: Site, way: Way) -> None:
    made(catalogue, "admins")
    key = catalogue.post(user(ADA)).json()["id"]
    ada = Membership.objects.get(pk=key).account
    before, created = of_weight(ada), Membership.objects.get(pk=key).since

    for path, value in GREED:
        answer = way(catalogue, key, path, value)

        assert answer.status_code in {200, 201, 400, 403, 409}, (path, answer.content)
        assert of_weight(ada) == before, path
        for other in Account.objects.exclude(pk=ada.pk):
            weight = of_weight(other)
            assert weight["account"] | {"pk": 0} == before["account"] | {"pk": 0}, path
            assert weight["rest"] == before["rest"], path
    shown = catalogue.get(f"/Users/{key}").json()
    assert (shown["id"], shown["schemas"][0], shown["meta"]["resourceType"]) == (
        key,
        user()["schemas"][0],
        "User",
    )
    assert Membership.objects.get(pk=key).since == created
    assert not {"password", "roles", "entitlements", "groups", "is_staff"} & set(shown)


def test_a13_03_a_group_takes_no_more_than_it_has(shop: Kaffeehaus, catalogue: Site, tea: Site) -> None:
    key = made(catalogue, "Regulars")
    before = Segment.objects.values("id", "brand", "created_at").get()

    for name, value in (
        ("id", STRANGE_ID),
        ("brand", str(tea.brand.pk)),
        ("version", 99),
        ("meta", {"created": "2020-01-01T00:00:00Z"}),
        ("external_ids", {"x": "y"}),
        ("permissions", ["admin"]),
    ):
        steps = {"schemas": [PATCH], "Operations": [{"op": "replace", "path": name, "value": value}]}
        body = {"schemas": [GROUP], "displayName": "Regulars", name: value}
        for answer in (
            catalogue.call("PATCH", f"/Groups/{key}", steps),
            catalogue.call("PUT", f"/Groups/{key}", body),
        ):
            assert answer.status_code in {200, 400, 403}, (name, answer.content)
            assert Segment.objects.values("id", "brand", "created_at").get() == before


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
def test_a13_03_a_website_writes_only_what_is_on_its_list_however_it_is_spelled(
    shop: Kaffeehaus, way: Way
) -> None:
    modest = site(shop.brand, "modest", attributes=["locale"])
    key = modest.post(user(ADA)).json()["id"]

    for path in ("name.familyName", "NAME.familyname", f"{CUSTOMER_EXTENSION}:country"):
        answer = way(modest, key, path, "FR")

        assert b"403" in answer.content, (path, answer.content)
    assert not snapshot(Membership.objects.get(pk=key).account).values
    assert Account.objects.count() == 1


@pytest.mark.parametrize(
    "said",
    [
        '{"schemas": %s, "userName": "ada@example.com", "userName": "mallory@example.com"}',
        '{"schemas": %s, "userName": "ada@example.com", "USERNAME": "mallory@example.com"}',
        '{"schemas": %s, "username": "mallory@example.com", "userName": "ada@example.com"}',
        '{"schemas": %s, "userName": "a", "emails": [{"value": "x@example.com", "VALUE": "y@example.com"}]}',
        '{"schemas": %s, "userName": "a", "locale": "de", "name": {}, "NAME": {"familyName": "B"}}',
    ],
)
def test_a13_03_of_a_key_that_comes_twice_one_is_taken_and_shown(shop: Kaffeehaus, said: str) -> None:
    """Two programs that read one body differently are how a check is passed by."""
    modest = site(shop.brand, "modest", attributes=["locale"])

    answer = modest.raw("POST", "/Users", said % json.dumps(user()["schemas"]))

    assert answer.status_code in {201, 400, 403}, answer.content
    if answer.status_code != 201:
        assert not Account.objects.exists()
        return
    body = answer.json()
    assert modest.get(f"/Users/{body['id']}").json() == body
    own = Identifier.objects.filter(scope="").values_list("normal", flat=True)
    assert list(own) == [mail["value"] for mail in body.get("emails", [])]
    assert "name" not in body


@pytest.mark.parametrize(
    "path", ["/Me", "/Users/../Me", "/Bulk", "/Users", "/Schemas/x", "/Users/.search", ""]
)
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "GET"])
def test_a13_03_bulk_reaches_no_other_door(shop: Kaffeehaus, method: str, path: str) -> None:
    reader = site(shop.brand, "reader", [Scope.READ])

    answer = bulk(reader, {"method": method, "path": path, "bulkId": "1", "data": user(MALLORY)})

    assert answer.status_code in {200, 400}
    for done in answer.json().get("Operations", []):
        assert int(done["status"]) >= 400, done
    assert not Account.objects.exists()


INJECTIONS = [
    'x" or 1=1 --',
    "x' or '1'='1",
    "'; drop table accounts_account; --",
    "%s",
    "%(account)s",
    "%",
    "_",
    "\\",
    "\\' or 1=1 --",
    "$1",
    "{0.__class__}",
    "x') union select * from accounts_account --",
    "\u02bc or 1=1",
    "password",
]


@pytest.mark.parametrize("text", INJECTIONS, ids=repr)
def test_a13_06_what_looks_like_sql_is_a_text_like_any_other(
    shop: Kaffeehaus, catalogue: Site, text: str
) -> None:
    key = catalogue.post(user(ADA, interests=["espresso"]) | {"externalId": "7"}).json()["id"]
    group = made(catalogue, "Regulars", [key])
    said = json.dumps(text)

    for path, filter in (
        ("/Users", f"userName eq {said}"),
        ("/Users", f"emails[value eq {said} or type sw {said}]"),
        ("/Users", f"externalId gt {said} and externalId lt {said}"),
        ("/Users", f"name.familyName ew {said}"),
        ("/Users", f"{CUSTOMER_EXTENSION}:interests co {said}"),
        ("/Groups", f"displayName eq {said}"),
        ("/Groups", f"members.value eq {said}"),
    ):
        answer = catalogue.get(path, filter=filter)
        assert answer.status_code in {200, 400}, (filter, answer.content)
        assert answer.json().get("totalResults", 0) == 0, filter
    for step in (
        {"op": "remove", "path": f"emails[value eq {said}]"},
        {"op": "replace", "path": f"emails[type eq {said}].value", "value": "x@example.com"},
        {"op": "remove", "path": text},
    ):
        assert catalogue.patch(key, step).status_code in {200, 400}, step
    removal = {"schemas": [PATCH], "Operations": [{"op": "remove", "path": f"members[value eq {said}]"}]}
    assert catalogue.call("PATCH", f"/Groups/{group}", removal).status_code in {200, 400}
    assert catalogue.get(sortBy=text).status_code == 400
    assert catalogue.get(attributes=text).status_code in {200, 400}
    assert catalogue.get("/Users", cursor=text).status_code == 400
    assert catalogue.get(f"/Groups/{group}").json()["members"][0]["value"] == key
    assert Account.objects.count() == 1


@pytest.mark.parametrize(
    "secret",
    [
        "password",
        "hash",
        "key_hash",
        "is_staff",
        "account.identifiers.value",
        "account__authenticators__hash",
        "reported",
        "suspended_by",
        "brand.websites.tokens.hash",
        f"{CUSTOMER_EXTENSION}:known.value",
    ],
)
def test_a13_06_and_a13_09_no_secret_is_filtered_sorted_or_shown(catalogue: Site, secret: str) -> None:
    catalogue.post(user(ADA))

    for operator_ in ('sw "a"', 'gt ""', "pr", 'ne "x"'):
        assert catalogue.get(filter=f"{secret} {operator_}").status_code == 400
    assert catalogue.get(sortBy=secret).status_code == 400
    answer = catalogue.get(attributes=secret)
    assert answer.status_code in {200, 400}
    for shown in answer.json().get("Resources", []):
        assert set(shown) <= {"schemas", "id"}
    search = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:SearchRequest"], "filter": f"{secret} pr"}
    for path in ("/.search", "/Users/.search", "/Groups/.search"):
        found = catalogue.call("POST", path, search)
        assert found.status_code == 400 or found.json()["totalResults"] == 0
