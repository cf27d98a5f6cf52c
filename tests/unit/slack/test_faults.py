"""An exception becomes a value in one place, and its text reaches neither a person nor the log."""

import json
from collections.abc import Iterator

import pytest
import structlog

from envaccess import log
from envaccess.domain.errors import (
    DirectoryError,
    StoreUnavailableError,
    StoreUncertainError,
    StoreUnconfirmedError,
)
from envaccess.domain.refusal import Reason, Refusal
from envaccess.slack.handler_faults import UnexpectedFault, answered

TYPED = "what-somebody-typed"


@pytest.fixture(autouse=True)
def log_as_in_production() -> Iterator[None]:
    log.configure("json")
    yield
    structlog.reset_defaults()


async def fails(fault: Exception) -> str:
    secret = TYPED  # a local variable that no traceback may show
    raise fault from ValueError(secret)


async def succeeds() -> str:
    return "done"


async def test_what_succeeds_passes_through() -> None:
    assert await answered("test", succeeds()) == "done"


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        (StoreUnavailableError("Redis is away"), Reason.STORE_DOWN),
        (StoreUncertainError("Redis was late"), Reason.STORE_UNCERTAIN),
        (StoreUnconfirmedError("1"), Reason.STORE_UNCONFIRMED),
        (DirectoryError("Slack was late"), Reason.NOT_CHECKED),
    ],
)
async def test_an_expected_fault_is_a_refusal_and_one_line_without_a_traceback(
    fault: Exception, reason: Reason, capsys: pytest.CaptureFixture[str]
) -> None:
    assert await answered("test", fails(fault)) == Refusal(reason)
    (line,) = capsys.readouterr().err.splitlines()
    assert json.loads(line)["event"] == reason
    assert "trace" not in json.loads(line)
    assert TYPED not in line


async def test_an_unexpected_fault_is_logged_with_its_place_and_id_but_without_its_text(
    capsys: pytest.CaptureFixture[str],
) -> None:
    outcome = await answered("test", fails(RuntimeError(TYPED)))
    assert isinstance(outcome, UnexpectedFault)
    (line,) = capsys.readouterr().err.splitlines()
    entry = json.loads(line)
    assert entry["error_id"] == outcome.id
    assert any("fails" in place for place in entry["trace"])
    assert TYPED not in line
