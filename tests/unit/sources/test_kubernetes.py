"""Secrets of a stand-in for a cluster; `tests/vendors` has Kubernetes' own client drive the same stand-in."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from envaccess.domain.rotation import PublishConflictError
from envaccess.domain.sources.faults import SourceFault, SourceFaultError
from envaccess.domain.sources.kinds.kubernetes import KubernetesSpec
from envaccess.domain.sources.places import ReadPlace
from envaccess.domain.sources.specs import Credential, SourceKind
from envaccess.domain.variable import Variable
from envaccess.sources.http_client import HttpClient
from envaccess.sources.kubernetes import KubernetesAdapter
from tests.fakes.adopting import adopted
from tests.fakes.http_service import HttpService, ReceivedRequest, http_service
from tests.fakes.kubernetes_server import TOKEN, KubernetesStandIn

SECRET = "value-for-tests-1"
STRIPE = Variable("production", "STRIPE_KEY")


class Cluster:
    """The stand-in, and our adapter on it."""

    def __init__(self, service: HttpService) -> None:
        self.service = service
        self.server = KubernetesStandIn()
        self.http = HttpClient()
        self.withheld: list[str] = []
        service.answer_with(self.server)
        self.server.store("payments/stripe", {"STRIPE_KEY": SECRET, "other": "x\n"})

    def adapter(self, token: Credential | None = None) -> KubernetesAdapter:
        said = token or Credential(TOKEN)
        spec = KubernetesSpec("cluster", SourceKind.KUBERNETES, self.service.base, said, "payments")
        return KubernetesAdapter(spec, self.http, self.withheld.append)


@pytest.fixture
async def cluster() -> AsyncIterator[Cluster]:
    async with http_service() as service:
        found = Cluster(service)
        yield found
        await found.http.close()


def place(**options: str) -> ReadPlace:
    return ReadPlace(STRIPE, "cluster", {"secret": "stripe", **options})


@contextlib.contextmanager
def failing(fault: SourceFault, said: str = ".") -> Iterator[None]:
    with pytest.raises(SourceFaultError, match=said) as failed:
        yield
    assert failed.value.fault is fault
    assert SECRET not in str(failed.value)


async def test_a_key_is_read_with_the_resource_version(cluster: Cluster) -> None:
    found = await cluster.adapter().read(place())
    assert (found.text, found.version) == (SECRET, "101")
    assert (await cluster.adapter().read(place(key="other"))).text == "x\n"


async def test_a_token_that_the_kubelet_wrote_anew_is_used_at_once(cluster: Cluster, tmp_path: Path) -> None:
    """kubernetes-client/python#1768, KubeCodeRun#72: 401 for ever after the token was written anew."""
    file = tmp_path / "token"
    file.write_text(TOKEN)
    adapter = cluster.adapter(Credential(TOKEN, str(file)))
    await adapter.read(place())
    cluster.server.tokens = {"token-for-tests-2"}
    with failing(SourceFault.DENIED, "does not know our token"):
        await adapter.read(place())
    file.write_text("token-for-tests-2\n")
    assert (await adapter.read(place())).text == SECRET
    assert cluster.withheld == ["token-for-tests-2"]


async def test_each_way_to_have_no_value_is_its_own_fault(cluster: Cluster) -> None:
    cluster.server.allowed |= {"get payments/none", "get payments/bytes"}
    cluster.server.store("payments/bytes", {"STRIPE_KEY": b"\xff\xfe"})
    adapter = cluster.adapter()
    with failing(SourceFault.MISSING):
        await adapter.read(place(secret="none"))
    with failing(SourceFault.DENIED, "does not let us read the secret payments/hidden"):
        await adapter.read(place(secret="hidden"))
    with failing(SourceFault.MALFORMED, "has no key none"):
        await adapter.read(place(key="none"))
    with failing(SourceFault.MALFORMED, "no text"):
        await adapter.read(place(secret="bytes"))


@pytest.mark.parametrize("name", ["../configmaps/x", "a/b", "A", "", "x?y", ".", "..", "a%2fb", "x" * 254])
async def test_a_name_that_is_none_is_never_asked_for(cluster: Cluster, name: str) -> None:
    with failing(SourceFault.MISSING):
        await cluster.adapter().read(place(secret=name))
    with failing(SourceFault.MISSING):
        await cluster.adapter().read(place(namespace=name or "-"))
    assert cluster.service.requests == []


@pytest.mark.parametrize(
    "body", [b"[]", b"x", b"{}", b'{"data":{"STRIPE_KEY":7},"metadata":{"resourceVersion":"1"}}']
)
async def test_an_answer_that_is_no_secret_is_malformed(cluster: Cluster, body: bytes) -> None:
    head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    cluster.service.answer_with(head.encode() + body)
    with failing(SourceFault.MALFORMED):
        await cluster.adapter().read(place())


async def test_writing_keeps_other_keys_and_another_version_is_refused(cluster: Cluster) -> None:
    adapter = cluster.adapter()
    read = await adapter.read(place())
    version = await adapter.put("op1", place(), "value-for-tests-2", after=read.version, fields={"id": "k"})
    assert (await adapter.read(place())).text == "value-for-tests-2"
    assert (await adapter.read(place(key="other"))).text == "x\n"
    assert await adapter.put("op1", place(), "value-for-tests-2", after=read.version) == version
    with pytest.raises(PublishConflictError):
        await adapter.put("op2", place(), "value-for-tests-3", after=read.version)
    assert (await adapter.read(place())).text == "value-for-tests-2"


async def test_an_immutable_secret_is_told(cluster: Cluster) -> None:
    cluster.server.store("payments/stripe", {"STRIPE_KEY": SECRET}, immutable=True)
    adapter = cluster.adapter()
    version = (await adapter.read(place())).version
    with failing(SourceFault.DENIED, "immutable"):
        await adapter.put("op1", place(), "value-for-tests-2", after=version)


async def test_what_there_is_is_listed_without_values(cluster: Cluster) -> None:
    with failing(SourceFault.DENIED, "list the secrets of payments"):
        await cluster.adapter().names()
    cluster.server.allowed.add("list payments/*")
    found = await cluster.adapter().names()
    assert [(one.title, one.key) for one in found] == [
        ("payments/stripe", "STRIPE_KEY"),
        ("payments/stripe", "other"),
    ]
    assert SECRET not in repr(found)


async def test_check_names_the_secret_that_may_not_be_read(cluster: Cluster) -> None:
    adapter = cluster.adapter()
    assert [one.ok for one in await adapter.check()] == [True]
    assert await adapter.check_place(place()) == []
    found = await adapter.check_place(place(secret="hidden"))
    assert [one.said for one in found] == ["`get` of the secret hidden in payments is missing"]


KIND = "kind: kubernetes, address: 'https://cluster', token: 'env:TOKEN', namespace: payments"


@pytest.mark.parametrize("said", ["", ", namespace: payments", ", key: STRIPE_KEY"])
async def test_adopt_finds_what_a_rule_reads_without_its_namespace_or_key(
    cluster: Cluster, said: str
) -> None:
    cluster.server.store("payments/stripe", {"STRIPE_KEY": SECRET})
    cluster.server.allowed.add("list payments/*")
    rule = f"  - {{match: production/STRIPE_KEY, read: {{source: src, secret: stripe{said}}}}}\n"
    result = adopted(KIND, await cluster.adapter().names(), rules=rule)
    assert ([*result.first.covered], result.first.rules) == ([STRIPE], [])
    assert (await cluster.adapter().read(result.place(str(STRIPE)))).text == SECRET


async def test_adopt_lists_every_page_and_what_it_prints_reads_each_key(cluster: Cluster) -> None:
    """Pages of twenty: each secret may have a megabyte."""
    for number in range(45):
        cluster.server.store(
            f"payments/s{number:02}", {"tls.crt": f"value-{number}", f"K_{number:02}": SECRET}
        )
        cluster.server.allowed.add(f"get payments/s{number:02}")
    cluster.server.store("payments/big", {"LONG": "x" * 2_500_000})
    cluster.server.allowed.add("list payments/*")
    adapter = cluster.adapter()
    result = adopted(KIND, await adapter.names())
    assert len(result.again.covered) == 45 * 2 + 3
    assert (await adapter.read(result.place("production/S07_TLS_CRT"))).text == "value-7"
    assert (await adapter.read(result.place("production/K_44"))).text == SECRET


async def test_a_list_that_the_cluster_forgot_is_begun_again(cluster: Cluster) -> None:
    """410 Expired: kubernetes' API concepts, "Retrieving large results sets in chunks"."""
    cluster.server.allowed.add("list payments/*")
    for number in range(25):
        cluster.server.store(f"payments/s{number:02}", {f"K_{number:02}": SECRET})
    answered, server = [], cluster.server

    async def changing(received: ReceivedRequest, writer: asyncio.StreamWriter) -> None:
        await server(received, writer)
        answered.append(received.line)
        if len(answered) == 1:
            server.store("payments/new", {"NEW": SECRET})
            server.forgetful = True

    cluster.service.answer_with(changing)
    found = await cluster.adapter().names()
    assert len({one.key for one in found}) == len(found) == 28
    assert len(answered) == 4
