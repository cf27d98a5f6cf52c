"""Every reason for which access is over before its time has words, in each place where somebody reads it."""

import re
from dataclasses import replace

import pytest

from envaccess.cli.request_words import tell_request
from envaccess.client.answers import read_grant, read_request
from envaccess.domain.audit import Actor, ActorKind, Event, Tag
from envaccess.domain.end_reasons import EndReason, because
from envaccess.domain.phrase import plain
from envaccess.domain.proposal import DeclinedHow
from envaccess.domain.refusal import Reason, Refusal
from envaccess.domain.refusal.words import tell
from envaccess.domain.request import GrantState
from envaccess.domain.session import SessionEnd
from envaccess.run.lease import AccessEnded
from envaccess.slack.render.card import render_card
from envaccess.slack.render.lines import render_line
from envaccess.slack.render.request import render_request
from envaccess.slack.render.session_ends import (
    declined_told,
    session_end_told,
    why_agent_ended,
    why_terminal_ended,
)
from envaccess.store.script_text import own_text, script_names
from tests.unit.cli.test_run_watch import ScriptedClient, follow
from tests.unit.slack.samples import CANCELLED, NOON, REVOKED, TIMED_OUT

every_reason = pytest.mark.parametrize("reason", EndReason)
SHARED = ("lib_grant", "lib_session", "lib_lock", "lib_chain")
_WORDS = (
    re.compile(r"end_grant\([^\n]*, '(\w+)'\)\n"),
    re.compile(r"end_instead\([^\n]*, '(\w+)'\)\n"),
    re.compile(r"ended_why = '(\w+)'"),
    re.compile(r"return lock\.by, '(\w+)'"),
)


def test_scripts_write_down_no_other_reason() -> None:
    """A reason without words would stand on cards as nothing, and on terminals as a bare word."""
    texts = [own_text(name) for name in (*script_names(), *SHARED)]
    found = {reason for text in texts for pattern in _WORDS for reason in pattern.findall(text)}
    given_by_callers = {EndReason.RESTORED, EndReason.UPGRADED, EndReason.MOVED, EndReason.UNINSTALLED}
    assert found | given_by_callers == set(EndReason)


def test_what_a_later_version_says_has_no_words_yet() -> None:
    assert because("a_later_reason") == because("") == ""


@every_reason
def test_the_card_and_the_approvers_message_say_why(reason: EndReason) -> None:
    request = replace(REVOKED, ended_why=reason)
    for drawn in (render_card(request), render_request(request)):
        assert f", because {because(reason)}" in str(drawn.blocks)
        assert reason not in str(drawn.blocks) or reason in because(reason)


@every_reason
def test_a_request_that_is_over_undecided_says_why(reason: EndReason) -> None:
    assert because(reason) in str(render_card(replace(TIMED_OUT, ended_why=reason)).blocks)
    assert because(reason) in str(render_card(replace(CANCELLED, ended_why=reason)).blocks)


@every_reason
@pytest.mark.parametrize("tag", [Tag.GRANT_REVOKED, Tag.REQUEST_CANCELLED, Tag.REQUEST_TIMED_OUT])
def test_the_audit_channel_says_why(reason: EndReason, tag: Tag) -> None:
    event = Event(
        "1-1", tag, NOON, Actor(ActorKind.BOT), "7k2m9xq4", "", ("default/A",), "U0ALICE", {"why": reason}
    )
    assert f" · because {because(reason)} · " in render_line(event)


@every_reason
def test_the_api_and_slack_say_why_to_whoever_uses_it_again(reason: EndReason) -> None:
    refusal = Refusal(Reason.ENDED, state=GrantState.REVOKED, by="U0BOB", hint=reason)
    assert f"was ended by U0BOB, because {because(reason)}." in plain(tell(refusal))


@every_reason
def test_the_terminal_says_why(reason: EndReason) -> None:
    told = {"id": "g1", "version": 2, "state": "revoked", "ends_in": 0}
    request = read_request(
        {**told, "state": "approved", "variables": ["A"], "grant": {**told, "ended_why": reason}}
    )
    assert f"was ended, because {because(reason)}." in tell_request(request)
    ended = read_grant({**told, "ended_why": reason})
    assert next(follow(ScriptedClient(ended))) == AccessEnded(because(reason))


@pytest.mark.parametrize("how", SessionEnd)
def test_the_end_of_a_session_has_words(how: SessionEnd) -> None:
    for told in (why_terminal_ended(how), why_agent_ended(how), session_end_told(how)):
        assert told, how
        assert " " in told, how
        assert "_" not in told, how
    assert why_terminal_ended("later") == why_agent_ended("later") == "It is over"


@pytest.mark.parametrize("how", DeclinedHow)
def test_what_became_no_request_has_words(how: DeclinedHow) -> None:
    assert declined_told(how) is not None
    assert declined_told("later") is None
