"""What the text that scripts share costs a script of a few lines, by the server's own clock."""

import json
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.harness import client, open_home
from benchmarks.machine import Cores
from benchmarks.payloads import TEAM
from benchmarks.scale import Scale
from benchmarks.table import Row
from envaccess.store.keys import NAMES, TTLS
from envaccess.store.runner import Runner
from envaccess.store.script_text import compose, own_text

_CALLS = 500
_BARE = f"""
redis.call('EXISTS', ARGV[1] .. 'never-written')
local given = cjson.decode(ARGV[2])
if redis.call('GET', ARGV[1] .. '{NAMES["lease"]}') == given.token then
  redis.call('PEXPIRE', ARGV[1] .. '{NAMES["lease"]}', {TTLS["lease"]})
end
return 1
"""
"""What `lead` sends while its process has the lease, and nothing else."""


async def run(scale: Scale, _cores: Cores, folder: Path) -> list[Row]:
    """The lease's script beside its bare commands, in interleaved rounds."""
    with open_home(folder) as url:
        async with client(url) as redis:
            runner = Runner(redis, TEAM)
            await runner.run("lead", token="benchmark")
            scripts = {"ours": compose("lead", own_text("lead")), "bare": _BARE}
            shas = {which: str(await redis.script_load(text)) for which, text in scripts.items()}
            taken: dict[str, list[float]] = {which: [] for which in shas}
            for _ in range(scale.rounds):
                for which, sha in shas.items():
                    taken[which].append(await _microseconds(redis, runner, sha))
    ours, bare = median(taken["ours"]), median(taken["bare"])
    what = "a script of a few lines (`lead`)"
    return [Row(what, f"{ours:.1f} us", f"its commands {bare:.1f} us", ours / bare)]


async def _microseconds(redis: Any, runner: Runner, sha: str) -> float:  # noqa: ANN401 - redis-py's own types say too little
    """What Redis took for a call."""
    await redis.config_resetstat()
    given = json.dumps({"token": "benchmark"})
    for _ in range(_CALLS):
        await redis.evalsha(sha, 1, runner.key("audit"), runner.prefix, given)
    stats = await redis.info("commandstats")
    return float(stats["cmdstat_evalsha"]["usec_per_call"])
