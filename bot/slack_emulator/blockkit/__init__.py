"""Block Kit as Slack enforces it: limits, required fields, and nothing unknown."""

from slack_emulator.blockkit.filling import fill, fill_words
from slack_emulator.blockkit.surfaces import wrong_in_message, wrong_in_options, wrong_in_view

__all__ = ["fill", "fill_words", "wrong_in_message", "wrong_in_options", "wrong_in_view"]
