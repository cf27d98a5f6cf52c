"""Traces from outside: people play, a collector is sent spans, and nobody is found in them."""

import asyncio
import contextlib
import json
from typing import Any

import aiohttp
import pytest

from envaccess.metrics import otlp
from tests.fakes.http_service import HttpService, ReceivedRequest, http_service
from tests.scenario.harness import STRIPE, ScenarioHarness
from tests.scenario.terminal import FILING, api_bot, terminal
from tests.scenario.test_metrics import REASON, play
from tests.scenario.watch import comes_true

SECRET = "key-of-a-collector"


@pytest.fixture(autouse=True)
def often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(otlp, "EVERY_SECONDS", 0.05)


def spans_of(service: HttpService) -> list[dict[str, Any]]:
    """All that were sent, with their attributes as a mapping."""
    found: list[dict[str, Any]] = []
    for request in service.requests:
        (resource,) = json.loads(request.body)["resourceSpans"]
        (scope,) = resource["scopeSpans"]
        found += [{**span, "attributes": _plain(span["attributes"])} for span in scope["spans"]]
    return found


def _plain(pairs: list[dict[str, Any]]) -> dict[str, str]:
    return {pair["key"]: pair["value"]["stringValue"] for pair in pairs}


async def test_a_trace_goes_from_the_payload_to_the_verb_the_script_and_the_call_of_slack(
    harness: ScenarioHarness,
) -> None:
    async with http_service() as service:
        more = {"traces_endpoint": f"{service.base}/tenant", "traces_headers": f"x-key={SECRET}"}
        async with api_bot(harness, **more) as base, terminal(harness, base) as alice:
            await play(harness)
            await alice.post("/v1/requests", {**FILING, "reason": REASON})
            await alice.get("/v1/requests/k7qp0000?version=7")
            await comes_true(lambda: _has(service, "slack.payload", "api.call", "loop"))
    first = service.requests[0]
    assert (first.line, first.every("x-key")) == ("POST /tenant/v1/traces HTTP/1.1", [SECRET])
    _hold_together(spans_of(service))
    _tell_nobody(harness, service)


async def _has(service: HttpService, *names: str) -> bool:
    return {*names} <= {span["name"] for span in spans_of(service)}


def _hold_together(spans: list[dict[str, Any]]) -> None:
    """Each span is in one of the same trace; and what a press and a command came to is there."""
    by_id = {(span["traceId"], span["spanId"]): span for span in spans}
    assert len(by_id) == len(spans)
    paths = set()
    for span in spans:
        path, above = [span["name"]], span
        while parent := above.get("parentSpanId"):
            above = by_id[above["traceId"], parent]
            path.insert(0, above["name"])
        paths.add(tuple(path))
        assert int(span["startTimeUnixNano"]) <= int(span["endTimeUnixNano"])
    assert {
        ("slack.payload", "verb", "store.script"),
        ("loop", "slack.call"),
        ("api.call", "store.script"),
    } <= paths
    said = [(span["name"], *span["attributes"].values()) for span in spans]
    for expected in (
        ("slack.payload", "command", "answered"),
        ("slack.payload", "block_actions", "answered"),
        ("verb", "Ask"),
        ("verb", "approve"),
        ("store.script", "decide"),
        ("store.script", "claim"),
        ("slack.call", "chat.postMessage", "ok"),
        ("api.call", "fileRequest"),
    ):
        assert expected in said, sorted(set(said))


def _tell_nobody(harness: ScenarioHarness, service: HttpService) -> None:
    """Whatever is sent, in any field, is ours alone."""
    sent = "\n".join(request.body.decode() for request in service.requests)
    people = [*(user.id for user in (harness.alice, harness.bob, harness.dana)), "alice", "dana"]
    places = [harness.approvers.id, harness.audit.id, harness.slack.team_id]
    secrets = [harness.values[STRIPE], SECRET, "xoxb", "eva_p_", "hooks", "k7qp0000", "version=7", "http"]
    for word in (*people, *places, *secrets, STRIPE.name, "DB_URL", "staging", REASON, "customer-"):
        assert word not in sent, word


@pytest.mark.parametrize("collector", ["hangs", "is away", "refuses", "sends elsewhere"])
async def test_a_collector_that_is_bad_costs_its_spans_and_holds_up_nobody(
    harness: ScenarioHarness, monkeypatch: pytest.MonkeyPatch, collector: str
) -> None:
    """Its answer is waited for without end here, so that only what ends the process in time does."""
    monkeypatch.setattr(otlp, "_LIMIT", aiohttp.ClientTimeout(total=None))

    async def hang(_: ReceivedRequest, __: asyncio.StreamWriter) -> None:
        await asyncio.Event().wait()

    async with contextlib.AsyncExitStack() as stack:
        service = await stack.enter_async_context(http_service())
        if collector == "hangs":
            service.answer_with(hang)
        elif collector == "refuses":
            service.answer_with(b"HTTP/1.1 503 no\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        elif collector == "sends elsewhere":
            moved = f"HTTP/1.1 307 go\r\nLocation: {service.base}/elsewhere\r\nContent-Length: 0\r\n"
            service.answer_with(f"{moved}Connection: close\r\n\r\n".encode())
        base = "http://127.0.0.1:9" if collector == "is away" else service.base
        async with harness.bot(traces_endpoint=base):
            await play(harness)
            await comes_true(lambda: _tried(service, collector))
    lines = {request.line for request in service.requests}
    assert lines <= {"POST /v1/traces HTTP/1.1"}, "headers with keys follow no redirect"


async def _tried(service: HttpService, collector: str) -> bool:
    return bool(service.requests) or collector == "is away"


async def test_nothing_is_recorded_where_no_collector_is_set(
    harness: ScenarioHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("envaccess.metrics.spans.SpanRecorder.span", None)
    async with harness.bot():
        await harness.filed()
