"""People at terminals in a life: calls prove their session as over the API, and values leave for its key."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from envaccess.application.grants.client_claim import claim_for_client
from envaccess.application.grants.reveal import hand_over
from envaccess.application.grants.tap import press_tap
from envaccess.domain.call import CLI, Call, Origin, by_person
from envaccess.domain.delivery import Delivered, Outcome
from envaccess.domain.outcome import Claim
from envaccess.domain.refusal import Reason, Refusal
from envaccess.domain.session import Session
from envaccess.domain.tap import TAP_SECONDS, TapState
from envaccess.domain.variable import Variable
from tests.attack.acts import LATE
from tests.attack.workspace import Workspace
from tests.store.signing_in import CLIENT, Terminal


@dataclass(frozen=True)
class Handed:
    """Values that left for a terminal.

    Attributes:
        terminal: whose token and key made the call.
        acted: for whom the server took it.
        sealed_to: the key that its values are sealed to.
    """

    request: str
    terminal: Terminal
    acted: str
    sealed_to: str
    op: str
    values: dict[str, str]


class Way:
    """Fits `ports.delivery.Way`."""

    def __init__(self) -> None:
        self.values: dict[str, str] = {}

    async def deliver(self, claim: Claim, values: Mapping[Variable, str]) -> Outcome:
        del claim
        self.values = {str(variable): value for variable, value in values.items()}
        return Delivered()


@dataclass
class TerminalWorkspace(Workspace):
    """A workspace in which people are signed in at terminals.

    Attributes:
        pressed: when somebody pressed Release for an operation of a request.
    """

    terminals: list[Terminal] = field(default_factory=list)
    pressed: dict[tuple[str, str], int] = field(default_factory=dict)

    async def sign_in(self, who: str) -> Terminal:
        """Somebody signs a terminal in, and uses it."""
        terminal = await Terminal(self.store, who).sign_in()
        assert isinstance(await terminal.call(), Session)
        self.terminals.append(terminal)
        return terminal

    async def claim(self, terminal: Terminal, request: str, op: str) -> Handed | Refusal | None:
        """Ask for the values through the API's own steps: who calls, the claim, the box."""
        session = await terminal.call()
        if isinstance(session, Refusal):
            return session
        origin = Origin("", CLI, session.id, session.seal_key, CLIENT)
        claim = await claim_for_client(self.context, Call(op, session.principal, origin), request)
        if not isinstance(claim, Claim):
            return claim
        way = Way()
        if await hand_over(self.context, claim, way) is not None:
            return None
        return Handed(request, terminal, session.principal.person, session.seal_key, op, way.values)

    async def ask_for_press(self, terminal: Terminal, request: str, op: str) -> None:
        """A release that waits for its person."""
        refused = await self.claim(terminal, request, op)
        assert isinstance(refused, Refusal), refused
        assert refused.reason is Reason.TAP

    async def release(self, who: str, request: str) -> None:
        """Its person presses Release."""
        found = await self.store.get(request)
        assert found.tap
        call = by_person(self.store.op(), who)
        assert await press_tap(self.context, call, request, found.tap.mark, TapState.RELEASED) is None
        self.pressed[request, found.tap.op] = self.clock.ms

    def faults(self, handed: Handed) -> list[str]:
        """What nobody agreed to in this release; empty where all of it is right."""
        asked, now = self.acts.asked.get(handed.request), self.clock.ms
        owner = handed.terminal.person
        tapped = self.pressed.get((handed.request, handed.op), 0)
        right = {
            "it was asked for": asked is not None and asked.who == owner,
            "the session is theirs": handed.acted == owner,
            "the box is for their key": handed.sealed_to == handed.terminal.seal.public,
            "in its time": asked is not None
            and any(
                set(handed.values) <= window.names and window.begins - LATE <= now <= window.ends + LATE
                for window in self.acts.windows(asked)
            ),
            "the values are its own": all(
                value in self.acts.values[name] for name, value in handed.values.items()
            ),
            "its press": asked is None or not asked.ruling.tap or now - tapped <= TAP_SECONDS * 1_000 + LATE,
        }
        return [f"not: {what}" for what, is_so in right.items() if not is_so]
