"""Which app calls, and how it proves it."""

import base64

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError
from django.test import Client as Browser

from auth_flows.models import BrowserSession, Client
from auth_flows.oidc import clients
from auth_flows.oidc.client_authentication import FAILURES
from tests.auth_flows.oidc.apps import VERIFIER, Answer, App, confidential, json_of, post, public, service
from tests.people import Kaffeehaus

TOKEN = "/oauth/token"
CREDENTIALS = {"grant_type": "client_credentials"}


def basic(client_id: str, secret: str) -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(f"{client_id}:{secret}".encode()).decode()}


def is_unproven(response: Answer) -> bool:
    assert response.status_code == 401
    assert response["WWW-Authenticate"].startswith("Basic ")
    assert response["Cache-Control"] == "no-store"
    return bool(json_of(response)["error"] == "invalid_client")


def test_an_app_proves_itself_by_its_secret_in_the_header(shop: Kaffeehaus) -> None:
    app = service(shop.brand)

    assert post(TOKEN, CREDENTIALS, app.basic()).status_code == 200


def test_an_app_proves_itself_by_its_secret_in_the_form(shop: Kaffeehaus) -> None:
    app = service(shop.brand)
    proof = {"client_id": app.client.client_id, "client_secret": app.secret}

    assert post(TOKEN, CREDENTIALS | proof).status_code == 200


def test_a_header_is_form_encoded_first(shop: Kaffeehaus) -> None:
    app = service(shop.brand)
    app.client.client_id = "https://a.example/app+1"
    app.client.save()

    assert post(TOKEN, CREDENTIALS, basic("https%3A%2F%2Fa.example%2Fapp%2B1", app.secret)).status_code == 200


def test_an_app_may_say_its_name_beside_the_header_but_no_other(shop: Kaffeehaus) -> None:
    app = service(shop.brand)

    named = post(TOKEN, CREDENTIALS | {"client_id": app.client.client_id}, app.basic())

    assert named.status_code == 200
    assert is_unproven(post(TOKEN, CREDENTIALS | {"client_id": "another"}, app.basic()))


def test_an_app_with_a_secret_must_show_it(shop: Kaffeehaus) -> None:
    app, client_id = service(shop.brand), {}
    client_id = {"client_id": app.client.client_id}

    assert is_unproven(post(TOKEN, CREDENTIALS))
    assert is_unproven(post(TOKEN, CREDENTIALS | client_id))
    assert is_unproven(post(TOKEN, CREDENTIALS | client_id | {"client_secret": ""}))
    assert is_unproven(post(TOKEN, CREDENTIALS | client_id | {"client_secret": app.secret + "x"}))
    assert is_unproven(post(TOKEN, CREDENTIALS, basic(app.client.client_id, "")))
    assert is_unproven(post(TOKEN, CREDENTIALS, basic("nobody", app.secret)))
    assert is_unproven(post(TOKEN, CREDENTIALS, basic(app.client.client_id, app.client.client_secret)))


def test_a_secret_in_two_places_is_in_one_too_many(shop: Kaffeehaus) -> None:
    app = service(shop.brand)
    twice = {"client_id": app.client.client_id, "client_secret": app.secret}

    assert is_unproven(post(TOKEN, CREDENTIALS | twice, app.basic()))


def test_a_secret_in_the_address_is_refused(shop: Kaffeehaus) -> None:
    app = service(shop.brand)
    said = f"client_id={app.client.client_id}&client_secret={app.secret}"

    for path in ("/oauth/token", "/oauth/revoke", "/oauth/introspect"):
        response = post(f"{path}?{said}", CREDENTIALS | {"token": "x"})
        assert (response.status_code, json_of(response)["error"]) == (400, "invalid_request")


@pytest.mark.parametrize(
    "header",
    ["Basic", "Basic ", "Basic !!!", "Basic YWJj", "Basic /////w==", "Bearer x", "Digest a=b", "x" * 5_000],
)
def test_a_header_that_proves_nothing(shop: Kaffeehaus, header: str) -> None:
    assert is_unproven(post(TOKEN, CREDENTIALS, {"Authorization": header}))


def test_an_assertion_is_not_taken_for_a_secret(shop: Kaffeehaus) -> None:
    app = service(shop.brand)
    kind = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
    said = {"client_id": app.client.client_id, "client_assertion_type": kind, "client_assertion": "e30.e30."}

    assert is_unproven(post(TOKEN, CREDENTIALS | said))


def test_an_app_out_of_use_proves_nothing(shop: Kaffeehaus) -> None:
    app = service(shop.brand)
    app.client.is_active = False
    app.client.save()

    assert is_unproven(app.post(TOKEN, CREDENTIALS))


def test_a_public_app_says_its_name_and_nothing_more(shop: Kaffeehaus, session: BrowserSession) -> None:
    app = public(shop.brand)
    said = {"client_id": app.client.client_id, "client_secret": "guessed"}

    assert is_unproven(post(TOKEN, {"grant_type": "refresh_token", "refresh_token": "x", **said}))
    assert is_unproven(post(TOKEN, {"grant_type": "authorization_code", "code": "x"}))
    assert app.redeem(app.code(session)).status_code == 200


def test_failures_from_one_address_are_turned_away_and_the_app_itself_is_not(shop: Kaffeehaus) -> None:
    app = service(shop.brand)
    for _try in range(FAILURES.most):
        assert is_unproven(post(TOKEN, CREDENTIALS, basic(app.client.client_id, "guessed")))

    response = post(TOKEN, CREDENTIALS, basic(app.client.client_id, "guessed"))

    assert response.status_code == 429
    assert int(response["Retry-After"]) > 0
    assert app.post(TOKEN, CREDENTIALS).status_code == 200


def test_the_wrong_kind_of_grant_is_refused_by_its_name(app: App, session: BrowserSession) -> None:
    def error(**said: str) -> str:
        response = app.post(TOKEN, said)
        assert response.status_code == 400
        return str(json_of(response)["error"])

    assert error() == "invalid_request"
    assert error(grant_type="password", username="ada", password="x") == "unsupported_grant_type"
    assert error(grant_type="implicit") == "unsupported_grant_type"
    assert error(grant_type="client_credentials") == "unauthorized_client"


def test_a_service_redeems_no_codes(shop: Kaffeehaus) -> None:
    response = service(shop.brand).post(TOKEN, {"grant_type": "authorization_code", "code": "x"})

    assert json_of(response)["error"] == "unauthorized_client"


def test_a_service_gets_what_it_is_registered_with_or_less(shop: Kaffeehaus) -> None:
    app = service(shop.brand, ["stock:read", "stock:write", "openid"])

    def scope(**said: str) -> str:
        told = json_of(app.post(TOKEN, CREDENTIALS | said))
        assert "refresh_token" not in told
        assert "id_token" not in told
        return str(told.get("scope", told.get("error")))

    assert scope() == "stock:read stock:write"
    assert scope(scope="stock:read") == "stock:read"
    assert scope(scope="openid") == "invalid_scope"
    assert scope(scope="stock:read admin") == "invalid_scope"


@pytest.mark.parametrize("method", ["get", "put", "delete", "patch", "head"])
def test_tokens_are_posted_for(method: str) -> None:
    response = getattr(Browser(), method)(TOKEN)

    assert response.status_code == 405
    assert response["Allow"] == "POST"


@pytest.mark.parametrize("path", ["/oauth/token", "/oauth/introspect", "/oauth/revoke"])
@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        ('{"grant_type": "client_credentials"}', "application/json"),
        ("grant_type=client_credentials", "text/plain"),
        ("--x\r\nbroken", "multipart/form-data; boundary=x"),
        ("--x\r\nbroken", "multipart/form-data"),
        ("grant_type=client_credentials", ""),
        ("grant_type=a&grant_type=a", "application/x-www-form-urlencoded"),
        ("grant_type=a%00b", "application/x-www-form-urlencoded"),
        ("grant_type=%ff%fe", "application/x-www-form-urlencoded; charset=utf-16"),
        ("&".join(f"a{n}=1" for n in range(2_000)), "application/x-www-form-urlencoded"),
        ("grant_type=" + "x" * 2_000_000, "application/x-www-form-urlencoded"),
    ],
)
def test_a_body_that_is_no_form_gets_the_protocols_own_error(path: str, body: str, content_type: str) -> None:
    response = Browser().generic("POST", path, body.encode(), content_type=content_type)

    assert response.status_code == 400
    assert json_of(response)["error"] == "invalid_request"


def test_secrets_are_kept_as_salted_hashes(shop: Kaffeehaus) -> None:
    one, two = confidential(shop.brand), confidential(shop.brand)

    assert one.secret not in one.client.client_secret
    assert clients.hashed(one.secret) != clients.hashed(one.secret)
    assert clients.check_secret(one.client, one.secret)
    assert not clients.check_secret(one.client, two.secret)
    one.client.save()
    assert clients.check_secret(Client.objects.get(pk=one.client.pk), one.secret)


def test_a_renewed_secret_ends_the_old_one(shop: Kaffeehaus) -> None:
    app = service(shop.brand)
    renewed = App(app.client, clients.renew_secret(app.client))

    assert is_unproven(app.post(TOKEN, CREDENTIALS))
    assert renewed.post(TOKEN, CREDENTIALS).status_code == 200


def test_an_app_without_a_secret_has_none_to_guess(shop: Kaffeehaus) -> None:
    app = public(shop.brand)

    assert app.secret == app.client.client_secret == ""
    assert not clients.check_secret(app.client, "")
    app.client.client_secret = clients.hashed("x")
    with pytest.raises(IntegrityError, match="public_clients_have_no_secret"):
        app.client.save()


def test_who_acts_for_itself_has_a_secret(shop: Kaffeehaus) -> None:
    with pytest.raises(ValidationError, match="who_acts_for_itself_is_confidential"):
        public(shop.brand, grant_type=Client.GRANT_CLIENT_CREDENTIALS)


def test_a_scope_is_one_word(shop: Kaffeehaus) -> None:
    with pytest.raises(ValidationError):
        confidential(shop.brand, scopes=["openid email"])


def test_pages_of_any_origin_may_call_and_no_cookie_counts(shop: Kaffeehaus, session: BrowserSession) -> None:
    asked = {"Origin": "https://spa.example", "Access-Control-Request-Method": "POST"}

    preflight = Browser().options(TOKEN, headers=asked)

    assert preflight.status_code == 204
    assert preflight["Access-Control-Allow-Origin"] == "*"
    assert "Access-Control-Allow-Credentials" not in preflight
    assert public(shop.brand).redeem("x", code_verifier=VERIFIER)["Access-Control-Allow-Origin"] == "*"
    assert "Access-Control-Allow-Origin" not in Browser().post("/oauth/introspect")
