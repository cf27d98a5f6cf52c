"""The access that a command is run with: what is live is used, what is not is asked for and waited for."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from envaccess.cli.exit_codes import DENIED, INTERRUPTED, UNDECIDED, EndedError
from envaccess.cli.filing import WITHDRAWS, file_request, withdraw
from envaccess.cli.output import say
from envaccess.cli.request_words import tell_end
from envaccess.cli.stop_signals import SIGNALLED, like_ctrl_c
from envaccess.cli.waiting_line import WaitingLine
from envaccess.client.answers import ACTIVE, TIMED_OUT, WAITING, RequestAnswer
from envaccess.client.api import ApiClient
from envaccess.client.errors import UndecidedError
from envaccess.client.waiting import check_known, wait_decided
from envaccess.domain.receipt import Receipt
from envaccess.domain.variable import Variable, parse_variable

_KEEPS: Final = "Ctrl-C stops waiting; the request stays."


@dataclass(frozen=True, slots=True)
class AccessRequest:
    """How access is asked for where there is none.

    Attributes:
        names: as they are sent: labels, or a set.
        most: seconds to wait for a decision.
        keep: whether Ctrl-C leaves the request.
    """

    names: tuple[str, ...]
    duration: str
    why: str
    most: float = math.inf
    keep: bool = False


def usable(request: RequestAnswer) -> bool:
    """Whether its values may be had now: it is live, or begins with its first use."""
    grant = check_known(request).grant
    return grant is not None and (
        grant.state == ACTIVE or (grant.state == WAITING and request.starts_in <= 0)
    )


def variables_of(request: RequestAnswer) -> frozenset[Variable]:
    """What it is for."""
    return frozenset(filter(None, map(parse_variable, request.variables)))


def cover(requests: Iterable[RequestAnswer], wanted: frozenset[Variable]) -> tuple[RequestAnswer, ...]:
    """Live access that together is all that is wanted; nothing where it is not.

    A timed grant that ends last goes before others, and any before one for a single use, which is spent only
    where all of it is wanted (law 6).
    """
    live = [each for each in requests if usable(each)]
    timed = sorted((each for each in live if not each.once), key=_left, reverse=True)
    single = [each for each in sorted(live, key=_left) if each.once and variables_of(each) <= wanted]
    chosen: list[RequestAnswer] = []
    missing = set(wanted)
    for each in (*timed, *single):
        if variables_of(each) & missing:
            chosen.append(each)
            missing -= variables_of(each)
    return () if missing else tuple(chosen)


def _left(request: RequestAnswer) -> int:
    return request.grant.ends_in if request.grant else 0


def ask(client: ApiClient, asking: AccessRequest, receipt: Receipt) -> RequestAnswer:
    """File a request, or join the one that waits already, and wait until it is decided.

    Raises:
        EndedError: it is not to be had, and why was said.
        ClientError: the server says no.
    """
    filed = file_request(client, asking.names, asking.duration, asking.why, receipt)
    return wait_for(client, filed, asking.most, keep=asking.keep)


def wait_for(client: ApiClient, request: RequestAnswer, most: float, *, keep: bool) -> RequestAnswer:
    """The request once its values may be had. Raises as `ask`."""
    line = WaitingLine(_KEEPS if keep else WITHDRAWS)
    client.tell_by(line.say)
    came: list[int] = []
    try:
        with like_ctrl_c(came):
            found = wait_decided(client, request, line, most=most)
    except UndecidedError as error:
        say(str(error))
        client.keep_open()
        raise EndedError(UNDECIDED) from None
    except KeyboardInterrupt:
        if keep:
            client.keep_open()
        else:
            withdraw(client, request.id)
        raise EndedError(SIGNALLED + came[0] if came else INTERRUPTED) from None
    finally:
        client.tell_by(say)
    if not usable(found):
        say(tell_end(found))
        raise EndedError(UNDECIDED if found.state == TIMED_OUT or found.is_live else DENIED)
    return found


def expand(client: ApiClient, names: Sequence[str]) -> frozenset[Variable]:
    """The variables that names and sets stand for.

    Raises:
        EndedError: there is no such set.
    """
    found: set[Variable | None] = {parse_variable(name) for name in names if not name.startswith("@")}
    sets = {name.removeprefix("@") for name in names if name.startswith("@")}
    if sets:
        known = {each.name: each.variables for each in client.variables().sets}
        for name in sorted(sets - known.keys()):
            say(f"There is no set @{name}: `envaccess list` shows those that there are.")
            raise EndedError(DENIED)
        found |= {parse_variable(label) for name in sets for label in known[name]}
    return frozenset(filter(None, found))
