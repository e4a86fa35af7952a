"""EXPLAIN (ANALYZE, BUFFERS) of every statement of a request, with the values and in the state that it has.

A statement that writes is explained on a savepoint, which is then rolled back.
"""

import json
import os
import random
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from django.db import connection
from django.test import Client

from bench.asking import (
    BY_EMAIL,
    BY_EXTERNAL_ID,
    BY_ID,
    BY_NAME,
    CURSOR_PAGE,
    FIRST_PAGE,
    MIDDLE_PAGE,
    group_changes,
)
from bench.crowd import Crowd, group, member
from bench.driving import Answer, Ask, Asks, Failed, Walk
from bench.unfolding import explained

EXPLAINED = ("SELECT", "INSERT", "UPDATE", "DELETE", "WITH")
KEY = r"'?[0-9a-f-]{36}'?(?:::uuid)?,\s?"
COLUMN = r'"\w+"(?:\."\w+")?, '
# The middle of long lists of keys and of columns, which would be most of the page; and hashes.
NO_NEWS = [
    (re.compile(f"({KEY})(?:{KEY}){{3,}}"), r"\1… "),
    (re.compile(f"({COLUMN})(?:{COLUMN}){{3,}}"), r"\1… "),
    (re.compile(r"\b[0-9a-f]{64}\b"), "…"),
]
LONGEST_LINE = 600


class Plans:
    """An execute wrapper: [statement, plan] of each statement."""

    def __init__(self) -> None:
        self.kept: list[tuple[str, str]] = []

    def __call__(self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        if not many and sql.lstrip().startswith(EXPLAINED):
            self._explain(sql, params)
        return execute(sql, params, many, context)

    def _explain(self, sql: str, params: Any) -> None:
        begin, end = "BEGIN", "ROLLBACK"
        if connection.in_atomic_block:
            begin, end = "SAVEPOINT explained", "ROLLBACK TO SAVEPOINT explained"
        with connection.connection.cursor() as cursor:
            statement = cursor.mogrify(sql, params).decode()
            cursor.execute(begin)
            plan = explained(cursor, statement, "(ANALYZE, BUFFERS)")
            cursor.execute(end)
        self.kept.append((shortened(statement), shortened(plan)))


def shortened(text: str) -> str:
    for pattern, less in NO_NEWS:
        text = pattern.sub(less, text)
    lines = text.splitlines()
    return "\n".join(line[:LONGEST_LINE] + (" …" if len(line) > LONGEST_LINE else "") for line in lines)


def main(arguments: Sequence[str]) -> None:
    """SIZE FILE: at a database with so many people, into this file; BENCH_TOKEN opens the door."""
    crowd = Crowd(int(arguments[0]))
    operations = [BY_ID, BY_NAME, BY_EMAIL, BY_EXTERNAL_ID, FIRST_PAGE, MIDDLE_PAGE, CURSOR_PAGE]
    explained = {one.name: explain(one.asks(crowd, random.Random(7))) for one in operations}
    for members in crowd.groups:
        asks = group_changes(group(members), member(crowd.size))
        explained[f"group of {members:,}: a member joins"] = explain(asks)
    Path(arguments[1]).write_text(json.dumps(explained), encoding="utf-8")


def explain(asks: Asks) -> list[tuple[str, str]]:
    """Of the third request: what is only done once has been done by then, and it joins as the first did."""
    client = Client(headers={"host": "localhost", "authorization": f"Bearer {os.environ['BENCH_TOKEN']}"})

    def send(ask: Ask) -> Answer:
        said = client.generic(ask.method, ask.path, ask.body, content_type="application/scim+json")
        return Answer(said.status_code, said.content)

    plans = Plans()
    walk = Walk(send, asks)
    try:
        walk.step()
        walk.step()
        with connection.execute_wrapper(plans):
            walk.step()
    except Failed as error:
        return [("-- failed", str(error))]
    return plans.kept
