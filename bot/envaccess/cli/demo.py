"""`envaccess demo`: the whole job without a Slack workspace and without a Redis server, played or by hand.

The embedded Valkey, a local Slack, and the real bot between them over Socket Mode. The scenes and the local
Slack are distributions of their own, which production does not need; they are imported when they are played.
"""

from importlib.util import find_spec

import click

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
    if find_spec("envaccess_demo") is None or find_spec("slack_emulator") is None:
        raise Complaint('The demo is not installed. Install it with: pip install "envaccess[demo]"')
    if web:
        from envaccess_demo.web import serve  # noqa: PLC0415 - heavy

        serve(port or 0, browser=not no_browser)
        return
    if port or no_browser:
        raise Misuse("--port and --no-browser are about the page: add --web.")
    from envaccess_demo.story import play  # noqa: PLC0415 - heavy

    play()
