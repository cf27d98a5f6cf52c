"""One seat at one browser: what it was told, and what has changed since."""

from collections.abc import Iterator

from slack_emulator.channels import Channel
from slack_emulator.messages import Message
from slack_emulator.page.workspace_view import WorkspaceView
from slack_emulator.people import User
from slack_emulator.types import Json
from slack_emulator.views import View

Mark = tuple[int, str | None, str | None]
"""What tells one look of a message from the next."""


class SeatFeed:
    """Compares what the person sees now with what the browser was told, so that a slow one misses nothing."""

    def __init__(self, workspace_view: WorkspaceView, person: User) -> None:
        self._workspace_view = workspace_view
        self._person = person
        self._told: Json = {}
        self._views: object = None
        self._shown: dict[str, dict[str, Mark]] = {}

    def frames(self) -> Iterator[Json]:
        """What the browser must be told now; it counts as told."""
        seat = self._workspace_view.seat(self._person)
        if seat != self._told:
            self._told = seat
            yield seat
        places = self._workspace_view.places(self._person)
        for channel_id in self._shown.keys() - {place.id for place in places}:
            yield from self._drop(channel_id, list(self._shown.pop(channel_id)))
        for place in places:
            yield from self._messages(place)
        yield from self._screens()

    def _messages(self, place: Channel) -> Iterator[Json]:
        shown = self._shown.setdefault(place.id, {})
        seen = self._workspace_view.seen(self._person, place)
        marks = {message.ts: _mark(message) for message in seen}
        gone = [ts for ts in shown if ts not in marks]
        changed = [message for message in seen if shown.get(message.ts) != marks[message.ts]]
        self._shown[place.id] = marks
        yield from self._drop(place.id, gone)
        if changed:
            messages = [self._workspace_view.shape(message) for message in changed]
            yield {"type": "put", "seat": self._person.id, "channel": place.id, "messages": messages}

    def _drop(self, channel_id: str, gone: list[str]) -> Iterator[Json]:
        if gone:
            yield {"type": "drop", "seat": self._person.id, "channel": channel_id, "ts": gone}

    def _screens(self) -> Iterator[Json]:
        views = self._workspace_view.slack.state.views
        stack, home = views.stack(self._person.id), views.home(self._person.id)
        modal = stack[-1] if stack else None
        now = (_version(modal), len(stack), _version(home))
        if now != self._views:
            self._views = now
            yield {
                "type": "view",
                "seat": self._person.id,
                "modal": self._workspace_view.view(modal) if modal else None,
                "depth": len(stack),
                "home": self._workspace_view.view(home) if home else None,
            }


def _mark(message: Message) -> Mark:
    return len(message.revisions), message.thread_ts, message.edited_ts


def _version(view: View | None) -> tuple[str, str] | None:
    return (view.id, view.hash) if view else None
