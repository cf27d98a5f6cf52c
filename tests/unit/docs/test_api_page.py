"""The cryptography on the API's page is the server's: it is taken from there, run, and compared."""

import re
from pathlib import Path
from typing import Any

import pytest

from envaccess.crypto.boxes import seal_to, token_info, values_info
from envaccess.crypto.login_codes import login_number, make_offer, read_code, secret_hash
from envaccess.crypto.proofs import read_proof
from envaccess.crypto.tokens import TokenKind, make_token, token_hash
from envaccess.http.api.routes import ROUTES

PAGE = Path(__file__).parents[3] / "docs" / "reference" / "api.md"
CODE = "K7QP-ABCDE-FGH12"
SERVER_KEY = "key.c2VydmVy"


@pytest.fixture(scope="module")
def client() -> dict[str, Any]:
    """What the page's example defines."""
    found = re.search(r"^```python\n(.+?)^```$", PAGE.read_text("utf-8"), re.MULTILINE | re.DOTALL)
    assert found
    names: dict[str, Any] = {}
    exec(found[1], names)  # noqa: S102 - our own page, whose promise this is
    return names


def test_an_offer_and_its_number_are_those_of_the_server(client: dict[str, Any]) -> None:
    code = read_code(CODE)
    assert code
    sign, seal = client["sign_key"], client["seal_key"]
    assert client["offer"](CODE, sign, seal) == make_offer(code, sign, seal).text
    assert client["number"](CODE, sign, seal, SERVER_KEY) == login_number(
        secret_hash(code), sign, seal, SERVER_KEY
    )


def test_a_proof_is_taken(client: dict[str, Any]) -> None:
    token = make_token(TokenKind.PERSON)
    proof = read_proof(client["proof"](client["sign"], "GET", "https://a.test/v1/whoami?x=1", "n", token))
    assert (proof.key, proof.method, proof.url) == (client["sign_key"], "GET", "https://a.test/v1/whoami")
    assert (proof.nonce, proof.token_hash) == ("n", token_hash(token))


def test_a_box_opens(client: dict[str, Any]) -> None:
    seal, open_box = client["seal"], client["open_box"]
    token = seal_to(client["seal_key"], b"for-tests", token_info("se_00000000"))
    assert open_box(seal, token, "envaccess/token/1", "se_00000000") == b"for-tests"
    values = seal_to(client["seal_key"], b"{}", values_info("0k3f9a2b", "op"))
    assert open_box(seal, values, "envaccess/values/1", "0k3f9a2b", "op") == b"{}"


def test_the_addresses_that_the_page_names_are_served() -> None:
    served = {f"{route.method} {route.path}".replace("{login}", "{id}") for route in ROUTES}
    named = set(re.findall(r"`((?:GET|POST|PUT|DELETE) /v1/[a-z/{}]+(?![.a-z]))", PAGE.read_text("utf-8")))
    assert named - served == set()
