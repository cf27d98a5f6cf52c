"""What somebody in a seat can do, as Slack's client would let them."""

from collections.abc import Awaitable, Callable, Mapping

from slack_emulator import escaping, inputs
from slack_emulator.messages import Message, Revision
from slack_emulator.modals import Modal
from slack_emulator.page.entered import chosen, held
from slack_emulator.page.requests import TEXT, PageRequest, PageRequestError
from slack_emulator.page.workspace_view import WorkspaceView
from slack_emulator.people import User
from slack_emulator.types import Json, RefusalError

Act = Callable[[User, PageRequest], Awaitable[Json]]

REQUIRED = "Please complete this required field."
"""As Slack says it under an empty input."""

_NO_ANSWER = "{} did not answer: {}."


class PersonActions:
    """One method a thing that can be done; each returns what the browser's answer carries."""

    def __init__(self, workspace_view: WorkspaceView) -> None:
        self._workspace_view = workspace_view
        self._workspace = workspace_view.slack.state.workspace
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

    async def command(self, person: User, request: PageRequest) -> Json:
        """Type a slash command."""
        place = self._workspace_view.place(person, request.text("channel"))
        name, _, text = request.text("text", TEXT).strip().partition(" ")
        known = [command["command"] for command in self._workspace_view.program.commands]
        if not name.startswith("/") or (known and name not in known):
            raise PageRequestError(f"{name} is not a valid command.")
        reply = await person.command(name, text.strip(), channel=place)
        if reply.error:
            raise PageRequestError(f'{name} failed with the error "{reply.error}"')
        return {}

    async def write(self, person: User, request: PageRequest) -> Json:
        """Write a plain message."""
        place, text = (
            self._workspace_view.place(person, request.text("channel")),
            request.text("text", TEXT).strip(),
        )
        if not text:
            raise PageRequestError("There is nothing to send.")
        thread = request.maybe("thread_ts")
        await person.say(
            place,
            escaping.as_sent(text, self._workspace),
            self._thread(place.id, thread) if thread else None,
        )
        return {}

    def _thread(self, channel_id: str, ts: str) -> str:
        try:
            parent = self._workspace.stored(channel_id, ts)
        except RefusalError:
            raise PageRequestError("That thread is not there any more.") from None
        parent.thread_ts = parent.thread_ts or parent.ts
        return parent.thread_ts

    async def press(self, person: User, request: PageRequest) -> Json:
        """Press a button, or choose, in a message."""
        message, shown = self._shown(person, request)
        name, value = _control(request), request.maybe("value", TEXT)
        _fill(shown.blocks, message.typed_by(person.id), request)
        _, element = inputs.find(shown.blocks, name, value)
        choose = chosen(element, request.raw("option"))
        press = await person.press(message, name, choose=choose, value=value, shown=shown)
        _refuse(self._bot, press.error)
        return {}

    def _shown(self, person: User, request: PageRequest) -> tuple[Message, Revision]:
        """The message, and the revision of it that the browser shows."""
        message = self._workspace_view.message(person, request.text("channel"), request.text("ts"))
        if request.raw("revision") is None:
            return message, message.revisions[-1]
        return message, message.revisions[request.whole("revision", 0, len(message.revisions) - 1)]

    async def view_press(self, person: User, request: PageRequest) -> Json:
        """The same in a modal or the home tab."""
        modal = self._view(person, request)
        name, value = _control(request), request.maybe("value", TEXT)
        _fill(modal.blocks, modal.view.typed, request)
        _, element = inputs.find(modal.blocks, name, value)
        delivery = await modal.press(name, choose=chosen(element, request.raw("option")), value=value)
        _refuse(self._bot, delivery.error)
        return {}

    def _view(self, person: User, request: PageRequest) -> Modal:
        """The view on this person's screen that has this id."""
        wanted = request.text("view")
        for modal in (person.modal, person.home):
            if modal and modal.view.id == wanted:
                return modal
        raise PageRequestError("That view is not open any more.")

    async def suggest(self, person: User, request: PageRequest) -> Json:
        """Type in an external select."""
        name, query = _control(request), request.maybe("query", TEXT) or ""
        if request.raw("view") is not None:
            answer = await self._view(person, request).ask(name, query)
        else:
            message, shown = self._shown(person, request)
            answer = await person.suggest(message, name, query, shown=shown)
        return {kind: answer[kind] for kind in ("options", "option_groups") if kind in answer}

    async def submit(self, person: User, request: PageRequest) -> Json:
        """Submit a modal; what Slack's client itself finds wrong is told as the bot's errors are."""
        modal = self._view(person, request)
        if errors := _fill(modal.blocks, modal.view.typed, request) or _missing(modal):
            return {"errors": errors}
        submission = await modal.submit()
        if submission.error:
            raise PageRequestError("We had some trouble connecting. Try again?")
        return {"errors": submission.errors} if submission.errors else {}

    async def close(self, person: User, request: PageRequest) -> Json:
        """Close a modal."""
        await self._view(person, request).close()
        return {}

    async def reload(self, person: User, _request: PageRequest) -> Json:
        """Start this person's client anew."""
        person.reload()
        return {}

    async def home(self, person: User, request: PageRequest) -> Json:
        """Open the bot's App Home, or its messages; an app that is not subscribed to that never answers."""
        tab = request.maybe("tab") or "home"
        if tab not in {"home", "messages"}:
            raise PageRequestError("The bot's page has the tabs home and messages.")
        if not self._workspace_view.seat(person)["can"]["home"]:
            raise PageRequestError(f"{person.member.name} cannot open this workspace's apps.")
        delivery = await self._workspace_view.slack.open_home(person, tab)
        return {"acked": delivery.acked}

    @property
    def _bot(self) -> str:
        return self._workspace.bot.name


def _control(request: PageRequest) -> tuple[str, str]:
    return request.text("block_id"), request.text("action_id")


def _refuse(bot: str, error: str | None) -> None:
    if error:
        raise PageRequestError(_NO_ANSWER.format(bot, error))


def _fill(blocks: list[Json], typed: dict[tuple[str, str], Json], request: PageRequest) -> dict[str, str]:
    """Type in everything that the browser sends; the sentences for what Slack would not take, by block id."""
    errors, entered = {}, request.table("values")
    for block, element in inputs.controls(blocks):
        place = block["block_id"], element["action_id"]
        if not inputs.can_hold(element) or place[1] not in entered.get(place[0], {}):
            continue
        try:
            typed[place] = held(element, entered[place[0]][place[1]])
        except PageRequestError as error:
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
