"""Metrics from outside: people play, a scraper reads; and nobody is found in what it reads."""

import asyncio
import contextlib
import re

import pytest

from envaccess.domain.errors import SettingsError
from envaccess.store.gauges import RedisGauges, StoreGauges
from envaccess.wiring import metric_catalogue, metrics
from slack_emulator.http_sender import FORM, encode
from tests.scenario.fault_proxy import FaultProxy, load_scripts
from tests.scenario.harness import DB, STRIPE, ScenarioHarness
from tests.scenario.metrics_page import MetricsPage
from tests.scenario.test_http_mode import command, free_port, serving

REASON = "debugging a failed refund of customer-8841"


@pytest.fixture
def page(monkeypatch: pytest.MonkeyPatch) -> MetricsPage:
    """A port for metrics; each scrape looks anew."""
    monkeypatch.setattr(metrics, "KEPT_SECONDS", 0.0)
    return MetricsPage(("127.0.0.1", free_port()))


async def play(harness: ScenarioHarness) -> None:
    """One is refused, one is approved and revealed, one is denied, and one still waits."""
    message = await harness.filed(f"STRIPE_KEY 1h {REASON}")
    await harness.dana.press(message, "Approve", forged=True)
    await harness.bob.press(message, "Approve")
    card = await harness.until(lambda: harness.alice.find("[ Reveal ]"))
    await harness.alice.press(card, "Reveal")
    await harness.until(lambda: harness.alice.find(harness.values[STRIPE]))
    other = await harness.filed(f"staging/DB_URL 1h {REASON}")
    await harness.bot_opens_deny(other)
    form = harness.bob.modal
    assert form
    await form.submit({"reason": f"not for {REASON}"})
    await harness.filed(f"staging/DB_URL 30m {REASON}")


async def test_people_play_and_the_figures_say_what_they_did_and_not_who(
    harness: ScenarioHarness, page: MetricsPage
) -> None:
    async with serving(harness, metrics_listen=page.address) as http_mode:
        _, body = encode("slash_commands", command(harness, "STRIPE_KEY 1h forged"))
        for _ in range(3):
            assert (await http_mode.sender.post(body, FORM, {})).status == 401
        await play(harness)
        await page.reaches(2, "events_total", event="request.created")
        await page.reaches(1, "decision_seconds_count", outcome="denied")
        assert await page.value("decision_seconds_count", outcome="approved") == 1
        assert await page.value("reveals_total", outcome="shown") == 1
        assert await page.reaches(1, "refused_attempts_total") == 1
        assert await page.value("bad_signatures_total") == 3
        assert await page.value("pending_requests") == 1
        assert await page.value("oldest_pending_seconds") > 0
        assert await page.value("leader", workspace=harness.slack.team_id) == 1
        acks = await page.value("ack_seconds_count", kind="block_actions", outcome="answered")
        assert acks >= 4
        assert await page.value("slack_calls_total", method="chat.postMessage", code="ok") >= 3
        assert await page.value("store_calls_total", outcome="done") > 20
        assert await page.value("redis_up") == 1
        assert abs(await page.value("redis_clock_offset_seconds")) < 5
        assert await page.value("slack_token_accepted") == 1
        await page.reaches(1, "redis_memory_bytes")
        await nobody_is_found(harness, page)
        await nothing_else_is_told(page)


async def nobody_is_found(harness: ScenarioHarness, page: MetricsPage) -> None:
    """Neither a person, nor a variable, nor what somebody typed, nor a value, nor a request or channel."""
    _, _, text = await page.ask()
    everybody = (harness.alice, harness.bob, harness.carol, harness.dana)
    people = [*(one.id for one in everybody), "alice", "bob", "carol", "dana"]
    ids = [request.id for request in await harness.requests()]
    places = [harness.approvers.id, harness.audit.id, harness.general.id]
    secret = [*harness.values.values(), harness.slack.bot_token, harness.slack.signing_secret]
    typed = [STRIPE.name, DB.name, *REASON.split(), "staging", "forged"]
    plain = re.sub(r"(?m)^# .*$", "", text)
    found = [
        word
        for word in [*people, *ids, *places, *secret, *typed]
        if word not in {"a", "of"} and word in plain
    ]
    assert found == []
    names = set(re.findall(r"[{,](\w+)=\"", text)) - {"le"}
    assert names <= {name for one in metric_catalogue.METRICS for name in one.labels}
    assert not names & {"user", "person", "variable", "name", "reason", "channel", "request"}


async def nothing_else_is_told(page: MetricsPage) -> None:
    """One address, one method; no debugging, no health, no software's name."""
    for path in ("/", "/metrics/", "/healthz", "/readyz", "/slack/events", "/debug/pprof", "/metrics/../x"):
        status, headers, text = await page.ask(path)
        assert (status, "envaccess" in text) == (404, False), path
        assert "Server" not in headers
    for host in (
        "evil.example:9464",
        "127.0.0.1.evil.example",
        "",
        "[::1",
        "10.0.0.5",
        "localhost@evil.example",
    ):
        status, _, text = await page.ask(headers={"Host": host})
        assert (status in {400, 421}, "envaccess" in text) == (True, False), f"DNS rebinding: {host}"
    for host in ("localhost", "127.0.0.1:1", "[::1]:9464"):
        assert (await page.ask(headers={"Host": host}))[0] == 200
    for method in ("POST", "PUT", "DELETE", "PATCH", "OPTIONS"):
        assert (await page.ask(method=method))[0] == 405, method
    status, headers, _ = await page.ask()
    assert headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert "Server" not in headers


async def test_slack_s_refusals_its_waits_and_its_connections_are_counted(
    harness: ScenarioHarness, page: MetricsPage
) -> None:
    async with harness.bot(metrics_listen=page.address):
        assert await page.value("socket_lines", told_by="us") == 2
        assert await page.value("socket_lines", told_by="slack") == 2
        harness.slack.faults.rate_limit("chat.postMessage", retry_after=1, times=1)
        await harness.filed()
        method = "chat.postMessage"
        assert await page.value("slack_calls_total", method=method, code="ratelimited") == 1
        assert await page.value("slack_retry_after_seconds_total", method=method) == 1
        assert await page.value("slack_calls_total", method=method, code="ok") >= 1


async def test_many_scrapers_at_once_cost_redis_one_look(
    harness: ScenarioHarness, page: MetricsPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked = 0
    read = RedisGauges.read

    async def counted(gauges: RedisGauges) -> StoreGauges:
        nonlocal looked
        looked += 1
        return await read(gauges)

    monkeypatch.setattr(metrics, "KEPT_SECONDS", 3_600.0)
    monkeypatch.setattr(RedisGauges, "read", counted)
    async with harness.bot(metrics_listen=page.address):
        answers = await asyncio.gather(*(page.ask() for _ in range(40)))
        assert {status for status, _, _ in answers} == {200}
        assert looked == 1


async def test_a_port_that_is_taken_stops_the_start_in_one_line(
    harness: ScenarioHarness, page: MetricsPage
) -> None:
    async with harness.bot(metrics_listen=page.address):
        with pytest.raises(SettingsError, match=r"^ENVACCESS_METRICS_LISTEN: port \d+ cannot be listened on"):
            async with harness.bot(metrics_listen=page.address):
                pass


@pytest.mark.parametrize("mishap", ["frozen", "down"])
async def test_a_scrape_is_answered_while_redis_hangs_or_is_away_and_says_so(
    harness: ScenarioHarness, page: MetricsPage, mishap: str
) -> None:
    """On the day on which somebody looks: what the process knows by itself is shown, and nothing old."""
    await load_scripts(harness.runner)
    async with (
        FaultProxy(harness.redis_url) as proxy,
        harness.bot(metrics_listen=page.address, redis_url=proxy.url),
    ):
        await harness.filed(f"STRIPE_KEY 1h {REASON}")
        assert (await page.value("redis_up"), await page.value("pending_requests")) == (1, 1)
        async with contextlib.AsyncExitStack() as stack:
            if mishap == "down":
                await stack.enter_async_context(proxy.down())
            else:
                stack.enter_context(proxy.frozen())
            for _ in range(2):
                found = {name: value for (name, _), value in (await page.samples()).items()}
                assert (found["envaccess_redis_up"], found["envaccess_build_info"]) == (0, 1)
                assert found["envaccess_ack_seconds_count"] >= 1
                assert "envaccess_pending_requests" not in found
        await page.reaches(1, "redis_up")
