"""The only reader of the environment: settings are read once, checked and frozen; their secrets do not print.

`model` has the fields, `shapes` and `redis_url` what a value must look like, `files` the settings from files.
"""

from envaccess.settings.model import Settings, hide_slack_from_environment
from envaccess.settings.serving import Serving

__all__ = ["Serving", "Settings", "hide_slack_from_environment"]
