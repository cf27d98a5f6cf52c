"""Secret Manager's stand-in; `tests/vendors` has Google's own client drive the same stand-in."""

import contextlib
from collections.abc import AsyncIterator, Iterator

import pytest

from envaccess.domain.sources.faults import SourceFault, SourceFaultError
from envaccess.domain.sources.kinds.gcp import GcpAuth, GcpKeyLogin, GcpMetadataLogin, GcpSpec
from envaccess.domain.sources.places import ReadPlace
from envaccess.domain.sources.specs import Credential, SourceKind
from envaccess.domain.variable import Variable
from envaccess.sources.crc32c import crc32c
from envaccess.sources.gcp import GcpAdapter
from envaccess.sources.gcp_login import GcpLogin
from envaccess.sources.http_client import HttpClient
from tests.fakes.adopting import adopted
from tests.fakes.gcp_server import GcpStandIn, key_file
from tests.fakes.http_service import HttpService, http_service

SECRET = "value-for-tests-1"
STRIPE = Variable("production", "STRIPE_KEY")


class Google:
    """The stand-in, and our adapter on it."""

    def __init__(self, service: HttpService) -> None:
        self.service = service
        self.server = GcpStandIn(service.base)
        self.http = HttpClient()
        self.withheld: list[str] = []
        self.now = 0.0
        service.answer_with(self.server)
        self.server.versions["payments/stripe"] = [
            (b"value-for-tests-0", "ENABLED"),
            (SECRET.encode(), "ENABLED"),
        ]

    def adapter(self, auth: GcpAuth | None = None) -> GcpAdapter:
        login = auth or GcpKeyLogin(Credential(key_file()), f"{self.service.base}/token")
        spec = GcpSpec("google", SourceKind.GCP, "payments", login, self.service.base)
        moment = 1_800_000_000_000
        made = GcpLogin(spec, self.http, lambda: self.now, lambda: moment, self.withheld.append)
        return GcpAdapter(spec, self.http, made)


@pytest.fixture
async def google() -> AsyncIterator[Google]:
    async with http_service() as service:
        found = Google(service)
        yield found
        await found.http.close()


def place(**options: str) -> ReadPlace:
    return ReadPlace(STRIPE, "google", {"secret": "stripe", **options})


@contextlib.contextmanager
def failing(fault: SourceFault, said: str = ".") -> Iterator[None]:
    with pytest.raises(SourceFaultError, match=said) as failed:
        yield
    assert failed.value.fault is fault
    assert "value-for-tests" not in str(failed.value)


def test_the_checksum_is_castagnolis() -> None:
    """RFC 3720, B.4, and the check value of the CRC catalogue."""
    assert crc32c(b"123456789") == 0xE3069283
    assert crc32c(bytes(32)) == 0x8A9136AA
    assert crc32c(b"\xff" * 32) == 0x62A8AB43
    assert crc32c(bytes(range(32))) == 0x46DD794E


async def test_the_newest_version_is_read_with_its_number(google: Google) -> None:
    google.server.checksum = crc32c(SECRET.encode())
    adapter = google.adapter()
    found = await adapter.read(place())
    assert (found.text, found.version) == (SECRET, "2")
    google.server.checksum = None
    assert (await adapter.read(place(version="1"))).version == "1"
    assert google.server.made == 1


async def test_bytes_that_changed_on_the_way_are_not_shown(google: Google) -> None:
    google.server.checksum = crc32c(SECRET.encode()) ^ 1
    with failing(SourceFault.MALFORMED, "not those that were stored"):
        await google.adapter().read(place())


@pytest.mark.parametrize("state", ["DISABLED", "DESTROYED"])
async def test_a_newest_version_that_is_off_falls_back_to_no_older_one(google: Google, state: str) -> None:
    """external-secrets#4042, #1951, #5129: an older one may have been taken away on purpose."""
    google.server.versions["payments/stripe"][1] = (SECRET.encode(), state)
    with failing(SourceFault.DELETED, "disabled or destroyed"):
        await google.adapter().read(place())


async def test_each_way_to_have_no_value_is_its_own_fault(google: Google) -> None:
    google.server.allowed.add("payments/none")
    google.server.versions["payments/stripe"].append((b"\xff", "ENABLED"))
    adapter = google.adapter()
    with failing(SourceFault.MISSING):
        await adapter.read(place(secret="none"))
    with failing(SourceFault.DENIED, "read the secret hidden"):
        await adapter.read(place(secret="hidden"))
    with failing(SourceFault.MALFORMED, "no text"):
        await adapter.read(place())
    with failing(SourceFault.MISSING):
        await adapter.read(place(version="9"))


@pytest.mark.parametrize("name", ["a/b", "..", "", "x?y", "a:b", "a%2f", "x" * 256])
async def test_a_name_that_is_none_is_never_asked_for(google: Google, name: str) -> None:
    adapter = google.adapter()
    with failing(SourceFault.MISSING):
        await adapter.read(place(secret=name))
    with failing(SourceFault.MISSING):
        await adapter.read(place(project=name.upper() or "/"))
    assert google.service.requests == []


async def test_a_token_that_ended_is_replaced(google: Google) -> None:
    adapter = google.adapter()
    await adapter.read(place())
    google.server.made += 1
    assert (await adapter.read(place())).text == SECRET
    google.now = 3_599 - 59
    await adapter.read(place())
    assert len(google.withheld) == 3


async def test_a_key_file_cannot_send_our_proof_elsewhere(google: Google) -> None:
    """A key file says where tokens are made: a changed one would collect proofs of who we are."""
    async with http_service() as stranger:
        key = Credential(key_file(token_uri=f"{stranger.base}/token"))
        adapter = google.adapter(GcpKeyLogin(key, f"{google.service.base}/token"))
        assert (await adapter.read(place())).text == SECRET
        assert stranger.requests == []


@pytest.mark.parametrize(
    "text", ["", "x", "[]", "{}", '{"client_email":"a"}', '{"client_email":"a","private_key":"b"}']
)
async def test_a_key_file_that_is_none_is_told_without_its_text(google: Google, text: str) -> None:
    with failing(SourceFault.DENIED, "key file"):
        await google.adapter(GcpKeyLogin(Credential(text), f"{google.service.base}/token")).read(place())


async def test_the_machines_own_account_is_asked_for_as_google_says(google: Google) -> None:
    adapter = google.adapter(GcpMetadataLogin(google.service.base))
    assert (await adapter.read(place())).text == SECRET
    assert google.service.requests[0].every("Metadata-Flavor") == ["Google"]


async def test_whoever_answers_without_googles_header_is_not_believed(google: Google) -> None:
    async with http_service() as stranger:
        body = b'{"access_token":"value-for-tests","expires_in":9}'
        stranger.answer_with(f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body)
        with failing(SourceFault.DENIED, "not of Google's metadata server"):
            await google.adapter(GcpMetadataLogin(stranger.base)).read(place())


async def test_what_there_is_is_listed(google: Google) -> None:
    found = await google.adapter().names()
    assert [(one.options, one.key) for one in found] == [({"secret": "stripe"}, "stripe")]


async def test_adopt_lists_every_page_and_finds_what_a_rule_reads_in_whatever_words(google: Google) -> None:
    google.server.page_most = 7
    for number in range(20):
        google.server.versions[f"payments/key-{number:02}"] = [(SECRET.encode(), "ENABLED")]
        google.server.allowed.add(f"payments/key-{number:02}")
    kind = "kind: gcp, project: payments, auth: {key: 'env:TOKEN'}"
    rules = """  - {match: production/A, read: {source: src, secret: key-00, version: latest}}
  - {match: production/B, read: {source: src, secret: key-01, project: payments}}
  - {match: production/C, read: {source: src, secret: key-02, project: '123456'}}
  - {match: production/D, read: {source: src, secret: key-03, version: '1'}}
"""
    result = adopted(kind, await google.adapter().names(), rules=rules)
    assert [str(one) for one in result.first.covered] == ["production/A", "production/B", "production/C"]
    assert len(result.again.covered) == 21, "one version is another value than the newest"
    assert (await google.adapter().read(result.place("production/KEY_19"))).text == SECRET


async def test_who_may_not_list_is_told(google: Google) -> None:
    google.server.allowed.discard("list")
    with failing(SourceFault.DENIED, "list the secrets of payments"):
        await google.adapter().names()


async def test_check_names_the_secret_that_may_not_be_read(google: Google) -> None:
    adapter = google.adapter()
    assert [one.ok for one in await adapter.check()] == [True]
    assert await adapter.check_place(place()) == []
    found = await adapter.check_place(place(secret="hidden"))
    assert [one.said for one in found] == ["`secretmanager.versions.access` of the secret hidden is missing"]
