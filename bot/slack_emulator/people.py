"""People who type commands, press buttons and look at the screen."""

from collections.abc import Callable
from dataclasses import dataclass

from slack_emulator import escaping, inputs, payloads
from slack_emulator.channels import Channel
from slack_emulator.deliveries import PayloadDelivery
from slack_emulator.dispatcher import Dispatcher
from slack_emulator.drawing import draw_message
from slack_emulator.members import Member
from slack_emulator.message_events import events_of
from slack_emulator.messages import Message, Revision
from slack_emulator.modals import Modal
from slack_emulator.response_endpoint import apply_response
from slack_emulator.response_urls import ResponseUrl
from slack_emulator.state import EmulatorState
from slack_emulator.suggestions import OptionsRequest
from slack_emulator.types import ImpossibleError, Json, RefusalError

Change = Callable[[Json], Json]


def _as_it_is(payload: Json) -> Json:
    return payload


@dataclass(eq=False)
class CommandReply:
    """What a person got for a slash command.

    `message` is the acknowledgement as they see it (None when it had no content), `error` what Slack
    shows instead of one: `operation_timeout`, `dispatch_failed`, or why the content was refused.
    `answers` grows with what comes through the command's `response_url`.
    """

    delivery: PayloadDelivery
    answers: list[Message]
    message: Message | None = None
    error: str | None = None

    @property
    def text(self) -> str:
        """The acknowledgement's fallback text."""
        return self.message.text if self.message else ""

    @property
    def blocks(self) -> list[Json]:
        """The acknowledgement's blocks."""
        return self.message.blocks if self.message else []

    @property
    def trigger_id(self) -> str:
        """The command's trigger id."""
        return str(self.delivery.payload["trigger_id"])


@dataclass(eq=False)
class Press:
    """A button pressed or an option chosen: `answers` grows with what comes through its `response_url`."""

    delivery: PayloadDelivery
    answers: list[Message]

    @property
    def error(self) -> str | None:
        """None, `operation_timeout` or `dispatch_failed`."""
        return self.delivery.error

    @property
    def trigger_id(self) -> str:
        """The press's trigger id."""
        return str(self.delivery.payload["trigger_id"])


class User:
    """Somebody at a Slack client. Raises ImpossibleError where that client would not let them."""

    def __init__(self, state: EmulatorState, dispatcher: Dispatcher, member: Member) -> None:
        self._state = state
        self._dispatcher = dispatcher
        self.member = member

    def __repr__(self) -> str:
        return f"<Person {self.member.name} {self.id}>"

    @property
    def id(self) -> str:
        """The user id."""
        return self.member.id

    @property
    def dm(self) -> Channel | None:
        """The direct messages with the bot, if anybody opened them."""
        return self._state.workspace.im(self._state.workspace.bot.id, self.id)

    @property
    def modal(self) -> Modal | None:
        """The modal on the screen."""
        view = self._state.views.top(self.id)
        return Modal(self._state, self._dispatcher, self.member, view) if view else None

    @property
    def home(self) -> Modal | None:
        """The bot's home tab, if it was ever published."""
        view = self._state.views.home(self.id)
        return Modal(self._state, self._dispatcher, self.member, view) if view else None

    def sees(self, channel: Channel | None = None) -> list[Message]:
        """The messages on the screen, oldest first: in one channel, or in all."""
        places = [channel] if channel else self._state.workspace.channels.values()
        return [message for place in places for message in self._state.workspace.seen_by(self.id, place)]

    def find(self, words: str, channel: Channel | None = None) -> Message | None:
        """The newest visible message that shows these words, drawn as on the screen."""

        def shows(message: Message) -> bool:
            return words in draw_message(message, self._state.workspace)

        return next(filter(shows, sorted(self.sees(channel), key=lambda m: m.ts, reverse=True)), None)

    def reload(self) -> None:
        """Start the client anew: ephemeral messages are gone, modals too."""
        self._state.workspace.reload(self.id)
        self._state.views.close_all(self.id)

    def write(self, channel: Channel, text: str, thread_ts: str | None = None) -> Message:
        """Write a plain message; the bot is told nothing."""
        stamp = self._state.workspace.stamps.next()
        return self._state.workspace.say(Message(channel.id, stamp, self.id, text, thread_ts=thread_ts))

    async def say(self, channel: Channel, text: str, thread_ts: str | None = None) -> Message:
        """Write a plain message, and tell the bot of it where the app is subscribed to such messages."""
        message = self.write(channel, text, thread_ts)
        for event in events_of(self._state, message):
            await self._dispatcher.send("events_api", payloads.event_callback(self._state, event))
        return message

    async def shortcut(self, callback_id: str) -> PayloadDelivery:
        """Choose one of the app's global shortcuts."""
        return await self._dispatcher.send(
            "interactive", payloads.shortcut(self._state, self.member, callback_id)
        )

    async def message_shortcut(self, message: Message, callback_id: str) -> Press:
        """Choose one of the app's shortcuts in a message's menu; ephemeral messages have none."""
        self._refuse_unseen(message)
        if message.is_ephemeral:
            raise ImpossibleError("an ephemeral message has no shortcuts")
        hook = self._state.response_urls.mint("actions", self.id, message.channel)
        url = self._state.base_url + hook.path
        payload = payloads.message_action(self._state, self.member, message, callback_id, url)
        return Press(await self._dispatcher.send("interactive", payload), hook.answers)

    async def command(
        self,
        name: str,
        text: str = "",
        *,
        channel: Channel | None = None,
        forged: bool = False,
        change: Change = _as_it_is,
    ) -> CommandReply:
        """Type a slash command and read the private answer; without a channel, in the DM with the bot.

        `change` alters the payload before it is sent (an attack).
        """
        workspace = self._state.workspace
        place = channel or workspace.open_im(workspace.bot.id, self.id)
        if not forged:
            self._refuse_outsider(place)
        hook = self._state.response_urls.mint("commands", self.id, place.id)
        typed = escaping.as_sent(text, workspace)
        url = self._state.base_url + hook.path
        payload = payloads.command(self._state, self.member, place, name, typed, url)
        delivery = await self._dispatcher.send("slash_commands", change(payload))
        return self._read(CommandReply(delivery, hook.answers, error=delivery.error), hook)

    def _read(self, reply: CommandReply, hook: ResponseUrl) -> CommandReply:
        if not reply.delivery.ack:
            return reply
        try:
            reply.message = apply_response(self._state, hook, reply.delivery.ack)
        except RefusalError as refusal:
            reply.error = f"{refusal.error}: {refusal.extra}"
        return reply

    async def press(
        self,
        message: Message,
        action: inputs.Name,
        *,
        choose: object = None,
        value: str | None = None,
        shown: Revision | None = None,
        forged: bool = False,
        change: Change = _as_it_is,
    ) -> Press:
        """Press a button (see `inputs.Name` for what it may be called), or choose an option in a select.

        `value` tells apart buttons of one name. `shown` is an older face of the message, still on a screen
        that lags behind. `change` alters the payload before it is sent (an attack).
        """
        if not forged:
            self._refuse_unseen(message)
        payload = self._pressed(message, (shown or message).blocks, action, choose, value)
        hook = self._state.response_urls.mint("actions", self.id, message.channel, message)
        payload["response_url"] = self._state.base_url + hook.path
        return Press(await self._dispatcher.send("interactive", change(payload)), hook.answers)

    def _pressed(
        self, message: Message, blocks: list[Json], action: inputs.Name, choose: object, value: str | None
    ) -> Json:
        block, element = inputs.find(blocks, action, value)
        pressed = inputs.action_of(block, element, choose)
        held = message.typed_by(self.id)
        if inputs.can_hold(element):
            held[block["block_id"], element["action_id"]] = inputs.hold(element, choose)
        surface = payloads.message_surface(self._state, message)
        payload = payloads.block_actions(self._state, self.member, surface, pressed)
        return payload | {"state": {"values": inputs.state_values(blocks, held)}}

    async def suggest(
        self, message: Message, action: inputs.Name, typed: str, *, shown: Revision | None = None
    ) -> Json:
        """Type in a message's external select; the bot's `options` or `option_groups`."""
        self._refuse_unseen(message)
        found = inputs.find((shown or message).blocks, action)
        surface = payloads.message_surface(self._state, message)
        return await OptionsRequest(self._state, self._dispatcher, self.member).ask(surface, *found, typed)

    def _refuse_unseen(self, message: Message) -> None:
        if self.member.deleted:
            raise ImpossibleError(f"{self.member.name} is deactivated")
        if message not in self.sees(self._state.workspace.channels[message.channel]):
            raise ImpossibleError(f"{self.member.name} does not see that message")

    def _refuse_outsider(self, place: Channel) -> None:
        if self.id not in place.members:
            raise ImpossibleError(f"{self.member.name} is not in {place.name}")
        if self.member.deleted or not self.member.belongs_to(self._state.workspace.team_id):
            raise ImpossibleError(f"{self.member.name} cannot use this workspace's commands")
