"""Whatever is posted as a passkey is either of the standard's shape or refused, and nothing else happens."""

import time
from contextlib import suppress
from typing import Any

import cbor2
import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from auth_flows.methods import passkey
from auth_flows.passkeys import bounds
from auth_flows.passkeys.challenges import Ceremony
from tests.attacks.passkey_pages import asked_by
from tests.passkeys import Passkey
from tests.people import customer

LEAVES = st.one_of(
    st.integers(-(2**63), 2**63), st.binary(max_size=300), st.text(max_size=50), st.booleans(), st.none()
)


def trees(depth: int) -> st.SearchStrategy[Any]:
    if depth == 1:
        return LEAVES
    below = trees(depth - 1)
    names = st.text(max_size=5) | st.integers(-10, 10)
    return LEAVES | st.lists(below, max_size=4) | st.dictionaries(names, below, max_size=4)


def depth_of(tree: Any) -> int:
    inside = list(tree.values()) if isinstance(tree, dict) else tree if isinstance(tree, list) else []
    return 1 + max(map(depth_of, inside), default=0)


@given(trees(bounds.DEEPEST))
def test_what_authenticators_say_passes(tree: Any) -> None:
    bounds.check_attestation(cbor2.dumps(tree))


@given(trees(8))
def test_what_passes_is_never_deep(tree: Any) -> None:
    said = cbor2.dumps(tree)
    if depth_of(tree) > bounds.DEEPEST:
        with pytest.raises(bounds.Malformed):
            bounds.check_attestation(said)
    else:
        bounds.check_attestation(said)


@given(st.binary(max_size=2_000) | st.text("0123456789abcdef", max_size=4_000).map(lambda t: t.encode()))
def test_any_bytes_are_judged_at_once(said: bytes) -> None:
    began = time.thread_time()
    for judge in (bounds.check_attestation, bounds.check_authenticator_data):
        try:
            judge(said)
        except bounds.Malformed:
            continue
    assert time.thread_time() - began < 0.05


@given(
    st.text(max_size=500) | st.sampled_from(["[" * 9_000, '{"id":' * 2_000, '{"response": {"signature": 1}}'])
)
def test_any_text_is_an_answer_or_malformed(said: str) -> None:
    try:
        bounds.opened(said)
    except bounds.Malformed:
        return
    raise AssertionError("no text without a response is an answer")


changes = given(st.integers(0, 10_000), st.integers(1, 255))


def changed(answer: str, place: int, change: int) -> str:
    said = bytearray(answer.encode())
    said[place % len(said)] ^= change
    return said.decode(errors="surrogateescape")


@pytest.mark.django_db
@changes
def test_a_registration_with_one_byte_changed_is_taken_or_refused(place: int, change: int) -> None:
    row, asked = asked_by(Ceremony.CREATE)
    answer = changed(Passkey().create(asked), place, change)

    with suppress(passkey.Refused):
        passkey.register(row, answer, handle="aGFuZGxl", now=timezone.now())


@pytest.mark.django_db
def test_an_assertion_with_one_byte_changed_is_refused_unless_it_says_the_same() -> None:
    key = Passkey()
    key.belongs_to(customer("ada@example.com", password=None))

    @changes
    def one(place: int, change: int) -> None:
        row, asked = asked_by(Ceremony.GET)
        said = key.get(asked)
        answer = changed(said, place, change)
        try:
            passkey.prove(row, answer, realm="customer", account=None, now=timezone.now())
        except passkey.Refused:
            return
        for name in ("clientDataJSON", "authenticatorData", "signature", "userHandle"):
            assert bounds.part(bounds.opened(answer), name) == bounds.part(bounds.opened(said), name)

    one()
