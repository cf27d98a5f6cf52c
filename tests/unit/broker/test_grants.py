"""An agent's broker with a server over real HTTP: who gets a value, for how long, and what is reported."""

import asyncio
import contextlib
import json
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

from envaccess.broker.control_api import BrokerControlApi
from envaccess.broker.front import BrokerFront
from envaccess.broker.grants import AgentGrants
from envaccess.broker.listener import BrokerListener, ListenAddress, make_server
from envaccess.broker.upstream import Upstream
from envaccess.client.agent_api import AgentApiClient, offer_agent, wait_started
from envaccess.client.api import ApiClient
from envaccess.client.errors import RefusedError
from envaccess.client.receipt import local_receipt
from envaccess.client.session import make_calls
from envaccess.settings.terminal import TerminalSettings
from tests.fakes.api_server import FakeApi, serving
from tests.fakes.http_service import FIRST_EVENT, HttpService, ReceivedRequest
from tests.unit.broker.brokered import ALLOW, VALUE, Answered, Caller, FixedServices

_WANTED = {"variables": ["SHOP_TOKEN"], "duration": "1h", "reason": "look up order 4711"}


@pytest.fixture
def api() -> Iterator[FakeApi]:
    with serving(FakeApi()) as started:
        yield started


@pytest.fixture
def client(api: FakeApi, tmp_path: Path) -> Iterator[AgentApiClient]:
    settings = TerminalSettings("", tmp_path / "state", "", "")
    person = api.session()
    with ApiClient(person, make_calls(settings, person)) as by_person:
        offered = offer_agent(
            by_person, lambda found: make_calls(settings, found), "review", 3600, local_receipt("tests")
        )
    with contextlib.closing(offered.calls):
        session = wait_started(offered, lambda _: None, lambda: 0.0)
    with AgentApiClient(session, make_calls(settings, session)) as opened:
        yield opened


@pytest.fixture
async def grants(client: AgentApiClient) -> AsyncIterator[AgentGrants]:
    found = AgentGrants(client)
    yield found
    await found.close()


@pytest.fixture
async def caller(
    api: FakeApi, client: AgentApiClient, grants: AgentGrants, service: HttpService
) -> AsyncIterator[Caller]:
    api.agents.services["shop"] = {
        "variable": "SHOP_TOKEN", "value": VALUE, "base": service.base, "header": "Authorization",
        "format": "Bearer {value}", "allow": list(ALLOW),
    }  # fmt: skip
    upstream = Upstream()
    listener = BrokerListener.bind(ListenAddress.parse("127.0.0.1:0"))
    control = BrokerControlApi(grants, client, "review")
    await listener.serve(
        make_server(BrokerFront(listener.reachable, grants, upstream, control.handle).handle)
    )
    yield Caller(listener, FixedServices())
    await listener.close()
    await upstream.close()


async def _control(caller: Caller, method: str, path: str, told: Any = None) -> Answered:
    headers = () if told is None else ("Content-Type: application/json",)
    body = b"" if told is None else json.dumps(told).encode()
    return await caller.call(method, f"/_envaccess/{path}", *headers, body=body)


async def _granted(caller: Caller, api: FakeApi) -> str:
    id_ = str(json.loads((await _control(caller, "POST", "requests", _WANTED)).body)["id"])
    api.approve(id_)
    return id_


async def test_without_access_a_caller_is_told_how_to_ask(caller: Caller, service: HttpService) -> None:
    found = await caller.call("GET", "/shop/things")
    assert (found.status, found.reason) == (403, "no_access")
    assert "POST /_envaccess/requests" in json.loads(found.body)["hint"]
    assert (await caller.call("GET", "/other/things")).reason == "service"
    assert service.requests == []


async def test_with_access_calls_pass_and_are_reported_folded_without_the_value(
    caller: Caller, api: FakeApi, grants: AgentGrants, service: HttpService
) -> None:
    id_ = await _granted(caller, api)
    for _ in range(3):
        assert (await caller.call("GET", "/shop/things/7?q=1")).status == 200
    assert service.requests[0].every("authorization") == [f"Bearer {VALUE}"]
    assert api.agents.opened == [(id_, "shop")], "the value was taken more than once in a moment"
    await grants.send_reports()
    call = {
        "method": "GET",
        "host": "127.0.0.1",
        "path": "/things/7",
        "status": 200,
        "blocked": "",
        "times": 3,
    }
    assert api.agents.reports == [{"grant": id_, "service": "shop", "calls": [call]}]


async def test_calls_at_once_claim_one_use(caller: Caller, api: FakeApi, service: HttpService) -> None:
    await _granted(caller, api)
    found = await asyncio.gather(*(caller.call("GET", "/shop/things") for _ in range(10)))
    assert [answer.status for answer in found] == [200] * 10
    assert (len(api.agents.opened), len(service.requests)) == (1, 10)


async def test_a_value_is_asked_for_anew_after_a_minute(
    caller: Caller, api: FakeApi, grants: AgentGrants
) -> None:
    await _granted(caller, api)
    assert (await caller.call("GET", "/shop/things")).status == 200
    grants._clock = lambda: time.monotonic() + 61
    assert (await caller.call("GET", "/shop/things")).status == 200
    assert len(api.agents.opened) == 2


async def test_a_login_that_was_made_for_a_use_serves_as_long_as_its_grant(
    caller: Caller, api: FakeApi, grants: AgentGrants
) -> None:
    """One a minute would be refused after five minutes: of one grant five live at most."""
    api.agents.leased = True
    id_ = await _granted(caller, api)
    begun, passed = time.monotonic(), 0
    grants._clock = lambda: begun + passed
    for passed in (0, 61, 3_500):  # noqa: B007 - the clock reads it
        assert (await caller.call("GET", "/shop/things")).status == 200
    assert len(api.agents.opened) == 1
    opened = await grants.open("shop")
    await asyncio.to_thread(api.set_state, id_, "approved", grant={"state": "revoked", "ends_in": 0})
    await asyncio.wait_for(opened.ended.wait(), 30)
    assert (await caller.call("GET", "/shop/things")).reason == "no_access"


async def _granted_once(caller: Caller, api: FakeApi) -> str:
    api.agents.once = True
    id_ = await _granted(caller, api)
    assert (await caller.call("GET", "/shop/things")).status == 200
    used = {"state": "used_up", "ends_in": 900, "expires_at": ""}
    await asyncio.to_thread(api.set_state, id_, "approved", grant=used, once=True)
    return id_


async def test_a_single_use_is_good_for_calls_until_its_fifteen_minutes_are_over(
    caller: Caller, api: FakeApi, grants: AgentGrants, service: HttpService
) -> None:
    await _granted_once(caller, api)
    begun = time.monotonic()
    passed = 0
    grants._clock = lambda: begun + passed
    for passed in (61, 600, 890):  # noqa: B007 - the clock reads it
        assert (await caller.call("GET", "/shop/things")).status == 200
    passed = 901
    assert (await caller.call("GET", "/shop/things")).reason == "no_access"
    assert (len(api.agents.opened), len(service.requests)) == (1, 4)


async def test_a_single_use_that_somebody_ends_is_good_for_no_further_call(
    caller: Caller, api: FakeApi, grants: AgentGrants
) -> None:
    id_ = await _granted_once(caller, api)
    opened = await grants.open("shop")
    await asyncio.to_thread(api.set_state, id_, "approved", grant={"state": "revoked", "ends_in": 0})
    await asyncio.wait_for(opened.ended.wait(), 30)
    assert (await caller.call("GET", "/shop/things")).reason == "no_access"
    assert len(api.agents.opened) == 1


async def test_an_echo_ends_the_access_at_once_and_is_reported(
    caller: Caller, api: FakeApi, service: HttpService
) -> None:
    await _granted(caller, api)
    service.answer_with(f"HTTP/1.1 200 OK\r\nContent-Length: {len(VALUE)}\r\n\r\n{VALUE}".encode())
    assert (await caller.call("GET", "/shop/things")).reason == "echo"
    assert await asyncio.to_thread(api.agents.reported.wait, 30)
    assert [call["blocked"] for call in api.agents.reports[0]["calls"]] == ["echo"]
    assert (await caller.call("GET", "/shop/things")).reason == "no_access"


@pytest.mark.parametrize(
    ("status", "reason"),
    [(429, "too_many_presses"), (429, "too_many_calls"), (503, "store_full"), (502, "proxy"), (520, "proxy")],
)
async def test_an_echo_that_the_server_takes_no_report_of_is_reported_until_it_does(
    caller: Caller,
    api: FakeApi,
    service: HttpService,
    monkeypatch: pytest.MonkeyPatch,
    status: int,
    reason: str,
) -> None:
    """A program that makes too many calls would else keep its echo from being told, and its access."""
    monkeypatch.setattr("envaccess.broker.grants.AGAIN_SECONDS", 0.01)
    api.agents.not_now = [(status, {"reason": reason, "detail": "Slow down, please."})] * 2
    id_ = await _granted(caller, api)
    service.answer_with(f"HTTP/1.1 200 OK\r\nContent-Length: {len(VALUE)}\r\n\r\n{VALUE}".encode())
    assert (await caller.call("GET", "/shop/things")).reason == "echo"
    assert await asyncio.to_thread(api.agents.reported.wait, 30)
    (report,) = api.agents.reports
    assert (report["grant"], report["calls"][0]["blocked"]) == (id_, "echo")
    keys = [key for (_, path), key in zip(api.calls, api.keys, strict=True) if path == "/v1/calls"]
    assert len(keys) == 3
    assert len(set(keys)) == (3 if status == 429 else 1), "what may have been taken is the same report"


async def test_a_report_that_is_broken_off_is_sent_at_the_end(
    caller: Caller, api: FakeApi, grants: AgentGrants
) -> None:
    id_ = await _granted(caller, api)
    assert (await caller.call("GET", "/shop/things")).status == 200
    sending = asyncio.create_task(grants.send_reports())
    await asyncio.sleep(0)
    sending.cancel()
    await asyncio.gather(sending, return_exceptions=True)
    await grants.close()
    assert {report["grant"] for report in api.agents.reports} == {id_}


async def test_a_program_that_asks_too_often_keeps_no_report_away(
    caller: Caller, api: FakeApi, service: HttpService, monkeypatch: pytest.MonkeyPatch
) -> None:
    await _granted(caller, api)
    assert (await caller.call("GET", "/shop/things")).status == 200
    monkeypatch.setattr("envaccess.broker.grants.ASKED_PER_MINUTE", 8)
    told = [await _control(caller, "GET", "services") for _ in range(9)]
    assert (told[0].status, told[-1].status, told[-1].reason) == (200, 429, "too_many_calls")
    assert (await caller.call("GET", "/other/things")).reason == "too_many_calls"
    service.answer_with(f"HTTP/1.1 200 OK\r\nContent-Length: {len(VALUE)}\r\n\r\n{VALUE}".encode())
    assert (await caller.call("GET", "/shop/things")).reason == "echo"
    assert await asyncio.to_thread(api.agents.reported.wait, 30)


async def test_an_end_in_slack_breaks_off_what_is_under_way(
    caller: Caller, api: FakeApi, service: HttpService
) -> None:
    async def stream(_: ReceivedRequest, writer: asyncio.StreamWriter) -> None:
        writer.write(FIRST_EVENT)
        await writer.drain()
        await asyncio.sleep(3600)

    id_ = await _granted(caller, api)
    service.answer_with(stream)
    reader, writer = await caller.open()
    writer.write(caller.head("GET", "/shop/things"))
    await reader.readuntil(b"first")
    await asyncio.to_thread(api.set_state, id_, "approved", grant={"state": "revoked", "ends_in": 0})
    with contextlib.suppress(ConnectionError):
        assert b"0\r\n\r\n" not in await reader.read()
    writer.close()
    assert (await caller.call("GET", "/shop/things")).reason == "no_access"


async def test_an_agent_may_end_its_own_access_and_withdraw_what_waits(caller: Caller, api: FakeApi) -> None:
    id_ = await _granted(caller, api)
    assert (await caller.call("GET", "/shop/things")).status == 200
    assert (await _control(caller, "POST", f"requests/{id_}/end", {})).status == 200
    assert api.requests[id_]["grant"]["state"] == "revoked"
    assert (await caller.call("GET", "/shop/things")).reason == "no_access"
    waits = json.loads((await _control(caller, "POST", "requests", _WANTED)).body)["id"]
    assert (
        json.loads((await _control(caller, "POST", f"requests/{waits}/end", {})).body)["state"] == "cancelled"
    )


async def test_no_control_call_returns_a_value_or_a_key(
    caller: Caller, api: FakeApi, client: AgentApiClient
) -> None:
    id_ = await _granted(caller, api)
    await caller.call("GET", "/shop/things")
    found = b""
    for path in ("status", "variables", "services", f"requests/{id_}"):
        answered = await _control(caller, "GET", path)
        assert answered.status == 200
        found += answered.raw
    assert b"/shop" in found
    for secret in (VALUE, client.session.token, "eva_"):
        assert secret.encode() not in found


@pytest.mark.parametrize(
    "path", ["values", "grants/x/values", "requests/../x", "requests/%2e", "", "session", "status/"]
)
async def test_control_has_no_other_address(caller: Caller, path: str) -> None:
    assert (await _control(caller, "GET", path)).status in {400, 404}


@pytest.mark.parametrize("told", [[], {}, {**_WANTED, "variables": "A"}, {**_WANTED, "reason": 1}])
async def test_what_is_no_request_is_told(caller: Caller, told: Any) -> None:
    assert (await _control(caller, "POST", "requests", told)).reason == "input_invalid"


async def test_a_form_of_a_page_files_nothing(caller: Caller, api: FakeApi) -> None:
    body = json.dumps(_WANTED).encode()
    found = await caller.call("POST", "/_envaccess/requests", "Content-Type: text/plain", body=body)
    assert (found.status, api.requests) == (415, {})


async def test_a_session_that_somebody_ends_ends_everything(
    caller: Caller, api: FakeApi, grants: AgentGrants
) -> None:
    await _granted(caller, api)
    assert (await caller.call("GET", "/shop/things")).status == 200
    api.tokens.clear()
    assert (await _control(caller, "GET", "status")).reason == "session_ended"
    assert grants.signed_out.is_set()
    assert (await caller.call("GET", "/shop/things")).reason == "session_ended"


async def test_a_box_for_another_call_is_not_used(caller: Caller, api: FakeApi, service: HttpService) -> None:
    await _granted(caller, api)
    assert (await caller.call("GET", "/shop/things")).status == 200
    api.agents.offer["seal_key"] = api.box.public
    api.agents.services["more"] = dict(api.agents.services["shop"])
    assert (await caller.call("GET", "/more/things")).reason == "not_opened"
    assert len(service.requests) == 1


async def test_a_lost_answer_is_asked_for_anew(caller: Caller, api: FakeApi) -> None:
    await _granted(caller, api)
    api.agents.lost = 1
    assert (await caller.call("GET", "/shop/things")).status == 200


@pytest.mark.parametrize(("state", "told"), [("refused", "refused in Slack"), ("expired", "in time")])
def test_an_agent_that_its_person_does_not_start_gets_no_session(
    api: FakeApi, tmp_path: Path, state: str, told: str
) -> None:
    api.agents.state = state
    settings = TerminalSettings("", tmp_path / "state", "", "")
    person = api.session()
    with ApiClient(person, make_calls(settings, person)) as by_person:
        offered = offer_agent(
            by_person, lambda found: make_calls(settings, found), "review", 3600, local_receipt("tests")
        )
    with contextlib.closing(offered.calls), pytest.raises(RefusedError, match=told):
        wait_started(offered, lambda _: None, lambda: 0.0)
