"""TLS to Sentinels and to nodes of a cluster: each is who its certificate says, by the name that was told."""

import asyncio
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from envaccess.domain.errors import StoreUnavailableError
from envaccess.store import health
from envaccess.store.client import connect
from tests.fakes.redis_servers import HOST, SERVICE, Server, data_server, free_ports, until
from tests.fakes.tls import local_certificate
from tests.fakes.tls_proxy import TlsProxy, tls_before
from tests.store.harness import StoreHarness

pytestmark = pytest.mark.real

USER, WATCHER = "bot:word-for-tests", "sentinel_username=watcher&sentinel_password=watch-for-tests"
ALL = "~* &* +@all"
SLOTS = 16_384


@dataclass
class Behind:
    """A primary that is found by asking, with TLS before everybody.

    Attributes:
        asked: who is asked: a Sentinel, or the node.
        primary: where the primary is.
    """

    asked: TlsProxy
    primary: TlsProxy
    words: str

    def url(self, folder: Path, name: str = "localhost", *, user: str = USER, more: str = WATCHER) -> str:
        """Its address; `name` is of the authority that is trusted."""
        file = folder / f"{name}.pem"
        file.write_text(local_certificate(name)[1])
        scheme, _, path = self.words.partition(" ")
        return f"{scheme}://{user}@localhost:{self.asked.port}{path}?ssl_ca_certs={quote(str(file))}&{more}"


def acl(server: Server, user: str, password: str) -> None:
    """A user of the server's own; nobody else may do anything."""
    server.client.execute_command("ACL", "SETUSER", user, "reset", "on", f">{password}", *ALL.split())


def sentinel_behind_tls(folder: Path, stack: ExitStack, name: str) -> Behind:
    """A Sentinel that knows users, and names its primary by name."""
    ports = free_ports(2)
    primary = data_server(folder / "primary", ports[0])
    stack.callback(primary.close)
    shown = stack.enter_context(tls_before(ports[0], name))
    acl(primary, "bot", "word-for-tests")
    (folder / "sentinel").mkdir()
    (folder / "sentinel" / "sentinel.conf").write_text(
        f"bind {HOST}\nport {ports[1]}\nprotected-mode no\nsentinel resolve-hostnames yes\n"
        f"sentinel announce-hostnames yes\nsentinel monitor {SERVICE} localhost {shown.port} 1\n",
        "ascii",
    )
    sentinel = Server(folder / "sentinel", ports[1], ("sentinel.conf", "--sentinel"))
    stack.callback(sentinel.close)
    acl(sentinel, "watcher", "watch-for-tests")
    sentinel.client.execute_command("ACL", "SETUSER", "default", "nopass", "-@all", "+ping", "+acl")
    asked = stack.enter_context(tls_before(ports[1]))
    return Behind(asked, shown, f"rediss+sentinel /{SERVICE}")


def cluster_behind_tls(folder: Path, stack: ExitStack, name: str) -> Behind:
    """A cluster of one node that is announced by name, at the port that speaks TLS."""
    port, shown, bus = free_ports(3)
    settings = {
        "cluster-enabled": "yes",
        "cluster-port": bus,
        "cluster-announce-hostname": "localhost",
        "cluster-preferred-endpoint-type": "hostname",
        "cluster-announce-port": shown,
    }
    more = [text for setting, value in settings.items() for text in (f"--{setting}", str(value))]
    node = data_server(folder / "node", port, *more)
    stack.callback(node.close)
    node.client.execute_command("CLUSTER ADDSLOTSRANGE", 0, SLOTS - 1)
    until(lambda: node.client.execute_command("CLUSTER INFO")["cluster_state"] == "ok")
    acl(node, "bot", "word-for-tests")
    primary = stack.enter_context(tls_before(port, name, shown))
    asked = stack.enter_context(tls_before(port))
    return Behind(asked, primary, "rediss+cluster ")


MAKERS = {"sentinel": sentinel_behind_tls, "cluster": cluster_behind_tls}


@pytest.fixture(scope="module", params=sorted(MAKERS))
def behind(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Behind]:
    with ExitStack() as stack:
        yield MAKERS[request.param](tmp_path_factory.mktemp("tls"), stack, "localhost")


def more_for(behind: Behind) -> str:
    """Users of the Sentinels, where there are any."""
    return WATCHER if "sentinel" in behind.words else ""


async def refusal(url: str) -> str:
    """What a client is told that gets nowhere."""
    client: Any = connect(url)
    with pytest.raises(StoreUnavailableError) as told:
        await health.ping(client)
    await client.aclose()
    return str(told.value)


async def test_everybody_is_spoken_to_by_tls_under_a_name_that_is_checked(
    behind: Behind, tmp_path: Path
) -> None:
    before = behind.asked.greeted, behind.primary.greeted
    harness = StoreHarness(connect(behind.url(tmp_path, more=more_for(behind))))
    await harness.add("A")
    assert await harness.use(await harness.grant("A"))
    await harness.client.aclose()
    assert behind.asked.greeted > before[0]
    assert behind.primary.greeted > before[1]


async def test_an_authority_that_is_not_trusted_opens_nothing(behind: Behind, tmp_path: Path) -> None:
    before = behind.primary.greeted
    told = await refusal(behind.url(tmp_path, "other.example", more=more_for(behind)))
    assert "for-tests" not in told
    assert behind.primary.greeted == before


@pytest.mark.parametrize("kind", sorted(MAKERS))
async def test_a_primary_under_another_name_gets_no_password(kind: str, tmp_path: Path) -> None:
    """Whoever answers at the address that was told must be who it is, also where its authority is trusted."""
    with ExitStack() as stack:
        found = MAKERS[kind](tmp_path, stack, "other.example")
        both = tmp_path / "localhost.pem"
        url = found.url(tmp_path, more=more_for(found))
        both.write_text(local_certificate("localhost")[1] + local_certificate("other.example")[1])
        assert await refusal(url)
        await asyncio.sleep(0.1)  # a refused handshake closes its connection in a later turn
        assert found.primary.greeted


async def test_a_wrong_word_for_the_sentinels_is_told_as_theirs(behind: Behind, tmp_path: Path) -> None:
    if "sentinel" not in behind.words:
        url = behind.url(tmp_path, user="bot:wrong-for-tests", more="")
    else:
        url = behind.url(tmp_path, more=WATCHER.replace("watch-for-tests", "wrong-for-tests"))
    told = await refusal(url)
    assert "WRONGPASS" in told
    assert "for-tests" not in told
