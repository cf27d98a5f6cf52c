"""Texts that look like values, made when they are needed: no scanner takes the tests for a leak."""

import re
import string
from pathlib import Path

_ALPHABETS = {
    "alnum": string.ascii_letters + string.digits,
    "lower": string.ascii_lowercase + string.digits,
    "upper": string.ascii_uppercase + string.digits,
    "hex": string.digits + "abcdef",
    "digits": string.digits,
    "dash": "-",
    "url": string.ascii_letters + string.digits + "-_",
}
_PLACES = re.compile(r"\{(\w+):(\d+)\}")


def pseudo(alphabet: str, length: int, seed: int) -> str:
    """A text without any order, the same for the same seed."""
    state, letters = seed * 2_654_435_761 + 12_345, []
    for _ in range(length):
        state = (state * 6_364_136_223_846_793_005 + 1_442_695_040_888_963_407) % 2**64
        letters.append(alphabet[(state >> 33) % len(alphabet)])
    return "".join(letters)


def made(shape: str, seed: int = 7) -> str:
    """A text of a shape: `ghp_{alnum:36}`."""
    return _PLACES.sub(lambda place: pseudo(_ALPHABETS[place[1]], int(place[2]), seed), shape)


def shapes_of(name: str) -> list[str]:
    """The lines of a file beside the tests, each a shape."""
    return (Path(__file__).parent / name).read_text("utf-8").splitlines()


def lines_of(name: str) -> list[str]:
    """A text of each shape in a file."""
    return [made(shape) for shape in shapes_of(name)]
