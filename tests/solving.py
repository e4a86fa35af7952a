"""Getting past the page that tells people from programs, as a browser's script does."""

import json

import altcha

from tests.walking import Walker


def solution(task: dict[str, object]) -> str:
    challenge = altcha.Challenge.from_dict(task)
    solved = altcha.solve_challenge(challenge)
    assert solved is not None
    return altcha.Payload(challenge, solved).to_base64()


def task_of(walker: Walker) -> dict[str, object]:
    box = walker.soup.select_one("[data-challenge]")
    assert box is not None, walker.heading
    task: dict[str, object] = json.loads(str(box["data-challenge"]))
    return task


def solve(walker: Walker) -> Walker:
    """Answer "A quick check"."""
    assert walker.heading == "A quick check"
    return walker.send(altcha=solution(task_of(walker)))
