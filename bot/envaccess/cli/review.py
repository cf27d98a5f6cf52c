"""`envaccess review`: start an access review, see how far it is, judge on the host, close it."""

import os
from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Protocol, TypeVar

import click

from envaccess.cli.host_commands import WORKSPACE, read_why
from envaccess.cli.lazy import Entry, LazyGroup
from envaccess.cli.operator_ports import front, run
from envaccess.cli.output import Complaint, Misuse, say
from envaccess.cli.retry import surely
from envaccess.domain.access_review import (
    EVERYTHING,
    USUAL_SECONDS,
    AccessReview,
    Item,
    Judged,
    Verdict,
)
from envaccess.domain.audit import rfc3339
from envaccess.domain.duration import format_seconds, parse_duration
from envaccess.domain.phrase import plain
from envaccess.domain.refusal import Refusal
from envaccess.domain.refusal.words import tell
from envaccess.domain.review_pack import MANIFEST, NOT_REVIEWED, make_pack, pack_hash
from envaccess.domain.text import count

T = TypeVar("T")


class ReviewTools(Protocol):
    """What these commands work with; `wiring.access_reviews` fits. Methods raise `StoreError`."""

    @property
    def team(self) -> str:
        """The workspace's name."""
        ...

    def operation(self) -> str:
        """An operation id."""
        ...

    async def newest(self, review: str) -> AccessReview | None:
        """The review of this id; empty: the newest."""
        ...

    async def start(
        self, op: str, what: str, reviewers: tuple[str, ...], seconds: int
    ) -> AccessReview | Refusal:
        """Start one. Raises `DirectoryError`."""
        ...

    async def judge(
        self, op: str, review: AccessReview, verdicts: Mapping[str, Verdict], why: str
    ) -> Judged | Refusal:
        """Judge items of it."""
        ...

    async def close(self, op: str, review: AccessReview) -> AccessReview | Refusal:
        """Close it, whatever is not judged."""
        ...


_ENTRIES = {
    "start": Entry("envaccess.cli.review:start", "Look everybody up, and start an access review."),
    "status": Entry("envaccess.cli.review:status", "Print how far a review is, or write its pack."),
    "judge": Entry("envaccess.cli.review:judge", "Reduce or revoke items of the open review."),
    "close": Entry("envaccess.cli.review:close", "Close the open review, and write its pack."),
}


@click.group(cls=LazyGroup, entries=_ENTRIES)
def review() -> None:
    """Have who may have what looked at, item by item.

    Reviewers judge in Slack, with /envaccess review. On the host something can be reduced or revoked, but not
    kept: nobody could tell whether an account there keeps its own access.
    """


def _read_time(_context: click.Context, _parameter: click.Parameter, text: str) -> int:
    found = parse_duration(text)
    if found is None or found.once:
        raise Misuse("--until takes how long reviewers have, such as 14d.")
    return found.seconds


OUT = click.option(
    "--out",
    metavar="DIR",
    type=click.Path(file_okay=False, path_type=Path),
    help="Write items, decisions, patch and manifest there; nothing that is there is replaced.",
)


@click.command()
@click.argument("what", default=EVERYTHING)
@click.option(
    "--until",
    "seconds",
    metavar="TIME",
    default=format_seconds(USUAL_SECONDS),
    show_default=True,
    callback=_read_time,
    help="How long reviewers have.",
)
@click.option(
    "--reviewer",
    "reviewers",
    metavar="ID",
    multiple=True,
    help="Who shall judge, a Slack user id; again for more. Else the policy's security people do.",
)
@click.pass_context
def start(context: click.Context, what: str, seconds: int, reviewers: tuple[str, ...]) -> None:
    """Look everybody up, and start an access review.

    WHAT is everything, access, duties, channels, people, emergencies, grants, or the name of a rule.
    """

    async def work() -> AccessReview:
        async with _tools(context, changing=True) as tools:
            asked = tuple(one.removeprefix("@") for one in dict.fromkeys(reviewers))
            return _or_refuse(
                await surely(tools.operation(), lambda op: tools.start(op, what, asked, seconds))
            )

    found = run(work())
    say(
        f"Access review {found.id} has started: {count(len(found.items), 'item')} to look at, until "
        f"{rfc3339(found.until)}. In Slack, /envaccess review shows each reviewer what is theirs."
    )
    click.echo(found.id)


@click.command()
@click.argument("which", metavar="[ID]", default="")
@OUT
@WORKSPACE
@click.pass_context
def status(context: click.Context, which: str, out: Path | None, workspace: str) -> None:
    """Print how far a review is, or write its pack.

    Without an ID it is the newest. One item a line: number, verdict, kind, who or which request, rule.
    """
    found = run(_newest(context, which, workspace))
    if out:
        _write_pack(found, out)
    else:
        click.echo("\n".join(_line(found, item) for item in found.items))
    say(_told(found))


@click.command()
@click.argument("items", metavar="ITEM...", nargs=-1, required=True)
@click.option("--revoke", "verdict", flag_value=str(Verdict.REVOKE), help="Take it away.")
@click.option("--reduce", "verdict", flag_value=str(Verdict.REDUCE), help="Leave less of it.")
@click.option("--why", required=True, metavar="TEXT", callback=read_why, help="The reason, for the audit.")
@click.pass_context
def judge(context: click.Context, items: tuple[str, ...], verdict: str | None, why: str) -> None:
    """Reduce or revoke items of the open review, by their numbers.

    A live grant that is revoked ends at once.
    """
    if verdict is None:
        raise Misuse("Say --revoke or --reduce. What is kept is kept in Slack, by a reviewer.")
    said = dict.fromkeys(items, Verdict(verdict))

    async def work() -> Judged:
        async with _tools(context, changing=True) as tools:
            found = _open(await tools.newest(""))
            return _or_refuse(await surely(tools.operation(), lambda op: tools.judge(op, found, said, why)))

    judged = run(work())
    say(f"{count(len(judged.done), 'item')} judged.")
    for item, by in judged.lost.items():
        say(f"Item {item} had been judged by {by}, and stays so.")


@click.command()
@click.option("--yes", is_flag=True, help="Also where something is not judged.")
@OUT
@click.pass_context
def close(context: click.Context, yes: bool, out: Path | None) -> None:
    """Close the open review, and write its pack.

    What nobody judged is not reviewed. The policy patch goes to stdout where no pack is written.
    """

    async def look() -> AccessReview:
        async with _tools(context, changing=False) as tools:
            return _open(await tools.newest(""))

    left = len(run(look()).unjudged)
    if left and not yes:
        told = f"{count(left, 'item')} not judged would stay {NOT_REVIEWED}. Close it?"
        click.confirm(told, abort=True, err=True)

    async def work() -> AccessReview:
        async with _tools(context, changing=True) as tools:
            found = _open(await tools.newest(""))
            return _or_refuse(await surely(tools.operation(), lambda op: tools.close(op, found)))

    closed = run(work())
    if out:
        _write_pack(closed, out)
    else:
        click.echo(closed.patch, nl=False)
    say(_told(closed))


def _tools(
    context: click.Context, workspace: str = "", *, changing: bool
) -> AbstractAsyncContextManager[ReviewTools]:
    return front(context).access_reviews(workspace, changing=changing)


async def _newest(context: click.Context, which: str, workspace: str) -> AccessReview:
    async with _tools(context, workspace, changing=False) as tools:
        found = await tools.newest(which)
    if found is None:
        raise Complaint("There is no such access review, or none that can be relied on.")
    return found


def _open(found: AccessReview | None) -> AccessReview:
    if found is None or not found.is_open:
        raise Complaint("No access review is open: envaccess review start begins one.")
    return found


def _or_refuse(outcome: T | Refusal) -> T:
    if isinstance(outcome, Refusal):
        raise Complaint(plain(tell(outcome)))
    return outcome


def _line(found: AccessReview, item: Item) -> str:
    said = found.judgements.get(item.id)
    verdict = str(said.verdict) if said else NOT_REVIEWED if not found.is_open else "open"
    what = item.request or item.who
    return "\t".join((item.id, verdict, str(item.kind), what, " ".join(item.rule.split())))


def _told(found: AccessReview) -> str:
    counts = ", ".join(f"{found.count(verdict)} {word}" for verdict, word in _DONE.items())
    left = f"{len(found.unjudged)} {'open' if found.is_open else NOT_REVIEWED}"
    how = f"open until {rfc3339(found.until)}" if found.is_open else f"closed, by {found.closed_by}"
    return f"Access review {found.id} of {found.what} is {how}: {counts}, {left}."


_DONE = {Verdict.KEEP: "kept", Verdict.REDUCE: "reduced", Verdict.REVOKE: "revoked"}


def _write_pack(found: AccessReview, out: Path) -> None:
    """Write the files, the manifest last: where it is, all is there.

    Raises:
        Complaint: a file is there already, or cannot be written.
    """
    files = make_pack(found, found.closed_by, found.closed_at, found.patch)
    if not found.is_open and pack_hash(files) != found.pack:
        say(
            "warning: this is not the pack whose hash is in the event of its closing: a reason was taken out "
            "since then (audit redact), or somebody changed what is in Redis."
        )
    try:
        out.mkdir(mode=0o700, parents=True, exist_ok=True)
        for name, text in files.items():
            handle = os.open(out / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
                file.write(text)
    except FileExistsError:
        raise Complaint(f"Something is in {out} already: name another folder.") from None
    except OSError as error:
        raise Complaint(f"{out} cannot be written: {error.strerror}.") from None
    say(f"Wrote {count(len(files), 'file')} to {out}; the SHA-256 of {MANIFEST} is {pack_hash(files)}.")
