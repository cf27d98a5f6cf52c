"""The papers name what exists: the glossary's words, and paths in the other documents."""

import importlib
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
GLOSSARY = (ROOT / "docs" / "reference" / "glossary.md").read_text("utf-8")
PAPERS = [
    "README.md",
    "SECURITY.md",
    "CONTRIBUTING.md",
    "docs/explanation/architecture.md",
    "docs/explanation/laws.md",
]
ROWS = re.findall(r"^\| (?!word |-)(.+?) \| (.+) \| `([\w.]+)` \|$", GLOSSARY, re.MULTILINE)


def test_every_row_is_a_word_a_meaning_and_a_place() -> None:
    lines = [line for line in GLOSSARY.splitlines() if line.startswith("|") and "---" not in line]
    assert len([line for line in lines if not line.startswith("| word |")]) == len(ROWS) > 0


def test_each_word_is_there_once() -> None:
    words = [word for word, _, _ in ROWS]
    assert sorted(set(words)) == sorted(words)


@pytest.mark.parametrize("place", sorted({place for _, _, place in ROWS}))
def test_what_the_glossary_names_exists(place: str) -> None:
    """A glossary that names what was renamed sends its reader astray."""
    module, _, name = place.rpartition(".")
    if name[:1].isupper():
        assert isinstance(getattr(importlib.import_module(module), name), type)
    else:
        importlib.import_module(place)


@pytest.mark.parametrize("paper", PAPERS)
def test_the_paths_that_a_paper_names_exist(paper: str) -> None:
    text = (ROOT / paper).read_text("utf-8")
    named = set(re.findall(r"`((?:bot/)?[a-z_]+/[a-z_/]+(?:\.py|\.lua)?)`", text))
    folders = (ROOT, ROOT / "bot", ROOT / "bot" / "envaccess")
    assert {
        path
        for path in named
        if not any((folder / path).exists() or (folder / f"{path}.py").exists() for folder in folders)
    } == set()
