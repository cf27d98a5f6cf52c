"""What a failover loses: claims that were acknowledged and that the next primary does not have.

Three servers, three Sentinels and a process that claims as fast as it can. `ip netns` cuts the network, where
this machine allows it (root); the process stays beside the old primary then.
"""

import asyncio
import contextlib
import json
import os
import subprocess
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import sleep
from typing import Any

import click

from benchmarks.machine import Cores
from benchmarks.scale import Scale
from benchmarks.table import Row
from tests.fakes.redis_servers import HERE, SERVICE, Place, Server, Watched, until, watched
from tests.store.harness import WORKSPACE

_SECONDS = 14.0
_BEFORE_FAULT = 2.0
_FAULT_LASTS = 6.0
_LOAD = Path(__file__).with_name("failing_over_load.py")
_CODE = Path(__file__).parents[1]
_NEAR, _FAR, _BRIDGE = "envaccess-near", "envaccess-far", "envaccess-br"

Fault = Callable[[Watched, Server], None]


def planned(servers: Watched, _: Server) -> None:
    """An operator lets another one take over."""
    servers.sentinels[0].client.execute_command("SENTINEL", "FAILOVER", SERVICE)


def coordinated(servers: Watched, _: Server) -> None:
    """The same as Valkey 9.1 does it: writes pause until a replica has all."""
    servers.sentinels[0].client.execute_command("SENTINEL", "FAILOVER", SERVICE, "COORDINATED")


def killed(_: Watched, primary: Server) -> None:
    """`kill -9`."""
    primary.kill()


def stopped(_: Watched, primary: Server) -> None:
    """It answers nothing for some seconds, and goes on as if nothing had happened."""
    with primary.stopped():
        sleep(_FAULT_LASTS)


def cut_off(_: Watched, __: Server) -> None:
    """The primary, its Sentinel and the process that claims see nobody else for some seconds."""
    _ip("link", "set", f"{_NEAR}-r"[-15:], "down")
    sleep(_FAULT_LASTS)
    _ip("link", "set", f"{_NEAR}-r"[-15:], "up")


FAULTS: dict[str, Fault] = {
    "planned failover": planned,
    "planned failover, COORDINATED": coordinated,
    "kill -9": killed,
    "SIGSTOP for 6 s": stopped,
    "partition for 6 s, the bot beside the old primary": cut_off,
}


@dataclass(frozen=True)
class Checkout:
    """A version of the store that claims: its folder, and how many replicas it asks for."""

    folder: Path
    replicas: int
    fixed: bool = False

    @property
    def name(self) -> str:
        """For the table."""
        if self.fixed:
            return "one address, before"
        return f"replicas:{self.replicas}" if self.replicas else "local"


async def run(scale: Scale, cores: Cores, folder: Path) -> list[Row]:
    """Each fault with each promise; with `--before`, an earlier version at a fixed address as well."""
    del cores
    checkouts = [Checkout(_CODE, replicas) for replicas in (0, 1, 2)]
    if scale.before:
        checkouts = [Checkout(scale.before, 0, fixed=True), *checkouts]
    rows = []
    for number, (what, fault) in enumerate(FAULTS.items()):
        for checkout in checkouts:
            place = folder / f"{number}-{checkout.name.replace(' ', '-').replace(':', '-')}"
            rows.append(await asyncio.to_thread(_tried, what, fault, checkout, place))
            click.echo(f"{rows[-1].what}: {rows[-1].measured}", err=True)  # all of them take minutes
    return rows


def _tried(what: str, fault: Fault, checkout: Checkout, folder: Path) -> Row:
    folder.mkdir()
    cut = fault is cut_off
    if cut and os.geteuid():
        return Row(f"{what}, {checkout.name}", "not tried: it needs root")
    with contextlib.ExitStack() as stack:
        places = stack.enter_context(_network()) if cut else (HERE, HERE, HERE)
        servers = stack.enter_context(watched(folder, places))
        primary = servers.primary()
        url = f"redis://{primary.place.host}:{primary.port}" if checkout.fixed else servers.url
        told = _claims(checkout, url, places[0].words, lambda: fault(servers, primary))
        until(servers.primary().client.ping)
        kept = _kept(servers.primary())
    acknowledged = set(told["acknowledged"])
    lost = len(acknowledged - kept)
    measured = (
        f"{lost:,} lost of {len(acknowledged):,}, {told['longest']:.1f} s without an answer, "
        f"{told['doubted']:,} in doubt"
    )
    return Row(f"{what}, {checkout.name}", measured)


def _claims(checkout: Checkout, url: str, words: Sequence[str], fault: Callable[[], None]) -> dict[str, Any]:
    """Let another process claim, and the fault happen meanwhile."""
    python = checkout.folder / ".venv" / "bin" / "python"
    path = f"PYTHONPATH={checkout.folder}:{checkout.folder / 'bot'}"
    asked = (url, str(checkout.replicas), str(_SECONDS))
    command = [*words, "env", path, str(python), str(_LOAD), *asked]
    with subprocess.Popen(  # noqa: S603 - our own program
        command, cwd=checkout.folder, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout
        assert process.stdout.readline().strip() == "ready"
        sleep(_BEFORE_FAULT)
        fault()
        found: dict[str, Any] = json.loads(process.stdout.read())
    return found


def _kept(primary: Server) -> set[str]:
    """The operations whose outcome the primary has."""
    names = primary.client.scan_iter(match=f"envaccess:{{{WORKSPACE}}}:outcome:*", count=10_000)
    return {name.rpartition(":")[2] for name in names}


@contextlib.contextmanager
def _network() -> Iterator[tuple[Place, Place, Place]]:
    """Two network namespaces on a bridge: the first place in one, the others in the other."""
    made = contextlib.ExitStack()
    with made:
        _ip("link", "add", _BRIDGE, "type", "bridge")
        made.callback(_ip, "link", "del", _BRIDGE)
        _ip("addr", "add", "10.77.0.254/24", "dev", _BRIDGE)
        _ip("link", "set", _BRIDGE, "up")
        for number, name in enumerate((_NEAR, _FAR), 1):
            _ip("netns", "add", name)
            made.callback(_ip, "netns", "del", name)
            outside = f"{name}-r"[-15:]
            _ip("link", "add", outside, "type", "veth", "peer", "name", "eth0", "netns", name)
            _ip("link", "set", outside, "master", _BRIDGE, "up")
            _ip("-n", name, "addr", "add", f"10.77.0.{number}/24", "dev", "eth0")
            _ip("-n", name, "link", "set", "eth0", "up")
            _ip("-n", name, "link", "set", "lo", "up")
        near, far = (("ip", "netns", "exec", name) for name in (_NEAR, _FAR))
        yield Place("10.77.0.1", near), Place("10.77.0.2", far), Place("10.77.0.2", far)


def _ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True)  # noqa: S603, S607 - the system's own
