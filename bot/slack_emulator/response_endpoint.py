"""What comes back through a `response_url`, or in a command's acknowledgement."""

from http import HTTPStatus

from aiohttp import web

from slack_emulator.faults import RESPONSE_URL
from slack_emulator.http_answers import DroppedError, Reply, drop, to_response
from slack_emulator.messages import Message
from slack_emulator.response_urls import ResponseUrl
from slack_emulator.state import EmulatorState
from slack_emulator.types import Json, RefusalError
from slack_emulator.web.api_call import checked_blocks


def apply_response(state: EmulatorState, hook: ResponseUrl, body: Json) -> Message | None:
    """Do what a body asks: delete or replace the original, or say something new.

    A new message is ephemeral unless `response_type` is `in_channel`. Returns it, or None when nothing
    new was said. Raises RefusalError (`no_text`, `invalid_blocks`).
    """
    if body.get("delete_original"):
        _delete(hook)
        return None
    blocks = checked_blocks(body.get("blocks")) or []
    text = str(body.get("text") or "")
    if not text and not blocks:
        raise RefusalError("no_text")
    if body.get("replace_original") and hook.original is not None:
        hook.original.show(text, blocks)
        return None
    return _say(state, hook, body, text, blocks)


def _delete(hook: ResponseUrl) -> None:
    if hook.original is not None:
        hook.original.gone = True


def _say(state: EmulatorState, hook: ResponseUrl, body: Json, text: str, blocks: list[Json]) -> Message:
    public = body.get("response_type") == "in_channel"
    message = Message(
        hook.channel,
        state.workspace.stamps.next(),
        state.workspace.bot.id,
        text,
        blocks,
        thread_ts=body.get("thread_ts"),
        only_for=None if public else hook.user,
    )
    return state.workspace.say(message)


class ResponseEndpoint:
    """Answers `POST` on every `response_url`."""

    def __init__(self, state: EmulatorState) -> None:
        self._state = state

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Use the hook up once and apply_response; 404 when it is spent or expired."""
        body = await _body(request)
        call = self._state.record.begin(RESPONSE_URL, body)

        state = self._state_of(request.path)

        def act() -> Reply:
            call.acted = True
            return self._act(state, request.path, body)

        try:
            reply = await self._state.faults.meet(RESPONSE_URL, body, act)
        except DroppedError:
            self._note(state, request.path, body)
            return drop(request)
        call.status = reply.status
        call.answer = (
            reply.body if isinstance(reply.body, dict) else {"ok": reply.status < HTTPStatus.NOT_FOUND}
        )
        self._note(state, request.path, body)
        return to_response(reply)

    def _state_of(self, path: str) -> EmulatorState:
        """The workspace where this hook was made."""
        states = self._state.teams.states.values()
        return next((state for state in states if state.response_urls.find(path)), self._state)

    def _note(self, state: EmulatorState, path: str, body: Json) -> None:
        state.record.note("from bot", RESPONSE_URL, body, self._reader(state, path, body))

    @staticmethod
    def _reader(state: EmulatorState, path: str, body: Json) -> str | None:
        hook = state.response_urls.find(path)
        if hook is None or body.get("response_type") == "in_channel":
            return None
        replaced = hook.original if body.get("replace_original") else None
        return hook.user if replaced is None or replaced.is_ephemeral else None

    @staticmethod
    def _act(state: EmulatorState, path: str, body: Json) -> Reply:
        try:
            hook = state.response_urls.use(path)
        except RefusalError as refusal:
            return Reply(HTTPStatus.NOT_FOUND, {"ok": False, "error": refusal.error})
        try:
            message = apply_response(state, hook, body)
        except RefusalError as refusal:
            return Reply(
                HTTPStatus.INTERNAL_SERVER_ERROR, {"ok": False, "error": refusal.error, **refusal.extra}
            )
        hook.answers += [message] if message else []
        return Reply(200, {"ok": True})


async def _body(request: web.Request) -> Json:
    try:
        body = await request.json()
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}
