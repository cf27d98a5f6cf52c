from collections.abc import Iterator
from pathlib import Path

import pytest

from envaccess.client.api import ApiClient
from envaccess.client.session import make_calls
from envaccess.client.session_file import StoredSession
from envaccess.settings.terminal import TerminalSettings
from tests.fakes.api_server import FakeApi, serving


@pytest.fixture
def api() -> Iterator[FakeApi]:
    with serving(FakeApi()) as started:
        yield started


@pytest.fixture
def settings(tmp_path: Path) -> TerminalSettings:
    return TerminalSettings("", tmp_path / "state", "", "")


@pytest.fixture
def session(api: FakeApi) -> StoredSession:
    return api.session()


@pytest.fixture
def told() -> list[str]:
    return []


@pytest.fixture
def client(settings: TerminalSettings, session: StoredSession, told: list[str]) -> Iterator[ApiClient]:
    with ApiClient(session, make_calls(settings, session), told.append) as opened:
        yield opened
