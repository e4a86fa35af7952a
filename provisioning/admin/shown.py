"""How the workbench shows what several of its pages have."""

from datetime import datetime


def shown(moment: datetime | None) -> str:
    """UTC to the second."""
    return f"{moment:%Y-%m-%d %H:%M:%S}" if moment else ""


def progress(seen: int, expected: int) -> str:
    """Such as: 500 of 2,000 (25 %)."""
    if not expected:
        return f"{seen:,}"
    return f"{seen:,} of {expected:,} ({min(100, 100 * seen // expected)} %)"
