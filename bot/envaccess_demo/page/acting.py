"""What somebody in a seat can do, as Slack's client would let them."""

from collections.abc import Awaitable, Callable, Mapping

from envaccess_demo.page.entered import chosen, held
from envaccess_demo.page.orders import TEXT, Order, OrderError
from envaccess_demo.page.town import Town
from slack_emulator import inputs, typing_in
from slack_emulator.messages import Face, Message
from slack_emulator.modals import Modal
from slack_emulator.people import Person
from slack_emulator.shapes import Json, RefusalError

Act = Callable[[Person, Order], Awaitable[Json]]

REQUIRED = "Please complete this required field."
"""As Slack says it under an empty input."""

_NO_ANSWER = "{} did not answer: {}."


class Acting:
    """One method a thing that can be done; each returns what the browser's answer carries."""

    def __init__(self, town: Town) -> None:
        self._town = town
        self._workspace = town.slack.stage.workspace
        self.acts: Mapping[str, Act] = {
            "command": self.command,
            "write": self.write,
            "press": self.press,
            "view_press": self.view_press,
            "suggest": self.suggest,
            "submit": self.submit,
            "close": self.close,
            "reload": self.reload,
            "home": self.home,
        }

    async def command(self, person: Person, order: Order) -> Json:
        """Type a slash command."""
        place = self._town.place(person, order.text("channel"))
        name, _, text = order.text("text", TEXT).strip().partition(" ")
        if name not in [command["command"] for command in self._town.program.commands]:
            raise OrderError(f"{name} is not a valid command.")
        reply = await person.command(name, text.strip(), channel=place)
        if reply.error:
            raise OrderError(f'{name} failed with the error "{reply.error}"')
        return {}

    async def write(self, person: Person, order: Order) -> Json:
        """Write a plain message."""
        place, text = self._town.place(person, order.text("channel")), order.text("text", TEXT).strip()
        if not text:
            raise OrderError("There is nothing to send.")
        thread = order.maybe("thread_ts")
        person.write(
            place,
            typing_in.as_sent(text, self._workspace),
            self._thread(place.id, thread) if thread else None,
        )
        return {}

    def _thread(self, channel_id: str, ts: str) -> str:
        try:
            parent = self._workspace.stored(channel_id, ts)
        except RefusalError:
            raise OrderError("That thread is not there any more.") from None
        parent.thread_ts = parent.thread_ts or parent.ts
        return parent.thread_ts

    async def press(self, person: Person, order: Order) -> Json:
        """Press a button, or choose, in a message."""
        message, shown = self._shown(person, order)
        name, value = _control(order), order.maybe("value", TEXT)
        _fill(shown.blocks, message.typed_by(person.id), order)
        _, element = inputs.find(shown.blocks, name, value)
        choose = chosen(element, order.raw("option"))
        press = await person.press(message, name, choose=choose, value=value, shown=shown)
        _refuse(self._bot, press.error)
        return {}

    def _shown(self, person: Person, order: Order) -> tuple[Message, Face]:
        """The message, and the face of it that the browser shows."""
        message = self._town.message(person, order.text("channel"), order.text("ts"))
        if order.raw("face") is None:
            return message, message.faces[-1]
        return message, message.faces[order.whole("face", 0, len(message.faces) - 1)]

    async def view_press(self, person: Person, order: Order) -> Json:
        """The same in a modal or the home tab."""
        modal = self._view(person, order)
        name, value = _control(order), order.maybe("value", TEXT)
        _fill(modal.blocks, modal.view.typed, order)
        _, element = inputs.find(modal.blocks, name, value)
        delivery = await modal.press(name, choose=chosen(element, order.raw("option")), value=value)
        _refuse(self._bot, delivery.error)
        return {}

    def _view(self, person: Person, order: Order) -> Modal:
        """The view on this person's screen that has this id."""
        wanted = order.text("view")
        for modal in (person.modal, person.home):
            if modal and modal.view.id == wanted:
                return modal
        raise OrderError("That view is not open any more.")

    async def suggest(self, person: Person, order: Order) -> Json:
        """Type in an external select."""
        name, query = _control(order), order.maybe("query", TEXT) or ""
        if order.raw("view") is not None:
            answer = await self._view(person, order).ask(name, query)
        else:
            message, shown = self._shown(person, order)
            answer = await person.suggest(message, name, query, shown=shown)
        return {kind: answer[kind] for kind in ("options", "option_groups") if kind in answer}

    async def submit(self, person: Person, order: Order) -> Json:
        """Submit a modal; what Slack's client itself finds wrong is told as the bot's errors are."""
        modal = self._view(person, order)
        if errors := _fill(modal.blocks, modal.view.typed, order) or _missing(modal):
            return {"errors": errors}
        submission = await modal.submit()
        if submission.error:
            raise OrderError("We had some trouble connecting. Try again?")
        return {"errors": submission.errors} if submission.errors else {}

    async def close(self, person: Person, order: Order) -> Json:
        """Close a modal."""
        await self._view(person, order).close()
        return {}

    async def reload(self, person: Person, _order: Order) -> Json:
        """Start this person's client anew."""
        person.reload()
        return {}

    async def home(self, person: Person, order: Order) -> Json:
        """Open the bot's App Home, or its messages; an app that is not subscribed to that never answers."""
        tab = order.maybe("tab") or "home"
        if tab not in {"home", "messages"}:
            raise OrderError("The bot's page has the tabs home and messages.")
        if not self._town.seat(person)["can"]["home"]:
            raise OrderError(f"{person.member.name} cannot open this workspace's apps.")
        delivery = await self._town.slack.open_home(person, tab)
        return {"acked": delivery.acked}

    @property
    def _bot(self) -> str:
        return self._workspace.bot.name


def _control(order: Order) -> tuple[str, str]:
    return order.text("block_id"), order.text("action_id")


def _refuse(bot: str, error: str | None) -> None:
    if error:
        raise OrderError(_NO_ANSWER.format(bot, error))


def _fill(blocks: list[Json], typed: dict[tuple[str, str], Json], order: Order) -> dict[str, str]:
    """Type in everything that the browser sends; the sentences for what Slack would not take, by block id."""
    errors, entered = {}, order.table("values")
    for block, element in inputs.controls(blocks):
        place = block["block_id"], element["action_id"]
        if not inputs.can_hold(element) or place[1] not in entered.get(place[0], {}):
            continue
        try:
            typed[place] = held(element, entered[place[0]][place[1]])
        except OrderError as error:
            errors[place[0]] = str(error)
    return errors


def _missing(modal: Modal) -> dict[str, str]:
    """The required inputs that are empty."""
    values = inputs.state_values(modal.blocks, modal.view.typed)
    needed = [
        block["block_id"]
        for block in modal.blocks
        if block["type"] == "input" and not block.get("optional", False)
    ]
    return {name: REQUIRED for name in needed if any(map(inputs.is_empty, values.get(name, {}).values()))}
