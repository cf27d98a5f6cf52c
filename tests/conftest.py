import contextlib
import gc
import importlib
import os
import signal
import tempfile
from collections.abc import AsyncIterator, Iterator
from functools import cache
from pathlib import Path

import pytest
from fakeredis import FakeAsyncRedis
from hypothesis import settings as hypothesis_settings
from redis import Redis as SyncClient
from redis.utils import get_lib_version

from envaccess import log
from envaccess.embedded.server import EmbeddedServer
from envaccess.store.client import Client, connect
from tests.fakes.lua_scripts import complete_scripts
from tests.sentences import plugin as sentences

gc.disable()  # until all tests are collected
# What a shell or nohup puts in the background ignores signals, as would every program that a test starts.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
for ignored in (signal.SIGQUIT, signal.SIGHUP):
    if signal.getsignal(ignored) is signal.SIG_IGN:
        signal.signal(ignored, signal.SIG_DFL)
os.umask(0o022)  # as everywhere: a policy file that its group may write is refused

hypothesis_settings.register_profile("envaccess", deadline=None, max_examples=50)
hypothesis_settings.register_profile("thorough", deadline=None, max_examples=1_000)
hypothesis_settings.load_profile("envaccess")

TESTS = Path(__file__).parent


def pytest_addoption(parser: pytest.Parser) -> None:
    sentences.add_option(parser)
    parser.addoption(
        "--changes-tried",
        type=int,
        default=0,
        help="changes to each moment of each life that tests/attack tries; -1: all of them",
    )
    parser.addoption(
        "--ends-tried",
        type=int,
        default=0,
        help="times that tests/unit/run tries each way to outlive an access",
    )
    parser.addoption(
        "--damages-tried",
        type=int,
        default=6,
        help="changed bits of an archive that tests/independent tries",
    )
    parser.addoption(
        "--kills",
        type=int,
        default=4,
        help="times that tests/store kills a process that seals; 1000: tests/postgres plays every death",
    )
    parser.addoption(
        "--lives-tried",
        type=int,
        default=4,
        help="lives of agents that tests/stateful compares with its model, on the real server",
    )
    parser.addoption(
        "--mints-tried",
        type=int,
        default=4,
        help="logins that tests/postgres makes and ends before it compares what the access lists hold",
    )
    parser.addoption(
        "--races-tried",
        type=int,
        default=2,
        help="times that tests/store lets each race of an agent or a pipeline be run",
    )
    parser.addoption(
        "--rounds-tried",
        type=int,
        default=40,
        help="times that tests/property lets each race of a chain be run",
    )
    parser.addoption(
        "--secrets-listed",
        type=int,
        default=12,
        help="secrets of a source that tests/vault and tests/unit/sources list at most",
    )
    parser.addoption(
        "--sequences-tried",
        type=int,
        default=16,
        help="sequences of verbs that tests/property and tests/stateful make up, each",
    )
    parser.addoption(
        "--api-examples",
        type=int,
        default=3,
        help="inputs to each address of the API that schemathesis makes from its OpenAPI",
    )


def pytest_sessionstart(session: pytest.Session) -> None:
    """Let each worker of a whole run import a share of the files first.

    Each collects every file in the same order. In a clean checkout all of them would therefore rewrite the
    asserts of all files; so they find most of them written by another.
    """
    worker = getattr(session.config, "workerinput", None)
    if worker and [Path(given).resolve() for given in session.config.args] == [TESTS]:
        first, apart = int(worker["workerid"].removeprefix("gw")), int(worker["workercount"])
        for path in sorted(TESTS.rglob("test_*.py"))[first::apart]:
            name = ".".join(path.relative_to(TESTS.parent).with_suffix("").parts)
            with contextlib.suppress(Exception, pytest.skip.Exception):  # told where it is collected
                importlib.import_module(name)


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Iterator[None]:
    """Look for garbage only afterwards, and never in what collecting made.

    Each full collection would stop a bot in a test for a third of a second.
    """
    try:
        return (yield)
    finally:
        gc.collect()
        gc.freeze()
        gc.enable()


def pytest_configure(config: pytest.Config) -> None:
    sentences.watch(config, TESTS / "scenario", TESTS / "data" / "sentences.txt")
    sentences.watch(config, TESTS / "unit" / "cli", TESTS / "data" / "command_sentences.txt")


@pytest.fixture(autouse=True, scope="session")
def whole_fakeredis() -> Iterator[None]:
    """What every server gives scripts, fakeredis gives them too; its clients look up their version once."""
    with pytest.MonkeyPatch.context() as patched:
        complete_scripts(patched)
        patched.setattr("redis.utils.get_lib_version", cache(get_lib_version))
        yield


@pytest.fixture(autouse=True)
def unfolded_log() -> Iterator[None]:
    """Lines that one test repeats are counted in its own output, not in the next one's."""
    yield
    log.flush()


@pytest.fixture(scope="session")
def valkey() -> Iterator[str]:
    """The URL of a real server: the embedded Valkey, one a test process."""
    with tempfile.TemporaryDirectory(prefix="envaccess-") as home:
        server = EmbeddedServer(Path(home))
        url = server.start()
        with SyncClient.from_url(url) as client:
            # A slow disk stops the server for a second and more. What the disk holds has tests of its own.
            client.config_set("appendfsync", "no")
        yield url
        server.close()
        server.wait_gone(10)


@pytest.fixture
async def redis(valkey: str) -> AsyncIterator[Client]:
    """An empty real server."""
    client = connect(valkey)
    await client.flushall()
    yield client
    await client.aclose()


@pytest.fixture(params=["fake", pytest.param("real", marks=pytest.mark.real)])
async def client(request: pytest.FixtureRequest) -> AsyncIterator[Client]:
    """An empty fakeredis, and an empty real server."""
    if request.param == "fake":
        found: Client = FakeAsyncRedis(decode_responses=True)
    else:
        found = connect(request.getfixturevalue("valkey"))
        await found.flushall()
    yield found
    await found.aclose()


def be_patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a call of Redis or Slack, and a new connection to Redis, take a minute."""
    monkeypatch.setattr("envaccess.store.client.CONNECT_SECONDS", 60.0)
    for module in ("client", "runner", "auto_pipeline"):
        monkeypatch.setattr(f"envaccess.store.{module}.CALL_SECONDS", 60.0)
    for module in ("budget", "client", "directory", "messages"):
        monkeypatch.setattr(f"envaccess.slack.{module}.QUICK_SECONDS", 60.0)
    monkeypatch.setattr("envaccess.slack.client.BACKGROUND_SECONDS", 60.0)


@pytest.fixture(autouse=True)
def patient(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a test promises has nothing to do with a busy machine, but where it is about a silent server."""
    if not request.node.get_closest_marker("product_deadlines"):
        be_patient(monkeypatch)
