"""A pipeline signs in with what its platform says of it: no secret is stored anywhere, and no person asked.

The token is checked by its issuer's keys, then for whom and when it is, then whose: a machine that the policy
names. Only then is anything written. A token that nobody signed is counted; a signed one that is refused is
written down with its issuer, whose it is and what did not fit, and never itself.
"""

from dataclasses import dataclass, field, replace
from typing import Final

from envaccess.application.people.sessions import Client
from envaccess.application.people.standing import refuse_ineligible
from envaccess.application.ports.sessions import TokenReader
from envaccess.application.service_context import ServiceContext
from envaccess.domain.audit import Actor, ActorKind
from envaccess.domain.outcome import Attempt
from envaccess.domain.policy.claims import (
    MatchedMachine,
    entry_digest,
    is_as_before,
    issuers_of,
    match_claims,
)
from envaccess.domain.principal import Principal
from envaccess.domain.programs import MachineEntry, PipelineRun
from envaccess.domain.refusal import AUDITED, Reason, Refusal
from envaccess.domain.screening import printable
from envaccess.domain.session import NewMachineSession, Session
from envaccess.domain.text import clean
from envaccess.domain.token_claims import SignedToken, TokenUse, check_token

_TRIED: Final = "token"
_UNSIGNED: Final = frozenset({Reason.TOKEN_INVALID, Reason.TOKEN_KEY_UNKNOWN})
_SAID_MAX: Final = 300
"""Characters of what did not fit that are written down."""


@dataclass(frozen=True, slots=True)
class MachineLogin:
    """A pipeline's session.

    Attributes:
        token: sealed to the session's key, for this session.
    """

    session: Session
    token: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class JobKey:
    """The public key that the processes of one job share, and what it signed of this one."""

    public: str
    signature: str


async def exchange_token(
    context: ServiceContext,
    tokens: TokenReader,
    audience: str,
    token: str,
    client: Client,
    job: JobKey | None = None,
) -> MachineLogin | Refusal:
    """Open a session for the run of a pipeline whose token this is; the same key goes on with its own.

    Args:
        context: the ports.
        tokens: reads tokens.
        audience: whom a token has to be for: ENVACCESS_API_URL.
        token: as it was sent.
        client: whose proof was checked.
        job: to whose key the token is bound, in the place of the client's.

    Raises:
        DirectoryError: Slack did not say who is behind it; nothing changed.
        StoreError: the store did not answer.
    """
    if not _are_proven(context, token, client, job):
        return Refusal(Reason.BAD_PROOF)
    policy = context.rulebook.current
    signed = await tokens.read(token, issuers_of(policy))
    if isinstance(signed, Refusal):
        if signed.reason in _UNSIGNED:
            await context.trail.count_bad_token()
        return signed
    use = check_token(signed, audience, context.clock.now())
    if isinstance(use, Refusal):
        return await _refuse(context, signed, use)
    matched = match_claims(policy, signed.issuer.url, signed.claims)
    if isinstance(matched, Refusal):
        return await _refuse(context, signed, matched)
    reason = await refuse_ineligible(context, matched.person) if matched.person else None
    if reason:
        return await _refuse(context, signed, Refusal(reason), matched)
    return await _open(context, client, signed, use, matched, job.public if job else client.sign_key)


def refuse_changed(context: ServiceContext, session: Session) -> Refusal | None:
    """Why a machine's session does nothing before its token is brought again: the policy changed (law 4)."""
    who, entry = session.principal, session.entry
    if entry is None or is_as_before(context.rulebook.current, who.id, who.behalf, entry):
        return None
    return Refusal(Reason.MACHINE_CHANGED)


def _are_proven(context: ServiceContext, token: str, client: Client, job: JobKey | None) -> bool:
    """Whether these are keys, and those of the job whose key is named."""
    secrets, keys = context.login_secrets, (client.sign_key, client.seal_key)
    return secrets.are_keys(*keys) and (
        job is None or secrets.holds_job(job.public, job.signature, token, *keys)
    )


async def _open(
    context: ServiceContext,
    client: Client,
    signed: SignedToken,
    use: TokenUse,
    matched: MatchedMachine,
    bound_to: str,
) -> MachineLogin | Refusal:
    """Keep the session; the store looks at locks, and whether another key brought this token before."""
    fresh = context.login_secrets.make_machine_token()
    new = NewMachineSession(
        id=f"ci_{context.ids.request()}",
        principal=_principal(signed, matched),
        sign_key=client.sign_key,
        seal_key=client.seal_key,
        client=replace(client.receipt, link=matched.pipeline.link),
        pipeline=_pipeline(matched),
        replay=use.replay,
        bound_to=bound_to,
        token=fresh.digest,
        ends_at=use.ends_at,
        entry=MachineEntry(entry_digest(matched.machine), matched.actor_id),
    )
    # Counted with what the run files: a job that goes on bringing tokens writes an event for each.
    if not await context.throttle.allow(context.ids.operation(), new.principal.key):
        return Refusal(Reason.SLOW_DOWN)
    session = await context.sessions.exchange(new)
    if isinstance(session, Refusal):
        return session
    return MachineLogin(session, context.login_secrets.seal_token(fresh, session.seal_key, session.id))


def _principal(signed: SignedToken, matched: MatchedMachine) -> Principal:
    return Principal(
        ActorKind.MACHINE, matched.machine.name, signed.issuer.url, behalf=matched.person, run=matched.run
    )


def _pipeline(matched: MatchedMachine) -> PipelineRun:
    """What is shown of the run; who started it with their number, where the policy does not know it."""
    run = matched.pipeline
    if matched.person or not matched.actor_id:
        return run
    named = f"{run.actor} ({matched.actor_id})" if run.actor else matched.actor_id
    return replace(run, actor=printable(clean(named)))


async def _refuse(
    context: ServiceContext, signed: SignedToken, refusal: Refusal, matched: MatchedMachine | None = None
) -> Refusal:
    """Write down what was signed and is refused; nobody is named who is not known to be a machine of ours."""
    if refusal.reason in AUDITED:
        machine = Actor(ActorKind.MACHINE, matched.machine.name) if matched else Actor(ActorKind.BOT)
        told = {
            "issuer": signed.issuer.url,
            "repository": signed.repository,
            "unmatched": printable(clean(refusal.hint))[:_SAID_MAX],
        }
        behind = matched.person if matched else ""
        claims = tuple((name, said) for name, said in told.items() if said)
        attempt = Attempt(machine, _TRIED, behind=behind, token=claims)
        await context.trail.refuse(context.ids.operation(), attempt, refusal.reason)
    return refusal
