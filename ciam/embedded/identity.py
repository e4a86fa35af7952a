"""As whom the engines run: PostgreSQL refuses root."""

import os
import pwd
import stat
from dataclasses import dataclass
from pathlib import Path

from ciam.embedded.errors import CannotStart
from ciam.embedded.state import ELSEWHERE

CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH, CAP_SETPCAP = 1, 2, 8
NO_CAPABILITY = -1


@dataclass(frozen=True)
class Identity:
    """An unprivileged user, with the one capability (Linux) it needs to reach its files, if any."""

    user: int
    group: int
    capability: int = NO_CAPABILITY

    def own(self, path: Path) -> None:
        """Make `path`, and all below it, this user's."""
        for entry in (path, *path.rglob("*")):
            os.lchown(entry, self.user, self.group)


def engine_identity(data: Path, binary: Path) -> Identity | None:
    """None: as ourselves. As root: the owner of the existing `data`, else nobody.

    A checkout below a folder that only root may enter (/root/x) is reached by a capability of that one
    process; the modes of folders that are not ours stay as they are.
    """
    if os.geteuid() != 0:
        _refuse_foreign(data)
        return None
    user, group = _owner(data)
    return Identity(user, group, _capability_needed(data, binary))


def _refuse_foreign(data: Path) -> None:
    if data.exists() and data.stat().st_uid != os.geteuid():
        raise CannotStart(f"{data} belongs to another user ({_name(data.stat().st_uid)}); {ELSEWHERE}")


def _owner(data: Path) -> tuple[int, int]:
    if data.exists() and data.stat().st_uid != 0:
        return data.stat().st_uid, data.stat().st_gid
    try:
        nobody = pwd.getpwnam("nobody")
    except KeyError:
        raise CannotStart(
            "PostgreSQL refuses to run as root and there is no user 'nobody': "
            "run as an ordinary user, or set DATABASE_URL."
        ) from None
    return nobody.pw_uid, nobody.pw_gid


def _capability_needed(data: Path, binary: Path) -> int:
    if not _open_to_all(binary, stat.S_IROTH | stat.S_IXOTH):
        return _permitted(binary, CAP_DAC_OVERRIDE)
    for path in (data, binary):
        if not all(_open_to_all(folder, stat.S_IXOTH) for folder in path.resolve().parents):
            return _permitted(path, CAP_DAC_READ_SEARCH, CAP_DAC_OVERRIDE)
    return NO_CAPABILITY


def _open_to_all(path: Path, bits: int) -> bool:
    # A folder still to be made will be open.
    return not path.exists() or path.stat().st_mode & bits == bits


def _permitted(path: Path, *wanted: int) -> int:
    """The least of the capabilities that we have ourselves; a container may have taken some from root."""
    ours = _our_capabilities()
    for capability in wanted:
        if ours >> capability & 1 and ours >> CAP_SETPCAP & 1:
            return capability
    raise CannotStart(
        f"PostgreSQL refuses to run as root, and the user 'nobody' may not reach {path}: "
        "move the clone to a folder that all users may enter, run as an ordinary user, or set DATABASE_URL."
    )


def _our_capabilities() -> int:
    try:
        lines = Path("/proc/self/status").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1], 16) for line in lines if line.startswith("CapPrm:")), 0)


def _name(user: int) -> str:
    try:
        return pwd.getpwuid(user).pw_name
    except KeyError:
        return str(user)
