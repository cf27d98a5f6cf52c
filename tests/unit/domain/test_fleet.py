"""Which versions serve side by side."""

from envaccess.domain.fleet import Layout, Replica, too_far


def test_one_version_apart_serves_beside_and_two_do_not() -> None:
    def beside(epoch: int, schema: int) -> bool:
        other = Replica("b", "9", Layout(epoch, schema), "host", 1, "http", 0)
        return too_far(Layout(3, 5), [other]) is None

    assert beside(3, 5)
    assert all(beside(3 + by, 5) and beside(3, 5 + by) for by in (-1, 1))
    assert not any(beside(3 + by, 5) or beside(3, 5 + by) for by in (-2, 2, 9))
