"""What the shop keeps in memory."""

from demo.shop.kept import Kept


def test_a_thing_is_there_until_its_time_is_over() -> None:
    now = [0.0]
    kept = Kept[str](seconds=10, most=5, clock=lambda: now[0])
    name = kept.put("a")

    assert kept.get(name) == "a"
    now[0] = 10

    assert kept.get(name) is None
    assert kept.take(name) is None


def test_a_thing_is_taken_once() -> None:
    kept = Kept[str](seconds=10, most=5)
    name = kept.put("a")

    assert kept.take(name, lambda thing: thing == "b") is None
    assert kept.take(name) == "a"
    assert kept.take(name) is None


def test_the_oldest_makes_room() -> None:
    kept = Kept[int](seconds=10, most=2)

    names = [kept.put(one) for one in range(3)]

    assert [kept.get(name) for name in names] == [None, 1, 2]
    assert len(set(names)) == 3
