"""The project's own files: what a fresh clone has, and nothing that git ignores."""

import fnmatch
import os
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
APPS = ("ciam", "accounts", "consent", "provisioning", "auth_flows")


def _ignored() -> tuple[str, ...]:
    lines = (ROOT / ".gitignore").read_text().splitlines()
    return (".git", *(line.rstrip("/") for line in lines if line and not line.startswith("#")))


IGNORED = _ignored()


def is_ignored(name: str) -> bool:
    return any(fnmatch.fnmatch(name, pattern) for pattern in IGNORED)


def project_files(*tops: str, suffix: str = "") -> Iterator[Path]:
    """Relative paths of files below these folders (the whole project where none is named), in order."""
    for start in tops or ("",):
        for folder, folders, names in os.walk(ROOT / start):
            folders[:] = sorted(name for name in folders if not is_ignored(name))
            for name in sorted(names):
                if name.endswith(suffix) and not is_ignored(name):
                    yield (Path(folder) / name).relative_to(ROOT)


def text_of(path: Path | str) -> str:
    """A file's text; nothing for a file that is no text."""
    try:
        return (ROOT / path).read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return ""


def top_level() -> set[str]:
    return {entry.name for entry in ROOT.iterdir() if not is_ignored(entry.name)}
