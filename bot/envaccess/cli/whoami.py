"""`envaccess whoami`: whose session this is; of a pipeline's run, too, what the policy has to say of it."""

import click

from envaccess.cli.client_command import IDENTITY, JSON, ClientCommand, print_json, signed_in
from envaccess.cli.machine_entry import machine_entry
from envaccess.cli.output import answer, say
from envaccess.cli.request_words import tell_seconds
from envaccess.client.errors import RefusedError
from envaccess.client.patience import USUAL_SECONDS, Patience
from envaccess.client.receipt import local_receipt
from envaccess.settings.terminal import TerminalSettings, whole_environment

_PROGRAM = "envaccess whoami"
_UNKNOWN_RUN = frozenset({"no_machine", "token_invalid"})
"""Reasons that an entry of the policy mends."""


@click.command("whoami", cls=ClientCommand, extra="whoami takes --identity and --json, and nothing else.")
@IDENTITY
@JSON
def whoami(identity: str | None, *, as_json: bool) -> None:
    """Say who is signed in here, to what, and for how long.

    With --identity in a pipeline: print what its platform says of this run as an entry for the policy, and
    whether the server knows it.
    """
    settings = TerminalSettings.look(identity=identity)
    if settings.identity:
        _tell_run(settings, as_json=as_json)
        return
    with signed_in("", _PROGRAM) as client:
        found = client.whoami()
        url = client.session.url
    if as_json:
        print_json(found.raw)
        return
    answer(f"@{found.name or found.person} in {found.workspace}, at {url}")
    answer(
        f"Session {found.session} of {found.user} on {found.host}, for {tell_seconds(found.ends_in)} at most."
    )


def _tell_run(settings: TerminalSettings, *, as_json: bool) -> None:
    """What the platform says, printed before the server is asked, since it may not know this machine yet."""
    from envaccess.client.pipeline import find_source, read_token  # noqa: PLC0415 - people do without
    from envaccess.client.pipeline_session import open_run, server_of_run  # noqa: PLC0415

    url = server_of_run(settings)
    source = find_source(settings.identity, whole_environment(), settings)
    token = read_token(source, url, Patience(USUAL_SECONDS, say))
    if not as_json:
        click.echo(machine_entry(source.platform, token.claims, token.algorithm))
    told = None
    try:
        with open_run(settings, source, local_receipt(_PROGRAM), say, token) as client:
            found = client.whoami()
    except RefusedError as error:
        say(f"{url} does not take this run's token: {error}")
        if error.reason in _UNKNOWN_RUN:
            say("If the entry above is right, put it into the policy file, and its name into a rule.")
    else:
        told = found.raw
        lasts = tell_seconds(found.ends_in)
        say(f"{url} knows this run as {found.principal} in {found.workspace}, for {lasts} at most.")
    if as_json:
        print_json({"claims": dict(token.claims), "whoami": told})
