"""Which of an organisation's workspaces a payload is about, where it does not say so itself.

A press through an org-wide installation names no workspace but the person's, of whom several are
(slackapi/bolt-js#1875). An approver of a sister workspace presses a message of ours in theirs. In both
cases the request that the button carries is in one workspace only, and that one answers; whether the person
may do anything there, it asks as ever.
"""

import contextlib
from collections.abc import Iterator, Mapping
from typing import Any

from envaccess.domain.errors import StoreError
from envaccess.domain.ids import parse_id
from envaccess.slack.payload import text
from envaccess.slack.render.forms import read_metadata
from envaccess.slack.workspace_of import workspace_of
from envaccess.wiring.workspaces.host import Workspaces


async def locate(workspaces: Workspaces, body: Mapping[str, Any]) -> str:
    """The workspace whose application answers; empty where none is named, or two.

    Without an answer of Redis it is the one that is named, whose application says what is wrong.
    """
    team, enterprise = workspace_of(body)
    request = _request_in(body) if enterprise else None
    if request is None:
        return team
    with contextlib.suppress(StoreError):
        for candidate in _candidates(workspaces, team, enterprise):
            running = workspaces.running.get(candidate)  # it may be removed meanwhile
            if running and await running.application.context.requests.get(request):
                return candidate
    return team


def _request_in(body: Mapping[str, Any]) -> str | None:
    """The request that a button or a form is about."""
    pressed = parse_id(text(body, "actions", 0, "value"))
    return pressed or read_metadata(text(body, "view", "private_metadata"))[0]


def _candidates(workspaces: Workspaces, team: str, enterprise: str) -> Iterator[str]:
    """The workspaces of the organisation that are served, the one that is named first."""
    running = workspaces.running
    found = sorted(one for one, each in running.items() if each.identity.enterprise == enterprise)
    return iter(sorted(found, key=lambda one: one != team))
