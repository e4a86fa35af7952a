"""What a second look found: how a no could be undone, a target hold up the others, or a trace stay behind."""

import httpx
import pytest
from django.utils import timezone

from accounts import privacy
from accounts.events import SYSTEM
from accounts.models import Brand
from consent.importing import imported
from consent.models import Decision, LawfulBasis, Method, Purpose
from provisioning import delivery, outbox
from provisioning.connectors import KINDS
from provisioning.delivery import Batch
from provisioning.models import Connector, Delivery
from tests.provisioning.deliveries.journal import Journal
from tests.provisioning.outbox import scene
from tests.provisioning.outbox.conftest import Target
from tests.provisioning.outbox.memory import Memory
from tests.provisioning.outbox.scene import Customer, deliver

pytestmark = pytest.mark.django_db


def test_what_anybody_can_say_in_a_form_undoes_no_objection(shop: Brand, memory: Memory) -> None:
    fraud = scene.purpose(shop, "fraud")
    fraud.lawful_basis = LawfulBasis.LEGITIMATE_INTEREST
    fraud.save()
    scene.connector(fraud, Memory.kind)
    anna = scene.meet(shop, "anna@example.com", given_name="Anna")
    anna.withdraws(fraud)

    anna.answers(fraud, Decision.PENDING, Method.API)
    deliver()

    assert memory.people == {}


def test_a_moment_before_our_time_is_not_imported(shop: Brand, newsletter: Purpose) -> None:
    anna = scene.meet(shop, "anna@example.com")
    row = f"{anna.our_id},newsletter,withdrawn,0001-01-01T00:00:00+01:00\n"

    report = imported(["who,purpose,decision,said_at\n", row], shop, timezone.now())

    assert "1995" in repr(report)
    assert not anna.account.consents.exists()


def test_a_batch_that_can_not_be_read_holds_up_no_other_target(
    shop: Brand, newsletter: Purpose, memory: Memory, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = scene.connector(newsletter, Memory.kind)
    bakery = scene.purpose(scene.brand("bakery"))
    whole = scene.connector(bakery, Memory.kind)
    scene.meet(shop, "anna@example.com").gives(newsletter)
    bob = scene.meet(bakery.brand, "bob@example.com")
    bob.gives(bakery)

    def picky(batch: Batch) -> Batch:
        if batch.connector.pk == broken.pk:
            raise ValueError("canary")
        return delivery.read(batch)

    monkeypatch.setattr(outbox, "read", picky)
    deliver()

    assert not bob.link(whole).is_behind
    assert Connector.objects.get(pk=broken.pk).failures > 0


def test_a_target_that_is_switched_off_hears_of_an_erasure_when_it_is_back(
    shop: Brand, newsletter: Purpose, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(KINDS, Journal.kind, Journal())
    types = list(Journal.event_types)
    target = scene.connector(newsletter, Journal.kind, keeps_state=False, event_types=types)
    anna = scene.meet(shop, "anna@example.com", given_name="Anna")
    anna.gives(newsletter)
    deliver()
    target.is_active = False
    target.save()

    privacy.erase([anna.account.pk], SYSTEM, timezone.now())
    anna.says(given_name="Anne")
    target.is_active = True
    target.save()
    deliver()

    told = Delivery.objects.filter(connector=target).values_list("event_type", flat=True)
    assert "account.erased" in told


def test_whoever_lost_our_id_at_the_vendor_is_let_go_and_erased_all_the_same(
    hubspot: Target, anna: Customer, newsletter: Purpose
) -> None:
    anna.gives(newsletter)
    deliver()
    contact = hubspot.contact(anna)["id"]
    httpx.patch(
        f"{hubspot.sandbox.base_url('hubspot')}/crm/objects/2026-09/contacts/{contact}",
        json={"properties": {"ciam_user_id": ""}},
        headers={"Authorization": "Bearer by-hand"},
    ).raise_for_status()

    anna.withdraws(newsletter)
    deliver()
    assert hubspot.contact(anna).get("firstname", "") == ""

    anna.is_erased()
    deliver()
    assert hubspot.erased == [contact]
