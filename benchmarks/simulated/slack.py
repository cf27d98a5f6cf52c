"""A Slack of many workspaces that remembers who was shown which value: `slack PORT FILE QUESTIONS`.

Every limit that Slack documents is kept, for each workspace. What was shown, which events the audit channels
were told of and what presses were answered is written into the file, one JSON a line; counts of calls come
last. Answers to a `response_url` go to `/told/TEAM/OP/PERSON`. QUESTIONS is how many times a minute
`users.info` may be asked; 0 is without limit.
"""

import asyncio
import json
import re
import signal
import sys
import time
from collections import Counter
from pathlib import Path
from typing import IO

from benchmarks.simulated.world import BOT, DIRECTORS, LEADS, VALUE_MARK, Workspace, values_of
from benchmarks.slack_stub import Door, Json, read_call, written
from slack_emulator.rates import Rates

_VALUE = re.compile(VALUE_MARK + "[0-9a-f]{24}")
_EVENT = re.compile(r"\b[0-9]{13}-[0-9]+\b")
_REQUEST = re.compile(r'"value": "([a-z0-9]{8})"')
_TOKEN = re.compile(r"^authorization: *bearer xoxb-simulated-(\S+)", re.IGNORECASE | re.MULTILINE)
_WORDS = 300
_MEMBERS = [*LEADS, *DIRECTORS, BOT]
_WAIT = 0.05
"""Seconds that a call which writes takes."""
_WRITES = ("chat.", "conversations.open", "views.")


class Ledger:
    """What was seen, written down as it comes."""

    def __init__(self, file: IO[str], values: dict[str, tuple[str, str]]) -> None:
        self._file, self._values = file, values
        self.calls: Counter[str] = Counter()
        self._posts = 0

    def ts(self) -> str:
        """The next message's."""
        self._posts += 1
        return f"{int(time.time())}.{self._posts % 1_000_000:06}"

    def note(self, **facts: object) -> None:
        """One line."""
        self._file.write(json.dumps({"at": int(time.time() * 1000), **facts}) + "\n")

    def values(self, team: str, seen_by: str, text: str) -> None:
        """Whatever value stands in a text."""
        for value in set(_VALUE.findall(text)):
            owner, variable = self._values.get(value, ("", value))
            self.note(kind="shown", team=team, to=seen_by, owner=owner, variable=variable)


class ManySlacks:
    """All workspaces' answers."""

    def __init__(self, workspaces: int, ledger: Ledger, questions: int) -> None:
        found = [Workspace(number) for number in range(workspaces)]
        self.teams = {one.team: one for one in found}
        self.ledger = ledger
        self._questions = questions
        self._rates = {one.team: Rates(time.monotonic) for one in found}
        self._asked: dict[str, list[float]] = {}
        self._drawn = set[str]()
        for rates in self._rates.values():
            rates.enforced = True

    def refused(self, team: str, method: str, args: Json) -> bytes | None:
        """A 429 where this is one too many."""
        if method == "users.info":
            wait = self._wait(f"{team} {method}") if self._questions else 0.0
        else:
            refused = self._rates[team].refuse(method, args)
            wait = float(refused.headers["Retry-After"]) - 1 if refused and refused.headers else 0.0
        if not wait:
            return None
        answer = {"ok": False, "error": "ratelimited"}
        return written(answer, "429 Too Many Requests", {"Retry-After": str(int(wait) + 1)})

    def _wait(self, key: str) -> float:
        now = time.monotonic()
        recent = [at for at in self._asked.get(key, ()) if at > now - 60]
        self._asked[key] = recent
        if len(recent) >= self._questions:
            return recent[0] + 60 - now
        recent.append(now)
        return 0.0

    def answer(self, team: str, method: str, args: Json) -> Json:
        """What Slack says."""
        place, user = str(args.get("channel", "")), str(args.get("user", ""))
        facts = {"is_private": True, "is_member": True, "is_archived": False, "num_members": len(_MEMBERS)}
        person = {"id": user, "team_id": team, "name": user.lower(), "deleted": False, "is_bot": False}
        bot = {"team_id": team, "team": f"Simulated {team}", "user_id": BOT, "bot_id": "B0BOT"}
        told: Json = {
            "auth.test": {**bot, "url": "http://127.0.0.1/"},
            "users.info": {"user": {**person, "tz": "Europe/Berlin"}},
            "conversations.info": {"channel": {"id": place, "name": "somewhere", **facts}},
            "conversations.members": {"members": _MEMBERS, "response_metadata": {"next_cursor": ""}},
            "conversations.open": {"channel": {"id": f"D{str(args.get('users'))[1:]}"}},
            "usergroups.list": {"usergroups": []},
        }
        found: Json = told.get(method) or {"channel": place, "ts": args.get("ts") or self.ledger.ts()}
        return found

    def see(self, team: str, method: str, args: Json) -> None:
        """Write down what a call showed, and to whom."""
        text = json.dumps(args)
        if VALUE_MARK in text:
            place = str(args.get("user") or args.get("channel") or args.get("user_id") or "")
            self.ledger.values(team, place, text)
        if args.get("channel") == self.teams[team].audit and method == "chat.postMessage":
            ids = list(dict.fromkeys(_EVENT.findall(text)))
            self.ledger.note(kind="lines", team=team, ids=ids)
        elif method == "chat.postMessage":
            for request in set(_REQUEST.findall(text)) - self._drawn:
                self._drawn.add(request)
                self.ledger.note(kind="drawn", request=request)


class ManyDoors(Door):
    """A connection of any bot's."""

    def __init__(self, slacks: ManySlacks) -> None:
        super().__init__(_WAIT)
        self._slacks = slacks

    def take(self, head: str, body: bytes) -> None:
        """A call of the Web API, or an answer to a press."""
        path = head.split(" ", 2)[1]
        if path.startswith("/told/"):
            self._told(path, body)
            return
        found = _TOKEN.search(head)
        team = found[1] if found else next(iter(self._slacks.teams))
        method, args = read_call(head, body)
        counts = self._slacks.ledger.calls
        if refused := self._slacks.refused(team, method, args):
            counts[f"{method} 429"] += 1
            self.send(refused)
            return
        counts[f"{method} ok"] += 1
        self._slacks.see(team, method, args)
        answer = written({"ok": True, **self._slacks.answer(team, method, args)})
        if method.startswith(_WRITES):
            asyncio.get_running_loop().call_later(_WAIT, self.send, answer)
        else:
            self.send(answer)

    def _told(self, path: str, body: bytes) -> None:
        _, _, team, op, person = path.split("/")
        said = json.loads(body)
        self._slacks.ledger.calls["response_url ok"] += 1
        whole = json.dumps(said)
        self._slacks.ledger.values(team, person, whole)
        text = "(a value)" if VALUE_MARK in whole else str(said.get("text") or "")
        self._slacks.ledger.note(kind="told", op=op, words=text[:_WORDS])
        self.send(written({"ok": True}))


async def serve(port: int, path: Path, workspaces: int, questions: int) -> None:
    """Serve until told to stop."""
    loop, stop = asyncio.get_running_loop(), asyncio.Event()
    loop.add_signal_handler(signal.SIGTERM, stop.set)
    values = {
        value: (team, variable)
        for team in (Workspace(number).team for number in range(workspaces))
        for value, variable in values_of(team).items()
    }
    with path.open("w", encoding="utf-8") as file:
        slacks = ManySlacks(workspaces, Ledger(file, values), questions)
        async with await loop.create_server(lambda: ManyDoors(slacks), "127.0.0.1", port):
            await stop.wait()
        slacks.ledger.note(kind="calls", counts=dict(slacks.ledger.calls))


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])))
