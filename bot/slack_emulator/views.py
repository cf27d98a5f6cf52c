"""Modals and home tabs that are open, by person."""

import secrets
from dataclasses import dataclass, field

from slack_emulator.types import Json, RefusalError

DEEPEST = 3
"""Views in one stack (https://docs.slack.dev/surfaces/modals#view_stack)."""


@dataclass(eq=False)
class View:
    """One view: what the app gave (`given`), and what the person typed (`typed`, by block and action id)."""

    id: str
    user: str
    given: Json
    root: str
    previous: str | None = None
    hash: str = ""
    open: bool = True
    typed: dict[tuple[str, str], Json] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.hash = self.hash or _new_hash()

    def replace(self, given: Json) -> None:
        """Show something else in the same view."""
        self.given = given
        self.hash = _new_hash()


def _new_hash() -> str:
    return f"{secrets.randbelow(10**10)}.{secrets.token_hex(4)}"


class Views:
    """All views: a stack of modals and one home tab for each person."""

    def __init__(self) -> None:
        self._all: dict[str, View] = {}
        self._stacks: dict[str, list[View]] = {}
        self._homes: dict[str, View] = {}

    def top(self, user: str) -> View | None:
        """The modal that this person looks at."""
        stack = self._stacks.get(user)
        return stack[-1] if stack else None

    def stack(self, user: str) -> list[View]:
        """This person's open modals, the one they look at last."""
        return list(self._stacks.get(user, []))

    def home(self, user: str) -> View | None:
        """This person's home tab."""
        return self._homes.get(user)

    def open(self, user: str, given: Json) -> View:
        """Open a modal; whatever was open is closed."""
        self.close_all(user)
        return self._push(user, given, None)

    def push(self, user: str, given: Json) -> View:
        """Lay a modal over the open one; raises `push_limit_reached` above three."""
        stack = self._stacks.get(user, [])
        if len(stack) >= DEEPEST:
            raise RefusalError("push_limit_reached")
        return self._push(user, given, stack[-1] if stack else None)

    def _push(self, user: str, given: Json, over: View | None) -> View:
        self._refuse_twin(given, None)
        view_id = self._mint()
        view = View(view_id, user, given, over.root if over else view_id, over.id if over else None)
        self._all[view_id] = view
        self._stacks.setdefault(user, []).append(view)
        return view

    def publish(self, user: str, given: Json, expected_hash: str | None) -> View:
        """Set a person's home tab; raises `hash_conflict` when it is not what the app thinks."""
        home = self._homes.get(user)
        if home is None:
            view_id = self._mint()
            home = self._homes[user] = self._all[view_id] = View(view_id, user, given, view_id)
            return home
        return self._replace(home, given, expected_hash)

    def update(
        self, view_id: str | None, external_id: str | None, given: Json, expected_hash: str | None
    ) -> View:
        """Replace an open view; raises `not_found` or `hash_conflict`."""
        view = self.find(view_id, external_id)
        if view is None or not view.open:
            raise RefusalError("not_found")
        return self._replace(view, given, expected_hash)

    def _replace(self, view: View, given: Json, expected_hash: str | None) -> View:
        if expected_hash and expected_hash != view.hash:
            raise RefusalError("hash_conflict")
        self._refuse_twin(given, view)
        view.replace(given)
        return view

    def find(self, view_id: str | None, external_id: str | None = None) -> View | None:
        """By id, or by the app's own id among the open ones."""
        if view_id:
            return self._all.get(view_id)
        named = (
            view for view in self._all.values() if view.open and view.given.get("external_id") == external_id
        )
        return next(named, None) if external_id else None

    def close(self, view: View) -> None:
        """Close this view and show what lay under it."""
        view.open = False
        stack = self._stacks.get(view.user, [])
        if view in stack:
            stack.remove(view)

    def close_all(self, user: str) -> None:
        """Close a person's whole stack."""
        for view in list(self._stacks.get(user, [])):
            self.close(view)

    def _refuse_twin(self, given: Json, besides: View | None) -> None:
        external_id = given.get("external_id")
        if external_id and self.find(None, external_id) not in (None, besides):
            raise RefusalError("duplicate_external_id")

    def _mint(self) -> str:
        return f"V{len(self._all) + 1:04d}{secrets.token_hex(3).upper()}"
