"""Is there somebody of this name? The question that is asked before each write."""

from urllib.parse import quote

import pytest

from tests.provisioning.scim.door import Site, user


@pytest.mark.parametrize(
    "text",
    [
        'userName eq "ada@example.com"',
        'USERNAME eq "Ada@Example.com"',
        'userName eq "nobody"',
        'userName eq ""',
        'userName  eq "ada@example.com"',
        'userName eq "\\u0061da@example.com"',
        'userName eq "ada@example.com',
        'emails.value eq "ADA@example.com"',
        'emails.value eq "not an address"',
        'externalId eq "crm-1"',
        'externalid eq "CRM-1"',
        'displayName eq "ada"',
        'nothing.value eq "ada"',
        'userName.value eq "ada@example.com"',
        'userName eq "ada\ud800"',
        'userName eq "a\x00da"',
    ],
)
def test_a_question_that_is_not_parsed_is_answered_as_if_it_were(catalogue: Site, text: str) -> None:
    catalogue.post(user("ada@example.com") | {"externalId": "crm-1"})

    short, long = (
        catalogue.raw("GET", f"/Users?{more}filter={spelled(text)}") for more in ("", "startIndex=1&")
    )

    assert (short.status_code, short.json()) == (long.status_code, long.json())


def spelled(text: str) -> str:
    return quote(text.encode(errors="surrogatepass"))
