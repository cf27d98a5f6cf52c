"""`envaccess mcp` before it serves: what is missing is said in one line."""

from importlib.machinery import ModuleSpec

import pytest

from envaccess.cli import mcp as mcp_module
from tests.unit.cli.cli_front import FakeFront, run

MISCONFIGURED = 78


@pytest.fixture(autouse=True)
def no_broker(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ENVACCESS_BROKER", raising=False)


def test_without_the_extra_one_line_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def none(_: str) -> ModuleSpec | None:
        return None

    monkeypatch.setattr(mcp_module, "find_spec", none)
    ended = run(FakeFront(), "mcp", "--broker", "unix:/run/x.sock")
    assert (ended.code, ended.out) == (MISCONFIGURED, "")
    assert ended.err == (
        'envaccess: The MCP server is not installed. Install it with: pip install "envaccess[mcp]"\n'
    )


def test_without_an_address_it_says_where_one_comes_from() -> None:
    ended = run(FakeFront(), "mcp")
    assert ended.code == MISCONFIGURED
    assert "give --broker ADDRESS, or set ENVACCESS_BROKER" in ended.err


def test_a_wrong_address_is_not_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ENVACCESS_BROKER", "https://broker.example/7f3a9c")
    ended = run(FakeFront(), "mcp")
    assert ended.code == MISCONFIGURED
    assert "This is no broker's address" in ended.err
    assert "7f3a9c" not in ended.err
