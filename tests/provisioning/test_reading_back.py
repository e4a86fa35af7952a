"""What targets find out comes back: seldom, of few words, and as the weakest voice of all."""

import datetime as dt
import uuid

import pytest
from django.utils import timezone
from scim2_models import Mutability

from accounts.attributes import ATTRIBUTES, CUSTOMER_EXTENSION
from accounts.models import Account, Event, ProfileValue, Source
from accounts.profiles import BadAttribute, Said, clean, say
from accounts.snapshot import snapshot
from auth_flows.oidc.claims import of_person
from auth_flows.oidc.scopes import EMAIL, PROFILE
from ciam.lib.outbox import TryLater
from consent.models import Purpose
from provisioning import reading_back
from provisioning.models import Link, Outcome, Run, RunKind, RunState, Website
from provisioning.progress import Lost
from provisioning.reading_back import read_back_slice
from provisioning.scim.schemas import customer_schema
from tests.provisioning.outbox import scene
from tests.provisioning.outbox.conftest import running_sandbox, sandbox, shop
from tests.provisioning.outbox.mixpanel_target import (
    MixpanelTarget,
    Visitor,
    analytics,
    mixpanel,
    vera,
)
from tests.provisioning.outbox.scene import Customer, deliver

__all__ = ["analytics", "mixpanel", "running_sandbox", "sandbox", "shop", "vera"]

pytestmark = pytest.mark.django_db

FOUND = {"city": "Berlin", "country_code": "DE", "last_seen": "2026-11-20T18:05:11"}


@pytest.fixture
def known(mixpanel: MixpanelTarget, vera: Visitor, analytics: Purpose) -> Visitor:
    """Mixpanel holds her, and has seen where she was."""
    vera.gives(analytics)
    deliver()
    mixpanel.finds_out(vera.our_id, **FOUND)
    return vera


def begun(target: MixpanelTarget) -> Run:
    """Claimed by this worker."""
    now = timezone.now()
    return Run.objects.create(
        kind=RunKind.READ_BACK,
        connector=target.connector,
        actor_kind="system",
        started_at=now,
        not_before=now,
        claim=uuid.uuid4(),
    )


def read_back(target: MixpanelTarget) -> list[Run]:
    """A whole run; as it was after each slice."""
    run, slices = begun(target), []
    while run.state == RunState.RUNNING:
        Run.objects.filter(pk=run.pk).update(claim=uuid.uuid4())
        run.refresh_from_db()
        read_back_slice(run, timezone.now())
        run = Run.objects.get(pk=run.pk)
        slices.append(run)
    Run.objects.filter(pk=run.pk).delete()
    return slices


def found_out(customer: Customer) -> dict[str, object]:
    rows = ProfileValue.objects.filter(account=customer.account, source=Source.TARGET)
    return dict(rows.values_list("attribute", "value"))


def test_what_a_target_found_out_is_kept_as_its_word(mixpanel: MixpanelTarget, known: Visitor) -> None:
    *_slices, done = read_back(mixpanel)

    assert found_out(known) == {"city": "Berlin", "country": "DE", "last_seen": "2026-11-20"}
    assert (done.state, done.seen, done.changed) == (RunState.DONE, 1, 1)
    rows = ProfileValue.objects.filter(account=known.account, source=Source.TARGET)
    assert {row.said_by for row in rows} == {str(mixpanel.connector.pk)}
    told = Event.objects.filter(actor_id="read_back").get()
    assert told.fields == ["city", "country", "last_seen"]


def test_what_is_as_before_changes_nothing(mixpanel: MixpanelTarget, known: Visitor) -> None:
    read_back(mixpanel)
    deliver()
    version = snapshot(known.account).version

    *_slices, done = read_back(mixpanel)

    assert done.changed == 0
    assert snapshot(known.account).version == version


def test_a_value_that_the_target_does_not_say_any_more_is_taken_back(
    mixpanel: MixpanelTarget, known: Visitor
) -> None:
    read_back(mixpanel)
    deliver()
    mixpanel.finds_out(known.our_id, city="Bonn", country_code="", last_seen="no day")

    read_back(mixpanel)

    assert found_out(known) == {"city": "Bonn"}


def test_the_people_of_a_large_project_cost_few_queries_well_apart(
    mixpanel: MixpanelTarget, analytics: Purpose
) -> None:
    people = scene.crowd(analytics, 2_500)
    now = timezone.now()
    Link.objects.filter(connector=mixpanel.connector).delete()
    Link.objects.bulk_create(
        Link(
            connector=mixpanel.connector,
            account_id=one.account.pk,
            member_id=one.membership.pk,
            remote_id=one.our_id,
            wanted=uuid.UUID(int=1),
            sent=uuid.UUID(int=1),
            behind_since=now,
            not_before=now,
            outcome=Outcome.HOLDS,
        )
        for one in people
    )
    mixpanel.finds_out(*(one.our_id for one in people), **FOUND)

    slices = read_back(mixpanel)

    assert len(mixpanel.asked("/api/query/engage")) == 3
    assert slices[-1].changed == slices[-1].seen == 2_500
    apart = [one.not_before - now for one in slices[:-1]]
    assert all(pause >= dt.timedelta(hours=1) / 60 for pause in apart), "sixty queries an hour at most"


def test_who_did_not_agree_is_not_asked_for(
    mixpanel: MixpanelTarget, known: Visitor, analytics: Purpose
) -> None:
    known.withdraws(analytics)
    Link.objects.update(outcome=Outcome.HOLDS)
    Link.objects.filter(connector=mixpanel.connector).update(sent=Link.objects.get().wanted)

    read_back(mixpanel)

    assert mixpanel.asked("/api/query/engage") == []
    assert found_out(known) == {}


def test_a_withdrawal_while_we_ask_keeps_nothing(
    mixpanel: MixpanelTarget, known: Visitor, analytics: Purpose, monkeypatch: pytest.MonkeyPatch
) -> None:
    asks = reading_back._ask

    def and_meanwhile(*asked: object) -> object:
        answers = asks(*asked)  # type: ignore[arg-type]
        known.withdraws(analytics)
        return answers

    monkeypatch.setattr(reading_back, "_ask", and_meanwhile)

    read_back(mixpanel)

    assert found_out(known) == {}


def test_withdrawal_forgets_what_was_read_back(
    mixpanel: MixpanelTarget, known: Visitor, analytics: Purpose
) -> None:
    read_back(mixpanel)

    known.withdraws(analytics)

    assert found_out(known) == {}


def test_it_is_weaker_than_a_websites_word(mixpanel: MixpanelTarget, known: Visitor) -> None:
    website = Website.objects.get(brand=known.membership.brand)
    say(known.account, {"country": "AT"}, Said(Source.WEBSITE, str(website.pk), timezone.now()))

    read_back(mixpanel)

    values = snapshot(known.account).values
    assert (values["country"].value, values["country"].source) == ("AT", Source.WEBSITE)
    assert (values["city"].value, values["city"].source) == ("Berlin", Source.TARGET)
    assert found_out(known)["country"] == "DE"


def test_it_proves_nobodys_identity(mixpanel: MixpanelTarget, known: Visitor) -> None:
    before = of_person(known.account, {PROFILE, EMAIL})
    identifiers = list(known.account.identifiers.values("kind", "value", "verified_at"))

    mixpanel.finds_out(known.our_id, **FOUND, email="mallory@example.com", first_name="Mallory")
    read_back(mixpanel)

    assert of_person(known.account, {PROFILE, EMAIL}) == before
    assert list(known.account.identifiers.values("kind", "value", "verified_at")) == identifiers
    assert found_out(known).keys() == {"city", "country", "last_seen"}
    assert not ProfileValue.objects.filter(source=Source.TARGET).exclude(verified_at=None).exists()


def test_no_token_carries_a_targets_word(mixpanel: MixpanelTarget, vera: Visitor) -> None:
    ProfileValue.objects.create(
        account=vera.account,
        attribute="locale",
        value="fr",
        source=Source.TARGET,
        said_by=str(mixpanel.connector.pk),
        said_at=timezone.now(),
    )

    assert "locale" not in of_person(vera.account, {PROFILE})


@pytest.mark.parametrize("attribute", ["given_name", "locale", "visitor_id", "source"])
def test_a_target_may_not_say_who_somebody_is(attribute: str) -> None:
    with pytest.raises(BadAttribute):
        clean({attribute: "en"}, Source.TARGET)


@pytest.mark.parametrize("attribute", ["city", "last_seen", "lifecycle_stage"])
def test_nobody_else_may_say_what_targets_find_out(attribute: str) -> None:
    for source in set(Source) - {Source.TARGET}:
        with pytest.raises(BadAttribute):
            clean({attribute: "2026-01-31"}, source)


def test_websites_are_told_that_they_can_only_read_it() -> None:
    published = {one.name: one.mutability for one in customer_schema().attributes or []}

    found = {name for name, one in ATTRIBUTES.items() if Source.WEBSITE not in one.said_by}
    names = {ATTRIBUTES[name].scim.removeprefix(f"{CUSTOMER_EXTENSION}:") for name in found}
    assert names == {"city", "lastSeen", "lifecycleStage"}
    assert {published[name] for name in names} == {Mutability.read_only}


def test_a_target_in_trouble_is_asked_later(mixpanel: MixpanelTarget, known: Visitor) -> None:
    mixpanel.fault("status", status=429)
    run = begun(mixpanel)

    with pytest.raises(TryLater) as busy:
        read_back_slice(run, timezone.now())

    assert busy.value.after == 60.0
    assert found_out(known) == {}


def test_a_slice_that_lost_its_run_counts_for_nothing(mixpanel: MixpanelTarget, known: Visitor) -> None:
    run = begun(mixpanel)
    Run.objects.filter(pk=run.pk).update(state=RunState.STOPPED)

    with pytest.raises(Lost):
        read_back_slice(run, timezone.now())

    assert found_out(known) == {}


def test_an_erased_account_is_told_nothing_more(mixpanel: MixpanelTarget, known: Visitor) -> None:
    Account.objects.filter(pk=known.account.pk).update(status="erasing")

    read_back(mixpanel)

    assert found_out(known) == {}
