"""What every part of one playground shares."""

from dataclasses import dataclass, field

from bot.playground.bell import Bell
from bot.playground.faults import Faults
from bot.playground.hooks import Hooks
from bot.playground.minting import Clock
from bot.playground.rates import Rates
from bot.playground.record import Record
from bot.playground.triggers import Triggers
from bot.playground.views import Views
from bot.playground.workspace import Workspace


@dataclass(frozen=True)
class Secrets:
    """What the app's settings page would show."""

    bot_token: str
    app_token: str
    signing_secret: str
    verification_token: str


@dataclass
class Stage:
    """The workspace with its surroundings.

    `base_url` is empty until the server listens. `home_tab` is a switch of the app's settings. While
    `uninstalled`, the bot token opens nothing. `lists_scopes` is whether the header that lists the token's
    scopes arrives, which a proxy may drop.
    """

    clock: Clock
    workspace: Workspace
    secrets: Secrets
    scopes: list[str]
    bell: Bell = field(default_factory=Bell)
    base_url: str = ""
    port: int = 0
    home_tab: bool = True
    uninstalled: bool = False
    lists_scopes: bool = True

    def __post_init__(self) -> None:
        self.record = Record(self.clock, self.bell)
        self.faults = Faults(self.bell)
        self.triggers = Triggers(self.clock)
        self.hooks = Hooks(self.clock)
        self.views = Views()
        self.rates = Rates(self.clock)
