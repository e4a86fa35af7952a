"""The token: got once for all workers, renewed once, kept encrypted, and sent to nobody but Salesforce."""

import httpx
import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from ciam.lib.crypto import encrypt
from consent.models import Purpose
from provisioning.connectors.salesforce_session import SETTING, is_ours, session_of
from tests.provisioning.outbox import scene
from tests.provisioning.outbox.salesforce_target import TOKEN, UPSERT, Org
from tests.provisioning.outbox.scene import Customer, deliver, settled

pytestmark = pytest.mark.django_db

LATER = 10.0**9
EXPIRED = [{"message": "Session expired or invalid", "errorCode": "INVALID_SESSION_ID"}]


@pytest.fixture
def busy(salesforce: Org, newsletter: Purpose) -> Org:
    """Many people wait to be sent."""
    scene.crowd(newsletter, 60)
    return salesforce


def test_one_token_serves_many_batches_and_a_new_process(
    salesforce: Org, newsletter: Purpose, anna: Customer
) -> None:
    scene.crowd(newsletter, 30)
    deliver()
    anna.gives(newsletter)
    deliver()

    assert settled(salesforce.connector)
    assert len(salesforce.asked(TOKEN)) == 1


def test_the_token_is_kept_encrypted_and_the_secret_nowhere(
    salesforce: Org, anna: Customer, newsletter: Purpose
) -> None:
    anna.gives(newsletter)
    deliver()

    with connection.cursor() as cursor:
        cursor.execute("SELECT row::text FROM provisioning_connector AS row")
        stored = cursor.fetchone()[0]
    salesforce.connector.refresh_from_db()
    token = session_of(salesforce.connector, LATER).token
    assert token.startswith("00D")
    assert token not in stored
    assert token[4:20] not in stored
    assert "a-secret" not in stored


def test_a_token_that_expires_amid_a_batch_is_renewed_once_and_nothing_is_lost(busy: Org) -> None:
    busy.fault("status", status=401, body=EXPIRED, path_contains=UPSERT)

    assert deliver() == 60

    assert len(busy.asked(TOKEN)) == 2
    assert len(busy.records()) == 60


def test_a_new_token_that_is_refused_too_needs_a_human(busy: Org) -> None:
    busy.fault("status", status=401, body=EXPIRED, path_contains=UPSERT, times=9)

    deliver()

    busy.connector.refresh_from_db()
    assert "INVALID_SESSION_ID" in busy.connector.needs_human
    assert len(busy.asked(TOKEN)) == 2


def test_other_credentials_get_another_token(salesforce: Org, anna: Customer, newsletter: Purpose) -> None:
    anna.gives(newsletter)
    deliver()

    salesforce.connector.refresh_from_db()
    salesforce.connector.secret = "another-key:a-secret"
    salesforce.connector.save()
    anna.says(given_name="Ann")
    deliver()

    assert len(salesforce.asked(TOKEN)) == 2


def test_a_kept_token_that_nobody_can_read_any_more_is_replaced(
    salesforce: Org, anna: Customer, newsletter: Purpose
) -> None:
    salesforce.set(**{SETTING: encrypt("[1]").decode()})
    anna.gives(newsletter)

    deliver()
    assert settled(salesforce.connector)

    salesforce.connector.refresh_from_db()
    salesforce.set(**{SETTING: "gAAAAA"})
    anna.says(given_name="Ann")
    deliver()
    assert salesforce.of(anna)["FirstName"] == "Ann"


@pytest.mark.parametrize("secret", [None, "", "key", "key:", ":secret", "ké:secret"])
def test_a_secret_that_is_no_pair_is_not_sent(
    salesforce: Org, anna: Customer, newsletter: Purpose, secret: str | None
) -> None:
    salesforce.connector.secret = secret
    salesforce.connector.save()
    anna.gives(newsletter)

    deliver()

    salesforce.connector.refresh_from_db()
    assert "key:secret" in salesforce.connector.needs_human
    assert salesforce.requests == []


@pytest.mark.parametrize(
    "login_url",
    ["https://login.salesforce.com", "http://10.0.0.1/salesforce", "ftp://example.com", "http://[::1", ""],
)
def test_an_address_that_gives_no_tokens_stops_the_target(
    salesforce: Org, anna: Customer, newsletter: Purpose, login_url: str
) -> None:
    salesforce.set(login_url=login_url)
    anna.gives(newsletter)

    deliver()

    salesforce.connector.refresh_from_db()
    assert "My Domain" in salesforce.connector.needs_human
    assert salesforce.requests == []


@pytest.mark.parametrize("error", ["invalid_client_id", "invalid_grant", "inactive_user"])
def test_refused_credentials_need_a_human(busy: Org, error: str) -> None:
    body = {"error": error, "error_description": "no"}
    busy.fault("status", status=400, body=body, path_contains=TOKEN)

    deliver()

    busy.connector.refresh_from_db()
    assert error in busy.connector.needs_human
    assert "a-secret" not in busy.connector.needs_human


def test_a_token_that_is_just_being_made_is_waited_for(busy: Org) -> None:
    body = {"error": "invalid_grant", "error_description": "token request is already being processed"}
    busy.fault("status", status=400, body=body, path_contains=TOKEN)

    deliver()
    assert busy.records() == []

    deliver(after=3)
    assert settled(busy.connector)


@pytest.mark.parametrize(
    "instance_url", ["https://evil.example", "https://salesforce.com.evil.example", "http://x.salesforce.com"]
)
def test_no_token_goes_to_an_address_that_is_not_salesforces(busy: Org, instance_url: str) -> None:
    body = {"access_token": "canary", "instance_url": instance_url, "token_type": "Bearer"}
    busy.fault("status", status=200, body=body, path_contains=TOKEN)

    deliver()

    busy.connector.refresh_from_db()
    assert "not Salesforce's" in busy.connector.needs_human
    assert [one["path"] for one in busy.requests] == ["/services/oauth2/token"]


MY_DOMAIN = "https://acme.my.salesforce.com"


@pytest.mark.parametrize(
    "instance_url",
    [MY_DOMAIN, "https://na1.salesforce.com", "https://acme.force.com", "https://acme.my.salesforce.com:443"],
)
def test_salesforces_own_hosts_are_trusted(instance_url: str) -> None:
    assert is_ours(instance_url, MY_DOMAIN)


@pytest.mark.parametrize(
    "instance_url",
    [
        "http://acme.my.salesforce.com",
        "https://acme.my.salesforce.com@evil.example",
        "https://evil.example/.salesforce.com",
        "https://evil.example?.salesforce.com",
        "https://evil.example#.salesforce.com",
        "https://evilsalesforce.com",
        "https://acme.my.salesforce.com:8443",
        "https://user:pass@acme.my.salesforce.com",
        "https://[::1",
        "javascript:alert(1)",
        "",
    ],
)
def test_others_are_not(instance_url: str) -> None:
    assert not is_ours(instance_url, MY_DOMAIN)


@given(
    st.text() | st.from_regex(r"https?://[a-z.@:/#?\\]{0,30}(evil\.example|salesforce\.com)[a-z.@:/#?]{0,10}")
)
def test_whatever_an_answer_names_only_https_of_salesforce_is_trusted(text: str) -> None:
    if is_ours(text, MY_DOMAIN):
        url = httpx.URL(text)
        assert url.scheme == "https"
        assert url.host.endswith((".salesforce.com", ".force.com"))
