"""What happens while somebody types in an external select."""

from dataclasses import dataclass

from slack_emulator import blockkit, payloads
from slack_emulator.dispatcher import Dispatcher
from slack_emulator.members import Member
from slack_emulator.state import EmulatorState
from slack_emulator.types import ImpossibleError, Json

SHORTEST_QUERY = 3
"""Characters before an external select asks, unless `min_query_length` says otherwise."""


@dataclass(frozen=True)
class OptionsRequest:
    """Somebody who types."""

    state: EmulatorState
    dispatcher: Dispatcher
    member: Member

    async def ask(self, surface: Json, block: Json, element: Json, typed: str) -> Json:
        """The bot's `options` or `option_groups`; shorter than the least length it is not asked.

        Raises:
            ImpossibleError: this is no external select, or it got no options.
        """
        if not element["type"].endswith("external_select"):
            raise ImpossibleError(f"{element['action_id']} does not ask for options")
        if len(typed) < element.get("min_query_length", SHORTEST_QUERY):
            return {"options": []}
        payload = payloads.block_suggestion(
            self.state, self.member, surface, element, block["block_id"], typed
        )
        delivery = await self.dispatcher.send("interactive", payload)
        if wrong := delivery.error or blockkit.wrong_in_options(delivery.ack):
            raise ImpossibleError(f"the select got no options: {wrong}")
        return delivery.ack
