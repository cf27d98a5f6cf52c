"""The only reader of the environment: settings are read once, checked and frozen; their secrets do not print.

`model` has the fields, `shapes` and `redis_url` what a value must look like, `files` the settings from files.
`terminal` has what a person's own commands read; it is light, and so is this package until somebody asks for
`Settings`.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from envaccess.settings.bolt_environment import hide_slack_from_environment
    from envaccess.settings.model import Settings
    from envaccess.settings.serving import Serving

__all__ = ["Serving", "Settings", "hide_slack_from_environment"]


def __getattr__(name: str) -> Any:  # noqa: ANN401 - what was asked for
    if name not in __all__:
        raise AttributeError(name)
    from envaccess.settings import bolt_environment, model, serving  # noqa: PLC0415 - heavy: pydantic

    places = {"Serving": serving, "hide_slack_from_environment": bolt_environment}
    return getattr(places.get(name, model), name)
