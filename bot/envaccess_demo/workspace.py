"""Who and what is there when the page opens."""

from dataclasses import dataclass
from pathlib import Path

from envaccess.domain.variable import Variable
from envaccess_demo.policy import write_policy
from slack_emulator import Channel, SlackEmulator
from slack_emulator.page import Program

NAMES = (
    Variable("default", "STRIPE_KEY"),
    Variable("production", "STRIPE_KEY"),
    Variable("production", "DB_URL"),
    Variable("staging", "DB_URL"),
    Variable("release", "DEPLOY_KEY"),
    Variable("tracker", "API_TOKEN"),
    Variable("default", "SENTRY_TOKEN"),
)

ELSEWHERE = "T0PARTNER"
"""Eve's workspace."""

_VERBS = (
    ("help", "help", "How to use it."),
    ("list", "list", "What you may ask for."),
    ("status", "status", "Your requests and live access, with the time left."),
    ("show", "show NAME", "See a value that you have live access to."),
    ("cancel", "cancel ID", "Withdraw a request that nobody has decided on."),
    ("revoke", "revoke ID", "End access before its time."),
    ("extend", "extend ID DURATION REASON", "Ask for more time before access ends."),
    ("emergency", "emergency NAME REASON", "At once, where the policy allows it; reviewed afterwards."),
    ("delegate", "delegate @PERSON DURATION", "Let a colleague decide in your place."),
    ("audit", "audit NAME|@PERSON|ID", "For security people: what happened about something."),
)

_ZONE = "Europe/Berlin"

PROGRAM = Program(
    commands=[
        {
            "command": "/envaccess",
            "usage_hint": "STRIPE_KEY 1h debugging a failed refund | help",
            "description": "Ask for access to environment variables, or see what you have.",
            "verbs": [{"text": text, "usage": usage, "description": told} for text, usage, told in _VERBS],
        }
    ],
    example="STRIPE_KEY 1h debugging a failed refund",
    variables=[name.label for name in NAMES],
)
"""The command as manifest.yml has it (a test compares them), with its verbs."""


def made_up(variable: Variable) -> str:
    """A value that opens nothing and says so."""
    place = variable.environment if variable.environment != "default" else "shared"
    if variable.name == "DB_URL":
        return f"postgres://demo:made-up@{place}.db.example/shop"
    return f"made-up-{place}-{variable.name.lower().replace('_', '-')}-7Q4M"


@dataclass(frozen=True, slots=True)
class DemoWorkspace:
    """What the bot's settings name.

    Attributes:
        policy: the policy file, which names these people and groups.
    """

    approvers: Channel
    audit: Channel
    policy: Path


def set_up(slack: SlackEmulator, home: Path, tracker: str) -> DemoWorkspace:
    """Add everybody, and write the policy that names them."""
    alice = slack.add_person("alice", "Alice Archer", title="Engineer", tz=_ZONE)
    bob = slack.add_person("bob", "Bob Baker", title="Approver", tz=_ZONE)
    carol = slack.add_person("carol", "Carol Chen", title="Team lead", tz=_ZONE)
    dana = slack.add_person("dana", "Dana Diaz", title="Security", tz="America/New_York")
    gus = slack.add_person("gus", "Gus Green", title="Guest", is_restricted=True)
    eve = slack.add_person("eve", "Eve Ellis", title="From another workspace", team_id=ELSEWHERE)
    leads = slack.add_group("leads", [carol], name="Team leads")
    oncall = slack.add_group("on-call", [alice], name="On call")
    slack.add_channel("general", [alice, bob, carol, dana, gus])
    slack.add_channel("partners", [alice, bob, dana, eve], is_ext_shared=True)
    approvers = slack.add_channel("approvers", [bob, carol], private=True)
    audit = slack.add_channel("audit", [dana], private=True)
    for person in (alice, bob, carol, dana, gus):
        slack.state.workspace.open_im(slack.bot.id, person.id)
    return DemoWorkspace(
        approvers,
        audit,
        write_policy(
            home, leads=leads.id, oncall=oncall.id, security=dana.id, pusher=alice.id, tracker=tracker
        ),
    )
