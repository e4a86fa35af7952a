"""Have I Been Pwned's range API: ends of hashes of stolen passwords, by their first five digits."""

import hashlib
import random
from collections.abc import Iterator
from typing import ClassVar

from demo.sandbox.shapes import JsonObject
from demo.sandbox.vendor import Answer, Call, Known, Violation

# Long enough for a password that signs in alone, and in nobody's list of common ones.
STOLEN = {
    "password": 52_256_179,
    "correct horse battery staple": 216,
    "to be or not to be that is the question": 38,
}
ROWS, PADDED = range(700, 800), 1_000


def _digest(password: str) -> str:
    return hashlib.sha1(password.encode(), usedforsecurity=False).hexdigest().upper()


class Hibp:
    slug: ClassVar[str] = "hibp"
    title: ClassVar[str] = "Have I Been Pwned"
    spec: ClassVar[str] = "hibp.openapi.json"

    def __init__(self) -> None:
        self._stolen = {_digest(password): times for password, times in STOLEN.items()}
        self._asked = 0

    def behave(self, call: Call) -> Answer:
        self._asked += 1
        prefix = call.path_values["prefix"].upper()
        rows = list(self._rows(prefix))
        if any(name.lower() == "add-padding" for name in call.headers):
            dice = random.Random()  # noqa: S311 - padding
            rows += [f"{_end(dice)}:0" for _row in range(PADDED - len(rows))]
            dice.shuffle(rows)
        return Answer(200, raw="\r\n".join(rows).encode(), content_type="text/plain")

    def _rows(self, prefix: str) -> Iterator[str]:
        """Those that are really there, among others that are the same each time."""
        dice = random.Random(prefix)  # noqa: S311 - made-up hashes
        for _row in range(dice.choice(ROWS)):
            yield f"{_end(dice)}:{dice.randrange(1, 100)}"
        for digest, times in self._stolen.items():
            if digest.startswith(prefix):
                yield f"{digest[len(prefix) :]}:{times}"

    def refuse(self, violation: Violation) -> Answer:
        status = 404 if violation.kind == "path" else 405 if violation.kind == "method" else 400
        return _words(status, "The hash prefix was not in a valid format")

    def fail(self, status: int) -> Answer:
        return _words(status, "Unavailable")

    def headers(self, _call: Call) -> dict[str, str]:
        return {}

    def rows(self, _call: Call) -> list[dict[str, str]]:
        return []

    def state(self) -> JsonObject:
        return {"asked": self._asked}

    def known(self) -> list[Known]:
        return []

    def remarks(self) -> list[str]:
        return ["Nobody is known here. Five digits of a hash say nothing of a password, nor of whose it is."]


def _end(dice: random.Random) -> str:
    return f"{dice.getrandbits(140):035X}"


def _words(status: int, text: str) -> Answer:
    return Answer(status, raw=text.encode(), content_type="text/plain")
