"""`envaccess login` and `logout`: a session of this terminal, opened and ended by its person."""

import contextlib
import sys
from typing import Final

import click

from envaccess.cli.client_command import ClientCommand
from envaccess.cli.exit_codes import UNDECIDED, EndedError
from envaccess.cli.hardening import harden
from envaccess.cli.hidden_input import NoHidingError, is_terminal, read_hidden
from envaccess.cli.output import Misuse, say
from envaccess.client.api import ApiClient, new_operation
from envaccess.client.errors import ClientError, NotSignedInError, UnreachableError
from envaccess.client.logging_in import (
    LoginCode,
    OfferedLogin,
    check_server,
    offer_login,
    read_code,
    wait_confirmed,
)
from envaccess.client.patience import USUAL_SECONDS, Patience
from envaccess.client.receipt import local_receipt
from envaccess.client.server_url import read_server_url
from envaccess.client.session import find_session, make_calls
from envaccess.client.session_file import SessionFile, StoredSession
from envaccess.domain.duration import spell_seconds
from envaccess.settings.terminal import TerminalSettings

_NO_CODE: Final = (
    "This is no code (nor is it repeated here): in Slack, `/envaccess login` gives one, good for two minutes."
)
_NO_URL: Final = "Say which server: `envaccess login https://...`; whoever runs envaccess knows its URL."
_CODE_LONGEST: Final = 200
_TENS: Final = ("", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_ONES: Final = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
    "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
)  # fmt: skip


@click.command(
    "login",
    cls=ClientCommand,
    extra="login takes a URL and nothing else; a code is typed when it is asked for.",
)
@click.argument("url", metavar="[URL]", required=False)
def login(url: str | None) -> None:
    """Sign this terminal in, beginning in Slack.

    In Slack, type `/envaccess login`: it shows a code. Here it is asked for, and not shown while it is typed;
    from a pipe it is read as a line. Then Slack asks which number this terminal shows.
    """
    harden()
    settings = TerminalSettings.look()
    server = _server(settings, url)
    check_server(settings, server, Patience(USUAL_SECONDS, say))
    code = _read_code(server)
    offered = offer_login(
        settings, server, code, local_receipt("envaccess login"), Patience(USUAL_SECONDS, say)
    )
    with contextlib.closing(offered.calls):
        _show_number(offered)
        session = wait_confirmed(offered, say)
    _keep(settings, session)
    _use(settings, session)
    say(f"Signed in to {session.workspace or server} as @{session.name or session.person}.")
    say("It ends after 12 hours without use, at the latest after 7 days.")
    say("`envaccess logout` ends it now.")
    say("In Slack, `/envaccess sessions` lists where you are signed in.")


def _server(settings: TerminalSettings, url: str | None) -> str:
    """The server that is meant: as typed, as ENVACCESS_URL says, or as last time."""
    if url or settings.url:
        return read_server_url(url or settings.url)
    try:
        return find_session(settings).url
    except NotSignedInError:
        raise Misuse(_NO_URL) from None


def _read_code(server: str) -> LoginCode:
    if is_terminal():
        say(f"Signing in to {server}.")
        say("In Slack, type `/envaccess login`: it shows a code.")
        typed = _ask()
    else:
        typed = sys.stdin.readline(_CODE_LONGEST) if sys.stdin is not None else ""
    code = read_code(typed)
    if code is None:
        raise Misuse(_NO_CODE)
    return code


def _ask() -> str:
    try:
        return read_hidden("The code (it is not shown): ") or ""
    except EOFError:
        return ""
    except NoHidingError:
        raise Misuse("This terminal cannot hide what is typed: give the code on stdin.") from None


def _show_number(offered: OfferedLogin) -> None:
    """The number in digits and in a word, apart from everything else."""
    digits, word = str(offered.number), _word(offered.number)
    say("Slack asks you now which number this terminal shows. It is")
    say("")
    click.secho(f"        {digits}   {word}", bold=True, err=True)
    say("")
    say(f"Pick it there within {spell_seconds(offered.expires_in)}.")
    say("Where Slack does not offer it, press None of these.")


def _word(number: int) -> str:
    if number < len(_ONES):
        return _ONES[number]
    tens, ones = divmod(number, 10)
    return f"{_TENS[tens]}-{_ONES[ones]}" if ones else _TENS[tens]


def _keep(settings: TerminalSettings, session: StoredSession) -> None:
    """Keep the new session; the one that it takes the place of ends."""
    file = SessionFile(settings.state)
    earlier = file.load().get(session.url)
    file.save(session)
    if earlier is not None:
        with contextlib.suppress(ClientError):
            _end(settings, earlier, everywhere=False)


def _use(settings: TerminalSettings, session: StoredSession) -> None:
    """Use it once: a session that is not used within two minutes of its login ends."""
    with ApiClient(session, make_calls(settings, session)) as client:
        client.whoami()


@click.command("logout", cls=ClientCommand, extra="logout takes --all, and nothing else.")
@click.option("--all", "everywhere", is_flag=True, help="End all of your sessions, on other machines too.")
def logout(*, everywhere: bool) -> None:
    """End this terminal's session, or all of yours."""
    settings = TerminalSettings.look()
    file = SessionFile(settings.state)
    if everywhere:
        reached = _end_all(settings, file)
    else:
        session = find_session(settings)
        reached = _end_one(settings, session, everywhere=False)
        file.remove(session.url)
    if not reached:
        say("It is forgotten here. By itself it ends within 12 hours.")
        say("In Slack, `/envaccess sessions` ends it now.")
        raise EndedError(UNDECIDED)


def _end_all(settings: TerminalSettings, file: SessionFile) -> bool:
    """End all sessions of every server that is known here, and remove the file, broken or not."""
    try:
        sessions = list(file.load().values())
    except ClientError as error:
        say(f"{error} It is removed now; in Slack, `/envaccess sessions` ends what is open.")
        file.clear()
        return True
    reached = [_end_one(settings, session, everywhere=True) for session in sessions]
    file.clear()
    if not sessions:
        say("You were not signed in.")
    return all(reached)


def _end_one(settings: TerminalSettings, session: StoredSession, *, everywhere: bool) -> bool:
    """End it at the server, and say so; False where that was not reached."""
    try:
        _end(settings, session, everywhere=everywhere)
    except NotSignedInError:
        say(f"The session with {session.url} was over already.")
    except UnreachableError as error:
        say(str(error))
        return False
    else:
        say(f"Signed out of {session.url}{', everywhere' if everywhere else ''}.")
    return True


def _end(settings: TerminalSettings, session: StoredSession, *, everywhere: bool) -> None:
    with ApiClient(session, make_calls(settings, session)) as client:
        client.log_out(new_operation(), everywhere=everywhere)
