"""A local Slack for trying and testing: Web API, Socket Mode, signed events, people who press buttons.

The demo and the tests drive it like this:

    async with SlackEmulator() as slack:
        alice = slack.add_person("alice", "Alice Engineer")
        general = slack.add_channel("general", [alice])
        ...                              # start a bot with slack.api_url and slack.bot_token
        await slack.connected()
        reply = await alice.command("/echo", "once more", channel=general)
        print(slack.draw(reply.message))
"""

from slack_emulator.channels import Channel
from slack_emulator.deliveries import PayloadDelivery
from slack_emulator.emulator import SCOPES, SlackEmulator
from slack_emulator.faults import Fault, Faults, Gate
from slack_emulator.groups import Group
from slack_emulator.http_sender import Answer, HttpSender, encode, sign
from slack_emulator.members import Member
from slack_emulator.messages import Message
from slack_emulator.modals import Modal, Submission
from slack_emulator.notifier import NeverHappenedError
from slack_emulator.people import CommandReply, Press, User
from slack_emulator.record import RecordedCall, Said
from slack_emulator.types import ImpossibleError, Json, RefusalError

__version__ = "0.1.0"

__all__ = [
    "SCOPES",
    "Answer",
    "Channel",
    "CommandReply",
    "Fault",
    "Faults",
    "Gate",
    "Group",
    "HttpSender",
    "ImpossibleError",
    "Json",
    "Member",
    "Message",
    "Modal",
    "NeverHappenedError",
    "PayloadDelivery",
    "Press",
    "RecordedCall",
    "RefusalError",
    "Said",
    "SlackEmulator",
    "Submission",
    "User",
    "encode",
    "sign",
]
