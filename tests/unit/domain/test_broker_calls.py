"""What an agent's broker says that it called is text of a program: it is written down short and harmless."""

import pytest

from envaccess.domain.broker_calls import BrokerCall, clean_calls, clean_service

SECRET = "c2VjcmV0LWZvci10ZXN0cy1vbmx5LTEyMzQ1Ng"


def _written(**more: str) -> BrokerCall:
    call = {"method": "GET", "host": "api.example.com", "path": "/v1/charges", **more}
    (found,) = clean_calls([BrokerCall(**call, status=200, blocked="", times=1)])
    return found


@pytest.mark.parametrize(
    ("said", "written"),
    [
        ("/v1/charges?key=1", "/v1/charges"),
        ("/v1/charges#x", "/v1/charges"),
        (f"/v1/{SECRET}/x", "/v1/(hidden)/x"),
        ("/v1\n/`grant.revoked` @bob\r\n", "/v1/`grant.revoked` @bob"),
        ("/\x1b[2J\x07\u202ex\x00", "/[2Jx"),
        ("/" + "a/" * 500, ("/" + "a/" * 500)[:200]),
    ],
)
def test_a_path_has_one_line_no_query_and_nothing_that_looks_secret(said: str, written: str) -> None:
    assert _written(path=said).path == written


def test_hosts_and_services_are_written_in_the_same_way() -> None:
    assert _written(host=f"{SECRET}").host == "(hidden)"
    assert _written(host="a\nb\x07").host == "a b"
    assert clean_service("shop\n\u202egone") == "shop gone"
    assert clean_service(SECRET) == "(hidden)"


def test_of_many_different_calls_the_rest_share_an_event_that_says_if_one_was_blocked() -> None:
    calls = [BrokerCall("GET", "a.example.com", f"/{number}", 200, "", 2) for number in range(30)]
    calls[25] = BrokerCall("GET", "a.example.com", "/25", 0, "echo", 1)
    *shown, rest = clean_calls(calls)
    assert [call.path for call in shown] == [f"/{number}" for number in range(20)]
    assert (rest.path, rest.blocked, rest.times) == ("/...", "echo", 19)
