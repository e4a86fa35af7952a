"""One link of a notice, pressed by many at once."""

import uuid

import pytest
from django.utils import timezone

from accounts.models import Account, Event
from auth_flows.disowning import Disowned, disown
from tests.people import customer, kaffeehaus
from tests.races.test_once import at_once

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_link_signs_out_everybody_once_of_fifty() -> None:
    ada = customer(brand=kaffeehaus().brand)
    asked, now = Disowned(ada.pk, uuid.uuid4()), timezone.now()

    assert at_once(lambda _number: disown(asked, now)) == 1

    assert Account.objects.get(pk=ada.pk).session_epoch == ada.session_epoch + 1
    assert Event.objects.filter(type="session.disowned").count() == 1
