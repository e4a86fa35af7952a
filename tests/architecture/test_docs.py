"""What the documentation says is so."""

import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.architecture.tree import APPS, ROOT, project_files, text_of, top_level

PAGES = [path for path in project_files(suffix=".md")]
LINK = re.compile(r"\[[^\]\[]*\]\(([^)\s]+)\)")
CODE = re.compile(r"```.*?```", re.DOTALL)
# The public contract of demo.json.
CONTRACT = [
    *("base_url", "admin", "customers", "scim", "clients", "brands", "connectors"),
    *("refresh_grace_s", "registration_token", "email", "password", "totp_secret", "kind"),
    *("token", "read_only_token", "other_brand_token", "client_id", "client_secret"),
    *("redirect_uris", "post_logout_redirect_uris", "scopes"),
    *("password", "totp", "lite", "unverified", "social", "suspended"),
    *("shop", "spa", "native", "service", "sensitive", "legacy"),
]


def targets() -> set[str]:
    return set(re.findall(r"^([a-z][a-z-]*):", text_of("Makefile"), re.MULTILINE))


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_make_knows_what_the_pages_tell_people_to_type(page: Path) -> None:
    text = text_of(page)
    told = set(re.findall(r"`make ([a-z][a-z-]*)", text)) | set(re.findall(r"^make ([a-z-]+)", text, re.M))

    assert told <= targets()


def test_the_readme_has_the_two_commands_of_a_newcomer() -> None:
    blocks = re.findall(r"```sh\n(.*?)```", text_of("README.md"), re.DOTALL)

    assert "make run\n" in blocks
    assert "make test\n" in blocks


def test_the_readme_lists_every_target_of_make() -> None:
    row = next(line for line in text_of("README.md").splitlines() if line.startswith("| make |"))

    assert targets() == set(re.findall(r"`([a-z-]+)`", row.split("|")[2]))


def test_the_readme_maps_every_folder() -> None:
    mapped = re.findall(r"^\| `([a-z_.]+)/` \|", text_of("README.md"), re.MULTILINE)
    folders = {name for name in top_level() if (ROOT / name).is_dir() and any((ROOT / name).iterdir())}

    assert sorted(mapped) == sorted(folders)


def links(page: Path) -> Iterator[str]:
    for target in LINK.findall(CODE.sub("", text_of(page))):
        if not re.match(r"[a-z]+:", target):
            yield target


def anchors(page: Path) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", CODE.sub("", text_of(page)), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading).strip().lower().replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_links_lead_somewhere(page: Path) -> None:
    for target in links(page):
        path, _hash, anchor = target.partition("#")
        there = (ROOT / page.parent / path).resolve() if path else ROOT / page
        assert there.exists(), target
        assert not anchor or anchor in anchors(there.relative_to(ROOT)), target


def is_a_path(text: str) -> bool:
    tops = (*APPS, "demo", "docs", "templates", "tests", "static", ".ci")
    return text.startswith(tuple(f"{top}/" for top in tops)) and not re.search(r"[<>*… {]", text)


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_files_that_are_named_exist(page: Path) -> None:
    named = [text for text in re.findall(r"`([^`\n]+)`", CODE.sub("", text_of(page))) if is_a_path(text)]

    assert [name for name in named if not (ROOT / name).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_modules_that_are_named_exist(page: Path) -> None:
    """`accounts.events.record`: a module, and something in it."""
    for dotted in re.findall(rf"`((?:{'|'.join(APPS)})(?:\.\w+)+)`", text_of(page)):
        parts = dotted.split(".")
        found = [
            length
            for length in range(1, len(parts) + 1)
            if (ROOT / Path(*parts[:length])).is_dir()
            or (ROOT / Path(*parts[:length])).with_suffix(".py").is_file()
        ]
        module = Path(*parts[: max(found)])
        source = (
            f"{module}.py" if (ROOT / module).with_suffix(".py").is_file() else str(module / "__init__.py")
        )
        for name in parts[max(found) :][:1]:
            assert re.search(rf"\b{name}\b", text_of(source)), dotted


def dependencies() -> set[str]:
    project = tomllib.loads(text_of("pyproject.toml"))["project"]
    lines = [*project["dependencies"], *project["optional-dependencies"]["dev"]]
    return {re.split(r"[^A-Za-z0-9_.-]", line)[0] for line in lines}


def test_every_direct_dependency_has_its_reason_and_no_other() -> None:
    rows = [line.split(" | ") for line in text_of("docs/decisions/dependencies.md").splitlines()]
    reasons = {row[0].strip("| `"): row[1:] for row in rows if row[0].startswith("| `")}

    assert set(reasons) == dependencies()
    assert all(len(row) == 3 and all(cell.strip(" |") for cell in row) for row in reasons.values())


def test_every_decision_is_listed() -> None:
    listed = {target for target in links(Path("docs/decisions/README.md"))}
    pages = {path.name for path in project_files("docs/decisions", suffix=".md")} - {"README.md"}

    assert listed == pages


def test_the_table_of_variables_is_current() -> None:
    said = subprocess.run(
        [sys.executable, "docs/generate.py", "--check"], cwd=ROOT, capture_output=True, text=True, timeout=60
    )

    assert said.returncode == 0, said.stdout + said.stderr


@pytest.mark.parametrize("key", sorted(set(CONTRACT)))
def test_every_key_of_the_demo_facts_is_explained(key: str) -> None:
    assert f"`{key}`" in text_of("docs/demo.md")


def test_what_writes_the_demo_facts_writes_nothing_else() -> None:
    written = re.findall(r'^ {12}"(\w+)": ', text_of("ciam/management/commands/seed_demo.py"), re.MULTILINE)

    assert written
    assert [key for key in written if f"`{key}`" not in text_of("docs/demo.md")] == []


def test_every_kind_of_event_is_one_that_the_vocabulary_allows() -> None:
    """`subject.what happened`."""
    kinds = re.findall(r'^    [A-Z_]+ = "([^"]+)"', text_of("accounts/events.py"), re.MULTILINE)

    assert kinds
    assert all(re.fullmatch(r"[a-z]+\.[a-z_]+", kind) for kind in kinds)


def test_nothing_tells_of_the_workshop() -> None:
    """Pages are for whoever meets the project, not for whoever made it."""
    inside = re.compile(r"/work/|\bshared/|\bissue #?\d", re.IGNORECASE)
    telling = [str(path) for path in project_files() if inside.search(text_of(path))]

    assert [path for path in telling if path != "tests/architecture/test_docs.py"] == []
