"""Signed and broken: any JSON where Slack puts its own is an answer of 200 or 4xx, and never a traceback."""

import copy
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlencode

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from structlog.testing import capture_logs

from envaccess.slack import names
from envaccess.slack.alarms import Alarms
from envaccess.slack.channel_guard import ChannelGuard
from envaccess.slack.client import SlackClient
from envaccess.slack.events import EVENTS, register_events
from envaccess.slack.incoming import (
    _SHAPE,
    DEEPEST,
    FIELDS_MOST,
    dispatch,
    read_http,
    read_message,
    read_payload,
)
from slack_emulator.http_sender import FORM, JSON
from tests.fakes.context import WORKSPACE
from tests.unit.slack.front import ALICE, BOB, Front
from tests.unit.slack.slack_stage import SILENT, opened
from tests.unit.slack.test_events_slack import APPROVERS, AUDIT, Memory

Body = dict[str, Any]
TYPED = "words-that-nobody-logs"


def front_with_events(client: SlackClient) -> Front:
    """Every listener that the bot has, on a world of fakes."""
    front = Front(client)
    alarms = Alarms()
    guard = ChannelGuard(alarms, APPROVERS, AUDIT, public_allowed=False)
    register_events(front.app, front.handler.context, Memory(), alarms, guard, home=front.home.opened)
    return front


@dataclass
class Answer:
    status: int
    lines: list[Any]


async def post(front: Front, body: bytes, kind: str) -> Answer:
    """What the HTTP door makes of a body that is signed."""
    with capture_logs() as lines:
        payload = read_http(body, kind)
        if payload is None:
            return Answer(400, lines)
        response = await dispatch(front.app, payload)
        await front.background.drain(5)
    return Answer(response.status, lines)


def envelope(payload: Body) -> tuple[bytes, str]:
    """A payload as Slack posts it."""
    if "command" in payload:
        fields = {name: str(value) for name, value in payload.items()}
        return urlencode(fields, errors="surrogatepass").encode(), FORM
    if payload.get("type") == "event_callback":
        return json.dumps(payload).encode(), JSON
    return urlencode({"payload": json.dumps(payload)}).encode(), FORM


def seeds(front: Front, request: str) -> list[Body]:
    """Every kind of payload that the bot takes, as Slack sends it."""
    buttons = [value for name, value in vars(names).items() if name.isupper() and isinstance(value, str)]
    typed = {names.REASON: {names.REASON: {"type": "plain_text_input", "value": TYPED}}}
    chosen = {"selected_options": [{"value": "STRIPE_KEY"}], "selected_option": {"value": "1h"}}
    values = {**typed, **{field: {field: chosen} for field in (names.VARIABLES, names.DURATION, names.AGE)}}
    home = {"view": {"type": "home", "private_metadata": "waiting:1"}, "container": {"type": "view"}}
    forms = [name for name in buttons if name.endswith("_form")]
    return [
        front.command(f"STRIPE_KEY 1h {TYPED}"),
        front.command("list"),
        *(front.button(action, request, BOB) for action in buttons),
        *(front.button(action, request, BOB, **home) for action in buttons),
        front.button("page:waiting:on", "1", BOB, **home),
        *(front.submission(form, values, private_metadata=f"{request} 1760000000.000100") for form in forms),
        front.suggestion("STRIPE"),
        *(event(kind) for kind in sorted(EVENTS)),
    ]


def event(kind: str) -> Body:
    told = {
        "type": kind,
        "user": {"id": ALICE} if kind == "user_change" else ALICE,
        "channel": APPROVERS,
        "subteam_id": "S1",
        "subteam": {"id": "S1"},
        "tab": "home",
        "tokens": {"bot": ["U0BOT"]},
    }
    heard = [{"team_id": WORKSPACE, "is_enterprise_install": False}]
    return {
        "type": "event_callback",
        "team_id": WORKSPACE,
        "event_id": "Ev1",
        "event": told,
        "authorizations": heard,
    }


def places(found: object, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Every place in a payload."""
    items: Iterator[tuple[Any, Any]] = iter(())
    if isinstance(found, dict):
        items = iter(found.items())
    elif isinstance(found, list):
        items = iter(enumerate(found))
    for key, value in items:
        yield (*path, key)
        yield from places(value, (*path, key))


def changed(payload: Body, path: tuple[str | int, ...], value: object) -> Body:
    """The payload with something else at a place; without it where that is `...`."""
    whole = copy.deepcopy(payload)
    inner: Any = whole
    for step in path[:-1]:
        inner = inner[step]
    if value is ...:
        del inner[path[-1]]
    else:
        inner[path[-1]] = value
    return whole


ODD: tuple[object, ...] = (
    ..., None, True, 0, -1, 1.5, 10**30, "", "x", "\x00", "\ud83d", "9" * 5_000, "x" * 5_000, "\u202e", [],
    {},
    [None], [[]], [{}], [7], {"id": 7}, {"id": None}, {"type": 7}, ["x"], {"x": {"x": []}},
)  # fmt: skip


def clean(answer: Answer) -> bool:
    """A plain answer, and at most one line that is no fault of ours and repeats nothing."""
    faults = [line for line in answer.lines if line.get("exc_info") or "error_id" in line]
    return (
        (answer.status == 200 or 400 <= answer.status < 500)
        and faults == []
        and TYPED not in str(answer.lines)
    )


@asynccontextmanager
async def fronts() -> AsyncIterator[tuple[Front, list[Body]]]:
    async with opened(SlackClient("xoxb-test", SILENT, loopback=True)) as client:
        front = front_with_events(client)
        yield front, seeds(front, await front.filed())


async def test_every_payload_that_slack_sends_is_answered() -> None:
    async with fronts() as (front, payloads):
        for payload in payloads:
            answer = await post(front, *envelope(payload))
            assert (answer.status, clean(answer)) == (200, True), payload


async def test_any_odd_value_at_any_place_of_any_payload_is_a_plain_answer() -> None:
    """Each place gets some of them, other ones in each payload; a trigger is used once, as Slack's are."""
    async with fronts() as (front, payloads):
        turn, bad = 0, []
        for payload in payloads:
            for path in places(payload):
                for odd in (ODD[(turn + step) % len(ODD)] for step in range(0, 12, 5)):
                    turn += 1
                    body = json.dumps(changed(payload | {"trigger_id": f"1.2.{turn}"}, path, odd)).encode()
                    answer = await post(front, body, JSON)
                    if not clean(answer):
                        bad.append((payload.get("type"), path, odd, answer.status, answer.lines))
        assert bad == []


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=6) | st.just("\ud800"),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["id", "type", "team_id", "action_id", "event", "view"]), inner)
    ),
    max_leaves=8,
)
KINDS = [
    "block_actions",
    "view_submission",
    "view_closed",
    "block_suggestion",
    "event_callback",
    "shortcut",
    "x",
]


@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(KINDS), st.dictionaries(st.sampled_from(sorted(_SHAPE)), anything))
async def test_no_json_at_all_makes_bolt_raise(kind: str, fields: Body) -> None:
    async with fronts() as (front, _):
        assert clean(await post(front, json.dumps({**fields, "type": kind}).encode(), JSON))


@given(st.binary(max_size=60), st.sampled_from([FORM, JSON, "text/plain", ""]))
@example(b"{" * 1_000, JSON)
@example(b"payload=%7B%22a%22%3A" * 3, FORM)
def test_no_bytes_at_all_make_the_reading_raise(body: bytes, kind: str) -> None:
    found = read_http(body, kind)
    assert found is None or isinstance(found, dict)
    for read in (read_message, read_payload):
        assert isinstance(read(body.decode(errors="replace")), dict | None)


def test_a_command_about_a_payload_is_a_command() -> None:
    """Bolt takes the word for the name of a form field, and loses the whole command."""
    body = urlencode({"command": "/envaccess", "text": "STRIPE_KEY 1h debugging the payload"}).encode()
    assert read_http(body, FORM) == {"command": "/envaccess", "text": "STRIPE_KEY 1h debugging the payload"}


@pytest.mark.parametrize("levels", [DEEPEST - 2, DEEPEST + 1, 5_000, 100_000])
def test_how_deep_a_payload_may_be_does_not_depend_on_the_python(levels: int) -> None:
    """Python 3.14 reads a hundred thousand levels, 3.11 a thousand."""
    text = '{"type": "x", "a": ' + "[" * levels + "]" * levels + "}"
    assert (read_payload(text) is not None) == (levels < DEEPEST)


def test_a_form_has_no_more_fields_than_slacks() -> None:
    assert read_http(b"&".join(b"a%d=1" % n for n in range(FIELDS_MOST)), FORM)
    assert read_http(b"&".join(b"a%d=1" % n for n in range(FIELDS_MOST + 1)), FORM) is None


PAYLOAD = {"type": "block_actions", "actions": [{"action_id": "approve"}]}


@pytest.mark.parametrize(
    "message",
    [
        "", "x", "[]", "null", "{", "{}{}", '{"payload": {}}', '{"type": "NaN", "x": NaN}',
        json.dumps({"type": 7, "envelope_id": "e", "payload": PAYLOAD}),
        json.dumps({"type": "interactive", "envelope_id": None, "payload": PAYLOAD}),
        json.dumps({"type": "interactive", "envelope_id": "e", "payload": "text"}),
        json.dumps({"type": "interactive", "envelope_id": "e", "payload": None}),
        json.dumps({"type": "interactive", "envelope_id": "e", "payload": {"type": "block_actions"}}),
        json.dumps({"type": "hello", "a": "\ud800"}),
        '{"type": "hello", "a": ' + "9" * 5_000 + "}",
        '{"type": "hello", "a": ' + "[" * 100_000 + "]" * 100_000 + "}",
    ],
)  # fmt: skip
def test_what_is_no_message_of_socket_mode_is_none(message: str) -> None:
    assert read_message(message) is None


def test_messages_of_socket_mode_are_read() -> None:
    for told in (
        {"type": "hello", "num_connections": 1},
        {"type": "disconnect", "reason": "warning"},
        {"type": "interactive", "envelope_id": "e", "payload": PAYLOAD, "accepts_response_payload": False},
    ):
        assert read_message(json.dumps(told)) == told


@given(st.text(alphabet="ab=&+%2Fé%C3%A9;\x00 ", max_size=30))
def test_a_form_is_read_as_the_standard_library_reads_it(text: str) -> None:
    """Two readings of one command would be two commands: one that was screened, and one that is run."""
    try:
        expected = dict(parse_qsl(text, keep_blank_values=True, errors="strict"))
    except ValueError:
        expected = {}
    assert (read_http(text.encode(), "application/x-www-form-urlencoded") or {}) == expected
