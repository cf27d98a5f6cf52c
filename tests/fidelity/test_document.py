"""docs/playground.md says what the tests say."""

import re
from pathlib import Path

from slack_emulator.web.api import METHODS
from tests.fidelity.silent import SILENT

PAGE = (Path(__file__).parents[2] / "docs" / "playground.md").read_text()
HERE = Path(__file__).parent


def listed() -> dict[str, frozenset[str]]:
    """The rows of the table of errors that are never given."""
    table = PAGE.partition("## Errors that it never gives")[2]
    rows = re.findall(r"^\| (.+?) \| (.+?) \|$", table, re.MULTILINE)
    return {
        method.strip("`"): frozenset(re.findall(r"`(\w+)`", codes))
        for method, codes in rows
        if method not in ("method", "---")
    }


def test_every_error_that_is_never_given_is_listed() -> None:
    assert listed() == {method: codes for method, codes in SILENT.items() if codes}


def test_every_method_that_the_bot_uses_has_a_file() -> None:
    ours = set(METHODS) - {"api.test", "views.push"} | {"apps.connections.open"}
    assert set(SILENT) - {"every method"} == ours
    for method in ours:
        assert (HERE / f"test_{method.replace('.', '_').lower()}.py").exists(), method


def test_every_event_that_the_bot_listens_to_has_a_file() -> None:
    manifest = (Path(__file__).parents[2] / "manifest.yml").read_text()
    events = re.findall(r"^      - (\w+)$", manifest.partition("bot_events:")[2], re.MULTILINE)
    assert len(events) >= 6
    for event in events:
        assert (HERE / f"test_event_{event}.py").exists(), event
