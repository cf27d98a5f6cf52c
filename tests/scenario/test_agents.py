"""Agents, as their person sees them in Slack: the question, the start, and every way to an end."""

from functools import partial

import pytest

from envaccess.domain.session import AGENTS_MAX, PICK_SECONDS
from tests.scenario.agents import START, alices_agent, new_agent, offered, polled, sign_out, started
from tests.scenario.harness import ScenarioHarness
from tests.scenario.policies import audit_says, finds, last_event, later, shows, write_policy
from tests.scenario.terminal import api_bot, terminal
from tests.scenario.test_lock import WATCHED
from tests.scenario.watch import buttons, refusals, say, told

pytestmark = pytest.mark.usefixtures("quick_codes")


async def test_an_agent_begins_with_its_persons_press_and_ends_with_their_button(
    harness: ScenarioHarness,
) -> None:
    async with api_bot(harness) as base, terminal(harness, base) as alice:
        async with started(harness, base, alice) as (agent, id_, message):
            await shows(harness, message, "*Your agent* `review` on `lenovo-7` *has begun*", id_)
            assert agent.token.startswith("eva_a_")
            me = (await agent.get("/v1/whoami")).json
            assert (me["principal"], me["kind"]) == (f"agent:{id_} of person:{harness.alice.id}", "agent")
            listed = (await alice.get("/v1/agents")).json["agents"]
            assert [(one["id"], one["name"], one["state"]) for one in listed] == [
                (id_, "review", "confirmed")
            ]
            opened = await last_event(harness, "session.opened")
            assert (opened.requester, opened.behind) == (f"agent:{id_}", harness.alice.id)
            await harness.heeded(partial(harness.alice.press, message, "End it"))
            await shows(harness, message, "*Your agent* `review` on `lenovo-7` *has ended.*", "You ended it")
            assert buttons(message) == []
            assert (await agent.get("/v1/whoami")).status == 401
            ended = await last_event(harness, "session.ended")
            assert (ended.requester, ended.behind, ended.detail["how"]) == (
                f"agent:{id_}",
                harness.alice.id,
                "button",
            )
        assert (await alice.get("/v1/whoami")).status == 200


async def test_nothing_begins_without_the_press(harness: ScenarioHarness) -> None:
    async with api_bot(harness) as base, terminal(harness, base) as alice, new_agent(base) as agent:
        id_ = (await offered(alice, agent)).json["id"]
        question = await finds(
            harness, harness.alice, START, "for 1 hour?", "program `claude`", "`127.0.0.1`"
        )
        found = await polled(agent, id_, 0)
        assert (found.json["state"], found.json["token"]) == ("offered", None)
        await later(harness, PICK_SECONDS + 0.1)
        await shows(harness, question, "*was not started.*", "Nobody pressed in time")
        assert buttons(question) == []
        assert (await polled(agent, id_, 0)).json["token"] is None
    assert "session.opened" not in [
        event.event for event in await harness.events() if event.requester == f"agent:{id_}"
    ]


async def test_refuse_starts_nothing(harness: ScenarioHarness) -> None:
    async with api_bot(harness) as base, terminal(harness, base) as alice, new_agent(base) as agent:
        id_ = (await offered(alice, agent)).json["id"]
        question = await finds(harness, harness.alice, START)
        await harness.heeded(partial(harness.alice.press, question, "Refuse"))
        await shows(harness, question, "*was not started.*", "You refused it")
        found = await polled(agent, id_, 0)
        assert (found.json["state"], found.json["token"]) == ("refused", None)


async def test_nobody_else_starts_it_ends_it_or_polls_it(harness: ScenarioHarness) -> None:
    async with api_bot(harness) as base, terminal(harness, base) as alice, new_agent(base) as agent:
        id_ = (await offered(alice, agent)).json["id"]
        question = await finds(harness, harness.alice, START)
        press = await harness.bob.press(question, "Start", forged=True)
        assert "somebody else's agent" in await told(harness, press)
        async with new_agent(base) as thief:
            assert (await polled(thief, id_, 0)).json["reason"] == "agent_unknown"
        async with terminal(harness, base, harness.bob) as bob:
            assert (await bob.post(f"/v1/agents/{id_}/end")).json["reason"] == "agent_not_yours"
            assert (await bob.get("/v1/agents")).json == {"agents": []}
        assert (await polled(agent, id_, 0)).json["state"] == "offered"
    assert {e.detail["why"] for e in await refusals(harness)} == {"agent_not_yours"}


async def test_no_agent_opens_another_or_lists_them(harness: ScenarioHarness) -> None:
    async with alices_agent(harness) as found, new_agent(found.base) as second:
        assert (await offered(found.agent, second)).json["reason"] == "persons_only"
        assert (await found.agent.get("/v1/agents")).json["reason"] == "persons_only"
        assert (await found.agent.post(f"/v1/agents/{found.id}/end")).json["reason"] == "persons_only"
    assert {e.detail["why"] for e in await refusals(harness)} == {"persons_only"}


async def test_signing_out_everywhere_ends_agents_and_what_waits(harness: ScenarioHarness) -> None:
    async with alices_agent(harness) as found:
        await sign_out(found.alice, "?all=1")
        await shows(harness, found.message, "*has ended.*", "It was ended at a terminal")
        assert (await found.agent.get("/v1/whoami")).status == 401


async def test_a_lock_on_the_person_ends_agents_and_what_waits(harness: ScenarioHarness) -> None:
    async with (
        alices_agent(harness, policy_file=write_policy(harness, WATCHED)) as found,
        new_agent(found.base) as waits,
    ):
        await offered(found.alice, waits)
        question = await finds(harness, harness.alice, START, "[ Start ]")
        await say(harness, "lock @alice laptop stolen", harness.dana)
        await shows(harness, found.message, "*has ended.*", "Access was locked by @dana")
        await shows(harness, question, "*was not started.*")
        assert (await found.agent.get("/v1/whoami")).status == 401


async def test_whoever_leaves_slack_has_no_agents(harness: ScenarioHarness) -> None:
    async with alices_agent(harness) as found:
        await harness.slack.tell(harness.slack.change(harness.alice, is_restricted=True))
        await shows(harness, found.message, "*has ended.*", "no full member any more")
        assert (await found.agent.get("/v1/whoami")).status == 401


async def test_one_terminal_that_signs_out_leaves_agents_and_the_list_ends_them(
    harness: ScenarioHarness,
) -> None:
    async with alices_agent(harness) as found, terminal(harness, found.base) as other:
        await sign_out(found.alice)
        assert (await found.agent.get("/v1/whoami")).status == 200
        assert (await other.post(f"/v1/agents/{found.id}/end")).json == {"ended": 1}
        await shows(harness, found.message, "*has ended.*", "It was ended at a terminal")
        assert (await found.agent.get("/v1/whoami")).status == 401
        assert (await other.post(f"/v1/agents/{found.id}/end")).json == {"ended": 0}


async def test_an_agent_ends_when_its_time_is_over(harness: ScenarioHarness) -> None:
    async with alices_agent(harness, seconds=600) as found:
        assert (await found.agent.get("/v1/whoami")).json["session"]["ends_in"] <= 600
        await later(harness, 600.1)
        await shows(harness, found.message, "*has ended.*", "Its time was over")
        assert (await found.agent.get("/v1/whoami")).status == 401


async def test_agents_live_eight_hours_at_most_and_ten_at_once(harness: ScenarioHarness) -> None:
    async with api_bot(harness) as base, terminal(harness, base) as alice, new_agent(base) as agent:
        assert (await offered(alice, agent, seconds=8 * 3_600 + 1)).status == 422
        answers = [await offered(alice, agent) for _ in range(AGENTS_MAX + 1)]
        assert [answer.status for answer in answers] == [202] * AGENTS_MAX + [429]
        assert answers[-1].json["reason"] == "too_many_agents"


async def test_the_channel_reads_of_agents(harness: ScenarioHarness) -> None:
    async with alices_agent(harness) as found:
        agent = f"agent `{found.id}` of @alice"
        await audit_says(harness, "session.offered", f"{agent} wants to begin on `lenovo-7`")
        await audit_says(harness, "session.opened", f"@alice started {agent} on `lenovo-7`")
        await found.alice.post(f"/v1/agents/{found.id}/end")
        await audit_says(harness, "session.ended", f"{agent} on `lenovo-7`", "has ended, by @alice")
