"""The law in plain Python: what requests, grants and values are, without Redis. Times are seconds."""

from collections import Counter
from dataclasses import dataclass, field

HOUR = 3_600
PENDING = 4 * HOUR
MINUTE = 60

Event = tuple[str, str, str]
"""Tag, actor, request."""


@dataclass
class Ask:
    """One request and the grant it becomes."""

    id: str
    requester: str
    variables: tuple[str, ...]
    seconds: int
    once: bool
    deadline: float
    state: str = "pending"
    decided_by: str = ""
    grant: str = ""
    expires: float = 0
    reveals: int = 0
    ended_by: str = ""
    barred_by: str = ""
    generations: tuple[int, ...] = ()

    def over(self, now: float) -> "tuple[str, str]":
        """State and grant as they truly are, written down or not."""
        if self.state == "pending" and now > self.deadline:
            return "timed_out", ""
        if self.grant == "active" and now >= self.expires:
            return self.state, "expired"
        return self.state, self.grant


@dataclass
class Model:
    """A workspace. Every verb returns what the person is told, and appends the events that it writes."""

    now: float = 0
    asks: dict[str, Ask] = field(default_factory=dict)
    values: dict[str, int] = field(default_factory=dict)
    generation: int = 0
    events: list[Event] = field(default_factory=list)
    refusals: dict[tuple[str, str], tuple[float, int]] = field(default_factory=dict)

    def live(self, request: str) -> bool:
        """Whether access exists now."""
        return self.asks[request].over(self.now)[1] == "active"

    def boundaries(self) -> list[float]:
        """Moments at which time alone changes something."""
        asks = self.asks.values()
        return [
            *(ask.deadline for ask in asks if ask.state == "pending"),
            *(ask.expires for ask in asks),
            *(since + MINUTE for since, _ in self.refusals.values()),
        ]

    def put(self, name: str) -> str:
        self.generation += 1
        told = "changed" if name in self.values else "created"
        self.values.setdefault(name, self.generation)
        self._tell(f"secret.{told}", "cli:root")
        return told

    def delete(self, name: str) -> "int | None":
        if name not in self.values:
            return None
        held = [ask for ask in self._active() if name in ask.variables]
        for ask in held:
            self._settle(ask)
        del self.values[name]
        self._tell("secret.deleted", "cli:root")
        live = [ask for ask in held if ask.grant == "active"]
        for ask in live:
            self._end(ask, "revoked", "cli:root")
        return len(live)

    def file(self, request: str, who: str, names: tuple[str, ...], seconds: int, once: bool) -> str:
        if any(name not in self.values for name in names):
            return self._refuse(who, "unknown_variable")
        for ask in self.asks.values():
            same = (ask.requester, ask.state, set(ask.variables)) == (who, "pending", set(names))
            if same:
                self._settle(ask)
                if ask.state == "pending":
                    return f"pending {ask.id}"
        self.asks[request] = Ask(request, who, names, seconds, once, self.now + PENDING)
        self._tell("request.created", f"person:{who}", request)
        return f"filed {request}"

    def decide(self, request: str, who: str, verb: str) -> str:
        ask = self.asks[request]
        self._settle(ask)
        if ask.requester == who:
            return self._refuse(who, "self_approval", request)
        if ask.state != "pending":
            return f"not_pending {ask.state} {ask.decided_by}"
        if verb == "deny":
            ask.state, ask.decided_by = "denied", who
            self._tell("request.denied", f"person:{who}", request)
            return "denied"
        if any(name not in self.values for name in ask.variables):
            return self._refuse(who, "unknown_variable", request)
        ask.state, ask.decided_by = "approved", who
        ask.grant, ask.expires = "active", self.now + ask.seconds
        ask.generations = self._generations(ask)
        self._tell("request.approved", f"person:{who}", request)
        self._tell("grant.activated", f"person:{who}", request)
        return "approved"

    def cancel(self, request: str, who: str) -> str:
        ask = self.asks[request]
        self._settle(ask)
        if ask.requester != who:
            return self._refuse(who, "not_yours", request)
        if ask.state != "pending":
            return f"not_pending {ask.state} {ask.decided_by}"
        ask.state = "cancelled"
        self._tell("request.cancelled", f"person:{who}", request)
        return "cancelled"

    def revoke(self, request: str, who: str) -> str:
        ask = self.asks[request]
        self._settle(ask)
        if not ask.grant:
            return f"no_grant {ask.state}"
        if ask.grant == "used_up":
            ask.barred_by = f"person:{who}"  # a use given back later ends instead of living again
        if ask.grant != "active":
            return f"grant_ended {ask.grant} {ask.ended_by}"
        self._end(ask, "revoked", f"person:{who}")
        return "revoked"

    def claim(self, request: str, who: str) -> str:
        return self._claim(self.asks[request], who)

    def claim_named(self, name: str, who: str) -> str:
        held = [ask for ask in self._active() if ask.requester == who]
        for ask in held:
            self._settle(ask)
        usable = [ask for ask in held if ask.grant == "active" and name in ask.variables]
        timed = [ask for ask in usable if not ask.once]
        if not usable:
            return self._refuse(who, "no_grant")
        return self._claim(timed[-1] if timed else usable[0], who)

    def give_back(self, request: str) -> None:
        ask = self.asks[request]
        ask.reveals -= 1
        self._tell("grant.reveal_failed", "bot", request)
        if ask.grant != "used_up":
            return
        if ask.barred_by:
            self._end(ask, "revoked", ask.barred_by)
        elif ask.generations != self._generations(ask):
            self._end(ask, "revoked", "bot")
        elif self.now < ask.expires:
            ask.grant, ask.ended_by = "active", ""
        else:
            ask.grant, ask.ended_by = "expired", ""
            self._tell("grant.expired", "time", request)

    def work(self) -> None:
        """A worker writes down everything that is overdue."""
        for ask in self.asks.values():
            self._settle(ask)
        for (who, why), (since, count) in list(self.refusals.items()):
            if self.now >= since + MINUTE:
                del self.refusals[who, why]
                if count:
                    self._tell("access.refused_count", f"person:{who}")

    def uses(self) -> Counter[str]:
        """Reveals that stand, by request."""
        uses: Counter[str] = Counter()
        for tag, _, request in self.events:
            uses[request] += (tag == "grant.revealed") - (tag == "grant.reveal_failed")
        return uses

    def _claim(self, ask: Ask, who: str) -> str:
        if ask.requester != who:
            return self._refuse(who, "not_yours", ask.id)
        self._settle(ask)
        if not ask.grant:
            return f"{self._refuse(who, 'no_grant', ask.id)} {ask.state}"
        if ask.grant != "active":
            return f"{self._refuse(who, 'grant_ended', ask.id)} {ask.grant} {ask.ended_by}"
        ask.reveals += 1
        self._tell("grant.revealed", f"person:{who}", ask.id)
        if ask.once:
            ask.grant, ask.ended_by = "used_up", f"person:{who}"
            self._tell("grant.used_up", f"person:{who}", ask.id)
        return f"claimed {ask.id}"

    def _active(self) -> list[Ask]:
        """Grants that are written down as active, by their ends."""
        active = [ask for ask in self.asks.values() if ask.grant == "active"]
        return sorted(active, key=lambda ask: (ask.expires, ask.id))

    def _generations(self, ask: Ask) -> tuple[int, ...]:
        return tuple(self.values.get(name, 0) for name in ask.variables)

    def _settle(self, ask: Ask) -> None:
        state, grant = ask.over(self.now)
        if state != ask.state:
            self._tell("request.timed_out", "time", ask.id)
        if grant != ask.grant:
            self._tell("grant.expired", "time", ask.id)
        ask.state, ask.grant = state, grant

    def _end(self, ask: Ask, grant: str, by: str) -> None:
        ask.grant, ask.ended_by = grant, by
        self._tell(f"grant.{grant}", by, ask.id)

    def _refuse(self, who: str, why: str, request: str = "") -> str:
        since, count = self.refusals.get((who, why), (self.now, -1))
        self.refusals[who, why] = (since, count + 1)
        if count < 0:
            self._tell("access.refused", f"person:{who}", request)
        return why

    def _tell(self, tag: str, actor: str, request: str = "") -> None:
        self.events.append((tag, actor, request))
