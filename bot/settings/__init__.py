"""The only reader of the environment: settings are read once, checked and frozen; their secrets do not print.

`model` has the fields, `shapes` what a value must look like.
"""

from bot.settings.model import Serving, Settings, hide_slack_from_environment

__all__ = ["Serving", "Settings", "hide_slack_from_environment"]
