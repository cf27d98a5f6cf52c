"""`login`, `request`, `get` and their like, against a server that checks every proof: words and codes."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from envaccess.cli import get as get_module
from envaccess.cli import root
from envaccess.client import patience as patience_module
from envaccess.client.api import ApiClient
from envaccess.client.session_file import SessionFile
from envaccess.crypto.login_codes import make_code
from tests.fakes.api_server import FakeApi, answer, serving
from tests.unit.cli.cli_front import Ended, FakeFront, run

VALUE = "value-for-tests-7Fh2"
HOW = "run `envaccess login URL` (in Slack, `/envaccess login` gives the code)"
NOT_SIGNED_IN = f"envaccess: You are not signed in: {HOW}.\n"


@pytest.fixture
def api() -> Iterator[FakeApi]:
    with serving(FakeApi(values={"default/STRIPE_KEY": VALUE, "staging/DB_URL": "two\nlines"})) as started:
        yield started


@pytest.fixture
def signed_in(api: FakeApi, state: Path) -> FakeApi:
    SessionFile(state).save(api.session())
    return api


def ask(*args: str, stdin: bytes = b"") -> Ended:
    return run(FakeFront(), *args, stdin=stdin)


def soon(work: Callable[[], object], ready: Callable[[], object]) -> threading.Thread:
    """Do something in Slack once the terminal has asked."""

    def wait() -> None:
        while not ready():
            time.sleep(0.005)
        work()

    thread = threading.Thread(target=wait, daemon=True)
    thread.start()
    return thread


def approve(api: FakeApi) -> threading.Thread:
    return soon(lambda: api.approve(next(iter(api.requests))), lambda: api.requests)


@pytest.mark.parametrize(
    "command",
    [
        ["whoami"],
        ["status"],
        ["status", "k7qp0000"],
        ["list"],
        ["cancel", "k7qp0000"],
        ["end", "k7qp0000"],
        ["get", "STRIPE_KEY", "--stdout"],
        ["request", "STRIPE_KEY", "1h", "a refund"],
        ["logout"],
    ],
)
def test_who_is_not_signed_in_is_told_how_in_one_line(command: list[str]) -> None:
    ended = ask(*command)
    assert (ended.code, ended.out, ended.err) == (78, "", NOT_SIGNED_IN)


def test_a_login_shows_the_number_that_slack_asks_for(api: FakeApi, state: Path) -> None:
    api.code = make_code()
    soon(lambda: api.pick(api.login["number"]), lambda: api.login)
    ended = ask("login", api.url, stdin=f"{api.code.text.lower()}\n".encode())
    assert ended.code == 0
    assert f"        {api.login['number']}   " in ended.err
    assert "Signed in to Acme (T0ACME123) as @alice." in ended.err
    narrow = [line for line in ended.err.splitlines() if len(line) > 66]
    assert not narrow, "a sentence a line, so that a narrow terminal breaks none in the middle of a word"
    assert api.code.text not in ended.said
    assert SessionFile(state).load()[api.url].token
    assert api.login["host"]
    assert api.login["program"] == "envaccess login"
    assert ask("whoami").out.startswith(f"@alice in Acme (T0ACME123), at {api.url}\n")


def test_another_number_in_slack_opens_nothing(api: FakeApi, state: Path) -> None:
    api.code = make_code()
    soon(lambda: api.pick(api.login["number"] + 1), lambda: api.login)
    ended = ask("login", api.url, stdin=api.code.text.encode())
    assert (ended.code, SessionFile(state).load()) == (77, {})
    assert "was refused in Slack" in ended.err


def test_the_server_s_key_in_another_s_place_changes_the_number(api: FakeApi) -> None:
    """What lies between puts in its own key: the terminal's number is none that Slack offers."""
    code = api.code = make_code()
    soon(lambda: api.pick(0), lambda: api.login)
    ask("login", api.url, stdin=code.text.encode())
    honest = api.login["number"]
    from envaccess.crypto.boxes import BoxKey  # noqa: PLC0415 - one test
    from envaccess.crypto.login_codes import login_number, secret_hash  # noqa: PLC0415 - one test

    keys = api.login["sign_key"], api.login["seal_key"]
    swapped = {login_number(secret_hash(code), *keys, BoxKey.generate().public) for _ in range(20)}
    assert login_number(secret_hash(code), *keys, api.server_key) == honest
    assert swapped != {honest}


@pytest.mark.parametrize("typed", ["", "\n", "K7QP", VALUE, "x" * 5000])
def test_what_is_no_code_is_not_sent_and_not_repeated(api: FakeApi, typed: str) -> None:
    ended = ask("login", api.url, stdin=typed.encode())
    assert ended.code == 78
    assert {method for method, _ in api.calls} <= {"GET"}
    assert not typed.strip() or typed not in ended.said


def test_a_code_that_the_server_does_not_know_is_refused(api: FakeApi) -> None:
    ended = ask("login", api.url, stdin=make_code().text.encode())
    assert (ended.code, ended.err) == (77, "envaccess: This code is none. Ask for a new one.\n")


@pytest.mark.parametrize("url", ["http://access.example.com", "ftp://x", "https://me:pw@x", VALUE + " x"])
def test_a_session_goes_to_no_other_url(url: str) -> None:
    ended = ask("login", url, stdin=b"x")
    assert ended.code == 78
    assert url not in ended.said


def test_without_a_url_the_last_server_is_meant(signed_in: FakeApi, state: Path) -> None:
    earlier = SessionFile(state).load()[signed_in.url]
    signed_in.code = make_code()
    soon(lambda: signed_in.pick(signed_in.login["number"]), lambda: signed_in.login)
    assert ask("login", stdin=signed_in.code.text.encode()).code == 0
    assert SessionFile(state).load()[signed_in.url].token != earlier.token
    assert ("DELETE", "/v1/session") in signed_in.calls
    assert ask("login", stdin=b"").code == 78


def test_without_any_server_the_url_is_asked_for() -> None:
    ended = ask("login", stdin=b"x")
    assert (ended.code, ended.err.startswith("envaccess: Say which server")) == (78, True)


def test_logging_out_ends_the_session_there_and_here(signed_in: FakeApi, state: Path) -> None:
    ended = ask("logout")
    assert (ended.code, ended.err) == (0, f"Signed out of {signed_in.url}.\n")
    assert (signed_in.tokens, SessionFile(state).load()) == ({}, {})


def test_logging_out_of_all_says_so_to_the_server(signed_in: FakeApi) -> None:
    assert ask("logout", "--all").err == f"Signed out of {signed_in.url}, everywhere.\n"
    assert signed_in.calls[-1] == ("DELETE", "/v1/session?all=1")
    assert ask("logout", "--all").err == "You were not signed in.\n"


def test_logging_out_while_the_server_is_away_forgets_the_session(
    signed_in: FakeApi, state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ApiClient, "patience", lambda self, _=0: patience_module.Patience(0, self._tell))
    signed_in.faults = [answer(503, b"")] * 5
    ended = ask("logout")
    assert ended.code == 75
    assert "`/envaccess sessions` ends it now" in ended.err
    assert SessionFile(state).load() == {}


def test_a_session_that_is_over_already_is_logged_out_of(signed_in: FakeApi) -> None:
    signed_in.tokens.clear()
    ended = ask("logout")
    assert (ended.code, ended.err) == (0, f"The session with {signed_in.url} was over already.\n")


def test_a_broken_session_file_says_what_to_do_and_that_does_it(signed_in: FakeApi, state: Path) -> None:
    SessionFile(state).path.write_text("{")
    ended = ask("whoami")
    assert (ended.code, "logout --all" in ended.err) == (78, True)
    assert ask("logout", "--all").code == 0
    assert ask("whoami").err == NOT_SIGNED_IN
    assert signed_in.calls == []


def test_a_request_is_waited_for_and_says_who_can_decide(signed_in: FakeApi) -> None:
    approve(signed_in)
    ended = ask("request", "STRIPE_KEY,staging/DB_URL", "1h", "a", "failed", "refund")
    assert ended.code == 0
    assert ended.err == "Request k7qp0000 waits for @bob or @carla. Ctrl-C withdraws it.\n"
    assert ended.out == (
        "Request k7qp0000 is approved, for 1 hour more, by @bob. "
        "`envaccess run --request k7qp0000 -- COMMAND` uses it.\n"
    )
    sent = next(body for body in signed_in.bodies if "variables" in body)
    assert (sent["variables"], sent["reason"]) == (["STRIPE_KEY", "staging/DB_URL"], "a failed refund")
    assert sent["receipt"]["program"] == "envaccess request"


@pytest.mark.parametrize(("state_", "code"), [("denied", 77), ("cancelled", 77), ("timed_out", 75)])
def test_what_became_of_it_is_the_exit_code(signed_in: FakeApi, state_: str, code: int) -> None:
    soon(lambda: signed_in.set_state("k7qp0000", state_), lambda: signed_in.requests)
    assert ask("request", "STRIPE_KEY", "1h", "a refund").code == code


def test_a_state_of_a_later_version_says_update(signed_in: FakeApi) -> None:
    soon(lambda: signed_in.set_state("k7qp0000", "pondered"), lambda: signed_in.requests)
    ended = ask("request", "STRIPE_KEY", "1h", "a refund")
    assert (ended.code, "update envaccess" in ended.err) == (78, True)


def test_without_waiting_it_is_filed_and_told_as_one_object_and_only_once(signed_in: FakeApi) -> None:
    ended = ask("request", "@shop", "once", "a refund", "--no-wait", "--json", "--from", "22:00")
    assert ended.code == 0
    assert json.loads(ended.out)["id"] == "k7qp0000"
    assert signed_in.bodies[-1]["from"] == "22:00"
    again = ask("request", "@shop", "30m", "a refund", "--no-wait").err
    told = "You asked for this before, for one use: request k7qp0000 waits already.\nNothing new was asked.\n"
    assert (again, len(signed_in.requests)) == (told, 1)


def test_a_wait_that_ends_leaves_the_request_and_ends_with_75(signed_in: FakeApi) -> None:
    ended = ask("request", "STRIPE_KEY", "1h", "a refund", "--wait", "1s")
    assert ended.code == 75
    assert signed_in.requests["k7qp0000"]["state"] == "pending"
    assert "still waits" in ended.err


def test_a_refusal_is_slack_s_sentence_and_ends_with_77(signed_in: FakeApi) -> None:
    signed_in.refusal = (
        403,
        {"reason": "no_rule", "detail": "No rule covers it.", "hint": "Ask whoever keeps them."},
    )
    ended = ask("request", "STRIPE_KEY", "1h", "a refund")
    assert (ended.code, ended.err) == (77, "envaccess: No rule covers it. Ask whoever keeps them.\n")


@pytest.mark.parametrize(
    "arguments",
    [
        ["sk_live_4eC39HqLyjWDarjtT1zdp7dc", "1h", "a refund"],
        ["STRIPE_KEY=" + VALUE, "1h", "a refund"],
        ["STRIPE_KEY", VALUE, "a refund"],
        ["STRIPE_KEY", "1h", "password=" + VALUE],
        ["STRIPE_KEY", "1h", "a refund", "--wait", VALUE],
        ["STRIPE_KEY", "1h", "a refund", f"--{VALUE}"],
        ["", "1h", "a refund"],
        [",", "1h", "a refund"],
        ["STRIPE_KEY", "1h"],
    ],
)
def test_what_is_not_understood_is_neither_sent_nor_repeated(
    signed_in: FakeApi, arguments: list[str]
) -> None:
    ended = ask("request", *arguments)
    assert ended.code == 78
    assert signed_in.calls == []
    assert VALUE not in ended.said
    assert "4eC39" not in ended.said


def test_one_s_own_requests_are_a_line_each(signed_in: FakeApi) -> None:
    assert ask("status").err == "You have asked for nothing that waits, is live, or ended within a day.\n"
    ask("request", "STRIPE_KEY", "1h", "a refund", "--no-wait")
    signed_in.set_state("k7qp0000", "pondered")
    assert "update envaccess" in ask("status").out
    signed_in.approve("k7qp0000")
    assert ask("status").out == "k7qp0000\tSTRIPE_KEY\tis approved, for 1 hour more\n"
    assert ask("status", "K7QPOOOO").out == (
        "Request k7qp0000 is approved, for 1 hour more, by @bob.\nFor: STRIPE_KEY, 1h\nWhy: a refund\n"
    )
    assert json.loads(ask("status", "--json").out)["requests"][0]["state"] == "approved"
    assert ask("status", "zzzzzzzz").code == 77


def test_variables_and_sets_are_listed(signed_in: FakeApi) -> None:
    signed_in.sets = [{"name": "@shop", "variables": ["STRIPE_KEY", "staging/DB_URL"]}]
    assert ask("list").out == "STRIPE_KEY\nstaging/DB_URL\n@shop\tSTRIPE_KEY, staging/DB_URL\n"
    assert len(json.loads(ask("list", "--json").out)["variables"]) == 2


def test_a_request_is_withdrawn_and_access_ended(signed_in: FakeApi) -> None:
    ask("request", "STRIPE_KEY", "1h", "a refund", "--no-wait")
    assert ask("cancel", "k7qp0000").out == "Withdrawn: request k7qp0000.\n"
    ask("request", "STRIPE_KEY", "1h", "a refund", "--no-wait")
    signed_in.approve("k7qp0001")
    assert ask("end", "k7qp0001").out == "Ended: the access of request k7qp0001.\n"


def live(api: FakeApi) -> None:
    ask("request", "STRIPE_KEY,staging/DB_URL", "1h", "a refund", "--no-wait")
    api.approve("k7qp0000")


def test_a_value_is_never_piped_by_accident(signed_in: FakeApi) -> None:
    live(signed_in)
    before = len(signed_in.calls)
    ended = ask("get", "STRIPE_KEY")
    assert (ended.code, VALUE in ended.said, len(signed_in.calls)) == (78, False, before)


def test_a_value_that_shall_be_piped_comes_exactly(signed_in: FakeApi) -> None:
    live(signed_in)
    assert ask("get", "staging/DB_URL", "--stdout").out == "two\nlines"
    assert signed_in.bodies[-1]["variables"] == ["staging/DB_URL"]


def test_without_access_nothing_is_claimed_and_the_way_to_it_is_told(signed_in: FakeApi) -> None:
    ended = ask("get", "STRIPE_KEY", "--stdout")
    assert (ended.code, ended.err) == (
        77,
        "You have no live access to STRIPE_KEY: `envaccess request STRIPE_KEY 1h WHY` asks for it.\n",
    )
    assert not any("values" in path for _, path in signed_in.calls)


def test_a_press_in_slack_is_waited_for(signed_in: FakeApi) -> None:
    live(signed_in)
    signed_in.taps = 1
    ended = ask("get", "STRIPE_KEY", "--stdout")
    assert (ended.code, ended.out) == (0, VALUE)
    assert "Press Release in Slack within 60 seconds" in ended.err


def test_one_use_of_several_is_not_spent_on_one(signed_in: FakeApi) -> None:
    ask("request", "STRIPE_KEY,staging/DB_URL", "once", "a refund", "--no-wait")
    signed_in.approve("k7qp0000")
    assert ask("get", "STRIPE_KEY", "--stdout").code == 78
    assert not any("values" in path for _, path in signed_in.calls)


def test_nothing_in_a_value_moves_a_cursor(capsys: pytest.CaptureFixture[str]) -> None:
    get_module._show("one\ntwo\x1b[2J\x07\u202e")
    assert capsys.readouterr().out == "one\ntwo\\x1b[2J\\x07\\u202e\n"


def test_an_owner_sets_a_value_over_the_api_and_the_target_is_said_first(signed_in: FakeApi) -> None:
    front = FakeFront()
    ended = run(front, "secrets", "set", "NEW", stdin=VALUE.encode())
    assert (ended.code, ended.out) == (0, "")
    assert ended.err == f"Setting NEW at {signed_in.url}, as @alice.\nCreated NEW at {signed_in.url}.\n"
    assert signed_in.values["default/NEW"] == VALUE
    assert front.inside.values.kept == {}


def test_this_host_s_store_is_named_where_it_is_meant(signed_in: FakeApi) -> None:
    front = FakeFront()
    ended = run(front, "secrets", "set", "NEW", "--store", stdin=VALUE.encode())
    assert ended.err == "Setting NEW in this host's store.\nCreated NEW in Acme.\n"
    assert list(front.inside.values.kept.values()) == [VALUE]
    assert signed_in.calls == []


def test_a_server_that_is_named_and_not_signed_in_to_is_no_reason_to_take_this_host(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    front = FakeFront()
    monkeypatch.setenv("ENVACCESS_URL", "https://access.example.com")
    ended = run(front, "secrets", "set", "NEW", stdin=VALUE.encode())
    assert (ended.code, front.inside.values.kept) == (1, {})
    assert "You are not signed in to https://access.example.com" in ended.err


def test_a_value_too_long_for_the_api_is_refused_here(signed_in: FakeApi) -> None:
    ended = ask("secrets", "set", "NEW", stdin=b"x" * 45_001)
    assert (ended.code, "45,000" in ended.err, signed_in.calls) == (1, True, [])


@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_a_shell_is_told_how_to_complete(shell: str) -> None:
    assert "_ENVACCESS_COMPLETE" in CliRunner().invoke(root, ["completion", shell]).stdout


def test_names_commands_and_ids_are_completed(signed_in: FakeApi, monkeypatch: pytest.MonkeyPatch) -> None:
    signed_in.sets = [{"name": "@shop", "variables": ["STRIPE_KEY"]}]
    live(signed_in)

    def completed(words: str, last: str = "") -> list[str]:
        monkeypatch.setenv("_ENVACCESS_COMPLETE", "zsh_complete")
        monkeypatch.setenv("COMP_WORDS", f"envaccess {words}{last}")
        monkeypatch.setenv("COMP_CWORD", str(len(words.split()) + 1))
        found = CliRunner().invoke(root, [])
        monkeypatch.delenv("_ENVACCESS_COMPLETE")
        return found.stdout.splitlines()[1::3]

    assert completed("", "lo") == ["login", "logout", "lock", "locks"]
    assert completed("request ", "") == ["STRIPE_KEY", "staging/DB_URL", "@shop"]
    assert completed("request ", "STRIPE_KEY,st") == ["STRIPE_KEY,staging/DB_URL"]
    assert completed("get ", "ST") == ["STRIPE_KEY"]
    assert completed("end ", "") == ["k7qp0000"]
    assert completed("run STRIPE_KEY 1h a refund -- ", "print") == completed("run -- ", "print") != []
    assert "printenv" in completed("run -- ", "printe")
    assert completed("run STRIPE_KEY 1h a refund ", "prin") == []
    signed_in.tokens.clear()
    assert completed("get ", "ST") == []
