"""Secrets that stand in addresses don't stand in logs: whoever has a link of a mail can act by it."""

import logging
import re
from typing import Any

LINK = re.compile(
    r"(/preferences/(?:[a-z]+/)?+|/sign-in/[0-9a-f-]{36}/link/|/recover/(?:cancel|wait)/|/guardian/"
    r"|/account/(?:not-me|addresses/undo)/)[^/\s\"']+"
)


class WithoutLinks(logging.Filter):
    """For handlers: so it holds for whatever logs an address, Django's own loggers included."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg = _without(record.msg)
        if isinstance(record.args, tuple):
            record.args = tuple(_without(value) for value in record.args)
        return True


def _without(value: Any) -> Any:
    return LINK.sub(r"\1…", value) if isinstance(value, str) else value
