"""Names in plain characters have the same normal form by the short way as by the long one."""

from hypothesis import given
from hypothesis import strategies as st

from accounts.identifiers import PLAIN_NAME, BadIdentifier, normal_email, normal_username

LABEL = st.from_regex(r"[A-Za-z0-9-]{1,8}", fullmatch=True)
ADDRESSES = st.builds(
    lambda local, labels: f"{local}@{'.'.join(labels)}",
    st.from_regex(r"[A-Za-z0-9._+-]{1,12}", fullmatch=True),
    st.lists(
        LABEL | st.sampled_from(["com", "example", "test", "local", "Invalid", "localhost"]), max_size=4
    ),
)


@given(st.from_regex(PLAIN_NAME, fullmatch=True) | ADDRESSES.filter(PLAIN_NAME.fullmatch))
def test_a_plain_name_is_its_lower_case(said: str) -> None:
    try:
        long_way = normal_email(said)[1]
    except BadIdentifier:
        long_way = said.casefold()

    assert normal_username(said) == long_way
