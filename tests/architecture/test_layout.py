"""Where things are, and what they may be called."""

import re
from pathlib import Path

import pytest

from tests.architecture.tree import APPS, project_files, text_of, top_level

FOLDERS = {*APPS, ".ci", "bench", "demo", "docs", "static", "templates", "tests"}
FILES = {
    ".dockerignore",
    ".gitignore",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "Dockerfile",
    "LICENSE",
    "Makefile",
    "README.md",
    "SECURITY.md",
    "docker-compose.yml",
    "manage.py",
    "pyproject.toml",
    "requirements-dev.txt",
    "requirements.txt",
}
VAGUE = {"common", "helpers", "managers", "services", "utils"}
LONGEST = 300
# Put together here so that this file doesn't name them either.
INDEX_HOSTS = [
    ".".join(parts)
    for parts in (
        ("pypi", "org"),
        ("pypi", "python", "org"),
        ("files", "python" + "hosted", "org"),
        ("registry", "npmjs", "org"),
        ("registry", "yarnpkg", "com"),
        ("crates", "io"),
        ("proxy", "golang", "org"),
        ("deb", "debian", "org"),
        ("repo1", "maven", "org"),
        ("repo", "maven", "apache", "org"),
    )
]
INDEX_OPTION = re.compile(r"(index|find-links|registry)[-_]?(url)?[ =:]+[\"']?https?:", re.IGNORECASE)
INLINE = re.compile(
    r"<script(?![^>]*\bsrc=)|<style\b|\sstyle\s*=|\son[a-z]+\s*=\s*[\"']|javascript:", re.IGNORECASE
)


def test_the_top_level_has_exactly_the_agreed_names() -> None:
    found = top_level()

    assert found - (FOLDERS | FILES) == set(), "nothing else belongs at the top"
    assert (FOLDERS | FILES) - found == set(), "these are missing"


def test_files_are_named_for_what_they_do() -> None:
    vague = [path for path in project_files() if VAGUE & {path.stem, *path.parts[:-1]}]

    assert vague == []


@pytest.mark.parametrize("top", sorted(FOLDERS - {"templates", "static", ".ci"}))
def test_no_file_is_longer_than_a_reader_can_hold(top: str) -> None:
    lengths = {
        str(path): text_of(path).count("\n")
        for path in project_files(top, suffix=".py")
        if "migrations" not in path.parts
    }

    assert {path: lines for path, lines in lengths.items() if lines > LONGEST} == {}


def test_no_file_names_where_packages_come_from() -> None:
    naming = [
        str(path)
        for path in project_files()
        if any(host in text_of(path) for host in INDEX_HOSTS) or INDEX_OPTION.search(text_of(path))
    ]

    assert naming == []


def test_requirements_are_pinned_by_hash() -> None:
    for name in ("requirements.txt", "requirements-dev.txt"):
        logical_lines = text_of(name).replace("\\\n", " ").splitlines()
        pins = [line for line in logical_lines if line[:1].isalnum()]

        assert pins
        assert [pin.split()[0] for pin in pins if "==" not in pin or "--hash=sha256:" not in pin] == []


def pages() -> list[Path]:
    files = [*project_files("templates", suffix=".html"), *project_files("demo", suffix=".html")]
    return [path for path in files if "emails" not in path.parts]


@pytest.mark.parametrize("path", pages(), ids=str)
def test_a_page_has_no_script_or_style_of_its_own(path: Path) -> None:
    """The content security policy would refuse it."""
    assert INLINE.findall(text_of(path)) == []
