"""Pages name files that exist: links of every page, and pages that code, tests and messages name."""

import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[2]
_LINK = re.compile(r"\]\((?![a-z]+:|#)([^)#\s]+)")
_NAMED = re.compile(r"(?<![\w./-])docs/[\w/-]+\.md\b")
_SECTIONS = {"tutorial", "how-to", "reference", "explanation", "adr", "images"}


def tracked(*patterns: str) -> list[Path]:
    listed = subprocess.run(  # noqa: S603 - git, with our own words
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", *patterns],  # noqa: S607
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    return [ROOT / line for line in listed.splitlines() if (ROOT / line).is_file()]


def test_every_link_leads_to_a_file() -> None:
    pages = {page: page.read_text("utf-8") for page in tracked("*.md")}
    assert [
        f"{page.relative_to(ROOT)}: {target}"
        for page, text in pages.items()
        for target in _LINK.findall(text)
        if not (page.parent / target).exists()
    ] == []


def test_every_page_that_a_text_names_exists() -> None:
    """A message that says where to read on is read at night."""
    wrong = []
    for path in tracked("*.py", "*.md", "*.yml", "*.toml", "*.txt", "*.html", "*.service", "*.lua"):
        if (ROOT / "tests" / "released" / "data") not in path.parents:
            text = path.read_text("utf-8")
            named = set(_NAMED.findall(text)) if "docs/" in text else set()
            wrong += [f"{path.relative_to(ROOT)}: {name}" for name in named if not (ROOT / name).exists()]
    assert wrong == []


def test_a_page_is_in_one_of_the_book_s_parts() -> None:
    """Tutorial, how-to, reference or explanation: whoever looks for a page knows where."""
    pages = [page.relative_to(ROOT / "docs").parts for page in tracked("docs/*.md")]
    assert [page for page in pages if page[0] not in _SECTIONS and page != ("index.md",)] == []
