"""Every way in Slack to a login that a real PostgreSQL makes, and to its end."""

from tests.fakes.postgres import works
from tests.scenario.harness import STRIPE
from tests.scenario.leased import (
    GONE,
    WANTED,
    LeasedWorkspace,
    leased,
    light_logins,
    login_in,
    open_session,
    patient_with_postgres,
)
from tests.scenario.policies import (
    asked,
    card,
    finds,
    granted,
    later,
    pressed,
    revealed,
    write_policy,
)
from tests.scenario.watch import buttons, heard, one_request, say, settled

__all__ = ["leased", "light_logins", "patient_with_postgres"]
ONCE = WANTED.replace("1h", "once")
SHORT = "At its source it works until"
AT_NIGHT = """
version: 1
rules:
  - match: "*/*"
    approvers: [{bob}, {carol}]
    emergency: {{for: [{alice}], max: 15m, review: [{carol}]}}
"""


async def test_each_reveal_has_its_own_login_five_at_most_and_more_time_is_for_all_of_them(
    leased: LeasedWorkspace,
) -> None:
    harness = leased.harness
    async with leased.bot():
        values = [await leased.granted()]
        assert 3_500 < await leased.left(values[0]) < 3_600
        async with open_session(values[0]) as first:
            for _ in range(4):
                await later(harness, 61)
                values.append(await leased.shown())
            await later(harness, 61)
            told = await pressed(harness, harness.alice, await card(harness, "[ Reveal ]"), "Reveal")
            assert "Five logins were made for this access" in told
            assert (await leased.roles(), len(set(values))) == (5, 5)
            request = await one_request(harness)
            assert "Filed" in await say(harness, f"extend {request.id} 30m the refund takes longer")
            await harness.carol.press(await asked(harness, "asks to keep"), "Approve")
            await leased.events("lease.extended", 5)
            assert [await leased.left(value) > 4_500 for value in values] == [True] * 5
            assert await works(values[0]), "its password stays"
            assert await first.fetchval("SELECT true"), "neither cuts an open session"
            await settled(harness)
            shown = await card(harness, "[ Reveal ]")
            assert SHORT not in harness.slack.draw(shown), "all of them work until the new end"
            await later(harness, 5_400)
            await card(harness, "The 5 logins that were made for it are gone")
        await leased.gone(*values)


async def test_a_single_use_and_several_variables_and_a_push_and_an_approver_who_ends_it(
    leased: LeasedWorkspace,
) -> None:
    harness = leased.harness
    async with leased.bot(delivery="push"):
        once = await leased.granted(ONCE)
        assert 880 < await leased.left(once) < 900
        used = await card(harness, "The login that was shown works until")
        assert "Reveal" not in buttons(used)
        await later(harness, 800)
        assert await works(once), "the use is over, the login is not"
        async with open_session(once):
            await later(harness, 101)
            await card(harness, GONE)
        await leased.gone(once)
        await granted(harness, f"STRIPE_KEY, {WANTED}")
        pushed = harness.slack.draw(
            await finds(harness, harness.alice, "Only you can see this", "STRIPE_KEY")
        )
        await later(harness, 61)
        both = await revealed(harness, await card(harness, "[ Reveal ]"))
        assert [harness.values[STRIPE] in text for text in (pushed, both)] == [True, True]
        async with open_session(login_in(pushed)), open_session(login_in(both)):
            request = await one_request(harness)
            assert "is ended" in await say(harness, f"revoke {request.id}", harness.bob)
            await leased.gone(once, login_in(pushed), login_in(both))


async def test_the_login_of_an_emergency_ends_when_its_person_leaves(leased: LeasedWorkspace) -> None:
    harness = leased.harness
    async with leased.bot(policy_file=write_policy(harness, AT_NIGHT)):
        told = heard(harness, await harness.ask("emergency production/DB_URL payments are down"))
        assert "Emergency access" in told
        value = await leased.shown()
        assert 880 < await leased.left(value) < 900
        async with open_session(value):
            await harness.slack.tell(harness.slack.change(harness.alice, deleted=True))
            await leased.gone(value)
