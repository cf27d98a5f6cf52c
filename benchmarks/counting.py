"""How many Python calls lie between a payload's arrival and its ack, in our own files and in the libraries.

Counts do not depend on how busy the machine is. Of several acks of one kind the one with the fewest calls is
taken: in the others the relay drew something meanwhile, or somebody was asked about.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from benchmarks import load
from benchmarks.children import ROOT, quiet
from benchmarks.harness import BenchmarkHarness, Bot, open_harness
from benchmarks.machine import Cores
from benchmarks.payloads import REASON, VARIABLE_NAMES, command, new_people, press
from benchmarks.scale import Scale
from benchmarks.slack_stub import DECIDERS
from benchmarks.table import Row
from envaccess.slack.names import APPROVE, REVEAL

_OURS, _REST = "our own code", "Python's own library and others"
_BOLT = "Bolt and slack-sdk"
_LIBRARIES = {"slack_bolt": _BOLT, "slack_sdk": _BOLT, "redis": "redis-py", "aiohttp": "aiohttp"}

Calls = Mapping[str, int]
"""How many calls began in each source file, between one arrival and its ack."""
Counted = dict[str, list[Calls]]


class Subject:
    """A bot whose calls are counted.

    Args:
        checkout: where its source is.
        out: where it writes its counts.
    """

    def __init__(self, harness: BenchmarkHarness, bot: Bot, checkout: Path, out: Path) -> None:
        self.checkout = checkout
        self._harness, self._bot, self._out = harness, bot, out
        self._read = 0

    async def send(self, request: bytes, wanted: bytes = b"") -> Calls:
        """Have one payload acked, once the bot is at rest."""
        await quiet(self._bot.process)
        self._read = len(self._out.read_text().splitlines())
        await load.press(self._bot.port, [request], connections=1, wanted=wanted)
        calls: Calls = json.loads(self._out.read_text().splitlines()[self._read])
        return calls

    async def filed(self, requester: str) -> str:
        """The id of the request that this person filed last."""
        runner = self._harness.runner
        return str((await self._harness.redis.zrevrange(runner.key("asked", requester), 0, 0))[0])

    async def expect(self, event: str, request: str) -> None:
        """Fail unless this is among the newest audit events."""
        newest: Any = await self._harness.redis.xrevrange(self._harness.runner.key("audit"), count=10)
        assert (event, request) in [(fields["event"], fields.get("request")) for _, fields in newest], newest


async def run(scale: Scale, cores: Cores, folder: Path) -> list[Row]:
    """Each kind of payload so many times; of another version too, where one is named."""
    now = _least(await _count(scale, cores, folder / "now", ROOT))
    then = _least(await _count(scale, cores, folder / "before", scale.before)) if scale.before else {}
    checkouts = ROOT, scale.before or ROOT
    return [row for kind, calls in now.items() for row in _rows(kind, calls, then.get(kind), checkouts)]


async def _count(scale: Scale, cores: Cores, folder: Path, checkout: Path) -> Counted:
    out = folder / "calls"
    counted: Counted = {}
    async with open_harness(cores, folder) as harness:
        runner = (str(ROOT / "benchmarks/counted.py"), str(out))
        async with harness.bot(*runner, checkout=checkout) as bot:
            subject = Subject(harness, bot, checkout, out)
            requester = new_people(1, 1)[0]
            for name in VARIABLE_NAMES[: scale.acks]:
                for kind, calls in (await _play(subject, requester, name)).items():
                    counted.setdefault(kind, []).append(calls)
    return counted


async def _play(subject: Subject, requester: str, name: str) -> dict[str, Calls]:
    """One request from its filing to its reveal, and one that is refused."""
    filing = command(requester, f"{name} 1h {REASON}")
    filed = await subject.send(filing, b"Filed as request")
    request = await subject.filed(requester)
    approved = await subject.send(press(DECIDERS[0], APPROVE, request))
    await subject.expect("grant.activated", request)
    revealed = await subject.send(press(requester, REVEAL, request))
    await subject.expect("grant.revealed", request)
    refused = await subject.send(command(requester, f"{name} 9h {REASON}"), b"That is too long")
    return {
        "`/envaccess` filed": filed,
        "Approve pressed": approved,
        "Reveal pressed": revealed,
        "`/envaccess` refused by the policy": refused,
    }


def _least(counted: Counted) -> dict[str, Calls]:
    return {kind: min(each, key=lambda calls: sum(calls.values())) for kind, each in counted.items()}


def _rows(kind: str, calls: Calls, before: Calls | None, checkouts: tuple[Path, Path]) -> list[Row]:
    """A row for each part, and one for all."""
    now = _by_part(calls, checkouts[0])
    then = _by_part(before or {}, checkouts[1])
    return [
        Row(
            f"{kind}: {part}",
            _told(found),
            f"before {_told(then[part])}" if before else "",
            sum(found.values()) / sum(then[part].values()) if before else None,
        )
        for part, found in now.items()
    ]


def _told(calls: Calls) -> str:
    return f"{sum(calls.values()):,} calls in {len(calls)} files"


def _by_part(calls: Calls, checkout: Path) -> dict[str, Calls]:
    parts: dict[str, dict[str, int]] = {
        part: {} for part in (_OURS, *dict.fromkeys(_LIBRARIES.values()), _REST)
    }
    for file, count in calls.items():
        parts[_part(file, checkout)][file] = count
    return {**parts, "all": calls}


def _part(file: str, checkout: Path) -> str:
    if file.startswith(f"{checkout}/bot/"):
        return _OURS
    _, found, inside = file.partition("/site-packages/")
    return _LIBRARIES.get(inside.partition("/")[0], _REST) if found else _REST
