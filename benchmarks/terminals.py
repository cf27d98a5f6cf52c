"""People at terminals, signed in to the bot that is measured by the product's own client."""

import asyncio
import secrets
from pathlib import Path

from benchmarks.harness import BenchmarkHarness, Bot
from benchmarks.payloads import REASON, TEAM
from envaccess.client.answers import RequestAnswer
from envaccess.client.api import ApiClient, new_operation
from envaccess.client.logging_in import offer_login, wait_confirmed
from envaccess.client.patience import Patience
from envaccess.client.receipt import local_receipt
from envaccess.client.session import make_calls
from envaccess.client.session_file import StoredSession
from envaccess.crypto.login_codes import make_code, secret_hash
from envaccess.domain.audit import ActorKind
from envaccess.domain.principal import Principal
from envaccess.domain.session import CodeDigest
from envaccess.settings.terminal import TerminalSettings
from envaccess.store.sessions import RedisSessions


def settings_of(bot: Bot, state: Path) -> TerminalSettings:
    """What a terminal with this folder would read from its environment."""
    return TerminalSettings(bot.api, state, "", "")


async def sign_in(harness: BenchmarkHarness, bot: Bot, person: str, state: Path) -> StoredSession:
    """Sign somebody in: the terminal offers over the API, the number is picked in the store."""
    who = Principal(ActorKind.PERSON, person, TEAM)
    store, code = RedisSessions(harness.runner, (await harness.reader()).sealing), make_code()
    login = f"se_{secrets.token_hex(4)}"
    await store.start(secrets.token_hex(8), who, login, CodeDigest(code.lookup, secret_hash(code)))
    receipt, settings = local_receipt("benchmark"), settings_of(bot, state)
    offered = await asyncio.to_thread(offer_login, settings, bot.api, code, receipt, Patience())
    try:
        found = await store.get(login)
        assert found is not None
        await store.pick(secrets.token_hex(8), who, found, offered.number, "")
        return await asyncio.to_thread(wait_confirmed, offered, print)
    finally:
        offered.calls.close()


async def file(session: StoredSession, bot: Bot, variable: str, state: Path) -> RequestAnswer:
    """Ask for a variable for an hour."""
    asked = (variable,), "1h", REASON, "", local_receipt("benchmark"), new_operation()
    with open_terminal(session, bot, state) as terminal:
        return await asyncio.to_thread(terminal.file, *asked)


def open_terminal(session: StoredSession, bot: Bot, state: Path) -> ApiClient:
    """A client for this session."""
    return ApiClient(session, make_calls(settings_of(bot, state), session))
