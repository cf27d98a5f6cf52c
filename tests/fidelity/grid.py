"""An Enterprise Grid around the emulator of a test."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from slack_emulator import Json
    from tests.slack_emulator.harness import EmulatorHarness

ORG = "E0ORG"


def org_wide(emulator: EmulatorHarness, **args: object) -> Json:
    """Arguments of a call with the token of an org-wide installation, which reaches the first workspace."""
    grid = emulator.slack.add_organisation(ORG, home=True)
    return {"token": grid.install(emulator.slack), **args}
