"""The book: MkDocs builds it without a warning, and what it shows is what was written."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
_ELSEWHERE = re.compile(r"""<(?:script|link|img|iframe)\b[^>]*(?:src|href)=["'](?:https?:)?//""")
_AS_TEXT = re.compile(r"<(?:p|li)>(?:(?!</p>|</li>|<pre|<li>|<p>).)*?\n *(- |\d+\. |```|\|)", re.DOTALL)


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The built book."""
    folder = tmp_path_factory.mktemp("site")
    done = subprocess.run(  # noqa: S603 - our own page
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(folder)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{done.stderr}\nA new page needs a line under `nav` in mkdocs.yml."
    return folder


def test_a_reader_without_a_network_misses_nothing(site: Path) -> None:
    """No font, script or style from elsewhere: the book is read where the servers are."""
    pages = list(site.rglob("*.html"))
    assert len(pages) > 60
    assert [str(page) for page in pages if _ELSEWHERE.search(page.read_text("utf-8"))] == []


def test_lists_tables_and_commands_are_drawn_as_such(site: Path) -> None:
    """Python-Markdown wants an empty line before a list and four spaces inside one; GitHub does not."""
    found = {
        str(page.relative_to(site)): _AS_TEXT.search(page.read_text("utf-8")) for page in site.rglob("*.html")
    }
    assert {page: match[0][-80:] for page, match in found.items() if match} == {}


def test_the_start_names_the_four_parts(site: Path) -> None:
    start = (site / "index.html").read_text("utf-8")
    for part in ("Tutorial", "How-to", "Reference", "Explanation"):
        assert part in start
