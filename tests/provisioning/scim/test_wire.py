"""What is written down at once says the same as the library would, which has the schemas."""

import json
from typing import Any

from django.utils import timezone
from scim2_models import Context

from accounts.models import Membership, ProfileValue, Source
from provisioning.scim.asking import search_of
from provisioning.scim.looking import look_at
from provisioning.scim.reading import listed, page
from provisioning.scim.resources import represent
from provisioning.websites import authenticate
from tests.people import Kaffeehaus
from tests.provisioning.scim.door import Site, extension, proven, user

CONTEXT = Context.RESOURCE_QUERY_RESPONSE


def rich(catalogue: Site, shop: Kaffeehaus) -> dict[str, Any]:
    """Ada with everything that a user can have."""
    catalogue.website.purpose = shop.newsletter.purpose
    catalogue.website.save()
    sent = user(
        "ada@example.com", interests=["espresso", "<&>"], country="de", consents=[proven(shop.newsletter)]
    )
    more = {
        "externalId": "7",
        "name": {"givenName": "Ada \u2028 é"},
        "emails": [
            {"value": "ada@example.com", "type": "work"},
            {"value": "a@home.example", "primary": True},
        ],
        "phoneNumbers": [{"value": "+49 30 123456", "type": "mobile"}],
    }
    body: dict[str, Any] = catalogue.post(sent | more).json()
    member = Membership.objects.get(pk=body["id"])
    ProfileValue.objects.create(
        account=member.account,
        attribute="given_name",
        value="Augusta",
        source=Source.CUSTOMER,
        said_at=timezone.now(),
    )
    group = {"schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "displayName": "Friends"}
    catalogue.call("POST", "/Groups", group | {"members": [{"value": body["id"]}]})
    return body


def _without_empty(resource: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in resource.items() if value != {}}


def test_a_user_is_written_as_the_library_would(catalogue: Site, shop: Kaffeehaus) -> None:
    ada = rich(catalogue, shop)
    caller = authenticate(f"Bearer {catalogue.token}", timezone.now())
    lens = look_at(caller, Membership.objects.get().pk)
    assert lens is not None

    told = catalogue.get(f"/Users/{ada['id']}").json()

    assert told == json.loads(represent(lens).model_dump_json(scim_ctx=CONTEXT))
    assert told["groups"][0]["display"] == "Friends"
    assert not {"kind", "answers", "known"} & extension(told).keys()


def test_a_page_is_written_as_the_library_would(catalogue: Site, shop: Kaffeehaus) -> None:
    rich(catalogue, shop)
    catalogue.post(user("bob@example.com"))
    caller = authenticate(f"Bearer {catalogue.token}", timezone.now())

    for asked in ({}, {"count": "1"}, {"cursor": "", "count": "1"}, {"filter": 'userName eq "nobody"'}):
        told = catalogue.get("/Users", **asked).json()
        said = json.loads(listed(page(caller, search_of(asked))).model_dump_json(scim_ctx=CONTEXT))

        assert told.keys() == said.keys()
        assert bool(told.pop("nextCursor", "")) == bool(said.pop("nextCursor", "")), "each time another"
        # The library leaves an empty object where it shows nothing of the extension.
        assert told == said | {"Resources": [_without_empty(one) for one in said["Resources"]]}


def test_who_asks_by_name_is_told_what_others_know(catalogue: Site, shop: Kaffeehaus) -> None:
    ada = rich(catalogue, shop)
    urn = "urn:ciam:params:scim:schemas:extension:customer:2.0:User"

    told = catalogue.get(f"/Users/{ada['id']}", attributes=f"{urn}:kind,{urn}:answers,{urn}:known").json()

    part = extension(told)
    assert part["kind"] == "lite"
    assert part["answers"][0]["decision"] == "given"
    assert [(known["attribute"], known["value"], known["source"]) for known in part["known"]] == [
        ("name.givenName", "Augusta", "customer")
    ]


def test_who_left_is_in_no_segment_when_they_come_back(catalogue: Site, shop: Kaffeehaus) -> None:
    ada = rich(catalogue, shop)

    catalogue.delete(ada["id"])
    again = catalogue.post(user("ada@example.com")).json()

    assert "groups" not in catalogue.get(f"/Users/{again['id']}").json()
