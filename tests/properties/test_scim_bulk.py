"""The order of a bulk request's operations: what one refers to comes before it, whatever refers to what."""

from hypothesis import given
from hypothesis import strategies as st

from provisioning.scim.bulk_references import in_order

Needs = list[frozenset[int]]


@st.composite
def needs(draw: st.DrawFn) -> Needs:
    number = draw(st.integers(0, 12))
    places = st.frozensets(st.integers(0, max(0, number - 1)), max_size=3)
    return [draw(places) for _ in range(number)]


def reached(needs: Needs, place: int) -> set[int]:
    """All that it refers to, directly or not."""
    found: set[int] = set()
    waiting = [place]
    while waiting:
        for other in needs[waiting.pop()] - found:
            found.add(other)
            waiting.append(other)
    return found


@given(needs=needs())
def test_every_operation_comes_once_and_after_what_it_refers_to(needs: Needs) -> None:
    order = in_order(needs)

    assert sorted(order) == list(range(len(needs)))
    for place, others in enumerate(needs):
        for other in others:
            circles = place in reached(needs, other)
            assert circles or order.index(other) < order.index(place)


@given(needs=needs())
def test_operations_that_refer_to_nothing_later_stay_in_the_order_in_which_they_came(needs: Needs) -> None:
    earlier = [frozenset(other for other in others if other < place) for place, others in enumerate(needs)]

    assert in_order(earlier) == list(range(len(needs)))
