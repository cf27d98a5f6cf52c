"""Run a Bolt-for-Python app on a local Slack without changing it.

    python -m slack_emulator.bolt API_URL app.py [ARGUMENT ...]

slack_sdk asks Slack's own address unless a client is given another one. Here that default is replaced, in
this process only, before the app is run. It needs slack_sdk beside this package, as the app does.
"""

import runpy
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

_CLIENTS = (
    ("slack_sdk.web.base_client", "BaseClient"),
    ("slack_sdk.web.async_base_client", "AsyncBaseClient"),
)
_LEAST = 3


def use(api_url: str) -> None:
    """Make this the default address of slack_sdk's clients, made from now on."""
    for module, name in _CLIENTS:
        client: Any = getattr(import_module(module), name)
        old, client.BASE_URL = client.BASE_URL, api_url
        client.__init__.__defaults__ = tuple(
            api_url if default == old else default for default in client.__init__.__defaults__
        )


def main() -> None:
    """Run the app as `python app.py` would."""
    if len(sys.argv) < _LEAST:
        sys.exit("usage: python -m slack_emulator.bolt API_URL app.py [ARGUMENT ...]")
    api_url, app = sys.argv[1:_LEAST]
    sys.argv = sys.argv[_LEAST - 1 :]
    sys.path[0] = str(Path(app).resolve().parent)
    use(api_url)
    runpy.run_path(app, run_name="__main__")


if __name__ == "__main__":
    main()
