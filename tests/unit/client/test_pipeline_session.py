"""A run's session: opened by a token, renewed before it ends, and never on disk."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from envaccess.client.api import ApiClient
from envaccess.client.errors import (
    AnswerUnknownError,
    ClientError,
    NotSignedInError,
    PlatformTokenError,
    RefusedError,
    ServerUrlError,
    UnreachableError,
)
from envaccess.client.patience import Patience
from envaccess.client.pipeline import read_token
from envaccess.client.pipeline_session import PipelineCalls, open_run
from envaccess.domain.programs import Platform
from envaccess.domain.receipt import Receipt
from envaccess.settings.terminal import TerminalSettings
from tests.fakes.api_server import FakeApi, answer
from tests.fakes.token_exchange import unsigned

RECEIPT = Receipt("runner-7", "runner", "make")


@dataclass
class FakePlatform:
    """Gives another token each time, unless it is stuck or faulty."""

    given: list[str] = field(default_factory=list)
    stuck: bool = False
    fault: ClientError | None = None
    platform: Platform = Platform.GITHUB

    def fetch(self, audience: str, _patience: Patience) -> str:
        if self.fault:
            raise self.fault
        if not (self.stuck and self.given):
            self.given.append(unsigned(audience))
        return self.given[-1]


class Time:
    """A clock that only the test moves."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def platform() -> FakePlatform:
    return FakePlatform()


@pytest.fixture
def clock() -> Time:
    return Time()


@pytest.fixture
def run(
    api: FakeApi, platform: FakePlatform, clock: Time, settings: TerminalSettings, told: list[str]
) -> Iterator[ApiClient]:
    """A run with a session of 300 seconds."""
    calls = PipelineCalls(api.url, platform, RECEIPT, settings, clock)
    session = calls.open(read_token(platform, api.url, Patience(0)), Patience(0))
    with ApiClient(session, calls, told.append) as client:
        calls.tell_by(client.tell)
        yield client


def forget_tokens(api: FakeApi) -> None:
    """Every session that there is ends."""
    api.tokens.clear()


def whoami(client: ApiClient) -> str:
    return client.whoami().principal


def test_a_token_is_exchanged_for_a_session_that_proves_its_key(
    run: ApiClient, api: FakeApi, platform: FakePlatform
) -> None:
    assert whoami(run) == "machine:deploy"
    assert (run.session.id, run.session.person, run.session.workspace) == (
        "ci_12345678", "machine:deploy", "Acme (T0ACME123)"
    )  # fmt: skip
    assert [token for token, _ in api.exchanges.used] == platform.given
    body = next(body for body in api.bodies if body)
    assert (body["host"], body["user"], body["program"]) == ("runner-7", "runner", "make")


def test_nothing_of_it_is_on_disk(run: ApiClient, settings: TerminalSettings) -> None:
    run.whoami()
    assert not settings.state.exists()


def test_it_is_renewed_with_a_new_token_and_the_same_keys_before_it_ends(
    run: ApiClient, api: FakeApi, platform: FakePlatform, clock: Time
) -> None:
    clock.now += 179
    run.whoami()
    assert len(platform.given) == 1
    clock.now += 2
    run.whoami()
    assert len(platform.given) == 2
    assert len({key for _, key in api.exchanges.used}) == 1
    clock.now += 290
    forget_tokens(api)
    assert whoami(run) == "machine:deploy"


def test_a_short_session_is_renewed_after_half_of_it(
    api: FakeApi, run: ApiClient, platform: FakePlatform, clock: Time
) -> None:
    api.exchanges.lasts = 60
    clock.now += 200
    run.whoami()
    clock.now += 29
    run.whoami()
    assert len(platform.given) == 2
    clock.now += 2
    run.whoami()
    assert len(platform.given) == 3


def test_a_platform_that_gives_one_token_a_job_is_not_asked_to_exchange_it_twice(
    run: ApiClient, api: FakeApi, platform: FakePlatform, clock: Time, told: list[str]
) -> None:
    platform.stuck = True
    clock.now += 200
    run.whoami()
    assert len(api.exchanges.used) == 1
    clock.now += 120
    forget_tokens(api)
    with pytest.raises(NotSignedInError, match="The session of this run is over"):
        run.whoami()
    assert told == []


def test_a_renewal_that_fails_is_said_once_and_calls_go_on_while_the_session_lasts(
    run: ApiClient, platform: FakePlatform, clock: Time, told: list[str]
) -> None:
    platform.fault = UnreachableError("GitHub gives no token now (503).")
    for _ in range(3):
        clock.now += 60
        assert whoami(run) == "machine:deploy"
    clock.now += 15
    run.whoami()
    assert told == ["The session of this run could not be renewed yet: GitHub gives no token now (503)."]
    platform.fault = None
    clock.now += 15
    run.whoami()
    assert told[1:] == ["The session of this run is renewed."]


def test_a_session_that_is_over_and_not_renewed_is_as_a_server_that_does_not_answer(
    run: ApiClient, api: FakeApi, platform: FakePlatform, clock: Time, told: list[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    platform.fault = UnreachableError("GitHub gives no token now (503).")
    clock.now += 310
    forget_tokens(api)

    def recover(_seconds: float) -> None:
        platform.fault = None
        clock.now += 15

    patient = Patience(60, told.append, clock, recover)
    monkeypatch.setattr(run, "patience", lambda *_: patient)
    assert whoami(run) == "machine:deploy"
    assert told[1].startswith("The session of this run is over, and is not renewed: GitHub gives no token")


def test_a_session_that_somebody_ended_is_not_opened_again(
    run: ApiClient, api: FakeApi, platform: FakePlatform
) -> None:
    forget_tokens(api)
    with pytest.raises(NotSignedInError, match="somebody ended it"):
        run.whoami()
    assert len(platform.given) == 1


def test_a_machine_that_the_policy_no_longer_knows_is_told_why(
    run: ApiClient, api: FakeApi, clock: Time
) -> None:
    api.exchanges.principal = ""
    clock.now += 310
    forget_tokens(api)
    with pytest.raises(RefusedError, match="No machine of the policy"):
        run.whoami()


def changed(api: FakeApi, times: int) -> None:
    """The policy says something else of the machine since the session began."""
    body = b'{"reason": "machine_changed", "detail": "The policy says something else."}'
    api.faults += [answer(403, body, "application/problem+json")] * times


def test_after_a_change_of_the_policy_the_token_is_brought_again(
    run: ApiClient, api: FakeApi, platform: FakePlatform
) -> None:
    """With a platform that gives one token a job, too: the same keys may bring it again."""
    platform.stuck = True
    changed(api, 1)
    assert whoami(run) == "machine:deploy"
    assert len(platform.given) == 1
    assert len({key for _, key in api.exchanges.used}) == 1


def test_a_run_that_is_not_the_machine_any_more_is_told_so_and_does_not_go_on_asking(
    run: ApiClient, api: FakeApi, platform: FakePlatform
) -> None:
    changed(api, 1)
    api.exchanges.principal = ""
    with pytest.raises(RefusedError, match="No machine of the policy"):
        run.whoami()
    api.exchanges.principal = "machine:deploy"
    changed(api, 1)
    run.whoami()
    calls = len(api.calls)
    api.faults.append(answer(403, b'{"reason": "machine_changed", "detail": "Again."}'))
    assert whoami(run) == "machine:deploy"
    assert len(api.calls) - calls <= 3
    assert len(platform.given) == 4


def open_(api: FakeApi, platform: FakePlatform, settings: TerminalSettings) -> ApiClient:
    found = TerminalSettings(api.url, settings.state, "", "")
    return open_run(found, platform, RECEIPT, lambda _: None)


def test_a_token_that_the_server_does_not_take_is_a_refusal_and_no_login_is_spoken_of(
    api: FakeApi, platform: FakePlatform, settings: TerminalSettings
) -> None:
    api.exchanges.refusals.append((401, {"reason": "token_invalid", "detail": "This token is over."}))
    with pytest.raises(RefusedError, match="This token is over"):
        open_(api, platform, settings)


@pytest.mark.parametrize(
    "told",
    [b"{}", b'{"session": {"id": "ci_1", "ends_in": 9}, "token": "x", "server_key": "k", "principal": "m"}'],
)
def test_an_answer_that_is_no_token_of_a_machine_is_not_used(
    api: FakeApi, platform: FakePlatform, settings: TerminalSettings, told: bytes
) -> None:
    api.faults.append(answer(201, told))
    with pytest.raises(AnswerUnknownError):
        open_(api, platform, settings)


@pytest.mark.parametrize(
    ("url", "fault"), [("", PlatformTokenError), ("http://envaccess.example.com", ServerUrlError)]
)
def test_a_pipeline_has_to_say_which_server(
    platform: FakePlatform, tmp_path: Path, url: str, fault: type[ClientError]
) -> None:
    with pytest.raises(fault):
        open_run(TerminalSettings(url, tmp_path, "", ""), platform, RECEIPT, lambda _: None)
    assert platform.given == []


def test_a_run_needs_no_home_and_what_is_typed_goes_before_the_environment() -> None:
    named = {"ENVACCESS_IDENTITY": " gitlab "}
    assert TerminalSettings.look(named).identity == "gitlab"
    assert TerminalSettings.look(named, "github").identity == "github"
    assert TerminalSettings.look({**named, "HOME": "/home/alice"}, "").state == Path(
        "/home/alice/.local/state/envaccess"
    )
