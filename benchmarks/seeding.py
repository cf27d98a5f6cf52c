"""Fill a store quickly: the same keys as the product's scripts write, by the product's own Lua library."""

import json
import secrets
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from benchmarks.slack_stub import DECIDERS
from envaccess.domain.audit_line import digest_of
from envaccess.domain.ids import make_id
from envaccess.store.runner import Runner
from envaccess.store.script_text import compose

BATCH = 500
"""Items a call: a longer script would hold up everybody else for too long."""
REASON = "debugging a failed refund of yesterday"
RULING = '{"channel":"G0APPROVERS","policy":"built-in","approvals":1,"pending_seconds":14400}'
_COMMON = {"reason": REASON, "ruling": RULING, "approver": DECIDERS[0]}


def new_ids(count: int) -> list[str]:
    """Ids as the product makes them."""
    return [make_id(secrets.token_bytes(5)) for _ in range(count)]


def holder(number: int) -> str:
    """The person who holds the live grants of this number."""
    return f"U0LIVE{number:06}"


async def seed_live(runner: Runner, ends: Sequence[int], variable: str, *, each: int = 50) -> dict[str, int]:
    """Live grants that end at these milliseconds, so many a person; returns when each ends, by id."""
    ids = new_ids(len(ends))
    people = [holder(place // each) for place in range(len(ends))]
    for part in _batches(ids):
        lists = {"ids": ids[part], "ends": list(ends[part]), "people": people[part]}
        await _run(runner, "seed_live", variables=variable, **lists)
    return dict(zip(ids, ends, strict=True))


async def seed_old(
    runner: Runner, made: Sequence[int], people: Sequence[str], variables: Sequence[str]
) -> None:
    """Ended requests made at these milliseconds, by these people and for these variables in turn."""
    count = len(made)
    by = [people[place % len(people)] for place in range(count)]
    over = [variables[place // len(people) % len(variables)] for place in range(count)]
    for part in _batches(made):
        ids = new_ids(len(made[part]))
        await _run(runner, "seed_old", ids=ids, made=list(made[part]), people=by[part], variables=over[part])


async def seed_others(runner: Runner, count: int, seconds: int) -> None:
    """Keys of another program in the same server, with TTLs spread over so many seconds."""
    numbers = iter(range(count))
    while batch := list(islice(numbers, 10_000)):
        pipe = runner.client.pipeline(transaction=False)
        for number in batch:
            pipe.set(f"other:{number}", "x", px=1 + number * 1000 * seconds // count)
        await pipe.execute()


def _batches(items: Sequence[object]) -> Iterator[slice]:
    return (slice(start, start + BATCH) for start in range(0, len(items), BATCH))


async def _run(runner: Runner, name: str, **arguments: Any) -> None:  # noqa: ANN401 - lists, as the scripts take them
    text = compose(name, (Path(__file__).parent / f"{name}.lua").read_text("utf-8"))
    given = json.dumps({**_COMMON, **arguments})
    seed, salt = secrets.token_hex(16), secrets.token_hex(16)
    salts = seed + salt + digest_of(salt, _COMMON["reason"])
    await runner.client.eval(text, 1, runner.key("audit"), runner.prefix, given, salts)
