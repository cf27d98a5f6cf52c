"""What is wrong with a server or an argument is said before anything is asked of a person or sent."""

import socket
from pathlib import Path

import pytest

from envaccess.cli import sessions as sessions_module
from envaccess.client.session_file import SessionFile
from tests.fakes.api_server import FakeApi, answer, serving
from tests.unit.cli.cli_front import FakeFront, run

VALUE = "value-for-tests-7Fh2"


def test_no_code_is_asked_for_before_the_server_answers(monkeypatch: pytest.MonkeyPatch, state: Path) -> None:
    def ask_for_code(server: str) -> None:
        pytest.fail(f"asked for a code of {server}")

    monkeypatch.setattr(sessions_module, "_read_code", ask_for_code)
    with serving(FakeApi(faults=[answer(404, b"<html>", "text/html")])) as api:
        ended = run(FakeFront(), "login", api.url)
    assert (ended.code, "is no envaccess (404)" in ended.err) == (78, True)
    monkeypatch.setattr(sessions_module, "USUAL_SECONDS", 0.0)
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        ended = run(FakeFront(), "login", f"http://127.0.0.1:{nobody.getsockname()[1]}")
    assert (ended.code, "does not answer (nothing listens there)" in ended.err) == (75, True)
    assert not state.exists() or not SessionFile(state).load()


@pytest.mark.parametrize("typed", ["25:00", "tomorrow 22:00", "22:00 CET", "soon", "22:00 to 23:00", VALUE])
def test_a_start_that_is_no_time_of_day_is_not_sent_and_not_repeated(typed: str, state: Path) -> None:
    with serving(FakeApi()) as api:
        SessionFile(state).save(api.session())
        ended = run(FakeFront(), "request", "STRIPE_KEY", "1h", "a refund", "--from", typed)
    told = "--from takes a time of day such as 22:00, in the time zone that Slack has for you."
    assert (ended.code, ended.err, api.calls) == (78, f"envaccess: {told}\n", [])
