"""`block_suggestion`, compared with its page and recorded ones.

https://docs.slack.dev/reference/block-kit/block-elements/select-menu-element#external_select; recorded:
java-slack-sdk, `BlockSuggestionPayloadTest`; bolt-python, `test_block_suggestion.py`; bolt-js,
`src/types/options`.
"""

import pytest

from slack_emulator import ImpossibleError
from tests.fidelity.objects import MESSAGE
from tests.fidelity.payloads import ON_A_VIEW, interaction, on_a_message
from tests.fidelity.shapes import TEXT, What, assert_fits
from tests.fidelity.socket_connection import payload_of, row
from tests.slack_emulator.app_views import SEARCH, modal, option, trigger
from tests.slack_emulator.harness import EmulatorHarness

_ASKED: dict[str, What] = {"action_id": TEXT, "block_id": TEXT, "value": TEXT}
IN_A_VIEW = interaction("block_suggestion", {**ON_A_VIEW, **_ASKED})
IN_A_MESSAGE = interaction(
    "block_suggestion", {**on_a_message(ephemeral=False), **_ASKED}, {"message": MESSAGE}
)
OPTIONS = {"options": [option("STRIPE_KEY")]}


@pytest.fixture
async def opened(emulator: EmulatorHarness) -> EmulatorHarness:
    await emulator.client.views_open(trigger_id=trigger(emulator), view=modal("Ask", SEARCH))
    return emulator


async def test_typing_in_a_modals_select_has_the_documented_fields(opened: EmulatorHarness) -> None:
    assert opened.alice.modal is not None
    payload = await payload_of(opened, opened.alice.modal.suggest("search", "STR"), OPTIONS)
    assert_fits(payload, IN_A_VIEW)
    assert (payload["block_id"], payload["action_id"], payload["value"]) == ("variable", "search", "STR")


async def test_typing_in_a_messages_select_names_the_channel(emulator: EmulatorHarness) -> None:
    search = {"type": "external_select", "action_id": "search"}
    await emulator.post("search", blocks=[row(search)])
    message = emulator.alice.sees(emulator.general)[0]
    payload = await payload_of(emulator, emulator.alice.suggest(message, "search", "STR"), OPTIONS)
    assert_fits(payload, IN_A_MESSAGE)


async def test_three_characters_are_needed_unless_the_select_says_otherwise(
    emulator: EmulatorHarness,
) -> None:
    """`min_query_length`: "the default value is 3"."""
    usual = {**SEARCH, "element": {"type": "external_select", "action_id": "search"}}
    await emulator.client.views_open(trigger_id=trigger(emulator), view=modal("Ask", usual))
    assert emulator.alice.modal is not None
    assert await emulator.alice.modal.suggest("search", "ST") == []
    assert emulator.slack.deliveries == []
    await payload_of(emulator, emulator.alice.modal.suggest("search", "STR"), OPTIONS)


async def test_groups_are_taken_as_well(opened: EmulatorHarness) -> None:
    groups = {"option_groups": [{"label": option("x")["text"], **OPTIONS}]}
    assert opened.alice.modal is not None
    await payload_of(opened, opened.alice.modal.suggest("search", "STR"), groups)


@pytest.mark.parametrize("answer", [{}, {"options": [option(f"{n}") for n in range(101)]}])
async def test_an_answer_without_options_or_with_over_100_is_no_list(
    opened: EmulatorHarness, answer: object
) -> None:
    assert opened.alice.modal is not None
    assert answer is None or isinstance(answer, dict)
    with pytest.raises(ImpossibleError):
        await payload_of(opened, opened.alice.modal.suggest("search", "STR"), answer)
