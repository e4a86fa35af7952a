"""demo.json, which another program writes."""

import json
import os
from pathlib import Path

import pytest

from demo.shop.facts import BadFacts, FactsFile


def rewrite(path: Path, content: str, at: int) -> None:
    path.write_text(content)
    os.utime(path, (at, at))


def test_a_new_file_is_noticed(demo_json: Path) -> None:
    facts = FactsFile(demo_json)
    told = json.loads(demo_json.read_text())
    told["scim"]["token"] = "a-newer-token"

    rewrite(demo_json, json.dumps(told), at=2_000_000_000)

    assert facts.current().scim.token == "a-newer-token"


def test_a_file_that_is_being_written_or_gone_changes_nothing(demo_json: Path) -> None:
    facts, whole = FactsFile(demo_json), demo_json.read_text()

    for at, content in enumerate(("", whole[:40], "[]", "{}"), start=2_000_000_000):
        rewrite(demo_json, content, at)
        assert facts.current().scim.token == "a-token"
    demo_json.unlink()

    assert facts.current().scim.token == "a-token"


def test_a_missing_or_wrong_file_is_named_at_the_start(demo_json: Path) -> None:
    with pytest.raises(BadFacts, match="nothing here"):
        FactsFile(demo_json.with_name("nothing here"))
    demo_json.write_text("{}")
    with pytest.raises(BadFacts, match="'scim' is no object"):
        FactsFile(demo_json)
