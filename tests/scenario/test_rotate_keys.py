"""The master key is rotated, and what people agreed to before goes on without the old one."""

import secrets

import pytest

from envaccess import wiring
from envaccess.domain.errors import SettingsError
from tests.scenario.harness import STRIPE, ScenarioHarness
from tests.scenario.policies import revealed

pytestmark = pytest.mark.real


async def test_with_the_old_key_gone_an_older_grant_is_revealed(harness: ScenarioHarness) -> None:
    (old,), new = harness.keys, secrets.token_bytes(32)
    async with harness.bot():
        card = await harness.granted()
    async with wiring.operator_context(harness.settings(master_keys=(new, old))) as operator:
        assert await operator.values.reseal(operator.ids.operation(), STRIPE, operator.actor)
        for variable in await operator.catalogue.names():
            await operator.values.reseal(operator.ids.operation(), variable, operator.actor)
        with pytest.raises(SettingsError, match="ENVACCESS_MASTER_KEYS"):
            async with harness.bot(master_keys=(new,)):
                pass
        assert await operator.reseal_keys(operator.ids.operation()) == 1
    async with harness.bot(master_keys=(new,)):
        assert harness.values[STRIPE] in await revealed(harness, card)
