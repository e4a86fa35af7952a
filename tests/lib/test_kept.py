"""What is remembered for a few seconds."""

import pytest

from ciam.lib import kept
from ciam.lib.kept import Kept


def test_it_is_read_once_in_its_time_and_then_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    clock, truth = [100.0], ["old"]
    monkeypatch.setattr(kept, "monotonic", lambda: clock[0])
    names: Kept[str, str] = Kept(seconds=3)

    first = names.get("ada", lambda: truth[0])
    truth[0] = "new"
    clock[0] += 2.9
    meanwhile = names.get("ada", lambda: truth[0])
    clock[0] += 0.2

    assert (first, meanwhile, names.get("ada", lambda: truth[0])) == ("old", "old", "new")


def test_what_isnt_there_is_asked_for_each_time() -> None:
    names: Kept[str, str] = Kept(seconds=3)

    assert names.get("ada", lambda: None) is None
    assert names.get("ada", lambda: "Ada") == "Ada"


def test_it_never_grows_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept, "MOST", 10)
    names: Kept[int, int] = Kept(seconds=60)

    for number in range(1_000):
        names.get(number, lambda: 1)

    assert len(names._values) <= 10


def test_it_can_be_forgotten() -> None:
    names: Kept[str, str] = Kept(seconds=60)
    names.get("ada", lambda: "old")

    names.forget()

    assert names.get("ada", lambda: "new") == "new"
