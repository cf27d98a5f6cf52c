"""What becomes of logins that sources made for a request: only what is true now, and until when."""

from collections.abc import Sequence

from envaccess.domain.leases import GrantLease, Standing
from envaccess.domain.request import GrantState, Request
from envaccess.slack.render.blocks import Block, context, section, when
from envaccess.slack.render.words import names

_EARLY = ":warning: A login that was made for this access ended early at its source."
_CLOSED = (
    ":hourglass: *Over for new logins.* It is not confirmed yet that open sessions are ended: their source "
    "does not say so. It is asked again until it does."
)
_OWNED = (
    ":warning: *Locked out.* Something that was made with the login still belongs to it, so the login is not "
    "deleted. Whoever runs envaccess was told."
)
_GONE = ":white_check_mark: The login that was made for it is gone: it was looked for and not found."
_ALL_GONE = ":white_check_mark: The {count} logins that were made for it are gone: looked for and not found."


def tell_own(request: Request) -> list[Block]:
    """That what its requester gets is no value that others have too."""
    return _own(request, "you" if request.principal.is_person else "this access")


def tell_own_to_approvers(request: Request) -> list[Block]:
    """The same for who decides."""
    return _own(request, "this access")


def _own(request: Request, whose: str) -> list[Block]:
    """Of which values, where others are of another kind, and until when it works."""
    if not (request.made or request.leased):
        return []
    verb = "shown" if request.principal.is_person else "used"
    others = request.leased and len(request.leased) < len(request.variables)
    of = f" of {names(request.leased, 3)}" if others else ""
    ends = f"15 minutes after it was {verb}" if request.duration.once else "when this access ends"
    return [context(f"What is {verb}{of} is a login made for {whose} alone. It stops working {ends}.")]


def tell_leases(request: Request) -> list[Block]:
    """Nothing for a request whose values no source made."""
    told = [section(_EARLY)] if request.leases_early and request.live else []
    if request.live:
        return [*told, *_while_live(request)]
    return [*told, *_after(request)]


def _while_live(request: Request) -> list[Block]:
    short = [lease for lease in request.leases if lease.live and lease.works_until < request.expires_at]
    until = [context(f"At its source it works until {_last(short)}.")] if short else []
    return [*tell_own(request), *until]


def _after(request: Request) -> list[Block]:
    """One sentence for each way in which logins stand."""
    by = {
        standing: [lease for lease in request.leases if lease.standing is standing] for standing in Standing
    }
    told = []
    if used := [*by[Standing.INTENDED], *by[Standing.MINTED]]:
        told.append(f":key: The login that was shown works until {_last(used)}.")
    if ending := by[Standing.ENDING]:
        told.append(
            f":hourglass: *The login may still work until {_last(ending)}.* Its source did not confirm "
            "the end yet, and is asked again until it does."
        )
    told += [_CLOSED] * bool(by[Standing.CLOSED]) + [_OWNED] * bool(by[Standing.LEFT])
    if not request.leases and request.leases_gone:
        told.append(_GONE if request.leases_gone == 1 else _ALL_GONE.format(count=request.leases_gone))
    return [section(one) for one in told]


def _last(leases: Sequence[GrantLease]) -> str:
    return when(max(lease.works_until for lease in leases))


def may_end_login(request: Request) -> bool:
    """Whether its one use is over, and the login that it showed works still."""
    return request.grant is GrantState.USED_UP and request.made
