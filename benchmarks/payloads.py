"""What Slack would send: whole signed HTTP requests, prepared before the clock runs."""

import itertools
import time
from collections.abc import Sequence

from envaccess.slack.names import COMMAND, VARIABLES
from slack_emulator.deliveries import Kind
from slack_emulator.http_sender import encode, sign
from slack_emulator.types import Json

TEAM = "T0BENCHMARK"
SIGNING_SECRET = "value-for-benchmarks"
PATH = "/slack/events"
VARIABLE_NAMES = tuple(f"STRIPE_KEY_{number:02}" for number in range(16))
PER_PERSON = len(VARIABLE_NAMES)
"""Commands that one person sends: each for another variable, and fewer than the limit a minute."""

REASON = "debugging failed refund number 17"

_people = itertools.count(1)
_triggers = itertools.count(1)


def new_people(commands: int, each: int) -> list[str]:
    """Enough people for so many commands, so many by each; none has asked for anything yet."""
    return [f"U0{next(_people):08}" for _ in range(-(-commands // each))]


def commands(people: Sequence[str], count: int) -> list[bytes]:
    """So many requests to file, neighbours by different people."""
    pairs = itertools.product(VARIABLE_NAMES, people)
    return [command(person, f"{name} 1h {REASON}") for name, person in itertools.islice(pairs, count)]


def searches(people: Sequence[str]) -> list[bytes]:
    """One letter typed by each of these people in the form's list: the bot asks Slack who they are."""
    return [signed_request("interactive", _search(person)) for person in people]


def command(person: str, text: str) -> bytes:
    """`/envaccess` with this text, by this person."""
    number = next(_triggers)
    return signed_request(
        "slash_commands",
        {
            "token": "value-for-benchmarks",
            "team_id": TEAM,
            "team_domain": "benchmark",
            "channel_id": "C0GENERAL",
            "channel_name": "general",
            "user_id": person,
            "user_name": person.lower(),
            "command": COMMAND,
            "text": text,
            "api_app_id": "A0BENCHMARK",
            "is_enterprise_install": "false",
            "response_url": "http://127.0.0.1:1/commands/1/value-for-benchmarks",
            "trigger_id": f"{number}.{number}.benchmark",
        },
    )


def press(person: str, action: str, request: str) -> bytes:
    """A button about a request, pressed in a channel of approvers or in a direct message."""
    number = next(_triggers)
    payload: Json = {
        "type": "block_actions",
        "user": {"id": person, "team_id": TEAM},
        "team": {"id": TEAM, "domain": "benchmark"},
        "api_app_id": "A0BENCHMARK",
        "container": {"type": "message", "message_ts": f"1800000000.{number:06}", "channel_id": "C0GENERAL"},
        "channel": {"id": "C0GENERAL", "name": "general"},
        "trigger_id": f"{number}.{number}.benchmark",
        "response_url": "http://127.0.0.1:1/actions/1/value-for-benchmarks",
        "actions": [{"type": "button", "action_id": action, "block_id": "b", "value": request}],
    }
    return signed_request("interactive", payload)


def _search(person: str) -> Json:
    return {
        "type": "block_suggestion",
        "user": {"id": person, "team_id": TEAM},
        "team": {"id": TEAM, "domain": "benchmark"},
        "api_app_id": "A0BENCHMARK",
        "container": {"type": "view", "view_id": "V0BENCHMARK"},
        "action_id": VARIABLES,
        "block_id": VARIABLES,
        "value": "s",
    }


def signed_request(kind: Kind, payload: Json) -> bytes:
    """A whole HTTP request as Slack sends it, signed now."""
    content_type, body = encode(kind, payload)
    headers = {
        "Host": "127.0.0.1",
        "User-Agent": "Slackbot 1.0 (+https://api.slack.com/robots)",
        "Content-Type": content_type,
        "Content-Length": str(len(body)),
        **sign(SIGNING_SECRET, body, time.time()),
    }
    head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"POST {PATH} HTTP/1.1\r\n{head}\r\n".encode() + body
