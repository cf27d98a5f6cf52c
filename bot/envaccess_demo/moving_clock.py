"""A clock that can be moved on: a script that no product carries, since it rewrites every stored time.

Sealed times move too: whoever has the keys seals them anew. So what stands afterwards is what would stand if
everything had been done so much earlier.
"""

from collections.abc import AsyncIterator
from importlib import resources

from envaccess.domain.seals.statements import SealMaker
from envaccess.store.client import Client, ours
from envaccess.store.runner import Runner
from envaccess_demo.moved_seals import SEALED_FIELDS, SEALED_HASHES, MovedSeals

_SCRIPT = "move_clock"
_REWRITE = "rewrite_stream"
_TRIES = 100
"""Somebody may file or approve between the reading of the seals and the step that moves everything."""


def runner_with_clock(client: Client, workspace: str) -> Runner:
    """The product's scripts, and those that move the clock of this workspace and rewrite its audit stream."""
    files = resources.files("envaccess_demo")
    further = {name: (files / f"{name}.lua").read_text("utf-8") for name in (_SCRIPT, _REWRITE)}
    return Runner(client, workspace, further)


async def move_clock(runner: Runner, milliseconds: int, seals: SealMaker) -> None:
    """Shorten every TTL and every stored time by this much, in one step.

    Raises:
        StoreError: Redis did not answer.
        RuntimeError: there was never a moment in which nobody sealed anything.
    """
    sealed = {kind: " ".join(names) for kind, names in SEALED_FIELDS.items()}
    for _ in range(_TRIES):
        texts, hashes = await _sealed_texts(runner), await _sealed_hashes(runner)
        moved = MovedSeals(seals, texts, hashes, milliseconds).all_moved()
        both = {**texts, **hashes}
        old = {f"{key}|{name}": text for key, found in both.items() for name, text in found.items()}
        done = await runner.run(_SCRIPT, milliseconds=milliseconds, sealed=sealed, old=old, new=moved)
        if done != -1:
            return
    raise RuntimeError("somebody seals something all the time")


async def _sealed_texts(runner: Runner) -> dict[str, dict[str, str]]:
    """Every field of `SEALED_FIELDS`, by key and name."""
    fields = {key: names for kind, names in SEALED_FIELDS.items() async for key in _keys(runner, kind)}
    pipe = runner.client.pipeline(transaction=True)
    for key, names in fields.items():
        pipe.hmget(key, names)
    async with ours():
        found = await pipe.execute()
    return {
        key: {name: text for name, text in zip(names, values, strict=True) if text}
        for (key, names), values in zip(fields.items(), found, strict=True)
    }


async def _sealed_hashes(runner: Runner) -> dict[str, dict[str, str]]:
    """Every field of a key of `SEALED_HASHES`, by key and name."""
    found = {}
    for kind in SEALED_HASHES:
        async for key in _keys(runner, kind):
            async with ours():
                found[key] = await runner.client.hgetall(key)
    return found


def _keys(runner: Runner, kind: str) -> AsyncIterator[str]:
    """The keys of a kind."""
    found: AsyncIterator[str] = runner.client.scan_iter(match=_literal(runner.key(kind)) + "*", count=1_000)
    return found


def _literal(key: str) -> str:
    return "".join(f"\\{letter}" if letter in "{}[]*?" else letter for letter in key)
