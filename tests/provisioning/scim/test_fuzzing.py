"""Whatever comes in at the SCIM door, nothing of ours breaks and nothing is half done."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from accounts.attributes import CUSTOMER_EXTENSION
from accounts.events import EventType
from accounts.models import Event
from tests.provisioning.scim.door import ERROR, Site, user

texts = st.text(max_size=20) | st.sampled_from(
    ["ada@example.com", "newsletter", "given", "\x00", "urn:x:y", "%s"]
)
scalars = st.none() | st.booleans() | st.integers() | st.floats() | texts
NAMES = [
    *("schemas", "id", "userName", "emails", "name", "active", "externalId", "meta", "locale", "password"),
    *("groups", "value", "primary", "givenName", "consents", "purpose", "decision", "version", "at"),
    *("interests", "country", "kind", "op", "path", "Operations"),
]
names = st.sampled_from([*NAMES, CUSTOMER_EXTENSION])
trees = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(names | texts, inner, max_size=5),
    max_leaves=15,
)


@hypothesis_settings(max_examples=60)
@given(
    body=trees, query=st.dictionaries(st.sampled_from(["filter", "startIndex", "count", "attributes"]), texts)
)
@pytest.mark.usefixtures("shop")
def test_whatever_comes_in_nothing_of_ours_breaks(
    catalogue: Site, body: object, query: dict[str, str]
) -> None:
    member = ada(catalogue)["id"]
    whole = {"userName": "ada@example.com"} | body if isinstance(body, dict) else body
    answers = [
        catalogue.post(whole),
        catalogue.call("PUT", f"/Users/{member}", whole),
        catalogue.call("PATCH", f"/Users/{member}", body),
        catalogue.call("PATCH", f"/Users/{member}", {"Operations": [body]}),
        catalogue.get("/Users", **query),
    ]

    for response in answers:
        assert response.status_code < 500, (body, query, response.content)
        if response.status_code >= 400:
            assert response.json()["schemas"] == [ERROR]


def ada(catalogue: Site) -> dict[str, Any]:
    """Ada as she is now; the examples of one test share a database."""
    for found in catalogue.find('userName eq "ada@example.com"'):
        return found
    entry = {"purpose": "newsletter", "decision": "given"}
    created: dict[str, Any] = catalogue.post(user(consents=[entry])).json()
    return created


PATHS = [
    *("", "schemas", "id", "meta", "externalId", "name", "name.givenName", "active", "locale", "emails"),
    'emails[value eq "ada@example.com"]',
    CUSTOMER_EXTENSION,
    f"{CUSTOMER_EXTENSION}:interests",
    f"{CUSTOMER_EXTENSION}:consents",
    f'{CUSTOMER_EXTENSION}:consents[purpose eq "newsletter"]',
    f'{CUSTOMER_EXTENSION}:consents[purpose eq "newsletter"].decision',
]


def changes() -> int:
    """Events of changes: that a website was greedy is told now and then, whatever it asked for."""
    return Event.objects.exclude(type=EventType.WEBSITE_OVERREACHED).count()


@hypothesis_settings(max_examples=60)
@given(
    operations=st.lists(
        st.fixed_dictionaries(
            {
                "op": st.sampled_from(["add", "Replace", "remove"]),
                "path": st.sampled_from(PATHS),
            },
            optional={"value": trees},
        ),
        min_size=1,
        max_size=4,
    )
)
@pytest.mark.usefixtures("shop")
def test_whatever_is_patched_the_user_stays_one_that_can_be_read(
    catalogue: Site, operations: list[Any]
) -> None:
    before, events = ada(catalogue), changes()
    member = before["id"]

    response = catalogue.patch(member, *operations)

    assert response.status_code < 500, (operations, response.content)
    after = catalogue.get(f"/Users/{member}")
    assert after.status_code == 200
    if response.status_code != 200:
        assert after.json() == before
        assert changes() == events
    else:
        assert after.json() == response.json()
        assert (after.json() == before) == (changes() == events)
