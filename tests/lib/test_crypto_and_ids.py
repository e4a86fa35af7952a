import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import Settings

from ciam.lib.crypto import Unreadable, decrypt, encrypt, keyed_hash, new_token, token_hash
from ciam.lib.ids import floor_at, made_at, uuid7


@given(st.text())
def test_what_was_encrypted_reads_back_and_shows_nothing(text: str) -> None:
    stored = encrypt(text)

    assert decrypt(stored) == text
    assert len(text) < 8 or text.encode() not in stored


def test_keys_rotate_and_a_lost_key_is_told(settings: Settings) -> None:
    settings.SECRET_KEY = "first key of this installation"
    stored = encrypt("seed")

    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "second key", ["first key of this installation"]
    assert decrypt(stored) == "seed"
    settings.SECRET_KEY_FALLBACKS = []
    with pytest.raises(Unreadable):
        decrypt(stored)


def test_keyed_hashes_depend_on_purpose_and_installation(settings: Settings) -> None:
    here = keyed_hash("address", "127.0.0.1")

    assert keyed_hash("agent", "127.0.0.1") != here
    settings.SECRET_KEY = "another installation"
    assert keyed_hash("address", "127.0.0.1") != here


def test_tokens_are_long_and_kept_as_hashes() -> None:
    token = new_token()

    assert len(token) >= 43
    assert token not in token_hash(token)


def test_keys_are_made_in_the_order_of_time() -> None:
    before = dt.datetime.now(dt.UTC) - dt.timedelta(milliseconds=2)

    keys = [uuid7() for _number in range(1_000)]

    assert keys == sorted(keys)
    assert made_at(keys[0]) >= before.replace(microsecond=before.microsecond // 1000 * 1000)
    assert floor_at(before) < keys[0]
