"""Names: one class name has one meaning (STYLE.md)."""

import ast
from collections import defaultdict
from pathlib import Path

BOT = Path(__file__).parents[2] / "bot"
PACKAGES = ("envaccess",)


def classes(package: str) -> list[tuple[str, str]]:
    """Every class of a package: its name, and the file that defines it."""
    return [
        (node.name, str(path.relative_to(BOT)))
        for path in sorted((BOT / package).rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_bytes()))
        if isinstance(node, ast.ClassDef)
    ]


def homonyms(packages: tuple[str, ...]) -> dict[str, list[str]]:
    places = defaultdict(list)
    for package in packages:
        for name, place in classes(package):
            places[name].append(place)
    return {name: found for name, found in places.items() if len(found) > 1}


def test_no_class_name_has_two_meanings() -> None:
    """A reader who searches for a name finds what it is, not three things that share it.

    What fits a Protocol has a name of its own: `RedisTrail` fits `Trail`, `PolicyContext` fits `PolicyTools`.
    """
    assert homonyms(PACKAGES) == {}
