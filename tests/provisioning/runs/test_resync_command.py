"""`manage.py resync`: one person, one brand, everybody."""

import io

import pytest
from django.core.management import CommandError, call_command

from consent.models import Purpose
from provisioning.models import Connector, Link, Run
from tests.provisioning.outbox import scene
from tests.provisioning.outbox.memory import Memory
from tests.provisioning.outbox.scene import Customer, deliver

pytestmark = pytest.mark.django_db


def said(*arguments: str) -> str:
    out = io.StringIO()
    call_command("resync", *arguments, stdout=out)
    return out.getvalue()


def test_one_person(crm: Connector, anna: Customer, newsletter: Purpose) -> None:
    anna.gives(newsletter)
    deliver()

    told = said("--account", str(anna.account.pk))

    assert told == "Targets that are sent this person again: 1\n"
    assert Link.objects.behind().count() == 1
    assert not Run.objects.exists()


def test_one_brand_and_everything(crm: Connector, people: list[Customer]) -> None:
    other = scene.connector(scene.purpose(scene.brand("bakery")), Memory.kind, name="Baker's")

    of_one = said("--brand", "shop")
    of_all = said("--everything")

    assert of_one == "Memory: 24 people\n"
    assert of_all == "Baker's: 0 people\nMemory: 24 people\n"
    assert {run.connector for run in Run.objects.all()} == {crm, other}


@pytest.mark.parametrize(
    "whom", [("--brand", "nowhere"), ("--account", "00000000-0000-0000-0000-000000000007"), ()]
)
def test_nobody(db: None, whom: tuple[str, ...]) -> None:
    with pytest.raises(CommandError):
        said(*whom)
