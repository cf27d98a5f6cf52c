"""What MkDocs is told besides `mkdocs.yml`: files outside `docs/` that a page links to are in the book."""

import posixpath
import re
from collections.abc import Iterator
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

_LINK = re.compile(r"(?<=\]\()(?![a-z]+:|#|/)([^)#\s]+)")
_FOLDER = "project/"
"""Where they are in the book; nothing else of it is there."""


def on_files(files: Files, *, config: MkDocsConfig) -> Files:
    """Add each file of the project that a page names by a link out of `docs/`, and what those link to.

    Args:
        files: what `docs/` holds.
        config: `docs_dir` is an absolute path.
    """
    root = Path(config.docs_dir).parent
    waiting = list(files.documentation_pages())
    while waiting:
        page = waiting.pop()
        for path in _named(page.src_uri, page.content_string):
            uri = _uri(path)
            if uri in files.src_uris or not (root / path).is_file():
                continue
            added = File.generated(config, uri, content=(root / path).read_bytes())
            files.append(added)
            waiting += [added] if added.is_documentation_page() else []
    return files


def on_page_markdown(markdown: str, *, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Let links lead to where the files are in the book."""
    del config
    here = page.file.src_uri

    def moved(link: re.Match[str]) -> str:
        uri = _uri(_path(here, link[1]))
        return posixpath.relpath(uri, posixpath.dirname(here)) if uri in files.src_uris else link[0]

    return _LINK.sub(moved, markdown)


def _named(page: str, text: str) -> Iterator[str]:
    for target in _LINK.findall(text):
        path = _path(page, target)
        if not path.startswith(("docs/", "../")):
            yield path


def _path(page: str, target: str) -> str:
    """The path from the project's root of what a page of the book links to."""
    source = page.removeprefix(_FOLDER) if page.startswith(_FOLDER) else f"docs/{page}"
    return posixpath.normpath(posixpath.join(posixpath.dirname(source), target))


def _uri(path: str) -> str:
    """Where a file of the project is in the book."""
    return path.removeprefix("docs/") if path.startswith("docs/") else _FOLDER + path
