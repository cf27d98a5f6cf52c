"""What `api_server` answers to agents."""

import json
import threading
from dataclasses import dataclass, field
from typing import Any

from envaccess.crypto.boxes import seal_to, service_info, token_info

AGENT = "ag_12345678"
Reply = tuple[int, dict[str, Any]]


@dataclass
class AgentRoutes:
    """The state of the server.

    Attributes:
        services: by name: `variable`, `value`, `base`, `header`, `format`, `allow`.
        state: what became of the offer.
        offer: the body of the last one.
        opened: grants and services that were opened.
        reports: bodies of reports of calls.
        once: whether grants are for a single use, of 15 minutes.
        leased: whether each use is given a login of its own.
        not_now: what the next reports of calls are answered, which are not taken.
        lost: answers with services that are still to be answered as if they had been sent before.
        reported: set at each report.
    """

    services: dict[str, dict[str, Any]] = field(default_factory=dict)
    state: str = "confirmed"
    offer: dict[str, Any] = field(default_factory=dict)
    opened: list[tuple[str, str]] = field(default_factory=list)
    reports: list[dict[str, Any]] = field(default_factory=list)
    once: bool = False
    leased: bool = False
    not_now: list[Reply] = field(default_factory=list)
    lost: int = 0
    reported: threading.Event = field(default_factory=threading.Event)

    def answer(self, asked: list[str], body: dict[str, Any], op: str) -> Reply | None:
        """What is answered; None for what is not for agents."""
        match asked:
            case ["GET", "agents"] | ["POST", "agents", _, "end"]:
                return self._own(*asked[2:3])
            case ["POST", "agents"]:
                self.offer = body
                return 202, {"id": AGENT, "expires_in": 120, "state": "offered"}
            case ["GET", "services"]:
                return 200, {"services": [self._listed(name) for name in self.services]}
            case ["POST", "grants", grant, "services", name]:
                return self._open(grant, name, op)
            case ["POST", "calls"]:
                return self._note(body)
        return None

    def _note(self, body: dict[str, Any]) -> Reply:
        if self.not_now:
            return self.not_now.pop()
        self.reports.append(body)
        self.reported.set()
        return 200, {}

    def _own(self, ended: str = "") -> Reply:
        """The person's only agent, or the end of it."""
        if ended:
            self.state = "ended" if ended == AGENT else self.state
            return 200, {"ended": 1}
        left = 28_800 if self.state == "confirmed" else 0
        listed = {"id": AGENT, "name": "review", "state": self.state, "host": "lenovo-7"}
        return 200, {"agents": [{**listed, "expires_in": 0, "ends_in": left}]}

    def stands(self, token: str) -> dict[str, Any]:
        """How the agent stands, for whoever proves its key."""
        told = {"id": AGENT, "state": self.state, "person": "U0ALICE", "ends_in": 28_800}
        if self.state == "confirmed":
            told["token"] = seal_to(self.offer["seal_key"], token.encode(), token_info(AGENT))
        return told

    def _listed(self, name: str) -> dict[str, Any]:
        kept = self.services[name]
        return {"name": name, **{key: kept[key] for key in ("variable", "base", "allow")}}

    def _open(self, grant: str, name: str, op: str) -> Reply:
        if self.lost:
            self.lost -= 1
            return 409, {"reason": "repeated", "detail": "It was sent once."}
        if self.once and self.opened:
            return 403, {"reason": "grant_ended", "detail": "It was used."}
        self.opened.append((grant, name))
        told = {key: told for key, told in self.services[name].items() if key != "variable"}
        box = json.dumps({**told, "leased": self.leased})
        sealed = seal_to(self.offer["seal_key"], box.encode(), service_info(grant, name, op))
        return 200, {"grant": grant, "operation": op, "service": sealed, "once": self.once,
                     "ends_in": 900 if self.once else 3600}  # fmt: skip
