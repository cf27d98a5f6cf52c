"""What Slack would send: whole signed HTTP requests, prepared before the clock runs."""

import itertools
import time
from collections.abc import Sequence

from envaccess.slack.names import COMMAND, VARIABLES
from slack_emulator.deliveries import Kind
from slack_emulator.posting import encode, sign
from slack_emulator.shapes import Json

TEAM = "T0BENCHMARK"
SIGNING_SECRET = "value-for-benchmarks"
PATH = "/slack/events"
VARIABLE_NAMES = tuple(f"STRIPE_KEY_{number:02}" for number in range(16))
PER_PERSON = len(VARIABLE_NAMES)
"""Commands that one person sends: each for another variable, and fewer than the limit a minute."""

_people = itertools.count(1)
_triggers = itertools.count(1)


def new_people(commands: int, each: int) -> list[str]:
    """Enough people for so many commands, so many by each; none has asked for anything yet."""
    return [f"U0{next(_people):08}" for _ in range(-(-commands // each))]


def commands(people: Sequence[str], count: int) -> list[bytes]:
    """So many requests to file, neighbours by different people."""
    pairs = itertools.product(VARIABLE_NAMES, people)
    return [_command(person, name) for name, person in itertools.islice(pairs, count)]


def searches(people: Sequence[str]) -> list[bytes]:
    """One letter typed by each of these people in the form's list: the bot asks Slack who they are."""
    return [_request("interactive", _search(person)) for person in people]


def _command(person: str, name: str) -> bytes:
    number = next(_triggers)
    return _request(
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
            "text": f"{name} 1h debugging failed refund number {number}",
            "api_app_id": "A0BENCHMARK",
            "is_enterprise_install": "false",
            "response_url": "http://127.0.0.1:1/commands/1/value-for-benchmarks",
            "trigger_id": f"{number}.{number}.benchmark",
        },
    )


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


def _request(kind: Kind, payload: Json) -> bytes:
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
