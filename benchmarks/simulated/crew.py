"""The people: each story is one request, from what somebody types to its end."""

import asyncio
import itertools
import json
import re
import time
from random import Random  # noqa: TID251 - a simulation that is the same for a seed
from typing import TYPE_CHECKING, Final

from benchmarks.payloads import signed_request
from benchmarks.rolling import Balancer
from benchmarks.simulated.history import Act, Heard, Step
from benchmarks.simulated.world import DIRECTORS, LEADS, MARK, NAMES, Workspace
from envaccess.slack.names import APPROVE, COMMAND, DENY_FORM, END, REASON, REVEAL
from slack_emulator.deliveries import Kind
from slack_emulator.types import Json

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

_ID: Final = re.compile(r"request `([a-z0-9]{8})`")
_UNSURE: Final = (
    "may or may not have happened",
    "not confirmed yet",
    "Too few replicas",
    "did not answer in time. Please",
)
_BODY = b"\r\n\r\n"


def _now() -> int:
    return int(time.time() * 1_000)


class Crew:
    """Everybody of one workspace.

    Attributes:
        steps: what they did.
    """

    def __init__(self, workspace: Workspace, balancer: Balancer, slack: int, people: int, seed: int) -> None:
        self.workspace, self._balancer, self._slack, self._people = workspace, balancer, slack, people
        self._chance = Random(seed)  # noqa: S311 - a simulation
        self._numbers = itertools.count(1)
        self.steps: list[Step] = []
        self._stories: tuple[tuple[Callable[[], Awaitable[None]], int], ...] = (
            (self.automatic, 800),
            (self.approved, 90),
            (self.chained, 30),
            (self.denied, 15),
            (self.withdrawn, 15),
            (self.extended, 15),
            (self.emergency, 5),
            (self.alone, 10),
            (self.contended, 10),
            (self.afterwards, 10),
        )

    async def story(self) -> None:
        """One request, of a kind that comes as often as it does in a company."""
        stories = [story for story, _ in self._stories]
        weights = [weight for _, weight in self._stories]
        await self._chance.choices(stories, weights)[0]()

    def _somebody(self) -> str:
        return self.workspace.person(self._chance.randrange(self._people))

    async def _while(self, least: float, most: float) -> None:
        await asyncio.sleep(self._chance.uniform(least, most))

    async def automatic(self) -> None:
        """Nobody need agree; most look at the value, some end early."""
        who = self._somebody()
        filed = await self.file(who, "staging", self._chance.choice(("1m", "5m", "30m", "1h")))
        await self._use(who, filed, 0.7)

    async def approved(self) -> None:
        """One lead agrees."""
        who = self._somebody()
        filed = await self.file(who, "production", self._chance.choice(("1m", "15m", "1h")))
        if filed.request:
            await self._while(1, 12)
            await self.press(self._chance.choice(LEADS), Act.APPROVE, filed)
            await self._use(who, filed, 0.9)

    async def chained(self) -> None:
        """A lead, then a director."""
        who = self._somebody()
        filed = await self.file(who, "payments", self._chance.choice(("5m", "2h")))
        if filed.request:
            await self._while(1, 8)
            await self.press(self._chance.choice(LEADS), Act.APPROVE, filed)
            await self._while(1, 8)
            await self.press(self._chance.choice(DIRECTORS), Act.APPROVE, filed)
            await self._use(who, filed, 0.9)

    async def denied(self) -> None:
        """A lead says no; the requester tries to look all the same."""
        who = self._somebody()
        filed = await self.file(who, "production", "30m")
        if filed.request:
            await self._while(1, 8)
            await self._submit(self._chance.choice(LEADS), Act.DENY, DENY_FORM, filed)
            await self.press(who, Act.REVEAL, filed)

    async def withdrawn(self) -> None:
        """They think better of it."""
        who = self._somebody()
        filed = await self.file(who, "production", "30m")
        if filed.request:
            await self._while(0.5, 4)
            step = self._step(who, Act.WITHDRAW, request=filed.request)
            await self._type(step, f"cancel {filed.request}")

    async def extended(self) -> None:
        """More time, which somebody has to agree to again."""
        who = self._somebody()
        filed = await self.file(who, "production", "10m")
        if filed.request:
            await self._while(1, 6)
            await self.press(self._chance.choice(LEADS), Act.APPROVE, filed)
            await self._use(who, filed, 1.0, end=0.0)
            more = self._step(who, Act.EXTEND, variable=filed.variable, seconds=1_200)
            await self._type(more, f"extend {filed.request} 20m {more.mark}")
            if more.request:
                await self._while(1, 6)
                await self.press(self._chance.choice(LEADS), Act.APPROVE, more)
                await self._use(who, filed, 1.0)

    async def emergency(self) -> None:
        """At once, and somebody looks at it afterwards."""
        who = self._somebody()
        await self._use(who, await self.hurry(who, 900), 1.0)

    async def hurry(self, who: str, seconds: int) -> Step:
        """Somebody has an emergency."""
        step = self._step(who, Act.EMERGENCY, variable=self._variable("production"), seconds=seconds)
        await self._type(step, f"emergency {step.variable} {step.mark}")
        return step

    async def alone(self) -> None:
        """A lead asks, and tries to approve it alone."""
        who = self._chance.choice(LEADS)
        filed = await self.file(who, "production", "5m")
        if filed.request:
            await self.press(who, Act.APPROVE, filed)
            await self.press(who, Act.REVEAL, filed)
            step = self._step(who, Act.WITHDRAW, request=filed.request)
            await self._type(step, f"cancel {filed.request}")

    async def contended(self) -> None:
        """Two leads press at the same moment, a third says no, and a stranger wants to look."""
        who = self._somebody()
        filed = await self.file(who, "production", "5m")
        if filed.request:
            await self._while(0.5, 3)
            first, second, third = self._chance.sample(LEADS, 3)
            await asyncio.gather(
                self.press(first, Act.APPROVE, filed),
                self.press(second, Act.APPROVE, filed),
                self._submit(third, Act.DENY, DENY_FORM, filed),
            )
            await asyncio.gather(
                self.press(who, Act.REVEAL, filed), self.press(self._somebody(), Act.REVEAL, filed)
            )

    async def afterwards(self) -> None:
        """They end it, and look once more; and in the moment in which it is over by itself."""
        who = self._somebody()
        filed = await self.file(who, "staging", "10s")
        if filed.request:
            await self._while(0.5, 2)
            await self.press(who, Act.REVEAL, filed)
            await asyncio.sleep(7.5)
            await asyncio.gather(*(self.press(who, Act.REVEAL, filed) for _ in range(3)))

    async def _use(self, who: str, filed: Step, share: float, end: float = 0.15) -> None:
        if filed.heard is Heard.DONE and self._chance.random() < share:
            await self._while(0.5, 8)
            await self.press(who, Act.REVEAL, filed)
            if self._chance.random() < end:
                await self._while(0.5, 5)
                await self.press(who, Act.END, filed)
                if self._chance.random() < 0.5:
                    await self.press(who, Act.REVEAL, filed)

    def _variable(self, environment: str) -> str:
        return f"{environment}/{self._chance.choice(NAMES)}"

    def _step(self, who: str, act: Act, **more: object) -> Step:
        number = next(self._numbers)
        op = f"{self.workspace.number}.{number}.simulated"
        step = Step(op, self.workspace.team, who, act, _now())
        for name, value in more.items():
            setattr(step, name, value)
        if act in {Act.FILE, Act.EMERGENCY, Act.EXTEND}:
            step.mark = f"{MARK}{self.workspace.number}-{number}"
        self.steps.append(step)
        return step

    async def file(self, who: str, environment: str, duration: str) -> Step:
        """Somebody asks for a variable."""
        seconds = int(duration[:-1]) * {"s": 1, "m": 60, "h": 3_600}[duration[-1]]
        step = self._step(who, Act.FILE, variable=self._variable(environment), seconds=seconds)
        await self._type(step, f"{step.variable} {duration} {step.mark}")
        return step

    async def _type(self, step: Step, text: str) -> None:
        body: Json = {
            "token": "value-for-simulation",
            "team_id": step.team,
            "team_domain": "simulated",
            "channel_id": "C0GENERAL",
            "channel_name": "general",
            "user_id": step.who,
            "user_name": step.who.lower(),
            "command": COMMAND,
            "text": text,
            "api_app_id": "A0SIMULATED",
            "is_enterprise_install": "false",
            "response_url": self._response_url(step),
            "trigger_id": step.op,
        }
        said = await self._send("slash_commands", body, step)
        if said is None:
            return
        found = _ID.search(said)
        if found and not step.request:
            step.request = found[1]
        done = bool(found) and "already" not in said if step.mark else said.startswith("Withdrawn")
        step.heard = Heard.DONE if done else _heard(said)

    async def press(self, who: str, act: Act, about: Step) -> Step:
        """Somebody presses a button about it."""
        step = self._step(who, act, request=about.request, variable=about.variable)
        action = {Act.APPROVE: APPROVE, Act.REVEAL: REVEAL, Act.END: END}[act]
        payload = self._interaction("block_actions", step) | {
            "container": {"type": "message", "channel_id": "C0GENERAL"},  # no message that could be a stray
            "channel": {"id": "C0GENERAL", "name": "general"},
            "response_url": self._response_url(step),
            "actions": [{"type": "button", "action_id": action, "block_id": "b", "value": about.request}],
        }
        if await self._send("interactive", payload, step) is not None:
            step.heard = Heard.DONE  # unless words follow: then the run says what they mean
        return step

    async def _submit(self, who: str, act: Act, form: str, about: Step) -> Step:
        step = self._step(who, act, request=about.request, variable=about.variable)
        state = {"values": {REASON: {REASON: {"type": "plain_text_input", "value": "not today, please"}}}}
        view: Json = {"id": f"V{step.op}", "type": "modal", "callback_id": form, "state": state}
        view |= {"team_id": step.team, "private_metadata": about.request}
        said = await self._send(
            "interactive", self._interaction("view_submission", step) | {"view": view}, step
        )
        if said is not None:
            step.heard = _heard(said) if '"errors"' in said or "Not " in said else Heard.DONE
        return step

    def _interaction(self, kind: str, step: Step) -> Json:
        return {
            "type": kind,
            "user": {"id": step.who, "team_id": step.team},
            "team": {"id": step.team, "domain": "simulated"},
            "api_app_id": "A0SIMULATED",
            "trigger_id": step.op,
        }

    def _response_url(self, step: Step) -> str:
        return f"http://127.0.0.1:{self._slack}/told/{step.team}/{step.op}/{step.who}"

    async def _send(self, kind: Kind, payload: Json, step: Step) -> str | None:
        """What was answered; None where nothing was."""
        answer = await self._balancer.send(signed_request(kind, payload))
        step.told_at = _now()
        head, found, body = answer.partition(_BODY)
        if not found or not head.startswith(b"HTTP/1.1 200"):
            return None
        step.words = _text(body.decode())
        return step.words


def _text(body: str) -> str:
    try:
        said = json.loads(body) if body else {}
    except ValueError:
        return body
    return str(said.get("text") or body)[:400]


def _heard(words: str) -> Heard:
    return Heard.UNSURE if any(part in words for part in _UNSURE) else Heard.REFUSED


def hear_later(steps: list[Step], told: dict[str, str]) -> None:
    """What Slack was told about presses after their ack, by operation."""
    for step in steps:
        words = told.get(step.op)
        if words and step.heard is Heard.DONE and step.act in {Act.APPROVE, Act.REVEAL, Act.END}:
            step.words = words
            step.heard = Heard.DONE if words.startswith("(a value)") else _heard(words)
