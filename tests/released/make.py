"""Dump stores of the version that stands here, as `python -m tests.released.make`; README.md says when.

A folder that is there is never written again: what a newer version wrote would prove nothing.
"""

import asyncio
import base64
import hashlib
import json
import subprocess
import tempfile
from collections import Counter
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from envaccess import __version__
from envaccess.embedded.server import EmbeddedServer
from envaccess.projections import method_rates
from envaccess.store.client import connect
from tests.released.restoring import STORES, SUMS, Dump, write
from tests.released.rulings import whole
from tests.released.stage import Stage, opened
from tests.released.stories import STORIES

ROOT = Path(__file__).parents[2]
Story = Callable[[Stage], Awaitable[None]]
Json = dict[str, Any]

_STANDS = {
    "pending": ("pending", None),
    "approved": ("approved", None),
    "denied": ("denied", None),
    "cancelled": ("cancelled", None),
    "timed out": ("timed_out", None),
    "waiting": ("approved", "waiting"),
    "live": ("approved", "active"),
    "expired": ("approved", "expired"),
    "ended": ("approved", "revoked"),
    "used up": ("approved", "used_up"),
    "lapsed": ("approved", "lapsed"),
}
"""State of the request and of its grant, by how the story calls them."""


def _requests(stage: Stage, rulings: list[Json]) -> Json:
    """What each request is, as the story wanted it and as the store has it; its ruling by its place."""
    found = {}
    for about, request in stage.told.items():
        state, grant = next(stands for word, stands in _STANDS.items() if about.startswith(word))
        assert (request.state, request.grant) == (state, grant), about
        ruling = whole(request.ruling)
        if ruling not in rulings:
            rulings.append(ruling)
        place = rulings.index(ruling)
        found[about] = {"id": request.id, "state": state, "grant": grant, "ruling": place}
    return found


def _outcomes(store: Dump) -> list[Json]:
    """Which operations are remembered: whose, under which id, what was done, and why not."""
    mark = ":outcome:"
    kept = [(name.partition(mark)[2].partition(":"), key) for name, key in store.items() if mark in name]
    held = {(who, op): json.loads(key["holds"]) for (who, _, op), key in kept}
    return [
        {"who": who, "op": op, "did": outcome["did"], "refused": outcome.get("refused", "")}
        for (who, op), outcome in held.items()
    ]


def _manifest(stage: Stage, story: Story) -> Json:
    harness, rulings = stage.harness, list[Json]()
    places = {"approvers": harness.approvers.id, "audit": harness.audit.id}
    return {
        "story": (story.__doc__ or "").strip(),
        "workspace": harness.slack.team_id,
        "people": {name: person.id for name, person in stage.people.items()},
        "places": {**places, "payments": stage.payments},
        "policy": stage.policy.read_text("utf-8") if stage.policy else "",
        "master_keys": [base64.urlsafe_b64encode(key).decode() for key in harness.keys],
        "values": {str(variable): value for variable, value in sorted(stage.values.items())},
        "requests": _requests(stage, rulings),
        "rulings": rulings,
        "undrawn": stage.undrawn,
        "locks": stage.locks,
        "duties": stage.duties,
        "outcomes": _outcomes(stage.frozen),
        "events": dict(sorted(Counter(stage.events).items())),
    }


async def _make(story: Story, url: str, home: Path, folder: Path) -> None:
    client = connect(url)
    await client.flushall()
    async with opened(client, url, home) as stage:
        await story(stage)
        write(folder / f"{story.__name__}.json", stage.frozen)
        text = json.dumps(_manifest(stage, story), indent=1, ensure_ascii=False) + "\n"
        (folder / f"{story.__name__}.manifest.json").write_text(text, "utf-8")
    await client.aclose()


def main() -> None:
    """Make the stores of this version."""
    folder = STORES / __version__
    folder.mkdir(parents=True)
    made_of = ["git", "log", "-1", "--format=%H%n", "--", "bot/envaccess"]
    commit = subprocess.run(made_of, cwd=ROOT, check=True, capture_output=True, text=True).stdout.strip()  # noqa: S603 - nobody else's words
    (folder / "COMMIT").write_text(f"{commit}\n")
    with tempfile.TemporaryDirectory(prefix="envaccess-") as home, pytest.MonkeyPatch.context() as patch:
        for name in ("PLACES", "OVERALL"):  # Slack's rates have no say in what is stored
            patch.setattr(method_rates, name, {})
        for story in STORIES:
            server, own = EmbeddedServer(Path(home) / "server"), Path(home) / story.__name__
            own.mkdir()
            try:
                asyncio.run(_make(story, server.start(), own, folder))
            finally:
                server.close()
                server.wait_gone(10)
    sums = [
        f"{hashlib.sha256(file.read_bytes()).hexdigest()}  {file.name}\n" for file in sorted(folder.iterdir())
    ]
    (folder / SUMS).write_text("".join(sums))


if __name__ == "__main__":
    main()
