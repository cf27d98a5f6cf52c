"""`envaccess run`: a command with values, for as long as access to them lasts."""

import contextlib
import importlib
import os
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, NoReturn

import click

from envaccess.cli.client_command import IDENTITY, ClientCommand, signed_in
from envaccess.cli.completing import complete_command, complete_variables
from envaccess.cli.hardening import harden
from envaccess.cli.masks import mask_values
from envaccess.cli.name_arguments import read_environment
from envaccess.cli.output import Misuse, say
from envaccess.cli.request_arguments import read_id, read_names, read_time, read_wait, sendable
from envaccess.cli.run_access import AccessRequest, ask, cover, expand, usable, variables_of, wait_for
from envaccess.cli.run_watch import AccessWatch
from envaccess.client.answers import RequestAnswer
from envaccess.client.api import ApiClient, new_operation
from envaccess.client.errors import ClientError
from envaccess.client.receipt import local_receipt
from envaccess.domain.duration import parse_duration
from envaccess.domain.receipt import Receipt
from envaccess.domain.text import clean
from envaccess.domain.variable import Variable
from envaccess.run.clock import BootClock
from envaccess.run.environment import check_file_names, name_variables, read_files, read_renames
from envaccess.run.lease import GRACE_SECONDS, RunOptions, ValueLease
from envaccess.run.lookup import find_command
from envaccess.settings.terminal import whole_environment

_TAKES: Final = (
    "This cannot be understood (nor is it repeated here): run takes NAMES, DURATION, WHY and options; the "
    "command follows `--`."
)
_NO_COMMAND: Final = (
    "Say the command after `--`, such as `envaccess run -- make test`. $NAME is replaced by your own shell "
    "before the command begins: `envaccess run -- sh -c 'psql \"$DB_URL\"'`, in single quotes."
)
_HALF: Final = "Say NAMES, DURATION and WHY together; or none of them, where a .envaccess.toml says them."
_OTHER_ENVIRONMENT: Final = "--environment is about the names in .envaccess.toml: say ENV/NAME instead."
_NOTHING_STORED: Final = (
    "Nobody has stored any of what .envaccess.toml calls optional, and nothing is required."
)
_END: Final = "--"
_SUPERVISOR: Final = "envaccess.run.supervisor"
_ENDING_SECONDS: Final = 3.0
_CLOCK: Final = BootClock()


class RunCommand(ClientCommand):
    """Everything after the first `--` is the command, whatever it looks like."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Part the two."""
        ours, command = list(args), None
        if _END in ours:
            place = ours.index(_END)
            ours, command = ours[:place], tuple(ours[place + 1 :])
        left = super().parse_args(ctx, ours)
        ctx.params["command"] = command if ctx.resilient_parsing else command or ()
        return left


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a command needs.

    Attributes:
        variables: by the name in its environment.
        asking: how they are asked for; None where a request is named.
    """

    variables: Mapping[str, Variable]
    asking: AccessRequest | None

    @property
    def all(self) -> frozenset[Variable]:
        """The variables."""
        return frozenset(self.variables.values())


@dataclass(frozen=True, slots=True)
class Choices:
    """What was typed before `--`.

    Attributes:
        request: the id of a request to use; None where live access is looked for.
        new: whether a request is filed whatever is live.
        environment: of names in a project's file that have none; empty for the file's own.
        identity: where the token of a pipeline's run is; None where nothing was typed.
    """

    names: tuple[str, ...]
    duration: str
    why: str
    request: str | None
    new: bool
    most: float
    keep: bool
    renames: tuple[str, ...]
    environment: str
    identity: str | None
    command: tuple[str, ...] = field(repr=False)


def _maybe_names(context: click.Context, parameter: click.Parameter, text: str | None) -> tuple[str, ...]:
    return () if text is None else read_names(context, parameter, text)


def _maybe_time(context: click.Context, parameter: click.Parameter, text: str | None) -> str:
    return "" if text is None else read_time(context, parameter, text)


def _maybe_environment(context: click.Context, parameter: click.Parameter, text: str | None) -> str:
    return "" if text is None else read_environment(context, parameter, text)


def _read_why(_context: click.Context, _parameter: click.Parameter, words: tuple[str, ...]) -> str:
    """Screened only before it is sent: with live access nobody is told a reason."""
    return clean(" ".join(words))


def _read_grace(_context: click.Context, _parameter: click.Parameter, text: str | None) -> float:
    if text is None:
        return GRACE_SECONDS
    if text in {"0", "0s"}:
        return 0.0
    found = parse_duration(text)
    if found is None or found.once:
        raise Misuse("--grace takes a time such as 10s or 2m.")
    return float(found.seconds)


@click.command(
    "run",
    cls=RunCommand,
    extra=_TAKES,
    options_metavar="[OPTIONS]",
    context_settings={"ignore_unknown_options": False},
)
@click.argument(
    "names", metavar="[NAMES", required=False, callback=_maybe_names, shell_complete=complete_variables
)
@click.argument("duration", metavar="DURATION", required=False, callback=_maybe_time)
@click.argument(
    "why", metavar="WHY] -- COMMAND", nargs=-1, callback=_read_why, shell_complete=complete_command
)
@click.option("--request", "id_", metavar="ID", callback=read_id, help="Use the access of this request.")
@click.option("--new", is_flag=True, help="Ask, whatever access you have.")
@click.option("--wait", "most", metavar="TIME", callback=read_wait, help="Wait so long for a decision.")
@click.option("--keep", is_flag=True, help="Leave the request when you press Ctrl-C.")
@click.option(
    "--as", "renames", metavar="NAME=ENV", multiple=True, help="Under which name the command finds it."
)
@click.option(
    "--environment",
    metavar="ENV",
    callback=_maybe_environment,
    help="Where the file's names belong that say none.",
)
@click.option(
    "--file",
    "files",
    metavar="NAME[=PATH]",
    multiple=True,
    help="Put it into a file in memory; NAME has the path.",
)
@click.option("--file-on-disk", "on_disk", is_flag=True, help="Let that file be on a disk.")
@click.option("--clean", is_flag=True, help="Pass on only PATH, HOME and their like of your own environment.")
@click.option(
    "--grace", metavar="TIME", callback=_read_grace, help="From SIGTERM to SIGKILL at the end; 10s."
)
@click.option(
    "--redact/--no-redact",
    default=None,
    help="Take values out of what it writes; where no terminal shows it, that is so.",
)
@IDENTITY
def run(
    names: tuple[str, ...],
    duration: str,
    why: str,
    id_: str | None,
    most: float,
    renames: tuple[str, ...],
    environment: str,
    files: tuple[str, ...],
    grace: float,
    redact: bool | None,
    identity: str | None,
    command: tuple[str, ...],
    *,
    new: bool,
    keep: bool,
    on_disk: bool,
    clean: bool,
) -> None:
    """Run a command with variables, for as long as access lasts.

    Live access is used; else it is asked for, and waited for. Without NAMES, the .envaccess.toml of the
    repository says what is needed. One minute before the end you are told; at the end the command, and all
    that it started, gets SIGTERM, then SIGKILL.

    $NAME in COMMAND is replaced by your own shell, before the command begins. Let another one do it:

        envaccess run STRIPE_KEY 1h a refund -- sh -c 'curl -u "$STRIPE_KEY:" ...'

    Exit code: the command's own; 128 and the signal that ended it; 124 when access ended; 125 for a fault of
    ours; 126 and 127 when the command cannot be run or found; 77 when refused or denied; 75 when nobody
    decided; 78 for usage and settings; 130 after Ctrl-C while waiting.
    """
    harden()
    choices = Choices(names, duration, why, id_, new, most, keep, renames, environment, identity, command)
    options = RunOptions(grace, redact, clean, read_files(files), on_disk)
    _leave(_run(choices, options))


def _leave(code: int) -> NoReturn:
    """End at once: all is said, threads still ask the server, and to take modules apart takes time."""
    os._exit(code)


def _run(choices: Choices, options: RunOptions) -> int:
    """Raises `CommandError`, `ClientError`, `EndedError`."""
    if not choices.command:
        raise Misuse(_NO_COMMAND)
    if bool(choices.names) != bool(choices.duration and choices.why) or (choices.names and choices.request):
        raise Misuse(_HALF)
    if choices.environment and (choices.names or choices.request):
        raise Misuse(_OTHER_ENVIRONMENT)
    environment = whole_environment()
    path = find_command(choices.command[0], environment.get("PATH"))
    with signed_in(choices.identity, _receipt(choices.command).program) as client:
        return _run_with(client, choices, options, path, environment)


def _run_with(
    client: ApiClient, choices: Choices, options: RunOptions, path: str, environment: Mapping[str, str]
) -> int:
    loading = _load_meanwhile()
    wanted, grants = _access(client, choices)
    check_file_names(options.files, wanted.variables)
    logins: list[tuple[str, int]] = []
    goes_on = False
    try:
        lease, watch = _claim(client, wanted, grants, choices.command, logins)
        loading.join()  # no process is forked beside a thread
        from envaccess.run.supervisor import CallerCommand, Supervisor  # noqa: PLC0415 - `_load_meanwhile`

        supervisor = Supervisor(_say, options, clock=_CLOCK)
        code = supervisor.run(CallerCommand(path, choices.command, environment), lease, watch)
        goes_on = supervisor.left_behind
    finally:
        if logins and not goes_on:
            _end_logins(client, logins)
    return code


def _end_logins(client: ApiClient, logins: Sequence[tuple[str, int]]) -> None:
    """End what was made for the command alone; what the server does not hear of ends with the access.

    Nobody waits long for a server once their command is over.
    """
    ending = threading.Thread(target=_ask_to_end, args=(client, logins), daemon=True)
    ending.start()
    ending.join(_ENDING_SECONDS)


def _ask_to_end(client: ApiClient, logins: Sequence[tuple[str, int]]) -> None:
    for grant, use in logins:
        with contextlib.suppress(ClientError):
            client.end_use(grant, use, new_operation())


def _load_meanwhile() -> threading.Thread:
    """Load what runs commands, which takes as long as the server takes to answer."""
    loading = threading.Thread(target=importlib.import_module, args=(_SUPERVISOR,), daemon=True)
    loading.start()
    return loading


def _access(client: ApiClient, choices: Choices) -> tuple[Wanted, tuple[RequestAnswer, ...]]:
    """What the command is to have, and the live access to it."""
    if choices.request:
        found = client.request(choices.request)
        wanted = Wanted(_named(variables_of(found), choices.renames), None)
        return wanted, (found if usable(found) else wait_for(client, found, choices.most, keep=choices.keep),)
    wanted = _wanted(client, choices)
    live = () if choices.new else cover(client.requests(), wanted.all)
    if live:
        return wanted, live
    assert wanted.asking is not None
    sendable(wanted.asking.why)
    return wanted, (ask(client, wanted.asking, _receipt(choices.command)),)


def _wanted(client: ApiClient, choices: Choices) -> Wanted:
    if choices.names:
        asking = AccessRequest(choices.names, choices.duration, choices.why, choices.most, choices.keep)
        return Wanted(_named(expand(client, choices.names), choices.renames), asking)
    from envaccess.cli.project_prompt import trusted_project  # noqa: PLC0415 - only where no names are typed

    project = trusted_project(choices.environment)
    if project is None:
        raise Misuse(f"There is no .envaccess.toml here that says what is needed. {_HALF}")
    chosen = project.chosen(_known(client) if project.has_optional else ())
    if not chosen:
        raise Misuse(_NOTHING_STORED)
    variables = frozenset(each.variable for each in chosen)
    renamed = read_renames(choices.renames, variables)
    kept = {each.name: each.variable for each in chosen if each.variable not in renamed.values()}
    named = name_variables(variables, {**kept, **renamed})
    labels = tuple(sorted(variable.label for variable in variables))
    return Wanted(named, AccessRequest(labels, project.duration, project.why, choices.most, choices.keep))


def _known(client: ApiClient) -> frozenset[Variable]:
    """What somebody has stored, and whoever asks may ask for."""
    return frozenset(Variable(each.environment, each.name) for each in client.variables().variables)


def _named(variables: frozenset[Variable], renames: tuple[str, ...]) -> dict[str, Variable]:
    ordered = sorted(variables)
    return name_variables(ordered, read_renames(renames, ordered))


def _receipt(command: Sequence[str]) -> Receipt:
    return local_receipt(Path(command[0]).name)


def _claim(
    client: ApiClient,
    wanted: Wanted,
    grants: tuple[RequestAnswer, ...],
    command: Sequence[str],
    logins: list[tuple[str, int]],
) -> tuple[ValueLease, AccessWatch]:
    """The values, for as long as all of these grants last, and what follows the grants.

    The uses that logins were made for are added to `logins`: each grant, and which use of it.
    """
    receipt = _receipt(command)
    values: dict[str, str] = {}
    ends: dict[str, float] = {}
    for grant in grants:
        some = () if grant.once else tuple(sorted(map(str, variables_of(grant) & wanted.all)))
        told = client.values(grant.id, new_operation(), receipt, some, _tell_tap)
        mask_values(told.values)
        values |= told.values
        logins += [(grant.id, told.use)] if told.leased else []
        ends[grant.id] = _CLOCK.now() + told.ends_in
    lease = ValueLease(
        {name: values[str(variable)] for name, variable in wanted.variables.items()},
        min(ends.values()),
        _written(time.time() + min(ends.values()) - _CLOCK.now()),
        tuple(ends),
    )
    return lease, AccessWatch(client, ends, wanted.all, receipt, _CLOCK, own_logins=bool(logins))


def _written(moment: float) -> str:
    """A time in RFC 3339, to the second."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(moment))


def _tell_tap(seconds: int) -> None:
    say(f"Press Release in Slack within {seconds} seconds: the values leave only with your own press.")


def _say(sentence: str) -> None:
    """What is not heard, since the terminal is gone, is no fault."""
    try:
        say(f"envaccess: {sentence}.")
    except OSError:
        return
