"""Names: one class name has one meaning, and names are the field's terms (docs/reference/glossary.md)."""

import ast
import re
from collections import defaultdict
from pathlib import Path

BOT = Path(__file__).parents[2] / "bot"
PACKAGES = ("envaccess", "slack_emulator", "envaccess_demo")
METAPHORS = {
    "town", "street", "seat", "seats", "desk", "crew", "house", "keeper", "keepers", "circle", "circles",
    "door", "doors", "bell", "bells", "lever", "levers", "shelf", "rooms", "nudge", "world",
}  # fmt: skip


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


def names(path: Path) -> set[str]:
    """Every name that a file defines or uses."""
    found = set()
    for node in ast.walk(ast.parse(path.read_bytes())):
        for field in ("name", "id", "arg", "attr"):
            if isinstance(name := getattr(node, field, None), str):
                found.add(name)
    return found


def test_names_are_the_field_s_terms_and_no_metaphors() -> None:
    """A newcomer knows what an endpoint is; what a door is here, only its author does."""
    found = {
        f"{path.relative_to(BOT)}: {name}"
        for path in sorted((BOT / "envaccess").rglob("*.py"))
        for name in {*names(path), *path.relative_to(BOT).with_suffix("").parts}
        if METAPHORS & {word.lower() for word in re.findall(r"[A-Z]?[a-z]+", name)}
    }
    assert found == set()
