"""What gives a secret away, and sentences about secrets, which do not."""

import string

import pytest

from envaccess.domain.screening import WORD_MAX, _folded, looks_secret
from tests.unit.domain.made import lines_of, made, pseudo

AWS_EXAMPLE = "wJalrXUtnFEMI/" + "K7MDENG/" + "bPxRfiCYEXAMPLEKEY"
"""The one of AWS's own documents, in pieces, so that no scanner finds it."""
GIVEN_AWAY = [
    "DB_PASSWORD=correcthorse",
    "STRIPE_SECRET_KEY: whatever123",
    "Bearer abc123def456ghi",
    "Authorization: Bearer something",
    "Authorization: Basic dXNlcjpwYXNz",
    "Basic dXNlcjpwYXNzd29yZA==",
    "mysql -u root -pS3cr3t db",
    "--password foo",
    "use --password=foo here",
    "curl -u user:pass https://x.example",
    "password: correcthorse",
    "my password is hunter2",
    "the db password is S3cr3tPass ok",
    '{"password": "correcthorse"}',
    "'db_pass' => 'abcd'",
    "export GITHUB_TOKEN=abcd1234",
    "AccountKey=abcd1234efgh5678==",
    "<password>hunter2</password>",
    "PGPASSWORD=foobar psql",
    "redis-cli -a hunter2",
    "docker login -u x -p hunter2",
    "api-key: 12345678",
    "X-Api-Key: abcdef123",
    "token := whatever",
    "password = 'correct horse'",
    "root:hunter22@10.0.0.1",
    "IDENTIFIED BY 'abc123'",
    "client_secret=foo-bar-baz",
    "STRIPE_KEY=abc123def456",
    "passwort: geheim123",
    "dbPassword=foobar",
    "DB_PASS: foo12345",
    "ssh-key passphrase: tr0ub4dor",
    "sshpass -p hunter2 ssh x",
    "private_key: MIIEvQIBADANBg",
    "password:hunter2",
    "SECRET_KEY = 'django-insecure-abc'",
    "pwd=hunter2",
    "Cookie: session_token=abcd1234",
    "aws_secret_access_key abcd1234ABCD5678efgh",
    "mongosh --username a --password b1c2d3",
    "--token=abc123",
    "openssl rsa -passin pass:hunter2",
    "password is: hunter2",
    "secret=hunter2",
    "DATABASE_URL=postgres://a:b@c/d",
    "API_TOKEN: correcthorse",
    made("AWS_SECRET_ACCESS_KEY={alnum:21}/{alnum:18}"),
    made("{alnum:21}/{alnum:18}"),
    made("hf_{alnum:34}"),
    AWS_EXAMPLE,
    "access key = abc123def",
    "stripe secret key: whatever123",
    "encryption key is abc123def456",
    "Bearer: abc123def456",
    "bearer=abc123def456",
    *lines_of("given_away.txt"),
]


@pytest.mark.parametrize("text", GIVEN_AWAY)
@pytest.mark.parametrize("around", ["{}", "please: {}", "({})", "`{}`"])
def test_what_stands_before_a_value_gives_it_away(text: str, around: str) -> None:
    """Law 7: people paste whole lines of their terminal and of their `.env` file."""
    assert looks_secret(around.format(text))


SENTENCES = [
    "trace id 4bf92f3577b34da6a3ce929d0e0e4736 shows the error",
    "rev 3f2a9c1d8e7b6a5f4c3d2e1f0a9b8c7d6e5f4a3b is broken",
    "services/PaymentApi2/handlers/V1/GetUser",
    "primary key: user_id2",
    "deploy key: PAY-12",
    "the ssh key is missing",
    "password: the reset flow is broken",
    "reset my password",
    "token expired",
    "secret rotation for payments",
    "STRIPE_SECRET_KEY: rotate it before Friday",
    "STRIPE_SECRET_KEY rotation",
    "token: expired",
    "token is expired",
    "the password is wrong",
    "--password flag is ignored",
    "Bearer token expired",
    "bearer authentication fails",
    "basic auth is broken",
    "docker run -p 8080:80 fails",
    "TOKEN_TTL=3600 is too short",
    "password length=12",
    "secret: see https://wiki.example/x",
    "DB_PASSWORD=$DB_PASSWORD is empty",
    "DB_PASSWORD is empty in eu-west-1",
    "need DB_PASSWORD and API_TOKEN to debug",
    "password=null in the log",
    "token=expired",
    "secret is base64-encoded",
    "token: PAY-123",
    "token: 401 from the API",
    "nginx:1.25@sha256 is pinned",
    "meeting at 14:00@office",
    "rotate key: ticket OPS-12",
    "password reset, api key: rotate",
    "API key: rotation is due",
    "The api key is missing in staging",
    "key=value pairs",
    "sort_key=created_at is slow",
    "cache_key=user:1",
    "curl -u is deprecated",
    "kubectl -n payments logs payments-7d9f8b6c5d-x2x9z",
    "src/Payments/Controllers/V2/RefundHandler",
    "passwords: 3 of them leaked",
    "secrets: two",
    "password policy: strict",
    "Token: refresh flow",
    "secret `STRIPE_KEY` missing",
    "auth: broken",
    "credentials: expired",
    "mysql -p prompt hangs",
    "Passwort: vergessen",
    "secret: payments-db",
    "token for bob@example.com",
    "access key: last used in March",
    "token: v2",
    "login token is oauth2",
    "password is 8 characters",
    "secret: kubernetes",
    "API key: none",
    "key-rotation-for-payments-service-prod",
    "sk-learn-pipeline-refactoring-now",
    "npm_config_registry_timeout_ms",
    "pypi-mirror-is-down-since-monday",
]


@pytest.mark.parametrize("text", [*SENTENCES, *lines_of("ordinary_reasons.txt")])
def test_a_sentence_about_a_secret_is_none(text: str) -> None:
    assert not looks_secret(text)


def wide(text: str) -> str:
    """As a keyboard for Japanese writes it."""
    return "".join(chr(ord(letter) + 0xFEE0) for letter in text)


HIDDEN_BEGINNINGS = [
    "https://x.example/?q=password%3Dhunter22",
    made("https://x.example/?next=%2Fcb%3Ftoken%3Dghp_{alnum:36}"),
    made("log said \\nghp_{alnum:36}"),
    wide("password:hunter22"),
    made(wide("ghp_") + "{alnum:36}"),
]


@pytest.mark.parametrize("text", HIDDEN_BEGINNINGS)
def test_another_way_of_writing_hides_no_secret(text: str) -> None:
    """Copied out of a link, a line of code, or a keyboard for another script."""
    assert looks_secret(text)


@pytest.mark.parametrize(
    "text",
    ["{hex:40}", "{hex:64}", "sha256:{hex:63}", "sha256:{hex:65}", "commit {hex:64}", "key sha {hex:41}"],
)
def test_hexadecimal_that_nothing_explains_is_refused(text: str) -> None:
    """A digest and a commit say what they are; a key of the same length does not."""
    assert looks_secret(made(text))


def test_a_word_too_long_for_a_name_is_not_taken_apart() -> None:
    word = pseudo(string.ascii_lowercase + string.digits, WORD_MAX + 1, 1)
    assert looks_secret("-".join(word[place : place + 4] for place in range(0, len(word), 4)))


def test_a_text_that_grows_when_it_is_folded_costs_no_more() -> None:
    """One such character is eighteen letters; thousands of them are looked at as they are."""
    assert len(_folded("\ufdfa" * 1_000)) == 1_000
    assert _folded("\uff50\ufdfa" + "a" * 30).startswith("p\u0635")
