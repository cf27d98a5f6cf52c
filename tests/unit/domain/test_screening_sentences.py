"""Over two thousand reasons as engineers write them, none of which may be taken for a secret."""

import itertools

import pytest

from envaccess.domain.screening import looks_secret

WHAT = [
    "debugging a failed refund",
    "rotating the signing key",
    "checking why the token expired",
    "password reset flow is broken",
    "secret rotation for the payments team",
    "verifying DB_PASSWORD in staging",
    "reproducing the customer's report",
    "restoring last night's backup",
    "comparing checksums after the migration",
    "the access token is refused with 401",
    "answering the auditor's question",
    "API key: rotation is due",
    "login fails with invalid credentials",
    "on-call handover",
    "Fehlersuche nach dem Ausfall",
    "Passwort abgelaufen, bitte um Zugriff",
    "vérifier le jeton expiré",
    "comprobar la contraseña caducada",
    "パスワードのリセット",
    "проверка токена после ротации",
    "verificar senha expirada",
    "cannot connect to the database",
    "the webhook secret does not match",
    "bearer token missing in the header",
]
WHERE = [
    "on payments-7d9f8b6c5d-x2x9z",
    "in eu-west-1b",
    "at https://wiki.acme.example/runbooks/payments#rotate",
    "on ip-10-0-12-34.eu-west-1.compute.internal",
    "in src/payments/handlers/refund_v2.py:120",
    "at commit 3f2a9c1",
    "on postgres://db.internal:5432/app",
    "in release 2026.10.01-rc.2",
    "for request 01234567-89ab-cdef-0123-456789abcdef",
    "in namespace payments-prod",
    "at 10.0.12.34:5432",
    "on node gke-prod-eu-west1-default-pool-3f2a9c1b-x2x9",
    "in v1.2.3-rc.4+build.20261001",
    "for alice@example.com",
    "in arn:aws:iam::123456789012:role/payments-reader",
]
WHY = [
    "PAY-1234",
    "see INC-20261001-0042",
    "(ticket #8841)",
    "asked by the on-call lead",
    "since 22:00 UTC",
    "for 30m at most",
    "https://acme.atlassian.net/browse/OPS-77?focusedCommentId=10234",
]


def sentences() -> list[str]:
    """Every what, where and why together."""
    return [f"{what} {where}, {why}" for what, where, why in itertools.product(WHAT, WHERE, WHY)]


def test_there_are_two_thousand() -> None:
    assert len(set(sentences())) > 2_000


@pytest.mark.parametrize("what", WHAT)
def test_no_ordinary_sentence_is_taken_for_a_secret(what: str) -> None:
    """Somebody at three in the morning must not be told to rephrase a sentence."""
    assert [text for text in sentences() if text.startswith(what) and looks_secret(text)] == []
