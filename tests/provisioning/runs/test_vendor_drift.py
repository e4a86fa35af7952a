"""What each vendor says that it holds is what we sent, until somebody there changes it."""

import pytest

from accounts.events import SYSTEM
from ciam.lib.outbox import moment
from consent.models import Purpose
from provisioning import runs
from provisioning.models import Connector, Run, RunKind, RunState
from tests.provisioning.outbox.conftest import analytics as analytics
from tests.provisioning.outbox.conftest import club, mixpanel, salesforce, service, vera
from tests.provisioning.outbox.mixpanel_target import MixpanelTarget, Visitor
from tests.provisioning.outbox.salesforce_target import Org
from tests.provisioning.outbox.scene import Customer, deliver
from tests.provisioning.outbox.scim_service import ScimService
from tests.provisioning.runs.working import all_slices

__all__ = ["analytics", "club", "mixpanel", "salesforce", "service", "vera"]

pytestmark = pytest.mark.django_db


def differing(connector: Connector) -> int:
    """How many a drift check finds."""
    run = runs.start(RunKind.DRIFT, connector, SYSTEM, moment())
    all_slices()
    found = Run.objects.get(pk=run.pk)
    assert (found.state, found.seen) == (RunState.DONE, 1), found.trouble
    return found.changed


def test_at_salesforce(salesforce: Org, anna: Customer, newsletter: Purpose) -> None:
    anna.gives(newsletter)
    deliver()
    as_sent = differing(salesforce.connector)
    sent = salesforce.values(anna)
    contact = salesforce.of(anna)["Id"]

    salesforce.changes(contact, FirstName="Somebody else")
    changed = differing(salesforce.connector)
    deliver()
    repaired = salesforce.values(anna)
    salesforce.deletes(contact)
    deleted = differing(salesforce.connector)
    deliver()

    assert salesforce.values(anna) == sent, "also what is said once, such as that mail is welcome"
    assert (as_sent, changed, deleted) == (0, 1, 1)
    assert repaired == sent


def test_at_mixpanel(mixpanel: MixpanelTarget, vera: Visitor, analytics: Purpose) -> None:
    vera.gives(analytics)
    deliver()
    as_sent = differing(mixpanel.connector)

    mixpanel.finds_out(vera.our_id, city="Graz")
    of_its_own = differing(mixpanel.connector)
    mixpanel.finds_out(vera.our_id, first_name="Somebody else")
    changed = differing(mixpanel.connector)
    deliver()

    assert (as_sent, of_its_own, changed) == (0, 0, 1)
    assert mixpanel.profiles[vera.our_id]["$first_name"] == "Vera"


def test_at_a_scim_service(
    service: ScimService, club: Connector, anna: Customer, newsletter: Purpose
) -> None:
    anna.gives(newsletter)
    deliver()
    as_sent = differing(club)
    (user,) = service.users

    service.by_hand("PUT", f"/Users/{user['id']}", {**user, "name": {"givenName": "Somebody else"}})
    changed = differing(club)
    deliver()
    repaired = service.users[0]["name"]["givenName"]
    service.by_hand("DELETE", f"/Users/{user['id']}")
    deleted = differing(club)

    assert (as_sent, changed, deleted) == (0, 1, 1)
    assert repaired == "Anna"
