"""How each store came about; the newest things happen last, right before it is dumped."""

import asyncio

from envaccess.domain.limits import Act
from envaccess.store.throttle import RedisThrottle
from envaccess.store.trail import RedisTrail
from tests.released.stage import DAY, HOUR, MINUTE, Stage
from tests.scenario.processes import running
from tests.scenario.test_crash import hold, kill, reached
from tests.scenario.test_starts import soon
from tests.scenario.watch import settled

WHY = "debugging a failed refund"


async def quiet(stage: Stage) -> None:
    """Two variables, and a bot that was started and stopped again."""
    await stage.store("STRIPE_KEY", "staging/DB_URL")
    async with stage.bot():
        pass
    await stage.freeze()


async def everyday(stage: Stage) -> None:
    """Weeks under the built-in policy; the bot runs."""
    await stage.store("STRIPE_KEY", "staging/DB_URL", "LEGACY_PIN", "production/CACHE_URL", "RETIRED")
    await _long_ago(stage)
    await stage.pass_time(2 * DAY)
    await _lately(stage)
    await stage.pass_time(1 * DAY)
    await _operators(stage)
    await stage.pass_time(2 * HOUR)
    await _today(stage)


async def _long_ago(stage: Stage) -> None:
    clock, _ = soon("UTC")
    async with stage.bot():
        used = await stage.grant("expired, used", "alice", f"STRIPE_KEY 30m {WHY}")
        await stage.reveal(used)
        await stage.grant("expired, never used", "dana", f"STRIPE_KEY once {WHY}")
        await stage.file("timed out", "alice", f"staging/DB_URL 1h {WHY}")
        stage.people["frank"].member.tz = "UTC"
        await stage.grant("lapsed, as nothing ran", "frank", f"STRIPE_KEY 10m from {clock} {WHY}")
    await stage.pass_time(31 * MINUTE)
    async with stage.bot():
        pass
    await stage.pass_time(4 * HOUR)
    async with stage.bot():
        pass


async def _lately(stage: Stage) -> None:
    async with stage.bot():
        denied = await stage.file("denied with a reason", "alice", f"STRIPE_KEY 2h {WHY}")
        await stage.fill("bob", await stage.message(denied), "Deny", reason="one hour is enough")
        cancelled = await stage.file("cancelled", "alice", f"STRIPE_KEY 8h {WHY}")
        await stage.say("alice", f"cancel {cancelled}", "Withdrawn")
        own = await stage.grant("ended by its requester", "alice", f"STRIPE_KEY 1h {WHY}")
        await stage.say("alice", f"revoke {own}", "ended")
        other = await stage.grant("ended by an approver", "alice", f"STRIPE_KEY,staging/DB_URL 1h {WHY}")
        await stage.say("carol", f"revoke {other}", "ended")
        once = await stage.grant("used up", "alice", f"STRIPE_KEY once {WHY}")
        await stage.reveal(once)
        late = await stage.grant("used up, and ended after that", "frank", f"LEGACY_PIN once {WHY}")
        await stage.reveal(late)
        await stage.say("bob", f"revoke {late}", "")
        await stage.say("carol", "delegate @dana 1h", "decides in your place until")
        await stage.say("carol", "delegate off", "")
        for _ in range(3):
            await stage.say("frank", "cancel 00000000", "No request has that id")
        given_back = await stage.grant(
            "expired, its one use was given back", "dana", f"STRIPE_KEY once {WHY}"
        )
        stage.harness.slack.faults.answer("chat.postEphemeral", "unheard_of", times=1)
        await stage.reveal(given_back)
        less = await stage.file("expired, approved for less", "alice", f"STRIPE_KEY,staging/DB_URL 2h {WHY}")
        shorter = {"duration": "15m", "variables": ["STRIPE_KEY"]}
        await stage.fill("bob", await stage.message(less), "Approve less…", **shorter)
    await stage.pass_time(30 * MINUTE)
    async with stage.bot():
        pass


async def _operators(stage: Stage) -> None:
    async with stage.bot():
        await stage.grant("ended, as its variable was deleted", "frank", f"LEGACY_PIN 8h {WHY}")
        await stage.grant("ended by a lock on its requester", "erin", f"STRIPE_KEY 8h {WHY}")
        await stage.store("STRIPE_KEY", "STRIPE_KEY")
        await stage.delete("LEGACY_PIN", "RETIRED")
        await stage.store("LEGACY_PIN")
        await stage.read_out("STRIPE_KEY", "the bot was away")
        await stage.reseal("STRIPE_KEY", "staging/DB_URL")
        await stage.lock("erin", "laptop stolen")
        await stage.lock("grace", "badge lost", lift=True)


async def _today(stage: Stage) -> None:
    clock, _ = soon("UTC", 3)
    async with stage.bot():
        await stage.grant("live, ends soon", "alice", f"staging/DB_URL 20m {WHY}")
        await stage.grant("live, by delegation", "grace", f"STRIPE_KEY 4h {WHY}")
        await stage.file("pending, its variable is locked", "frank", f"production/CACHE_URL 1h {WHY}")
        await stage.lock("production/CACHE_URL", "key in a public log")
        await stage.say("carol", "delegate @grace 1d", "decides in your place until")
    await stage.pass_time(16 * MINUTE)
    async with stage.bot():
        await _live(stage, clock)
        await _pending(stage)
        await _refused(stage)
        await _busy_now(stage)
        await stage.freeze()


async def _live(stage: Stage, clock: str) -> None:
    timed = await stage.grant("live, revealed twice", "alice", f"STRIPE_KEY 2h {WHY}")
    await stage.reveal(timed)
    await stage.reveal(timed)
    await stage.grant("live once, unused", "alice", f"staging/DB_URL once {WHY}")
    await stage.grant("live, by whoever stands in", "frank", f"LEGACY_PIN 1h {WHY}", by="grace")
    longer = await stage.grant("live, extended", "dana", f"STRIPE_KEY 1h {WHY}")
    await stage.say("dana", f"extend {longer} 30m the refund takes longer", "Filed as request")
    await settled(stage.harness)
    await stage.press("bob", await stage.note("approved, an extension"), "Approve")
    await stage.say("dana", f"extend {longer} 15m and longer still", "Filed as request")
    await stage.note("pending, an extension")
    await settled(stage.harness)
    stage.people["frank"].member.tz = "UTC"
    await stage.grant("waiting for its hour", "frank", f"STRIPE_KEY 30m from {clock} {WHY}")


async def _pending(stage: Stage) -> None:
    await stage.file("pending", "alice", f"LEGACY_PIN 1h {WHY}")
    await stage.file("pending, two variables", "grace", f"STRIPE_KEY,staging/DB_URL 3h {WHY}")
    asked = await stage.file("pending, asked back", "alice", f"STRIPE_KEY,LEGACY_PIN 1h {WHY}")
    await stage.fill("bob", await stage.message(asked), "Ask…", reason="Which customer is it?")
    answered = await stage.file("pending, asked back and answered", "frank", f"staging/DB_URL 1h {WHY}")
    await stage.fill("bob", await stage.message(answered), "Ask…", reason="Which table is it?")
    await stage.fill("frank", await stage.card(answered), "Answer", reason="The one with the refunds")


async def _refused(stage: Stage) -> None:
    """Attempts of one minute: the first is written down, the others are counted."""
    own = await stage.file("pending, by an approver", "bob", f"STRIPE_KEY 1h {WHY}")
    for _ in range(3):
        await stage.press("bob", own, "Approve")
        await stage.say("alice", "cancel 00000000", "No request has that id")
    trail = RedisTrail(stage.harness.runner)
    await trail.count_bad_signature()
    await trail.count_bad_signature()


async def _busy_now(stage: Stage) -> None:
    """What people do in this minute, and look at in this quarter of an hour."""
    throttle = RedisThrottle(stage.harness.runner)
    await throttle.allow("search-for-tests-1", stage.people["alice"].id, Act.SEARCH)
    for who in ("alice", "bob"):
        await stage.harness.slack.open_home(stage.people[who])
        await stage.harness.until(lambda who=who: stage.people[who].home)  # type: ignore[misc]
    # Answers of Slack are shared for three seconds only.
    await stage.file("pending, filed last", "dana", f"staging/DB_URL 45m {WHY}")


POLICY = """
version: 1
groups:
  payments: [{payments}]
  leads: [{bob}, {carol}]
  directors: [{erin}, {grace}]
  deciders: [leads, directors]
security: [{dana}]
owners:
  production/STRIPE_*: [leads]
  '*/*': [directors]
defaults:
  requesters: [anyone]
  approvers: [approvers]
  max: 8h
  default: 1h
  pending: 4h
rules:
  - name: production payments
    match: production/STRIPE_*
    requesters: [payments]
    steps:
      - {{approvers: [owners], approvals: 1, remind: 10m, timeout: 1h, then: escalate, escalate: [deciders]}}
      - {{approvers: [leads], timeout: 2h, then: skip}}
      - {{approvers: [directors, {dana}], approvals: 2, timeout: 3h, then: refuse}}
    max: 2h
    default: 30m
    pending: 9h
    reason: {{least: 10, pattern: 'PAY-[0-9]+', hint: a ticket such as PAY-123}}
    hours: {{zone: UTC, from: '00:00', to: '23:59', days: [mon, tue, wed, thu, fri, sat, sun]}}
    cool_down: 10m
    open: 9
    starts: first_use
    use_within: 15m
    emergency: {{for: [payments], max: 15m, review: [{dana}, {erin}], remind: 1h}}
  - name: on call
    match: ops/*
    automatic: {{for: [payments], max: 30m, hours: mon-sun 00:00-23:59 UTC, times: 3, per: 7d}}
    delivery: [push, reveal]
  - name: one look
    match: vault/*
    approvers: [directors]
    max: 15m
    single_use: true
    delivery: [reveal]
    cool_down: 1h
  - name: use it soon
    match: staging/*
    max: 2d
    use_within: 30m
  - name: command line only
    match: cli/*
    delivery: [cli]
  - match: '*/*'
"""


async def ruled(stage: Stage) -> None:
    """Days under a policy file that uses every field; the bot runs."""
    people = {name: person.id for name, person in stage.people.items()}
    stage.policy = stage.harness.home / "policy.yml"
    stage.policy.write_text(POLICY.format(payments=stage.payments, **people), "utf-8")
    names = ("KEY", "HOOK", "EU", "US", "APAC")
    await stage.store(*(f"production/STRIPE_{name}" for name in names))
    await stage.store(
        "ops/PAGER", "ops/PANEL", "vault/ROOT", "staging/DB_URL", "staging/BUS", "cli/TOOL", "PLAIN"
    )
    await _chains_that_ended(stage)
    await stage.pass_time(1 * DAY)
    await _emergencies(stage)
    await stage.pass_time(1 * HOUR)
    await _rules_today(stage)
    await _chains_today(stage)


PAY = "PAY-123 a failed refund"


async def _chains_that_ended(stage: Stage) -> None:
    async with stage.bot():
        refused = await stage.file("timed out at its last step", "alice", f"production/STRIPE_KEY 1h {PAY}")
        await stage.press("bob", refused, "Approve")
        await stage.press("carol", refused, "Approve")
        unused = await stage.file("lapsed, not used in time", "frank", f"production/STRIPE_KEY 1h {PAY}")
        for who in ("bob", "carol", "dana", "erin"):
            await stage.press(who, unused, "Approve")
        await stage.grant("lapsed, not used soon", "grace", f"staging/BUS 2d {WHY}")
        await stage.file("expired, automatic", "frank", f"ops/PAGER 30m {WHY}", "Approved automatically")
        look = await stage.grant("used up, by the rule", "grace", f"vault/ROOT 15m {WHY}", by="erin")
        await stage.reveal(look)
    await stage.pass_time(4 * HOUR)
    async with stage.bot():
        pass


async def _emergencies(stage: Stage) -> None:
    async with stage.bot():
        text = "emergency production/STRIPE_KEY PAY-7 payments are down"
        closed = await stage.file("expired emergency, reviewed", "alice", text, "Emergency access")
        await stage.reveal(closed)
        text = "emergency production/STRIPE_EU PAY-8 payments are down"
        await stage.file("expired emergency, review open", "frank", text, "Emergency access")
        await stage.fill(
            "erin", await stage.message(closed), "Close review", reason="a real outage, see PAY-7"
        )
    await stage.pass_time(2 * HOUR)
    async with stage.bot():
        pass


async def _rules_today(stage: Stage) -> None:
    async with stage.bot():
        denied = await stage.file("denied, cools down", "frank", f"vault/ROOT 15m {WHY}")
        await stage.fill("erin", await stage.message(denied), "Deny", reason="ask again tomorrow")
        skipped = await stage.file("pending, second step skipped", "alice", f"production/STRIPE_US 1h {PAY}")
        await stage.press("bob", skipped, "Approve")
    await stage.pass_time(1 * HOUR)
    async with stage.bot():
        await stage.file("pending, escalated", "frank", f"production/STRIPE_US 1h {PAY}")
    await stage.pass_time(1 * HOUR + MINUTE)
    async with stage.bot():
        await stage.file("pending, reminded", "frank", f"production/STRIPE_APAC 1h {PAY}")
    await stage.pass_time(11 * MINUTE)


async def _chains_today(stage: Stage) -> None:
    async with stage.bot():
        await stage.file(
            "live, automatic and pushed", "alice", f"ops/PAGER 30m {WHY}", "Approved automatically"
        )
        await stage.file("pending, too long to be automatic", "alice", f"ops/PANEL 2h {WHY}")
        await stage.grant("live once, by the rule", "grace", f"vault/ROOT 15m {WHY}", by="erin")
        await stage.grant("live, to be used soon", "grace", f"staging/DB_URL 2d {WHY}")
        used = await stage.grant("live, was used soon", "dana", f"staging/DB_URL 1d {WHY}")
        await stage.reveal(used)
        await stage.grant("live, for the command line only", "grace", f"cli/TOOL 1h {WHY}")
        both = "emergency production/STRIPE_HOOK PAY-9 payments are down"
        await stage.file("live emergency, review open", "alice", both, "Emergency access")
        waiting = await stage.file("waiting for its first use", "alice", f"production/STRIPE_APAC 1h {PAY}")
        begun = await stage.file("live, begun by its first use", "frank", f"production/STRIPE_EU 1h {PAY}")
        for request in (waiting, begun):
            for who in ("bob", "carol", "dana", "erin"):
                await stage.press(who, request, "Approve")
        await stage.reveal(begun)
        second = await stage.file("pending at step two", "alice", f"production/STRIPE_EU 1h {PAY}")
        await stage.press("carol", second, "Approve")
        third = await stage.file(
            "pending at step three, half agreed", "frank", f"production/STRIPE_HOOK 2h {PAY}"
        )
        for who in ("bob", "carol", "dana"):
            await stage.press(who, third, "Approve")
        both = f"production/STRIPE_KEY,staging/DB_URL 1h {PAY}"
        merged = await stage.file("pending, ruled by two rules, narrowed", "alice", both)
        shorter = {"duration": "15m", "variables": ["production/STRIPE_KEY"]}
        await stage.fill("bob", await stage.message(merged), "Approve less…", **shorter)
        again = await stage.file(
            "pending, its first step reopened", "frank", f"production/STRIPE_KEY 1h {PAY}"
        )
        for who in ("bob", "carol", "dana"):
            await stage.press(who, again, "Approve")
        await stage.say("erin", "delegate @grace 3d", "decides in your place until")
        await stage.say("dana", "lock @bob laptop stolen", "is locked")
        await stage.press("erin", again, "Approve")
        await stage.say("dana", "lock PLAIN in a public log", "is locked")
        await stage.file("pending at step one", "alice", f"production/STRIPE_KEY 1h {PAY}")
        await stage.freeze()


async def killed(stage: Stage) -> None:
    """Two bots that were killed, one between posting and remembering, the other while Slack answered nothing.

    What the second had to show is not shown, and it holds the lease; one grant ends unwritten.
    """
    harness = stage.harness
    await stage.store("STRIPE_KEY", "staging/DB_URL", "LEGACY_PIN")
    posting = hold(harness, "chat.postMessage", harness.approvers.id, acted=True)
    async with running(harness) as first:
        await stage.say("alice", f"STRIPE_KEY 1h {WHY}", "Filed as request")
        doubled = await stage.note("live, with a stray message")
        await reached(harness, posting)
        await kill(harness, first)
    await harness.redis.delete(harness.runner.key("lease"))
    async with running(harness) as second:
        await settled(harness)
        short = await stage.file("expired, as nobody wrote down yet", "frank", f"staging/DB_URL 2s {WHY}")
        message = await stage.message(short)
        stray, *_ = harness.slack.messages(harness.approvers)
        deleting = harness.slack.faults.hang("chat.delete")
        for method in ("chat.update", "chat.postMessage"):
            harness.slack.faults.hang(method)
        await stage.people["bob"].press(stray, "Approve")
        await stage.say("dana", f"LEGACY_PIN 1h {WHY}", "Filed as request")
        await stage.note("pending, never drawn")
        await stage.say("alice", f"LEGACY_PIN 2h {WHY}", "Filed as request")
        withdrawn = await stage.note("cancelled, never drawn")
        await stage.say("alice", f"cancel {withdrawn}", "Withdrawn")
        await reached(harness, deleting)
        await stage.people["bob"].press(message, "Approve")
        await kill(harness, second)
    assert (await stage.get(doubled)).surfaces.strays
    while await harness.redis.exists(harness.runner.key("grant", short)):  # noqa: ASYNC110 - Redis rings no bell here
        await asyncio.sleep(0.05)
    await stage.freeze()


STORIES = (quiet, everyday, ruled, killed)
