"""A local Slack for trying and testing: Web API, Socket Mode, signed events, people who press buttons.

The demo and the tests drive it like this:

    async with Playground() as slack:
        alice = slack.add_person("alice", "Alice Engineer")
        general = slack.add_channel("general", [alice])
        ...                              # start a bot with slack.api_url and slack.bot_token
        await slack.connected()
        reply = await alice.command("/envaccess", "STRIPE_KEY 1h why", channel=general)
        print(slack.draw(reply.message))
"""

from bot.playground.bell import NeverHappenedError
from bot.playground.channels import Channel
from bot.playground.deliveries import Delivery
from bot.playground.faults import Fault, Faults, Gate
from bot.playground.groups import Group
from bot.playground.members import Member
from bot.playground.messages import Message
from bot.playground.modals import Modal, Submission
from bot.playground.people import CommandReply, Person, Press
from bot.playground.playground import SCOPES, Playground
from bot.playground.posting import Answer, Postman, encode, sign
from bot.playground.record import Call, Said
from bot.playground.shapes import ImpossibleError, Json, RefusalError

__all__ = [
    "SCOPES",
    "Answer",
    "Call",
    "Channel",
    "CommandReply",
    "Delivery",
    "Fault",
    "Faults",
    "Gate",
    "Group",
    "ImpossibleError",
    "Json",
    "Member",
    "Message",
    "Modal",
    "NeverHappenedError",
    "Person",
    "Playground",
    "Postman",
    "Press",
    "RefusalError",
    "Said",
    "Submission",
    "encode",
    "sign",
]
