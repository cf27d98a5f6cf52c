"""What every part of one emulator shares."""

import dataclasses
from dataclasses import dataclass, field

from slack_emulator.faults import Faults
from slack_emulator.ids import Clock
from slack_emulator.installations import BotToken
from slack_emulator.notifier import ChangeNotifier
from slack_emulator.rates import Rates
from slack_emulator.record import Record
from slack_emulator.response_urls import ResponseUrls
from slack_emulator.teams import Teams
from slack_emulator.triggers import Triggers
from slack_emulator.views import Views
from slack_emulator.workspace import Workspace


@dataclass(frozen=True)
class Credentials:
    """What the app's settings page would show."""

    bot_token: str
    app_token: str
    signing_secret: str
    verification_token: str


@dataclass
class EmulatorState:
    """One workspace with its surroundings.

    `events` are the app's subscriptions that people's messages meet: `message.channels`, `message.groups`,
    `message.im`, `app_mention`.
    `base_url` is empty until the server listens. `home_tab` is a switch of the app's settings. While
    `uninstalled`, the bot token opens nothing. `lists_scopes` is whether the header that lists the token's
    scopes arrives, which a proxy may drop.
    """

    clock: Clock
    workspace: Workspace
    secrets: Credentials
    scopes: list[str]
    teams: Teams
    changes: ChangeNotifier = field(default_factory=ChangeNotifier)
    base_url: str = ""
    port: int = 0
    home_tab: bool = True
    uninstalled: bool = False
    lists_scopes: bool = True
    events: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        self.record = Record(self.clock, self.changes)
        self.faults = Faults(self.changes)
        self.triggers = Triggers(self.clock)
        self.response_urls = ResponseUrls(self.clock)
        self.views = Views()
        self.rates = Rates(self.clock)
        self.teams.states[self.workspace.team_id] = self
        if self.secrets.bot_token:
            token = BotToken(self.secrets.bot_token, self.workspace.team_id, scopes=tuple(self.scopes))
            self.teams.installations.add(token)

    def beside(self, workspace: Workspace, bot_token: str) -> "EmulatorState":
        """Another workspace of the same emulator: one app, one record, one set of faults."""
        secrets = dataclasses.replace(self.secrets, bot_token=bot_token)
        other = dataclasses.replace(self, workspace=workspace, secrets=secrets, scopes=list(self.scopes))
        other.uninstalled = False
        other.record, other.faults = self.record, self.faults
        other.rates.enforced = self.rates.enforced
        return other
