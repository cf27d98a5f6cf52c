"""ENVACCESS_DURABILITY by its words."""

import pytest

from envaccess.domain.durability import Durability, Promise, read_durability


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("local", Durability()),
        ("managed", Durability(Promise.MANAGED)),
        ("replicas:1", Durability(Promise.REPLICAS, 1)),
        ("replicas:9", Durability(Promise.REPLICAS, 9)),
    ],
)
def test_each_promise_is_read(text: str, expected: Durability) -> None:
    assert read_durability(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        *("", "replicas", "replicas:", "replicas:0", "replicas:10", "replicas:-1", "replicas: 1"),
        *("replicas:one", "Local", "local:1", "managed:1", "replicas:1:2", "replicas:\u0661"),
        "replicas:" + "9" * 40,
    ],
)
def test_nothing_else_is_one(text: str) -> None:
    assert read_durability(text) is None
