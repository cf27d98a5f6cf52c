"""The book: MkDocs builds it without a warning, and what it shows is what was written."""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
_ELSEWHERE = re.compile(r"""<(?:script|link|img|iframe)\b[^>]*(?:src|href)=["'](?:https?:)?//""")
_AS_TEXT = re.compile(r"<(?:p|li)>(?:(?!</p>|</li>|<pre|<li>|<p>).)*?\n *(- |\d+\. |```|\|)", re.DOTALL)


def test_the_book_is_built_without_a_warning_and_shows_what_was_written(tmp_path: Path) -> None:
    """A link to nowhere or a page in no list is a warning; one test, since a build takes seconds."""
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S603 - ours
    assert done.returncode == 0, f"{done.stderr}\nA new page needs a line under `nav` in mkdocs.yml."
    pages = {str(page.relative_to(tmp_path)): page.read_text("utf-8") for page in tmp_path.rglob("*.html")}
    assert len(pages) > 60
    # Nothing is fetched from elsewhere: the book is read where the servers are.
    assert [page for page, html in pages.items() if _ELSEWHERE.search(html)] == []
    # Python-Markdown wants an empty line before a list and four spaces inside one; GitHub does not.
    as_text = {page: found[0][-80:] for page, html in pages.items() if (found := _AS_TEXT.search(html))}
    assert as_text == {}
    for part in ("Tutorial", "How-to", "Reference", "Explanation"):
        assert part in pages["index.html"]
    # What a page links to outside `docs/` is there, too, and nothing else of the project.
    assert (tmp_path / "project" / "examples" / "policy.yml").read_bytes() == (
        ROOT / "examples" / "policy.yml"
    ).read_bytes()
    assert "project/SECURITY.html" in pages
    assert not (tmp_path / "project" / "pyproject.toml").exists()
