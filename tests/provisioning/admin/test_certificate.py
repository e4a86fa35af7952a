"""What is left of somebody who was erased: the receipts, which name nobody."""

import json

import pytest
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.utils import timezone

from accounts import privacy
from accounts.events import SYSTEM
from accounts.models import Account
from ciam.lib.crypto import keyed_hash
from ciam.lib.outbox import TryLater, moment
from consent.models import Purpose
from provisioning import erasing
from provisioning.admin import links_of
from provisioning.certificate import Certificate, Erasure, certificate
from provisioning.connectors.base import Done
from provisioning.models import Connector, Link, Outcome
from tests.provisioning.admin.desk import olga, oskar
from tests.provisioning.outbox import scene
from tests.provisioning.outbox.memory import Memory
from tests.provisioning.outbox.scene import Customer, deliver
from tests.provisioning.runs.test_erasing import Slow, slow

__all__ = ["slow"]

pytestmark = pytest.mark.django_db


def goes(customer: Customer) -> Certificate:
    privacy.erase([customer.account.pk], SYSTEM, timezone.now())
    return issued(customer)


def issued(customer: Customer) -> Certificate:
    return certificate(Account.objects.get(pk=customer.account.pk), timezone.now())


def page_of(customer: Customer) -> str:
    return f"/admin/provisioning/link/certificate/{customer.account.pk}/"


def test_each_target_is_followed_from_the_request_to_the_confirmation(
    crm: Connector, anna: Customer, newsletter: Purpose, slow: Slow
) -> None:
    scene.connector(newsletter, Slow.kind, name="Slow one")
    anna.gives(newsletter)
    deliver()
    number = anna.link(crm).remote_id

    at_once = goes(anna)
    deliver()
    delivered = issued(anna)
    slow.answer = Done("", frozenset(), Outcome.ERASED)
    erasing.ask_targets(moment())
    in_the_end = issued(anna)

    def states(one: Certificate) -> list[Erasure]:
        return [receipt.erasure for receipt in one.receipts]

    assert states(at_once) == [Erasure.REQUESTED, Erasure.REQUESTED]
    assert all(receipt.requested_at for receipt in at_once.receipts)
    assert states(delivered) == [Erasure.CONFIRMED, Erasure.REQUESTED]
    assert states(in_the_end) == [Erasure.CONFIRMED, Erasure.CONFIRMED]
    assert [at_once.is_complete, delivered.is_complete, in_the_end.is_complete] == [False, False, True]
    first, second = in_the_end.receipts
    assert first.remote_id_hash == keyed_hash("remote id", number)
    assert second.task == "task-7"
    assert second.requested_at is not None
    assert second.confirmed_at is not None
    assert second.requested_at < second.confirmed_at


def test_one_that_failed_is_said_to_have(
    crm: Connector, anna: Customer, newsletter: Purpose, memory: Memory
) -> None:
    anna.gives(newsletter)
    deliver()
    memory.before = lambda _push: TryLater("No.")
    goes(anna)
    Link.objects.update(tries=900)
    deliver()

    (receipt,) = issued(anna).receipts

    assert (receipt.erasure, receipt.confirmed_at) == (Erasure.FAILED, None)


def test_whom_no_target_ever_knew_has_nothing_to_wait_for(crm: Connector, anna: Customer) -> None:
    goes(anna)
    deliver()

    done = issued(anna)

    assert [receipt.erasure for receipt in done.receipts] == [Erasure.NEVER_KNEW]
    assert done.is_complete


def test_it_is_a_page_and_a_file_and_says_nothing_personal(
    crm: Connector, anna: Customer, newsletter: Purpose
) -> None:
    anna.gives(newsletter)
    deliver()
    number = anna.link(crm).remote_id
    goes(anna)
    deliver()
    desk = olga()

    page = desk.reads(page_of(anna))
    file = desk.opens(f"{page_of(anna)}json")
    said = json.loads(file.content)

    assert "Every target that knew this person has erased it." in page
    assert file.headers["Content-Disposition"] == f'attachment; filename="erasure-{anna.account.pk}.json"'
    assert said["account"] == str(anna.account.pk)
    assert (said["complete"], said["receipts"][0]["erasure"]) == (True, "confirmed")
    for text in (page, file.content.decode()):
        assert not any(value in text for value in ("anna@example.com", "Anna", "tea", number))


def test_the_accounts_page_leads_to_it(crm: Connector, anna: Customer, newsletter: Purpose) -> None:
    before = links_of(anna.account).title

    goes(anna)

    assert "certificate" not in before
    assert page_of(anna) in links_of(Account.objects.get(pk=anna.account.pk)).title


def test_who_is_not_erased_has_none(crm: Connector, anna: Customer) -> None:
    with pytest.raises(Http404):
        olga().opens(page_of(anna))


def test_who_may_not_see_links_gets_none(crm: Connector, anna: Customer) -> None:
    goes(anna)

    with pytest.raises(PermissionDenied):
        oskar("provisioning.view_connector").opens(page_of(anna))
