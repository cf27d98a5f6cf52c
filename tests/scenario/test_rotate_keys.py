"""The master key is rotated, and what people agreed to before goes on without the old one."""

import secrets

import pytest

from envaccess import wiring
from envaccess.domain.errors import SealKeyUnknownError, SettingsError
from envaccess.domain.exposure import mark_of
from slack_emulator import Message
from tests.scenario.harness import STRIPE, ScenarioHarness
from tests.scenario.policies import revealed
from tests.scenario.watch import settled

pytestmark = pytest.mark.real


async def test_with_the_old_key_gone_an_older_grant_is_revealed(harness: ScenarioHarness) -> None:
    (old,), new = harness.keys, secrets.token_bytes(32)
    async with harness.bot():
        card = await harness.granted()
        await revealed(harness, card)
    async with wiring.operator_context(harness.settings(master_keys=(new, old))) as operator:
        assert await operator.values.reseal(operator.ids.operation(), STRIPE, operator.actor)
        for variable in await operator.catalogue.names():
            await operator.values.reseal(operator.ids.operation(), variable, operator.actor)
        with pytest.raises(SettingsError, match="ENVACCESS_MASTER_KEYS"):
            async with harness.bot(master_keys=(new,)):
                pass
        # What seals, what signs the tree, and what marks values for the ledger.
        assert await operator.reseal_keys(operator.ids.operation()) == 3
    async with harness.bot(master_keys=(new,)):
        assert harness.values[STRIPE] in await revealed(harness, card)
        await settled(harness)
    marked = [event.detail["versions"] for event in await harness.events() if event.event == "value.seen"]
    assert len(marked) == 2
    assert len({mark_of(one) for one in marked}) == 1, "the ledger knows the value again"


async def test_a_command_with_another_key_on_an_empty_store_keeps_no_bot_from_starting(
    harness: ScenarioHarness,
) -> None:
    """It seals nothing, so it makes no key that seals: the bot could not open that one."""
    await harness.redis.flushall()
    async with wiring.operator_context(harness.settings(master_keys=(secrets.token_bytes(32),))) as operator:
        assert not await operator.catalogue.names()
    async with harness.bot():
        pass


async def test_where_the_master_key_is_lost_its_values_are_deleted_and_set_anew(
    harness: ScenarioHarness,
) -> None:
    """No other key opens the key that seals: without a way to drop it the store could never be used again."""
    harness.keys = (secrets.token_bytes(32),)
    async with wiring.operator_context(harness.settings()) as operator:
        new_id = operator.ids.operation
        with pytest.raises(SettingsError, match="secrets reseal --leaked"):
            await operator.values.write(new_id(), STRIPE, "value-for-tests", operator.actor, replace=True)
        for variable in harness.values:
            await operator.values.delete(new_id(), variable, operator.actor)
        assert await operator.drop_seal_key(new_id())
    await harness.store(STRIPE)
    async with harness.bot():
        card = await harness.granted()
        assert harness.values[STRIPE] in await revealed(harness, card)


async def test_after_a_leaked_key_nothing_that_was_sealed_with_it_gives_anything(
    harness: ScenarioHarness,
) -> None:
    """Whoever has the old key seals what they like with it; people ask again, for the same values."""
    async with harness.bot():
        card = await harness.granted()
        async with wiring.operator_context(harness.settings()) as operator:
            assert not await operator.drop_seal_key(operator.ids.operation()), "somebody serves"
    leaked = await harness.sealing()
    async with wiring.operator_context(harness.settings()) as operator:
        assert await operator.drop_seal_key(operator.ids.operation())
    with pytest.raises(SettingsError):
        async with wiring.operator_context(harness.settings()):
            pass
    async with harness.bot():
        sealing = await harness.sealing()
        with pytest.raises(SealKeyUnknownError):
            sealing.seals.open("returned", leaked.returned("0", "op"))
        press = await harness.alice.press(card, "Reveal")
        answer = await harness.until(lambda: press.answers)
        assert harness.values[STRIPE] not in harness.slack.draw(answer[0])
        known = set(map(id, harness.alice.sees()))
        message = await harness.filed()
        await harness.bob.press(message, "Approve")

        def fresh() -> Message | None:
            new = [found for found in harness.alice.sees() if id(found) not in known]
            return next((found for found in new if "[ Reveal ]" in harness.slack.draw(found)), None)

        assert harness.values[STRIPE] in await revealed(harness, await harness.until(fresh))
    assert "seal.key_dropped" in [event.event for event in await harness.events()]
