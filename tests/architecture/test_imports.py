"""Imports go downwards only, and inside an app never in a circle."""

import ast
import graphlib
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import grimp
import pytest

from tests.architecture.tree import APPS, ROOT, project_files, text_of

LINT = "from importlinter.cli import lint_imports_command as lint; lint(['--no-cache', '--no-logo'])"
DOWNWARDS, NO_CYCLES = "Imports go downwards only", "No cycles inside an app"


def lint(folder: Path) -> tuple[int, str]:
    """The exit code of import-linter in a copy of the project, and what it said."""
    said = subprocess.run(
        [sys.executable, "-c", LINT],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=120,
    )
    return said.returncode, said.stdout


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    for file in project_files(*APPS, suffix=".py"):
        target = tmp_path / file
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / file, target)
    return tmp_path


def test_the_contracts_are_kept() -> None:
    code, said = lint(ROOT)

    assert code == 0, said
    assert f"{DOWNWARDS} KEPT" in said
    assert f"{NO_CYCLES} KEPT" in said


UPWARDS = {
    "ciam.lib": ("accounts.models", "ciam.celery"),
    "accounts": ("consent.models", "ciam.wiring"),
    "consent": ("provisioning.models", "auth_flows.models"),
    "provisioning": ("auth_flows.models", "ciam.health"),
    "auth_flows": ("provisioning.models", "ciam.settings"),
}
CYCLES = ("accounts", "ciam.lib", "consent", "provisioning.models", "auth_flows.steps")


def write(folder: Path, module: str, text: str) -> None:
    (folder / module.replace(".", "/")).with_suffix(".py").write_text(text)


def test_imports_upwards_are_refused(copy: Path) -> None:
    """One in a function counts as well. All at once: reading the project is what takes time."""
    for package, imported in UPWARDS.items():
        for number, name in enumerate(imported):
            write(copy, f"{package}.offender{number}", f"def later() -> None:\n    import {name}\n")

    code, said = lint(copy)

    assert code == 1
    assert f"{DOWNWARDS} BROKEN" in said
    for package, imported in UPWARDS.items():
        for number, name in enumerate(imported):
            assert f"{package}.offender{number} -> {name}" in said


def test_cycles_inside_an_app_are_refused(copy: Path) -> None:
    for package in CYCLES:
        write(copy, f"{package}.hen", f"import {package}.egg\n")
        write(copy, f"{package}.egg", f"def later() -> None:\n    import {package}.hen\n")

    code, said = lint(copy)

    assert code == 1
    assert f"{NO_CYCLES} BROKEN" in said
    for package in CYCLES:
        assert f"No cycles are allowed in {package}." in said


def test_the_contract_names_every_module_of_the_site() -> None:
    contracts = tomllib.loads(text_of("pyproject.toml"))["tool"]["importlinter"]["contracts"]
    layers = next(contract["layers"] for contract in contracts if contract["name"] == DOWNWARDS)
    named = {part.strip(" ()") for layer in layers for part in layer.replace("|", ":").split(":")}
    modules = {
        f"ciam.{entry.stem}"
        for entry in (ROOT / "ciam").iterdir()
        if entry.suffix == ".py" or any(entry.glob("**/*.py"))
    }

    assert modules - {"ciam.__init__"} <= named
    assert set(APPS) - {"ciam"} <= named


def test_no_module_imports_itself_by_way_of_others() -> None:
    """The linter compares siblings; this also sees a package that imports its own `__init__`'s importers."""
    graph = grimp.build_graph(*APPS, cache_dir=None)
    sorter = graphlib.TopologicalSorter(
        {module: graph.find_modules_directly_imported_by(module) for module in graph.modules}
    )

    sorter.prepare()  # raises CycleError, which names the circle


@pytest.mark.parametrize("package", [*APPS, "ciam/lib"])
def test_the_packages_themselves_import_nothing(package: str) -> None:
    """Whoever imports `accounts.models` runs `accounts/__init__.py`: a way round for any import."""
    assert text_of(f"{package}/__init__.py") == ""


def imported_by(file: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(text_of(file))):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module.partition(".")[0]


def test_the_demo_speaks_to_the_site_by_http_alone() -> None:
    for file in project_files("demo", suffix=".py"):
        assert not set(imported_by(file)) & {*APPS, "tests"}, file


def test_the_site_knows_neither_demo_nor_tests() -> None:
    for file in project_files(*APPS, suffix=".py"):
        assert not set(imported_by(file)) & {"demo", "tests", "bench", "docs"}, file
