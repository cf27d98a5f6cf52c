"""`envaccess report`: evidence for auditors, written to a folder."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import click

from envaccess.cli.audit import inert
from envaccess.cli.host_commands import WORKSPACE
from envaccess.cli.lazy import Entry, LazyGroup
from envaccess.cli.operator_ports import front, run
from envaccess.cli.output import Complaint, Misuse, say
from envaccess.domain.errors import ReportError, StoreError
from envaccess.domain.tree_check import Outcome, TreeReport

if TYPE_CHECKING:
    from envaccess.audit.reports.query import ReportQuery

_ENTRIES = {
    "access": Entry(
        "envaccess.cli.report:access", "Write who had access to what, when, and whether they used it."
    ),
    "reviews": Entry(
        "envaccess.cli.report:reviews", "Write what was looked at afterwards: emergencies, alerts, access."
    ),
    "approvers": Entry("envaccess.cli.report:approvers", "Write who decided, how quickly, and for whom."),
    "evidence": Entry(
        "envaccess.cli.report:evidence", "Write all of it, with controls, duties and administrators."
    ),
}


class WrittenReport(Protocol):
    """What came of it; `wiring.reports.ReportMade` fits."""

    @property
    def manifest(self) -> str:
        """The SHA-256 of its manifest; empty where no report was written."""
        ...

    @property
    def missing(self) -> Sequence[str]:
        """What is not proven, in sentences."""
        ...

    @property
    def checked(self) -> TreeReport:
        """What the verification of the events found."""
        ...


class ReportWriter(Protocol):
    """What the commands ask for; `wiring.reports` fits."""

    async def write_report(
        self,
        query: "ReportQuery",
        out: Path,
        workspace: str,
        key: str,
        heads: Path | None,
        archive: Path | None,
        policy: Path | None,
    ) -> WrittenReport:
        """Write a report."""
        ...


@click.group(cls=LazyGroup, entries=_ENTRIES)
def report() -> None:
    """Write evidence for auditors: access, decisions, reviews."""


_OPTIONS: Sequence[Callable[[Any], Any]] = (
    click.option(
        "--from", "begin", required=True, metavar="DATE", help="Its first day, or a time in RFC 3339."
    ),
    click.option(
        "--to",
        "end",
        required=True,
        metavar="DATE",
        help="Its last day, the whole of it; or a time, before which it ends.",
    ),
    click.option(
        "--out",
        required=True,
        metavar="DIR",
        type=click.Path(path_type=Path),
        help="The folder that is made. It must not be there, or be empty.",
    ),
    click.option(
        "--zone",
        default="UTC",
        show_default=True,
        metavar="NAME",
        help="The time zone of days and times: Europe/Berlin.",
    ),
    click.option(
        "--sample", type=click.IntRange(0, 10_000), help="How many grants are drawn.  [default: 25]"
    ),
    click.option("--key", metavar="VKEY", default="", help="The verifier key that counts, as you noted it."),
    click.option(
        "--heads",
        metavar="FILE",
        type=click.Path(exists=True, dir_okay=False, path_type=Path),
        help="Signed heads that were kept elsewhere, such as those in Slack.",
    ),
    click.option(
        "--archive",
        metavar="DIR",
        type=click.Path(exists=True, file_okay=False, path_type=Path),
        help="Read this archive in place of the store; Redis and Slack are not asked.",
    ),
    click.option(
        "--policy",
        metavar="FILE",
        type=click.Path(exists=True, dir_okay=False, path_type=Path),
        help="The policy that held at the end.  [default: ENVACCESS_POLICY_FILE]",
    ),
    WORKSPACE,
    click.pass_context,
)
_AT = click.option(
    "--at", metavar="RFC3339", help="Also who had access at this moment, as 2026-11-27T12:00:00Z."
)


def _with(*options: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def decorate(command: Any) -> Any:  # noqa: ANN401 - click's own
        for option in reversed(options):
            command = option(command)
        return command

    return decorate


@click.command()
@_with(_AT, *_OPTIONS)
def access(context: click.Context, **asked: Any) -> None:  # noqa: ANN401 - as `_OPTIONS` has them
    """Write who had access to what, when, and whether they used it.

    By person, by variable, and with --at at one moment.
    """
    _report(context, "access", **asked)


@click.command()
@_with(*_OPTIONS)
def reviews(context: click.Context, **asked: Any) -> None:  # noqa: ANN401
    """Write what was looked at afterwards: emergencies, alerts, access."""
    _report(context, "reviews", at=None, **asked)


@click.command()
@_with(*_OPTIONS)
def approvers(context: click.Context, **asked: Any) -> None:  # noqa: ANN401
    """Write who decided, how quickly, and for whom."""
    _report(context, "approvers", at=None, **asked)


@click.command()
@_with(_AT, *_OPTIONS)
def evidence(context: click.Context, **asked: Any) -> None:  # noqa: ANN401
    """Write all of it, with controls, duties and administrators.

    Ends with 0 where it is complete and proven, with 5 where it is written and says what is missing, with 3
    or 4 where events were altered or a head was lost: then nothing is written.
    """
    _report(context, "evidence", **asked)


def _report(
    context: click.Context,
    kind: str,
    *,
    begin: str,
    end: str,
    out: Path,
    zone: str,
    sample: int | None,
    key: str,
    heads: Path | None,
    archive: Path | None,
    policy: Path | None,
    workspace: str,
    at: str | None,
) -> None:
    query = _read_query(kind, (begin, end), zone, sample, at)
    try:
        made = run(front(context).reports().write_report(query, out, workspace, key, heads, archive, policy))
    except ReportError as error:
        raise Complaint(str(error)) from None
    except StoreError as error:
        say(str(error))
        context.exit(Outcome.INCOMPLETE)
    if not made.manifest:
        for problem in made.checked.problems:
            say(inert(problem.told))
        say("No report was written: what it would say is not what was sealed. See `envaccess audit verify`.")
        context.exit(made.checked.outcome)
    click.echo(f"{made.manifest}  {out / 'manifest.json'}")
    for told in made.missing:
        say(f"missing: {inert(told)}")
    say(
        f"{out} is written: begin with report.html."
        if not made.missing
        else f"{out} is written, and says what is missing."
    )
    context.exit(Outcome.INCOMPLETE if made.missing else Outcome.VALID)


def _read_query(
    kind: str, said: tuple[str, str], zone: str, sample: int | None, at: str | None
) -> "ReportQuery":
    from envaccess.audit.reports.query import (  # noqa: PLC0415 - help does without it
        SAMPLE,
        ReportKind,
        ReportQuery,
        is_zone,
        read_begin,
        read_end,
    )
    from envaccess.domain.audit import read_rfc3339  # noqa: PLC0415

    if not is_zone(zone):
        raise Misuse("--zone takes the name of a time zone, such as Europe/Berlin.")
    begin, end = read_begin(said[0], zone), read_end(said[1], zone)
    for option, found in (("--from", begin), ("--to", end)):
        if found is None:
            raise Misuse(f"{option} takes a date such as 2026-11-27, or a time such as 2026-11-27T08:00:00Z.")
    moment = None if at is None else read_rfc3339(at)
    if at is not None and moment is None:
        raise Misuse("--at takes a time such as 2026-11-27T12:00:00Z (with Z or +02:00).")
    if begin is None or end is None or begin >= end:
        raise Misuse("--to must be after --from.")
    if moment is not None and not begin <= moment < end:
        raise Misuse("--at must lie between --from and --to.")
    return ReportQuery(
        ReportKind(kind), max(0, begin), end, zone, moment, SAMPLE if sample is None else sample, said
    )
