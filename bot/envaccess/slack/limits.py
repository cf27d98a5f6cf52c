"""How much Slack draws (docs/explanation/slack.md)."""

VALUE_MAX = 3_000
"""Characters of one value that Slack draws in one block."""
TOGETHER_MAX = 9_000
"""Characters of all values in one message: with their names below what Slack refuses."""
WITH_NAMES_MAX = 10_500
"""Characters of all values and their names: those of ten variables always fit."""
