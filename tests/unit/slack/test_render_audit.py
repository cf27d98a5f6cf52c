"""A page of events: whatever is in them, Slack takes it, and nothing of it is markup."""

import pytest

from envaccess.domain.audit import Actor, ActorKind, Event, Tag
from envaccess.domain.audit_subject import AuditPage, AuditSubject, Look, read_subject
from envaccess.domain.typed_parts import BadCommand
from envaccess.slack.render.audit_page import render_audit_page
from envaccess.store.audit_history import SHOWN
from tests.unit.slack.checker import buttons, check_message, drawn
from tests.unit.slack.samples import HOSTILE, NOON, WIDEST

WHOLE = "&" * 4_000


def hostile(tag: str, number: int) -> Event:
    detail = {"reason": WHOLE, "why": HOSTILE * 20, HOSTILE: HOSTILE, "host": HOSTILE, "about": HOSTILE}
    actor = Actor(ActorKind.AGENT, HOSTILE)
    names = tuple(map(str, WIDEST))
    return Event(f"{NOON}-{number}", tag, NOON, actor, HOSTILE, HOSTILE, names, HOSTILE, detail)


@pytest.mark.parametrize("tag", [*Tag, "later.tag", HOSTILE])
def test_the_fullest_page_is_taken_and_mentions_nobody(tag: str) -> None:
    look = Look(tuple(hostile(tag, SHOWN - number) for number in range(SHOWN)), 25_000, f"{NOON}-0", NOON)
    for page in (AuditPage(about("A" * 128), look), AuditPage(about("@U0ALICE"), look, False, True)):
        check_message(render_audit_page(page), "U0ALICE")


def test_what_did_not_fit_is_on_the_next_page() -> None:
    look = Look(
        tuple(hostile(Tag.REQUEST_CREATED, SHOWN - number) for number in range(SHOWN)), 9, f"{NOON}-0"
    )
    rendered = render_audit_page(AuditPage(about("STRIPE_KEY"), look))
    (older,) = [block["elements"][0] for block in rendered.blocks if block["type"] == "actions"]
    last, _, subject = older["value"].partition(" ")
    assert f"event `{last}`" in drawn(rendered)
    assert f"event `{NOON}-1`" not in drawn(rendered)
    assert read_subject(subject) == about("STRIPE_KEY")


def test_nothing_found_so_far_can_be_looked_for_further() -> None:
    look = Look((), 25_000, "7-7", NOON, ended=False)
    rendered = render_audit_page(AuditPage(about("agent:ag_7k2p"), look))
    assert "was found so far" in drawn(rendered)
    assert "25,000 events" in drawn(rendered)
    assert buttons(rendered) == ["history:older"]


WORDS = (
    "STRIPE_KEY staging/DB_URL @shop @U0BOB machine:deploy agent:ag_7k2p 7k2m9xq4 se_96059a1f 17-0 0a1b2c3d"
)
NO_SUBJECTS = (
    "",
    "a b",
    "<@U0BOB>",
    "@",
    "NAME,OTHER",
    "<!channel>",
    "1-",
    "machine:",
    "*",
    "ghp_" + "a1B2" * 9,
)


@pytest.mark.parametrize("word", WORDS.split())
def test_what_a_button_carries_is_read_as_what_was_typed(word: str) -> None:
    assert read_subject(str(about(word))) == about(word)


@pytest.mark.parametrize("word", NO_SUBJECTS)
def test_anything_else_is_no_subject(word: str) -> None:
    assert isinstance(read_subject(word), BadCommand)


def about(word: str) -> AuditSubject:
    found = read_subject(word)
    assert isinstance(found, AuditSubject), word
    return found
