"""A purpose changes for everybody at once: its targets are gone through anew where that matters."""

import pytest
from django.db import transaction

from accounts import events
from accounts.events import SYSTEM, Change, EventType
from consent.models import LawfulBasis, Purpose
from provisioning.models import Connector, Run, RunKind
from tests.provisioning.outbox import scene
from tests.provisioning.outbox.memory import Memory

pytestmark = pytest.mark.django_db


def changes(purpose: Purpose, *fields: str) -> None:
    told = (f"purpose.{purpose.key}", *fields)
    with transaction.atomic():
        events.record([Change(EventType.PURPOSE_CHANGED, None, SYSTEM, purpose.brand_id, told)])


def test_who_is_told_under_another_basis_is_gone_through(crm: Connector, newsletter: Purpose) -> None:
    bakery = scene.connector(scene.purpose(scene.brand("bakery")), Memory.kind, name="Baker's")
    Purpose.objects.filter(pk=newsletter.pk).update(lawful_basis=LawfulBasis.LEGITIMATE_INTEREST)

    changes(newsletter, "lawful_basis")

    (run,) = Run.objects.all()
    assert (run.kind, run.connector) == (RunKind.RESYNC, crm)
    assert run.connector != bakery


def test_a_new_wording_of_what_needs_no_consent_counts_for_all(crm: Connector, newsletter: Purpose) -> None:
    Purpose.objects.filter(pk=newsletter.pk).update(lawful_basis=LawfulBasis.LEGITIMATE_INTEREST)

    changes(newsletter, "version")

    assert Run.objects.filter(connector=crm, kind=RunKind.RESYNC).count() == 1


def test_under_a_consent_it_changes_nothing_until_people_answer(crm: Connector, newsletter: Purpose) -> None:
    changes(newsletter, "version")

    assert not Run.objects.exists()


def test_a_target_that_is_switched_off_waits_until_it_is_on(crm: Connector, newsletter: Purpose) -> None:
    Connector.objects.filter(pk=crm.pk).update(is_active=False)

    changes(newsletter, "lawful_basis")

    assert not Run.objects.exists()
