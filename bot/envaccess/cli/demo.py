"""`envaccess demo`: the whole job without a Slack workspace and without a Redis server, played or by hand.

The embedded Valkey, a local Slack, and the real bot between them over Socket Mode. The scenes and the local
Slack are distributions of their own, which production does not need; they are imported when they are played.
"""

from importlib.util import find_spec

import click

from envaccess import __version__
from envaccess.cli.output import Complaint, Misuse

PORT_MOST = 65_535


@click.command()
@click.option("--web", is_flag=True, help="Open it as a page in the browser, where you sit in every seat.")
@click.option(
    "--port",
    type=click.IntRange(1, PORT_MOST),
    help="The page's port on this machine; any free one if not given.",
)
@click.option("--no-browser", is_flag=True, help="Only print the page's address.")
def demo(*, web: bool, port: int | None, no_browser: bool) -> None:
    """See the whole job done, without Slack and without Redis.

    Plays the story on a local Slack and a real Redis server: under 30 seconds, leaves nothing. With --web,
    runs until Ctrl-C.
    """
    _check_installed()
    if web:
        from envaccess_demo.web import serve  # noqa: PLC0415 - heavy

        serve(port or 0, browser=not no_browser)
        return
    if port or no_browser:
        raise Misuse("--port and --no-browser are about the page: add --web.")
    from envaccess_demo.story import play  # noqa: PLC0415 - heavy

    play()


def _check_installed() -> None:
    """Refuse to begin what cannot work.

    Raises:
        Complaint: the demo is missing, or another version's. It reaches into the store of one version
            only, and pip leaves it as it was where it upgrades the product alone.
    """
    if not (_is_package("envaccess_demo") and _is_package("slack_emulator")):
        raise Complaint('The demo is not installed. Install it with: pip install "envaccess[demo]"')
    from envaccess_demo import __version__ as found  # noqa: PLC0415 - it may not be there

    if found != __version__:
        raise Complaint(
            f"The installed demo is of version {found}, and this is {__version__}. "
            f'Install the one that fits with: pip install "envaccess[demo]=={__version__}"'
        )


def _is_package(name: str) -> bool:
    """Whether it can be imported; any folder of that name where somebody stands can be, and is no package."""
    spec = find_spec(name)
    return spec is not None and spec.origin is not None
