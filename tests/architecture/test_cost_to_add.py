"""What it costs to add something: the promise of the layout, kept by doing it."""

import importlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from auth_flows.assurance import Method
from auth_flows.byoid import KINDS as PROVIDER_KINDS
from auth_flows.journey import PROOFS, STEPS
from auth_flows.models import Outcome, ProviderKind
from auth_flows.oidc.requests import RULES
from auth_flows.risk import rules as risk_rules
from auth_flows.risk.facts import RiskFacts
from auth_flows.risk.forms import ReplayForm
from auth_flows.risk.policy import RiskPolicy, judge
from demo.sandbox.vendors import VENDORS
from provisioning.connectors import KINDS
from tests.architecture.tree import APPS, ROOT, project_files, text_of

SHOE_SIZE = (
    '    Attribute("shoe_size", _("Shoe size"), text(5), f"{CUSTOMER_EXTENSION}:shoeSize", "shoe_size", '
    "asked=Asked.AT_REGISTRATION),\n"
)
# Run in a copy of the project in which that line was added, and nothing else.
LOOK = """
import datetime as dt, json, types, uuid
import django
django.setup()
from accounts.attributes import ATTRIBUTES
from accounts.models import Account, Brand, Membership, Source
from accounts.profiles import Known, clean
from accounts.snapshot import Snapshot
from auth_flows.oidc.claims import SUPPORTED
from auth_flows.steps.profile import asked_of
from consent.ledger import standing
from consent.models import ConsentRecord, Decision, Purpose, PurposeVersion
from provisioning.connectors import KINDS
from provisioning.desired import desired
from provisioning.matrix import Matrix
from provisioning.models import Connector
from provisioning.scim.schemas import customer_schema

now = dt.datetime.now(dt.UTC)
brand = Brand(name="Kaffeehaus")
purpose = Purpose(brand=brand, key="newsletter")
connector = Connector(brand=brand, kind=next(iter(KINDS)), purpose=purpose, mapping={"shoe_size": "shoe"})
said = Known("42", Source.CUSTOMER, "", now)
ada = Snapshot(
    uuid.uuid4(), "full", "active", 1,
    values={"shoe_size": said}, memberships={brand.pk: Membership(account=Account(), brand=brand)},
)
given = ConsentRecord(
    decision=Decision.GIVEN,
    purpose=purpose,
    version=PurposeVersion(purpose=purpose, number=1, releases=["shoe_size"]),
    said_at=now,
)
stands = {purpose.pk: standing(purpose, given, None, now)}
cells = Matrix({"shoe_size": frozenset({purpose.pk})})
print(json.dumps({
    "scim": [attribute.name for attribute in customer_schema().attributes],
    "asked": [attribute.name for attribute in asked_of(types.SimpleNamespace(known=None))],
    "claims": list(SUPPORTED),
    "kept": clean({"shoe_size": " 42 "}, Source.CUSTOMER),
    "left": dict(desired(connector, cells, ada, stands).values),
}))
"""


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    for file in project_files(*APPS, "templates"):
        target = tmp_path / file
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / file, target)
    return tmp_path


def look(folder: Path) -> dict[str, Any]:
    environment = {**os.environ, "PYTHONPATH": str(folder), "DJANGO_SETTINGS_MODULE": "ciam.settings"}
    said = subprocess.run(
        [sys.executable, "-c", LOOK], cwd=folder, env=environment, capture_output=True, text=True, timeout=120
    )
    assert said.returncode == 0, said.stderr
    found: dict[str, Any] = json.loads(said.stdout)
    return found


def test_an_attribute_is_one_line(copy: Path) -> None:
    page = copy / "accounts" / "attributes.py"
    before, end, after = page.read_text().partition("]  # fmt: skip")
    page.write_text(before + SHOE_SIZE + end + after)

    found = look(copy)

    assert "shoeSize" in found["scim"], "websites may say it"
    assert "shoe_size" in found["asked"], "registration asks for it"
    assert "shoe_size" in found["claims"], "tokens carry it"
    assert found["kept"] == {"shoe_size": "42"}, "profiles keep it"
    assert found["left"] == {"shoe_size": "42"}, "a target that may know it gets it"


def test_no_file_but_one_knows_the_attributes_of_a_profile() -> None:
    """But a vendor's connector, which says what they are called there, and the demo."""
    homes = ("accounts/attributes.py", "provisioning/connectors/", "ciam/demo")
    for path in project_files(*APPS, suffix=".py"):
        if not str(path).startswith(homes):
            assert "visitor_id" not in text_of(path), path
            assert "interests" not in text_of(path), path


def test_a_step_is_a_file_a_template_and_a_line() -> None:
    page = text_of("auth_flows/journey.py")
    for step in STEPS:
        assert step.__module__ == f"auth_flows.steps.{step.name}", "one file, of the step's name"
        assert (ROOT / "templates" / "auth_flows" / "steps" / f"{step.name}.html").is_file()
        assert page.count(f"    {step.__name__},\n") == 1, "one line, beside its import"


def test_no_step_is_left_over() -> None:
    files = {path.stem for path in project_files("auth_flows/steps", suffix=".py")} - {"__init__", "base"}
    templates = {path.stem for path in project_files("templates/auth_flows/steps")}

    assert files == templates == {step.name for step in STEPS}


def test_a_method_is_a_step_and_a_line_that_says_what_it_proves() -> None:
    assert set(PROOFS) == set(Method)
    for method, step in PROOFS.items():
        assert step.name == method.value
        assert method.factors
        assert method.amr
        assert (ROOT / "auth_flows" / "methods" / f"{method.value}.py").is_file()


def test_a_rule_of_risk_is_a_function() -> None:
    @risk_rules.rule(70, "It is the middle of the night.")
    def small_hours(facts: RiskFacts) -> int:
        return int(facts.hour in range(1, 5))

    try:
        night = judge(RiskFacts(hour=3), RiskPolicy())
        assert (night.outcome, [one.rule for one in night.reasons]) == (Outcome.ASK_MORE, ["small_hours"])
        assert judge(RiskFacts(hour=3), RiskPolicy.from_json({"weights": {"small_hours": 0}})).score == 0
        assert "weight_small_hours" in ReplayForm(None, RiskPolicy()).fields, "operators can try it"
    finally:
        del risk_rules.RULES["small_hours"]


def test_every_connector_is_a_file_and_a_line() -> None:
    modules = {kind.kind: type(kind).__module__ for kind in KINDS.values()}

    assert modules == {name: f"provisioning.connectors.{name}" for name in KINDS}
    page = text_of("provisioning/connectors/__init__.py")
    for name, kind in KINDS.items():
        assert page.count(f"    {type(kind).__name__}(),\n") == 1, name
        assert page.count(name) == 1, "named by its import alone"


def test_every_vendor_of_the_sandbox_is_a_file_and_a_line() -> None:
    for vendor in VENDORS:
        module = getattr(vendor, "__module__", "")
        slug = str(getattr(vendor, "slug", ""))
        assert module == f"demo.sandbox.{slug}"
        assert (ROOT / "demo" / "sandbox" / "specs" / str(getattr(vendor, "spec", ""))).is_file()
    lines = text_of("demo/sandbox/vendors.py").splitlines()
    assert sum(line.startswith("from demo.sandbox.") for line in lines) == len(VENDORS) + 1


def test_every_rule_of_an_app_request_is_a_file_and_a_line() -> None:
    listed = {rule.__module__.rpartition(".")[2] for rule in RULES}
    # These two decide whether there is anybody to tell a broken rule to, so they come before the list.
    first = {"known_client", "redirect_uri"}
    files = {path.stem for path in project_files("auth_flows/oidc/checks", suffix=".py")} - {"__init__"}

    assert files == listed | first
    for name in files:
        rule = importlib.import_module(f"auth_flows.oidc.checks.{name}")
        assert rule.__doc__ or rule.check.__doc__, f"{name} does not say which section it keeps"


def test_every_kind_of_provider_is_a_file_and_a_line() -> None:
    modules = {name: type(kind).__module__ for name, kind in PROVIDER_KINDS.items()}

    assert modules == {name: f"auth_flows.byoid.{name}" for name in ProviderKind.values}
    page = text_of("auth_flows/byoid/__init__.py")
    for name, kind in PROVIDER_KINDS.items():
        assert page.count(f"    {type(kind).__name__}(),\n") == 1, name
