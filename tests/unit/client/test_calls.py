"""Calls on bad days: a server that restarts, lies, hangs up, sends elsewhere, or asks for another nonce."""

import json
import math
import socket
import threading
from collections.abc import Callable

import pytest

from envaccess.client.answers import GRANT_STATES, REQUEST_STATES
from envaccess.client.api import ApiClient
from envaccess.client.calls import new_operation
from envaccess.client.errors import (
    AnswerUnknownError,
    NotSignedInError,
    RefusedError,
    UnreachableError,
    WrongServerError,
)
from envaccess.client.patience import Patience
from envaccess.client.receipt import local_receipt
from envaccess.client.session import make_calls
from envaccess.client.session_file import StoredSession
from envaccess.client.transport import HttpRequest, HttpTransport
from envaccess.domain.receipt import Receipt
from envaccess.domain.request import GrantState, State
from envaccess.settings.terminal import TerminalSettings
from tests.fakes.api_server import FakeApi, answer, answer_then_hang_up, hang_up, serving

RECEIPT = Receipt("lenovo-7", "alice", "make")


class Time:
    """A clock that only sleeping moves."""

    def __init__(self) -> None:
        self.now = 100.0
        self.slept: list[float] = []

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds

    def patience(self, tell: Callable[[str], object], seconds: float = 15.0) -> Patience:
        return Patience(seconds, tell, lambda: self.now, self.sleep, lambda: 0.5)


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> Time:
    """Nothing really sleeps."""
    time = Time()
    monkeypatch.setattr(ApiClient, "patience", lambda self, seconds=15.0: time.patience(self._tell, seconds))
    return time


def filed(client: ApiClient, op: str = "") -> str:
    return client.file(["STRIPE_KEY"], "1h", "a failed refund", "", RECEIPT, op or new_operation()).id


def test_states_are_the_server_s() -> None:
    assert set(State) == REQUEST_STATES
    assert set(GrantState) == GRANT_STATES


def test_a_first_call_learns_the_nonce_and_the_next_one_has_it(client: ApiClient, api: FakeApi) -> None:
    assert client.whoami().name == "alice"
    assert len(api.calls) == 2
    client.whoami()
    assert len(api.calls) == 3


def test_the_next_process_begins_with_the_last_nonce(
    client: ApiClient, api: FakeApi, settings: TerminalSettings, session: StoredSession
) -> None:
    settings.state.mkdir(mode=0o700)
    client.whoami()
    with ApiClient(session, make_calls(settings, session)) as later:
        later.whoami()
    assert len(api.calls) == 3


def test_a_nonce_that_is_over_costs_one_more_call_and_no_second_request(
    client: ApiClient, api: FakeApi
) -> None:
    filed(client)
    api.requests.clear()
    api.nonce = "nonce-2"
    filed(client)
    assert len(api.requests) == 1


def test_a_server_that_never_takes_its_own_nonce_ends_with_a_sentence(
    client: ApiClient, api: FakeApi
) -> None:
    body = json.dumps({"reason": "use_nonce"}).encode()
    refused = answer(401, body, DPoP_Nonce="other", WWW_Authenticate='DPoP error="use_dpop_nonce"')
    api.faults = [refused] * 10
    with pytest.raises(NotSignedInError):
        client.whoami()
    assert len(api.calls) == 3


def test_a_lost_answer_files_nothing_twice(client: ApiClient, api: FakeApi) -> None:
    """`kill -9` of the bot between its change and its answer."""
    client.whoami()
    api.faults = [answer_then_hang_up]
    id_ = filed(client)
    assert list(api.requests) == [id_]
    assert len(set(api.keys) - {""}) == 1
    assert len(api.keys) - api.keys.count("") == 2


def test_a_server_that_comes_back_is_told_of_once(
    client: ApiClient, api: FakeApi, told: list[str], at_once: Time
) -> None:
    api.faults = [answer(503, b"<html>", "text/html"), answer(502, b""), hang_up]
    assert client.whoami().name == "alice"
    assert told == [f"{api.url} cannot serve now (503). Trying again.", "The server answers again."]
    assert at_once.slept == [0.5, 1.0, 2.0]


def test_that_a_server_is_back_is_told_before_it_is_waited_for_again(
    client: ApiClient, api: FakeApi, told: list[str]
) -> None:
    id_ = filed(client)
    api.faults = [answer(503, b"")]
    assert client.request(id_, 25, api.requests[id_]["version"]).id == id_
    assert told[-1] == "The server answers again."
    assert [path.partition("?")[2] for _, path in api.calls[-2:]] == ["wait=25&version=1", "version=1"]


def test_redis_away_is_waited_for_as_the_server_asks(client: ApiClient, api: FakeApi, at_once: Time) -> None:
    away = json.dumps({"reason": "store_down", "detail": "Redis is away.", "retry_in": 2}).encode()
    api.faults = [answer(503, away, "application/problem+json")]
    client.whoami()
    assert at_once.slept == [2.0]


def test_patience_ends(client: ApiClient, api: FakeApi, told: list[str], at_once: Time) -> None:
    api.faults = [answer(500, b"")] * 100
    with pytest.raises(UnreachableError, match="500"):
        client.whoami()
    assert sum(at_once.slept) <= 15
    assert len(told) == 1


def test_patience_without_end_waits_longer_and_longer_and_never_over_22_seconds(told: list[str]) -> None:
    time = Time()
    patience = Patience(math.inf, told.append, lambda: time.now, time.sleep, lambda: 0.999)
    for _ in range(200):
        patience.bear(UnreachableError("away"))
    assert time.slept[:3] == pytest.approx([0.75, 1.5, 3.0], rel=0.01)
    assert max(time.slept) < 22.5
    assert told == ["away Trying again."]


def test_a_server_whose_name_nobody_knows_is_not_asked_again(told: list[str]) -> None:
    unknown = UnreachableError("no such host", passing=False)
    with pytest.raises(UnreachableError):
        Time().patience(told.append).bear(unknown)
    assert told == []


def test_a_network_that_goes_while_waiting_is_borne(told: list[str]) -> None:
    """A laptop without a network knows no host; what worked before will work again."""
    time = Time()
    patience = time.patience(told.append)
    patience.worked()
    patience.bear(UnreachableError("no such host", passing=False))
    assert time.slept


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_no_redirect_is_followed(client: ApiClient, api: FakeApi, status: int) -> None:
    with serving(FakeApi()) as elsewhere:
        api.faults = [answer(status, b"", Location=f"{elsewhere.url}/v1/whoami")]
        with pytest.raises(WrongServerError, match="not followed"):
            client.whoami()
        assert elsewhere.calls == []


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"<html>Welcome to the hotel", "text/html"),
        (b"{}", "text/plain"),
        (b"[]", "application/json"),
        (b"{", "application/json"),
        (b"[" * 100_000, "application/json"),
        (b"\xff", "application/json"),
    ],
)
def test_a_page_that_is_no_answer_is_no_envaccess(
    client: ApiClient, api: FakeApi, body: bytes, kind: str
) -> None:
    api.faults = [answer(200, body, kind)]
    with pytest.raises(WrongServerError, match="no envaccess"):
        client.whoami()


def test_an_answer_too_long_is_not_read_to_its_end(client: ApiClient, api: FakeApi) -> None:
    api.faults = [answer(200, b" " * 3_000_000)]
    with pytest.raises(WrongServerError, match="more than"):
        client.whoami()


def test_what_speaks_no_http_is_no_envaccess() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def talk() -> None:
            peer, _ = listening.accept()
            with peer:
                peer.sendall(b"SSH-2.0-OpenSSH_9.9\r\n\r\n")
                peer.recv(65536)

        threading.Thread(target=talk, daemon=True).start()
        transport = HttpTransport(f"http://127.0.0.1:{listening.getsockname()[1]}")
        with pytest.raises(WrongServerError, match="HTTP"):
            transport.send(HttpRequest("GET", "/v1/whoami", {}))


def test_a_server_that_says_nothing_is_given_up() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        transport = HttpTransport(f"http://127.0.0.1:{listening.getsockname()[1]}")
        with pytest.raises(UnreachableError, match="too long"):
            transport.send(HttpRequest("GET", "/", {}, seconds=0.05))


def test_a_proxy_is_never_used_for_this_machine(session: StoredSession, settings: TerminalSettings) -> None:
    proxied = TerminalSettings("", settings.state, "http://127.0.0.1:1", "")
    with ApiClient(session, make_calls(proxied, session)) as client:
        assert client.whoami().name == "alice"


def test_a_proxy_sees_the_host_alone() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        seen: list[bytes] = []

        def talk() -> None:
            peer, _ = listening.accept()
            with peer:
                seen.append(peer.recv(65536))
                peer.sendall(b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n")

        talking = threading.Thread(target=talk)
        talking.start()
        proxy = f"http://me:secret@127.0.0.1:{listening.getsockname()[1]}"
        transport = HttpTransport("https://access.example.com", proxy)
        with pytest.raises(UnreachableError, match=r"through the proxy 127\.0\.0\.1") as caught:
            transport.send(HttpRequest("GET", "/v1/whoami", {"Authorization": "DPoP token-for-tests"}))
        talking.join()
    assert seen[0].startswith(b"CONNECT access.example.com:443 HTTP/1.")
    assert b"token-for-tests" not in seen[0]
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("proxy", ["socks5://127.0.0.1:1", "https://127.0.0.1:1", "http://:1", "http://a:0"])
def test_a_proxy_of_another_kind_is_named_as_such_and_not_repeated(proxy: str) -> None:
    with pytest.raises(WrongServerError, match="HTTPS_PROXY") as caught:
        HttpTransport("https://access.example.com", proxy)
    assert "127" not in str(caught.value)


def test_a_certificate_that_does_not_verify_is_refused(tmp_path_factory: pytest.TempPathFactory) -> None:
    import ssl  # noqa: PLC0415 - one test

    from tests.unit.client.certificates import self_signed  # noqa: PLC0415 - one test

    certificate = self_signed(tmp_path_factory.mktemp("tls"))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def talk() -> None:
            peer, _ = listening.accept()
            try:
                context.wrap_socket(peer, server_side=True).close()
            except (ssl.SSLError, OSError):
                peer.close()

        threading.Thread(target=talk, daemon=True).start()
        transport = HttpTransport(f"https://127.0.0.1:{listening.getsockname()[1]}")
        with pytest.raises(WrongServerError, match="cannot be verified"):
            transport.send(HttpRequest("GET", "/v1/whoami", {"Authorization": "DPoP token-for-tests"}))


def test_a_refusal_is_the_sentence_that_slack_would_show(client: ApiClient, api: FakeApi) -> None:
    api.refusal = (
        403,
        {"reason": "no_rule", "detail": "No rule covers X.", "hint": "Ask for one.", "request": None},
    )
    with pytest.raises(RefusedError) as caught:
        filed(client)
    assert (caught.value.reason, str(caught.value)) == ("no_rule", "No rule covers X. Ask for one.")


def test_nothing_that_a_server_says_moves_a_cursor(client: ApiClient, api: FakeApi) -> None:
    api.refusal = (
        403,
        {"reason": "no_rule", "detail": "No\x1b[2J rule\x07\u202e.\r\nroot# ", "hint": "\x9b1A"},
    )
    with pytest.raises(RefusedError) as caught:
        filed(client)
    assert str(caught.value) == "No[2J rule. root# 1A"


def test_a_session_that_is_over_says_how_to_sign_in(client: ApiClient, api: FakeApi) -> None:
    api.tokens.clear()
    with pytest.raises(NotSignedInError, match="envaccess login"):
        client.whoami()


def test_too_many_calls_are_a_no_where_the_wait_is_long(
    client: ApiClient, api: FakeApi, at_once: Time
) -> None:
    api.refusal = (429, {"reason": "slow_down", "detail": "Slow down.", "retry_in": 60})
    with pytest.raises(RefusedError, match="Slow down"):
        filed(client)
    assert at_once.slept == []


def test_fields_of_a_later_version_are_passed_over_and_missing_ones_say_update(
    client: ApiClient, api: FakeApi
) -> None:
    assert client.whoami().workspace == "Acme (T0ACME123)"
    for body in (b"{}", b'{"requests": 1}', b'{"requests": [1]}', b'{"requests": [{"id": 1}]}'):
        api.faults = [answer(200, body)]
        with pytest.raises(AnswerUnknownError, match="update envaccess"):
            client.requests()


def test_values_are_opened_by_this_session_alone(client: ApiClient, api: FakeApi) -> None:
    id_ = filed(client)
    api.approve(id_)
    found = client.values(id_, "op-1", RECEIPT)
    assert found.values == {"default/STRIPE_KEY": "value-for-tests"}
    assert "value-for-tests" not in repr(found)
    api.seal_keys = dict.fromkeys(api.seal_keys, api.box.public)
    with pytest.raises(RefusedError, match="not sealed to this session"):
        client.values(id_, "op-2", RECEIPT)


def test_an_answer_for_another_call_is_not_opened(client: ApiClient, api: FakeApi) -> None:
    """Whoever lies between gives out an old answer, with the value as it was."""
    id_ = filed(client)
    api.approve(id_)
    client.values(id_, "op-1", RECEIPT)
    api.faults = [answer(200, json.dumps(api.done["op-1"][1]).encode())]
    with pytest.raises(RefusedError, match="not sealed to this session"):
        client.values(id_, "op-2", RECEIPT)


def test_values_whose_answer_was_lost_are_asked_for_as_another_use(client: ApiClient, api: FakeApi) -> None:
    id_ = filed(client)
    api.approve(id_)
    api.faults = [answer_then_hang_up]
    assert client.values(id_, "op-1", RECEIPT).values == {"default/STRIPE_KEY": "value-for-tests"}
    assert len({key for key in api.keys if key}) == 3


def test_what_is_wrong_with_the_input_is_told_field_by_field(client: ApiClient, api: FakeApi) -> None:
    errors = [{"field": "from", "problem": "This is no time of day."}]
    api.refusal = (
        422,
        {"reason": "input_invalid", "detail": "The input is not.", "hint": "GET", "errors": errors},
    )
    with pytest.raises(RefusedError) as caught:
        filed(client)
    assert str(caught.value) == "from: This is no time of day."


def test_a_tap_is_waited_for_under_one_operation(client: ApiClient, api: FakeApi) -> None:
    id_ = filed(client)
    api.approve(id_)
    api.taps = 2
    left: list[int] = []
    assert client.values(id_, "op-1", RECEIPT, on_tap=left.append).values
    assert left == [60, 60]


def test_an_owner_s_value_is_sealed_to_the_key_that_was_pinned(client: ApiClient, api: FakeApi) -> None:
    assert client.set_value("default/NEW", "a-new-value-for-tests", "op-1", replace=False) == "created"
    assert api.values["default/NEW"] == "a-new-value-for-tests"
    assert "a-new-value" not in json.dumps(api.bodies)


def test_ids_are_parts_of_a_path_and_no_more(client: ApiClient, api: FakeApi) -> None:
    with pytest.raises(RefusedError):
        client.request("../whoami?x=")
    assert api.calls[-1][1] == "/v1/requests/..%2Fwhoami%3Fx%3D"


def test_a_receipt_is_short() -> None:
    receipt = local_receipt("x" * 500)
    assert receipt.host
    assert receipt.user
    assert len(receipt.program) == 64
