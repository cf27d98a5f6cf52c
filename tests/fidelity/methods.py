"""A Web API method as its page documents it, and the checks that every method's file makes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tests.fidelity.objects import REFUSED
from tests.fidelity.shapes import assert_fits

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from slack_emulator import Json
    from tests.fidelity.shapes import Doc
    from tests.slack_emulator.harness import EmulatorHarness

COMMON = frozenset(
    {
        "access_denied",
        "accesslimited",
        "account_inactive",
        "deprecated_endpoint",
        "ekm_access_denied",
        "enterprise_is_restricted",
        "fatal_error",
        "invalid_arg_name",
        "invalid_array_arg",
        "invalid_charset",
        "invalid_form_data",
        "invalid_post_type",
        "is_bot",
        "method_deprecated",
        "missing_post_type",
        "missing_scope",
        "no_permission",
        "not_allowed_token_type",
        "not_authed",
        "org_login_required",
        "ratelimited",
        "request_timeout",
        "service_unavailable",
        "team_added_to_org",
        "token_expired",
        "token_revoked",
        "two_factor_setup_required",
        "unknown_method",
    }
)
"""The errors that every method's page lists."""

EVERYWHERE = {
    "invalid_auth": "https://docs.slack.dev/reference/methods/auth.test",
    "invalid_json": "slackapi/slack-api-specs, errors of every method",
    "json_not_object": "slackapi/slack-api-specs, errors of every method",
    "invalid_arguments": "example of .../methods/views.open; measured: brekkylab/backlot#84",
}
"""Errors that any method can give, though not every page lists them, and who says so."""


@dataclass(frozen=True)
class Documented:
    """One method's page.

    Attributes:
        name: the method.
        answer: the shape of its answer when it works.
        errors: the page's own errors, without those that every page has.
        beyond: errors that the local Slack gives though the page does not list them, and who says so.
    """

    name: str
    answer: Doc
    errors: frozenset[str]
    beyond: Mapping[str, str] = field(default_factory=dict)

    @property
    def source(self) -> str:
        return f"https://docs.slack.dev/reference/methods/{self.name}"

    @property
    def allowed(self) -> frozenset[str]:
        return COMMON | self.errors | set(EVERYWHERE) | set(self.beyond)


@dataclass(frozen=True)
class Refusal:
    """A call that must be refused: the error, when that is so, the arguments, and what comes before."""

    error: str
    when: str
    args: Callable[[EmulatorHarness], Json]
    before: Callable[[EmulatorHarness], object] = lambda _house: None

    def __str__(self) -> str:
        return f"{self.error}: {self.when}"


async def assert_refused(emulator: EmulatorHarness, method: Documented, case: Refusal) -> None:
    case.before(emulator)
    answer = await emulator.raw(method.name, **case.args(emulator))
    assert answer.get("error") == case.error
    assert answer["error"] in method.allowed, method.source
    assert_fits(answer, REFUSED)


def assert_complete(method: Documented, refusals: list[Refusal], never: frozenset[str]) -> None:
    """Every documented error is given, or is in the table of those that never are; nothing else is given."""
    given = {case.error for case in refusals}
    assert given <= method.errors | set(EVERYWHERE) | set(method.beyond)
    assert set(method.beyond) <= given
    assert method.errors - given == never
    assert not never & given


JUNK: tuple[Any, ...] = ("", "x", "[", "{}", "[]", "\x00", 7, -1, True, None, [], {}, [None], {"type": []})


async def assert_documented_whatever_is_sent(
    emulator: EmulatorHarness, method: Documented, good: Json
) -> None:
    """Junk in one argument at a time is taken, or refused with an error that the page lists."""
    for name in good:
        for junk in JUNK:
            answer = await emulator.raw(method.name, **{**good, name: junk})
            assert answer["ok"] or answer["error"] in method.allowed, (name, junk, answer)
            if not answer["ok"]:
                assert_fits(answer, REFUSED)
