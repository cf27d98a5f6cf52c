"""Pipelines: a token exchanged and a value delivered by the real bot, beside a bare aiohttp handler.

The handler reads the same request and answers as many bytes: what remains is whose the caller is, the token's
signature and claims, a session, and a value that is claimed, opened and sealed anew. Tokens are signed, and
proofs made, before the clock runs.
"""

import asyncio
import contextlib
import itertools
import json
import secrets
import sys
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, NamedTuple

import aiohttp
import jwt
from aiohttp import web
from cryptography.hazmat.primitives.asymmetric import rsa

from benchmarks.children import answers, child, free_port, quiet
from benchmarks.harness import Bot, open_harness
from benchmarks.machine import Cores, cpu_seconds
from benchmarks.payloads import REASON, VARIABLE_NAMES
from benchmarks.scale import Scale
from benchmarks.slack_stub import APPROVERS
from benchmarks.table import Row, middle, milliseconds
from envaccess.client.pipeline_session import GRANT_TYPE, TOKEN_TYPE
from envaccess.crypto.boxes import BoxKey, open_box, token_info
from envaccess.crypto.proofs import ProofKey, make_proof

_AT_ONCE: Final = 16
_MOST: Final = 320
"""Calls a round: a machine has 50 sessions at once, and a run 1,200 calls a minute."""
_RUNS_EACH: Final = 40
"""Runs of one machine."""
_ISSUER: Final = "https://ci.benchmark.example"
_KID: Final = "benchmark"


class _Call(NamedTuple):
    """A request that is made already."""

    url: str
    headers: dict[str, str]
    body: bytes


@dataclass(slots=True)
class _Run:
    """One run of a pipeline.

    Attributes:
        token: of its session; empty before.
        grant: what it was given.
    """

    machine: int
    id: int
    sign: ProofKey
    seal: BoxKey
    token: str = ""
    grant: str = ""


class _Pipelines:
    """An issuer, its machines in a policy, and the calls of their runs."""

    def __init__(self, folder: Path, runs: int) -> None:
        self._key = rsa.generate_private_key(65_537, 2_048)
        self._numbers = itertools.count(1)
        machines = -(-runs // _RUNS_EACH)
        public = jwt.algorithms.RSAAlgorithm.to_jwk(self._key.public_key(), as_dict=True)
        keys = folder / "keys.json"
        keys.write_text(json.dumps({"keys": [{**public, "kid": _KID, "use": "sig", "alg": "RS256"}]}))
        self.policy = folder / "policy.yml"
        self.policy.write_text(_policy(machines, keys))

    def run(self) -> _Run:
        """The next one."""
        number = next(self._numbers)
        return _Run(number // _RUNS_EACH, number, ProofKey.generate(), BoxKey.generate())

    def exchange(self, run: _Run, base: str, nonce: str) -> _Call:
        """Bring its token."""
        now = int(time.time())
        claims = {"iss": _ISSUER, "aud": base, "sub": f"shop-{run.machine}", "run": str(run.id), "iat": now}
        claims |= {"nbf": now, "exp": now + 3_600, "jti": secrets.token_hex(16)}
        body = {
            "grant_type": GRANT_TYPE,
            "subject_token": jwt.encode(claims, self._key, "RS256", {"kid": _KID}),
            "subject_token_type": TOKEN_TYPE,
            "sign_key": run.sign.public,
            "seal_key": run.seal.public,
        }
        return _call(run, base, "/v1/token", nonce, body)


def _policy(machines: int, keys: Path) -> str:
    names = [f"m{number}" for number in range(machines + 1)]
    told = [
        f"  {name}: {{issuer: '{_ISSUER}', jwks_file: '{keys}', claims: {{sub: shop-{number}}}, run: [run]}}"
        for number, name in enumerate(names)
    ]
    listed = ", ".join(names)
    rule = (
        f"  - {{match: '*/*', requesters: [{listed}], approvers: [{APPROVERS}], delivery: [ci],\n"
        f"     automatic: {{for: [{listed}], max: 1h, times: 1, per: run}}}}"
    )
    return "\n".join(["version: 1", "machines:", *told, "rules:", rule, ""])


def _call(run: _Run, base: str, path: str, nonce: str, body: dict[str, Any]) -> _Call:
    url = f"{base}{path}"
    jti, now = secrets.token_hex(8), int(time.time())
    proof = make_proof(run.sign, "POST", url, now=now, jti=jti, nonce=nonce, token=run.token)
    headers = {"DPoP": proof, "Content-Type": "application/json"}
    if run.token:
        headers |= {"Authorization": f"DPoP {run.token}", "Idempotency-Key": secrets.token_hex(8)}
    return _Call(url, headers, json.dumps(body).encode())


@dataclass(frozen=True, slots=True)
class _Rate:
    """Calls a second, and milliseconds of the subject's processor time for each."""

    second: float
    processor: float


async def run(scale: Scale, cores: Cores, folder: Path) -> list[Row]:
    """Exchange tokens, then use what the runs were given, each by turns with the bare handler."""
    count = min(scale.filings, _MOST)
    pipelines = _Pipelines(folder, count * scale.rounds)
    exchanged: list[tuple[_Rate, _Rate]] = []
    delivered: list[tuple[_Rate, _Rate]] = []
    async with (
        open_harness(cores, folder, slack_limits=False) as harness,
        harness.bot(api=True, policy=pipelines.policy) as bot,
        _bare(cores, folder) as bare,
        aiohttp.ClientSession() as http,
    ):
        for _ in range(scale.rounds):
            runs = [pipelines.run() for _ in range(count)]
            nonce = await _nonce(http, bot)
            calls = [pipelines.exchange(run, bot.api, nonce) for run in runs]
            told, ours = await _measure(http, bot, calls)
            exchanged.append((ours, (await _measure(http, bare, _elsewhere(calls, bare)))[1]))
            for run, answer in zip(runs, told, strict=True):
                box = open_box(run.seal, answer["token"], token_info(answer["session"]["id"]))
                run.token = box.decode()
            await _file(http, bot, runs, nonce)
            await quiet(bot.process)
            calls = [_call(run, bot.api, f"/v1/grants/{run.grant}/values", nonce, {}) for run in runs]
            ours = (await _measure(http, bot, calls))[1]
            delivered.append((ours, (await _measure(http, bare, _elsewhere(calls, bare)))[1]))
    return [*_rows("a token exchanged for a session", exchanged), *_rows("a value delivered", delivered)]


async def _file(http: aiohttp.ClientSession, bot: Bot, runs: Sequence[_Run], nonce: str) -> None:
    """Each run asks, and the policy agrees."""
    names = itertools.cycle(VARIABLE_NAMES)
    bodies = [{"variables": [next(names)], "duration": "1h", "reason": REASON} for _ in runs]
    calls = [_call(run, bot.api, "/v1/requests", nonce, body) for run, body in zip(runs, bodies, strict=True)]
    told, _ = await _measure(http, bot, calls)
    for run, answer in zip(runs, told, strict=True):
        run.grant = answer["id"]


async def _measure(
    http: aiohttp.ClientSession, subject: Bot, calls: Sequence[_Call]
) -> tuple[list[dict[str, Any]], _Rate]:
    """Make all of them, some at once; what each was answered, in their order."""
    told: list[dict[str, Any]] = [{}] * len(calls)
    left = iter(enumerate(calls))

    async def work() -> None:
        for place, call in left:
            async with http.post(call.url, data=call.body, headers=call.headers) as answer:
                told[place] = await answer.json(content_type=None)
                assert answer.status in {200, 201}, told[place]

    used, began = cpu_seconds(subject.process) or 0.0, time.perf_counter()
    await asyncio.gather(*(work() for _ in range(_AT_ONCE)))
    took = time.perf_counter() - began
    processor = ((cpu_seconds(subject.process) or 0.0) - used) * 1_000 / len(calls)
    return told, _Rate(len(calls) / took, processor)


def _elsewhere(calls: Sequence[_Call], bare: Bot) -> list[_Call]:
    return [call._replace(url=f"{bare.api}/v1") for call in calls]


async def _nonce(http: aiohttp.ClientSession, bot: Bot) -> str:
    async with http.get(f"{bot.api}/v1/whoami") as answer:
        return answer.headers["DPoP-Nonce"]


def _rows(what: str, rounds: Sequence[tuple[_Rate, _Rate]]) -> list[Row]:
    ours, bare = (middle(rate.second for rate in rates) for rates in zip(*rounds, strict=True))
    used, least = (middle(rate.processor for rate in rates) for rates in zip(*rounds, strict=True))
    return [
        Row(
            f"{what}, {_AT_ONCE} at once",
            f"{ours:.0f} req/s",
            f"a bare aiohttp handler {bare:.0f} req/s",
            ours / bare,
        ),
        Row(
            "  processor time of each", milliseconds(used), f"the handler {milliseconds(least)}", used / least
        ),
    ]


@contextlib.asynccontextmanager
async def _bare(cores: Cores, folder: Path) -> AsyncIterator[Bot]:
    """The least that takes such a call, in a process of its own on the bot's core."""
    port, log = free_port(), folder / "bare.log"
    async with child(["-m", "benchmarks.exchanging", str(port)], core=cores.subject, log=log) as process:
        await answers(port, "/healthz", log)
        yield Bot(process, port)


async def _serve(port: int) -> None:
    told = {"token": "x" * 200, "session": {"id": "ci_12345678", "ends_in": 3_600}, "principal": "machine:m"}

    async def take(request: web.Request) -> web.Response:
        await request.json()
        return web.json_response(told, status=201)

    async def live(_: web.Request) -> web.Response:
        return web.Response(text="ok")

    application = web.Application()
    application.router.add_post("/v1", take)
    application.router.add_get("/healthz", live)
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(_serve(int(sys.argv[1])))
