"""What the law asks of whoever passes data on, at every vendor: rectification, restriction, minimisation,
purpose limitation, and brands that stay apart."""

import json
from collections.abc import Callable

import pytest

from accounts.models import Brand
from consent.models import Purpose
from provisioning.connectors import kind_of
from provisioning.mapping import mapping_of
from provisioning.models import Connector, Link, Outcome, Release
from tests.provisioning.outbox import scene
from tests.provisioning.outbox.mixpanel_target import project
from tests.provisioning.outbox.salesforce_target import connected
from tests.provisioning.outbox.scene import Customer, deliver
from tests.sandbox.running import RunningSandbox

VENDORS = ("hubspot", "mixpanel", "salesforce")


def hubspot(sandbox: RunningSandbox, purpose: Purpose) -> Connector:
    return scene.connector(purpose, "hubspot", settings={"base_url": sandbox.base_url("hubspot")})


MAKE: dict[str, Callable[[RunningSandbox, Purpose], Connector]] = {
    "hubspot": hubspot,
    "mixpanel": project,
    "salesforce": connected,
}


@pytest.fixture(params=VENDORS)
def target(request: pytest.FixtureRequest, sandbox: RunningSandbox, newsletter: Purpose) -> Connector:
    return MAKE[request.param](sandbox, newsletter)


@pytest.fixture
def ada(newsletter: Purpose) -> Customer:
    return scene.meet(newsletter.brand, "ada@example.com", given_name="Adaxa", source="canary-source")


def told(sandbox: RunningSandbox, since: int = 0) -> str:
    """All that any vendor was asked or told, as one text."""
    asked = sandbox.requests(since=since)
    return json.dumps([[one["path"], one["query"], one["body"]] for one in asked])


def last(sandbox: RunningSandbox) -> int:
    return max((one["id"] for one in sandbox.requests()), default=0)


def test_p15_a_correction_replaces_what_was_wrong(
    target: Connector, sandbox: RunningSandbox, ada: Customer, newsletter: Purpose
) -> None:
    ada.gives(newsletter)
    deliver()

    ada.says(given_name="Adaline")
    deliver()

    held = json.dumps(sandbox.state(target.kind))
    assert "Adaline" in held
    assert "Adaxa" not in held


def test_p16_whoever_is_restricted_is_left_in_peace_and_comes_back_afterwards(
    target: Connector, sandbox: RunningSandbox, ada: Customer, newsletter: Purpose
) -> None:
    ada.gives(newsletter)
    deliver()

    ada.is_restricted(True)
    deliver()

    assert "Adaxa" not in json.dumps(sandbox.state(target.kind))
    before = last(sandbox)
    ada.says(given_name="Adaline")
    deliver()
    assert "Adaline" not in told(sandbox, before)

    ada.is_restricted(False)
    deliver()
    assert "Adaline" in json.dumps(sandbox.state(target.kind))


def test_p18_what_is_not_released_or_not_mapped_never_leaves(
    target: Connector, sandbox: RunningSandbox, ada: Customer, newsletter: Purpose
) -> None:
    newsletter.versions.update(releases=["email", "given_name", "source", "country"])
    Release.objects.create(connector=target, purpose=newsletter, attribute="source")
    target.mapping = {name: field for name, field in _mapping(target).items() if name != "source"}
    target.save()
    ada.says(country="DE", family_name="canary-family")

    ada.gives(newsletter)
    deliver()

    assert "Adaxa" in told(sandbox)
    assert "canary" not in told(sandbox)


def _mapping(target: Connector) -> dict[str, str]:
    return dict(mapping_of(target, kind_of(target).default_mapping))


def test_p19_a_target_hears_of_nobody_without_its_own_purpose(
    target: Connector, sandbox: RunningSandbox, ada: Customer, shop: Brand
) -> None:
    other = scene.purpose(shop, "offers", ["email", "given_name"])
    for name in ("email", "given_name"):
        Release.objects.create(connector=target, purpose=other, attribute=name)

    ada.gives(other)
    deliver()

    assert sandbox.requests() == []
    assert Link.objects.get(connector=target, account_id=ada.account.pk).outcome == Outcome.NOTHING


def test_p23_the_consent_to_another_brand_counts_for_nothing(
    target: Connector, sandbox: RunningSandbox, ada: Customer, newsletter: Purpose
) -> None:
    teahouse = scene.purpose(scene.brand("teahouse"))
    member = scene.meet(teahouse.brand, "ada@example.com")
    assert member.account.pk == ada.account.pk

    member.gives(teahouse)
    deliver()

    assert sandbox.requests() == []
