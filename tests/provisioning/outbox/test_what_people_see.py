"""The customer's "who has my data" and the operator's workbench."""

import pytest
from django.contrib import admin
from django.contrib.messages.storage.cookie import CookieStorage
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.test import RequestFactory

from accounts.access import Assurance
from accounts.events import EventType
from accounts.models import Account, Event, Realm
from consent.models import Purpose
from provisioning.admin import links_of
from provisioning.models import Connector, Link, Website, WebsiteToken
from provisioning.panels import Holder, who_has_my_data
from tests.people import operator
from tests.provisioning.outbox import scene
from tests.provisioning.outbox.memory import Memory
from tests.provisioning.outbox.scene import Customer, deliver

pytestmark = pytest.mark.django_db


@pytest.fixture
def crm(newsletter: Purpose, memory: Memory) -> Connector:
    return scene.connector(newsletter, Memory.kind, name="Our CRM", secret="canary-secret")


def holders(customer: Customer) -> list[Holder]:
    return list(who_has_my_data(HttpRequest(), customer.account).rows)


def asks(path: str = "/admin/", **posted: str) -> HttpRequest:
    """Olga, who runs the place, asks for a page."""
    factory = RequestFactory()
    request = factory.post(path, posted) if posted else factory.get(path)
    request.user = Account.objects.filter(realm=Realm.OPERATOR).first() or operator()
    request.assurance = Assurance(2)  # type: ignore[attr-defined]
    request._messages = CookieStorage(request)  # type: ignore[attr-defined]
    request._dont_enforce_csrf_checks = True  # type: ignore[attr-defined]
    return request


def page(model: type[Model], request: HttpRequest) -> str:
    return text_of(admin.site.get_model_admin(model).changelist_view(request))


def form(model: type[Model], key: object) -> str:
    return text_of(admin.site.get_model_admin(model).change_view(asks(), str(key)))


def text_of(answer: HttpResponse) -> str:
    assert isinstance(answer, TemplateResponse)
    return str(answer.render().content.decode())


def test_a_customer_sees_what_each_system_holds_and_what_is_on_its_way(
    crm: Connector, anna: Customer, newsletter: Purpose
) -> None:
    assert holders(anna) == []

    anna.gives(newsletter)
    deliver()
    first = holders(anna)[0]
    assert (first.system, first.state) == ("Our CRM (Shop)", "Up to date")
    assert first.fields == ("E-mail address", "First name", "Interests")
    assert first.since == first.last_update

    anna.says(given_name="Ann")
    assert holders(anna)[0].state == "Update on its way"

    anna.withdraws(newsletter)
    deliver()
    assert holders(anna)[0].state.startswith("Not used")
    assert holders(anna)[0].fields == ("E-mail address",)

    anna.is_erased()
    deliver()
    assert (holders(anna)[0].state, holders(anna)[0].fields) == ("Erased", ())
    assert holders(anna)[0].since is None


def test_a_customer_sees_that_an_update_failed(crm: Connector, anna: Customer, newsletter: Purpose) -> None:
    anna.gives(newsletter)
    deliver()

    Link.objects.update(needs_human="Somebody look.")

    assert holders(anna)[0].state == "Update failed, we look into it"


def test_the_panel_has_a_page(crm: Connector, anna: Customer, newsletter: Purpose) -> None:
    anna.gives(newsletter)
    deliver()
    panel = who_has_my_data(HttpRequest(), anna.account)

    text = render_to_string(panel.template, {"panel": panel, "panel_id": panel.name})

    assert "Our CRM" in text
    assert "For “Newsletter”: E-mail address, First name, Interests" in text


def test_an_operator_sees_an_accounts_links(crm: Connector, anna: Customer, newsletter: Purpose) -> None:
    anna.gives(newsletter)

    assert [row[:2] for row in links_of(anna.account).rows] == [("Our CRM", "behind")]

    deliver()
    held = "email (newsletter), given_name (newsletter), interests (newsletter)"
    assert [row[:3] for row in links_of(anna.account).rows] == [("Our CRM", "in step", held)]


def short(customer: Customer) -> str:
    """As the list shows an account."""
    return str(customer.account.pk)[-12:]


def test_links_are_found_by_the_accounts_id_and_by_their_state(
    crm: Connector, anna: Customer, newsletter: Purpose
) -> None:
    bert = scene.meet(newsletter.brand, "bert@example.com")
    deliver()
    bert.says(given_name="Bert")

    found = page(Link, asks(f"/admin/?q={anna.account.pk}"))
    assert short(anna) in found
    assert short(bert) not in found

    behind = page(Link, asks("/admin/?state=behind"))
    assert short(bert) in behind
    assert short(anna) not in behind
    assert "0 links" in page(Link, asks("/admin/?q=anna"))


def test_an_operator_sends_a_link_again(crm: Connector, anna: Customer, newsletter: Purpose) -> None:
    deliver()
    link = anna.link(crm)

    request = asks(action="send_again", _selected_action=str(link.pk))
    admin.site.get_model_admin(Link).changelist_view(request)

    assert anna.link(crm).is_behind
    event = Event.objects.latest("id")
    assert (event.type, event.actor_kind) == (EventType.DELIVERY_ASKED_AGAIN, "operator")
    assert event.actor_id == str(request.user.pk)
    assert [str(message) for message in request._messages] == ["1 link is sent again."]  # type: ignore[attr-defined]


def test_a_secret_goes_in_and_never_comes_out(crm: Connector) -> None:
    shown = form(Connector, crm.pk)

    assert "new_secret" in shown
    assert "canary-secret" not in shown


def test_a_tokens_hash_is_not_shown(newsletter: Purpose) -> None:
    site = Website.objects.create(brand=newsletter.brand, name="Catalogue")
    token = WebsiteToken.objects.create(website=site, name="first", hash="c" * 64, scopes=["read"])

    shown = page(WebsiteToken, asks()) + form(WebsiteToken, token.pk)

    assert "Catalogue" in shown
    assert "c" * 64 not in shown
