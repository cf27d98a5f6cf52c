"""Opening a browser without telling the address to others on the machine."""

from __future__ import annotations

import stat
import webbrowser
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from envaccess.cli import root
from envaccess_demo.open_browser import open_page

if TYPE_CHECKING:
    from pathlib import Path

ADDRESS = "http://127.0.0.1:1234/a-token-for-tests/"


class Graphical(webbrowser.BaseBrowser):
    """A browser that notes what it is opened with."""

    def __init__(self) -> None:
        super().__init__()
        self.opened: list[str] = []

    def open(self, url: str, new: int = 0, autoraise: bool = True) -> bool:  # noqa: ARG002
        self.opened.append(url)
        return True


@pytest.fixture
def graphical(monkeypatch: pytest.MonkeyPatch) -> Graphical:
    found = Graphical()
    monkeypatch.setattr(webbrowser, "get", lambda: found)
    return found


def test_the_address_is_in_a_private_file_and_in_no_argument(tmp_path: Path, graphical: Graphical) -> None:
    """Everybody on the machine can read the arguments of a browser's process."""
    open_page(ADDRESS, tmp_path)
    (opened,) = graphical.opened
    leading = tmp_path / "open.html"
    assert opened == leading.as_uri()
    assert "a-token-for-tests" not in opened
    assert stat.S_IMODE(leading.stat().st_mode) == 0o600
    assert f'content="0; url={ADDRESS}"' in leading.read_text()


def test_a_browser_in_the_terminal_is_not_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webbrowser, "get", lambda: webbrowser.GenericBrowser("lynx"))
    open_page(ADDRESS, tmp_path)
    assert not list(tmp_path.iterdir())


def test_no_browser_is_no_fault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def none() -> None:
        raise webbrowser.Error("could not locate runnable browser")

    monkeypatch.setattr(webbrowser, "get", none)
    open_page(ADDRESS, tmp_path)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("arguments", [["--port", "8000"], ["--no-browser"], ["--web", "--port", "0"],
                                       ["--web", "--port", "65536"], ["--web", "--port", "x"]])  # fmt: skip
def test_what_is_about_the_page_needs_web_and_a_real_port(arguments: list[str]) -> None:
    assert CliRunner().invoke(root, ["demo", *arguments]).exit_code == 2
