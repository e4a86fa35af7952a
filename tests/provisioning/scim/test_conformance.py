"""What others' tools say about the SCIM service, over HTTP, of the site as `make run` starts it.

Both walk every attribute of every schema that is published, with values of their own making.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
from scim2_client.engines.httpx2 import SyncSCIMClient
from scim2_tester import CheckResult, Status, check_server

from accounts.attributes import ATTRIBUTES
from accounts.models import Source
from tests.site import Site, running_site

pytestmark = pytest.mark.site

FEWEST_CHECKS = 80
"""Of a discovery that fails the tester makes few checks, and none of them may be missed."""


# The testers bring numbers of visits and look for what they brought, whatever they answer as well: so
# there are more purposes that allow it, unless somebody objects, than they can object to.
TRACKING_NEEDS_NO_YES = """
from django.utils import timezone
from accounts.models import Brand
from consent.models import LawfulBasis, Purpose, PurposeVersion
for brand in Brand.objects.all():
    for number in range(40):
        purpose = Purpose.objects.create(
            brand=brand,
            key=f"tested-{number}",
            lawful_basis=LawfulBasis.LEGITIMATE_INTEREST,
            allows_tracking=True,
        )
        PurposeVersion.objects.create(
            purpose=purpose, number=1, titles={"en": "T"}, texts={"en": "T"}, published_at=timezone.now()
        )
"""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with running_site(tmp_path_factory.mktemp("conformance")) as site:
        site.manage("shell", "-c", TRACKING_NEEDS_NO_YES)
        yield site


def told(result: CheckResult) -> str:
    return f"{result.status.name} {result.resource_type} {result.title}: {result.reason}"


def test_scim2_tester_finds_nothing_to_say(site: Site) -> None:
    scim = site.facts["scim"]
    headers = {"Authorization": f"Bearer {scim['token']}"}

    with httpx2.Client(base_url=scim["base_url"], headers=headers, timeout=30) as http:
        results = check_server(SyncSCIMClient(http))

    wrong = [told(result) for result in results if result.status is not Status.SUCCESS]
    assert not wrong, "\n".join(wrong)
    assert len(results) >= FEWEST_CHECKS
    assert {result.resource_type for result in results} == {None, "User", "Group"}
    checked = {r.data["urn"] for r in results if r.data and r.title == "check_replace_attribute"}
    paths = [one.scim for one in ATTRIBUTES.values() if Source.WEBSITE in one.said_by]
    assert {path if ":" in path else path.partition(".")[0] for path in paths} <= checked


def test_scim_test_ends_well(site: Site) -> None:
    scim = site.facts["scim"]
    environment = os.environ | {
        "SCIM_CLI_URL": scim["base_url"],
        "SCIM_CLI_HEADERS": f"Authorization: Bearer {scim['token']}",
    }

    done = subprocess.run(
        [Path(sys.executable).with_name("scim"), "test"],
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )

    lines = done.stdout.splitlines()
    wrong = [line for line in lines if line.startswith(("ERROR", "SKIPPED", "CRITICAL"))]
    assert (done.returncode, wrong) == (0, []), done.stdout + done.stderr
    assert sum(line.startswith("SUCCESS") for line in lines) >= FEWEST_CHECKS
