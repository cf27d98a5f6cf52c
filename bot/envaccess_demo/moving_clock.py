"""A clock that can be moved on: a script that no product carries, since it rewrites every stored time.

Sealed times move too: whoever has the keys seals them anew. So what stands afterwards is what would stand if
everything had been done so much earlier.
"""

from importlib import resources

from envaccess.domain.seals.statements import SealMaker
from envaccess.store.client import Client, ours
from envaccess.store.runner import Runner
from envaccess_demo.moved_seals import SEALED_FIELDS, MovedSeals

_SCRIPT = "move_clock"
_TRIES = 100
"""Somebody may file or approve between the reading of the seals and the step that moves everything."""


def runner_with_clock(client: Client, workspace: str) -> Runner:
    """The product's scripts, and the one that moves the clock of this workspace."""
    text = (resources.files("envaccess_demo") / f"{_SCRIPT}.lua").read_text("utf-8")
    return Runner(client, workspace, {_SCRIPT: text})


async def move_clock(runner: Runner, milliseconds: int, seals: SealMaker) -> None:
    """Shorten every TTL and every stored time by this much, in one step.

    Raises:
        StoreError: Redis did not answer.
        RuntimeError: there was never a moment in which nobody sealed anything.
    """
    sealed = {kind: " ".join(names) for kind, names in SEALED_FIELDS.items()}
    for _ in range(_TRIES):
        texts, duties = await _sealed_texts(runner)
        moved = MovedSeals(seals, texts, duties, milliseconds).all_moved()
        old = {f"{key}|{name}": text for key, found in texts.items() for name, text in found.items()}
        old |= {f"|{pair}": seal for pair, seal in duties.items()}
        done = await runner.run(_SCRIPT, milliseconds=milliseconds, sealed=sealed, old=old, new=moved)
        if done != -1:
            return
    raise RuntimeError("somebody seals something all the time")


async def _sealed_texts(runner: Runner) -> tuple[dict[str, dict[str, str]], dict[str, str]]:
    """Every field with seals, by key and name; and the duties' seals."""
    fields = {
        key: names
        for kind, names in SEALED_FIELDS.items()
        async for key in runner.client.scan_iter(match=_literal(runner.key(kind)) + "*", count=1_000)
    }
    pipe = runner.client.pipeline(transaction=True)
    for key, names in fields.items():
        pipe.hmget(key, names)
    pipe.hgetall(runner.key("duty_seals"))
    async with ours():
        *found, duties = await pipe.execute()
    texts = {
        key: {name: text for name, text in zip(names, values, strict=True) if text}
        for (key, names), values in zip(fields.items(), found, strict=True)
    }
    return texts, duties


def _literal(key: str) -> str:
    return "".join(f"\\{letter}" if letter in "{}[]*?" else letter for letter in key)
