"""A modal or a home tab on somebody's screen."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from slack_emulator import inputs, payloads
from slack_emulator.deliveries import PayloadDelivery
from slack_emulator.dispatcher import Dispatcher
from slack_emulator.drawing import draw_view
from slack_emulator.members import Member
from slack_emulator.state import EmulatorState
from slack_emulator.suggestions import OptionsRequest
from slack_emulator.types import ImpossibleError, Json, RefusalError
from slack_emulator.views import View
from slack_emulator.web.api_call import checked_view


@dataclass(eq=False)
class Submission:
    """What submitting a modal led to.

    `errors` are the messages under inputs, by block id; `next` is the modal now on the screen, None when all
    are closed; `error` is `operation_timeout`, `dispatch_failed`, or why the answer was refused.
    """

    delivery: PayloadDelivery
    errors: dict[str, str] = field(default_factory=dict)
    next: "Modal | None" = None
    error: str | None = None


class Modal:
    """What a person can do with a view. Raises ImpossibleError where Slack's client would not let them."""

    def __init__(self, state: EmulatorState, dispatcher: Dispatcher, member: Member, view: View) -> None:
        self._state = state
        self._dispatcher = dispatcher
        self._member = member
        self.view = view

    @property
    def title(self) -> str:
        """The modal's title, empty for a home tab."""
        title = self.view.given.get("title")
        return str(title["text"]) if title else ""

    @property
    def blocks(self) -> list[Json]:
        """The view's blocks as they are now."""
        return list(self.view.given["blocks"])

    @property
    def is_open(self) -> bool:
        """False once it was submitted, closed or cleared."""
        return self.view.open

    def draw(self) -> str:
        """The view as text."""
        return draw_view(self.view.given, self._state.workspace)

    async def fill(self, values: Mapping[str, object], *, forged: bool = False) -> None:
        """Type and choose, by action id, block id or placeholder.

        A string given to an external select is typed there, and the option of that name is taken.
        """
        for name, value in values.items():
            block, element = inputs.find(self.blocks, name)
            wanted = value if forged else await self._offered(element, value)
            self.view.typed[block["block_id"], element["action_id"]] = inputs.hold(element, wanted)

    async def _offered(self, element: Json, value: object) -> object:
        if element["type"] not in ("external_select", "multi_external_select"):
            return value
        wanted = value if isinstance(value, (list, tuple)) else [value]
        options = [await self._search(element, one) for one in wanted]
        return options if element["type"].startswith("multi_") else options[0]

    async def _search(self, element: Json, wanted: object) -> Json:
        if isinstance(wanted, dict):
            return wanted
        return inputs.option(
            {**element, "options": await self.suggest(element["action_id"], str(wanted))}, wanted
        )

    async def submit(
        self,
        values: Mapping[str, object] | None = None,
        *,
        forged: bool = False,
        change: Callable[[Json], Json] | None = None,
    ) -> Submission:
        """Fill in and press submit; the bot's `response_action` is carried out.

        `change` alters the payload before it is sent (an attack).
        """
        await self.fill(values or {}, forged=forged)
        if not forged:
            self._refuse_incomplete()
        payload = payloads.view_submission(self._state, self._member, self.view)
        sent = change(payload) if change else payload
        submission = Submission(await self._dispatcher.send("interactive", sent))
        submission.error = submission.delivery.error
        if submission.delivery.acked:
            self._carry_out(submission)
        top = self._state.views.top(self._member.id)
        submission.next = Modal(self._state, self._dispatcher, self._member, top) if top else None
        return submission

    def _refuse_incomplete(self) -> None:
        if not self.is_open or not self.view.given.get("submit"):
            raise ImpossibleError("this view cannot be submitted")
        values = inputs.state_values(self.blocks, self.view.typed)
        for block in self.blocks:
            held = values.get(block["block_id"], {})
            if (
                block["type"] == "input"
                and not block.get("optional")
                and any(map(inputs.is_empty, held.values()))
            ):
                raise ImpossibleError(f"{block['label']['text']!r} is required")

    def _carry_out(self, submission: Submission) -> None:
        ack, views = submission.delivery.ack, self._state.views
        try:
            match ack.get("response_action"):
                case "errors":
                    submission.errors = self._checked_errors(ack)
                case "update":
                    self.view.replace(checked_view(ack.get("view"), "modal"))
                case "push":
                    views.push(self._member.id, checked_view(ack.get("view"), "modal"))
                case "clear":
                    views.close_all(self._member.id)
                case None:
                    views.close(self.view)
                case other:
                    submission.error = f"unknown response_action {other!r}"
        except RefusalError as refusal:
            submission.error = f"{refusal.error}: {refusal.extra}"

    def _checked_errors(self, ack: Json) -> dict[str, str]:
        known = {block["block_id"] for block in self.blocks if block["type"] == "input"}
        errors = ack.get("errors")
        if not isinstance(errors, dict) or not errors or not errors.keys() <= known:
            raise RefusalError("invalid_errors", known=sorted(known), given=errors)
        return {str(block_id): str(message) for block_id, message in errors.items()}

    async def suggest(self, action: inputs.Name, typed: str) -> list[Json]:
        """Type in an external select and read the options; shorter than its least length nothing is asked."""
        answer = await self.ask(action, typed)
        groups = answer.get("option_groups") or [{"options": answer.get("options", [])}]
        return [option for group in groups for option in group["options"]]

    async def ask(self, action: inputs.Name, typed: str) -> Json:
        """The same, as the bot answered: `options` or `option_groups`."""
        found = inputs.find(self.blocks, action)
        surface = payloads.view_surface(self._state, self.view)
        return await OptionsRequest(self._state, self._dispatcher, self._member).ask(surface, *found, typed)

    async def press(
        self, action: inputs.Name, *, choose: object = None, value: str | None = None
    ) -> PayloadDelivery:
        """Press a button in the view, or choose in a select of its actions."""
        block, element = inputs.find(self.blocks, action, value)
        if inputs.can_hold(element):
            self.view.typed[block["block_id"], element["action_id"]] = inputs.hold(element, choose)
        surface = payloads.view_surface(self._state, self.view)
        pressed = inputs.action_of(block, element, choose)
        payload = payloads.block_actions(self._state, self._member, surface, pressed)
        return await self._dispatcher.send("interactive", payload)

    async def close(self) -> PayloadDelivery | None:
        """Close the view; the bot hears of it only if the view asked for that."""
        cleared = bool(self.view.given.get("clear_on_close"))
        if cleared:
            self._state.views.close_all(self._member.id)
        self._state.views.close(self.view)
        if not self.view.given.get("notify_on_close"):
            return None
        payload = payloads.view_closed(self._state, self._member, self.view, cleared=cleared)
        return await self._dispatcher.send("interactive", payload)
