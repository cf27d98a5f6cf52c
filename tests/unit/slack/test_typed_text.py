"""What Slack delivers is read as it was typed: decoded once, its tokens inert text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from envaccess.domain.command import Ask, Command, Delegate, LockAccess
from envaccess.domain.duration import Duration
from envaccess.domain.lock import Target
from envaccess.domain.text import TEXT_MAX
from envaccess.domain.typed_parts import BadCommand, Problem
from envaccess.domain.variable import Variable
from envaccess.slack.typed_text import decode, read_command

STRIPE = Variable("default", "STRIPE_KEY")


@pytest.mark.parametrize(
    ("text", "ask"),
    [
        ("STRIPE_KEY 1h &lt;!channel&gt; &amp; co", Ask((STRIPE,), Duration(3600), "<!channel> & co")),
        ("STRIPE_KEY 1h for <@U0BOB|bob>", Ask((STRIPE,), Duration(3600), "for @U0BOB")),
        ("<@U0SHOP|shop> 1h a sale", Ask((), Duration(3600), "a sale", sets=("shop",))),
        ("<!subteam^S0SHOP|@shop> 1h a sale", Ask((), Duration(3600), "a sale", sets=("shop",))),
        (
            "STRIPE_KEY, <@U0SHOP|Shop> ,@pay 1h for <@U0BOB|bob>, <@U0EVE|eve>",
            Ask((STRIPE,), Duration(3600), "for @U0BOB, @U0EVE", sets=("shop", "pay")),
        ),
        ("<@U0SHOP> 1h a sale", Ask((), Duration(3600), "a sale", sets=("u0shop",))),
        ("delegate <@U0BOB|bob> 8h", Delegate("U0BOB", Duration(8 * 3600))),
        ("lock <@U0BOB|bob> he left", LockAccess(Target("U0BOB"), "he left")),
    ],
)
def test_commands_are_read_as_people_typed_them(text: str, ask: Command) -> None:
    assert read_command(text) == ask


def test_what_is_too_long_as_slack_delivers_it_is_refused_unread() -> None:
    text = "STRIPE_KEY 1h " + "&amp;" * (TEXT_MAX // 5)
    assert read_command(text) == BadCommand(Problem.TOO_MUCH_TEXT)


@pytest.mark.parametrize(
    ("slack", "typed"),
    [
        ("A 1h why", "A 1h why"),
        ("a &amp; b &lt;c&gt;", "a & b <c>"),
        ("&amp;lt;", "&lt;"),
        ("&amp;amp;amp;", "&amp;amp;"),
        ("&lt;!channel&gt;", "<!channel>"),
        ("&lt;@U0VICTIM&gt;", "<@U0VICTIM>"),
        ("<@U0BOB|bob>", "@U0BOB"),
        ("<@U0BOB>", "@U0BOB"),
        ("<#C0GENERAL|general>", "#C0GENERAL"),
        ("<!channel>", "@channel"),
        ("<!subteam^S0TEAM|@team>", "@S0TEAM"),
        ("<https://acme.example/a?b=1&amp;c=2|acme.example>", "https://acme.example/a?b=1&c=2"),
        ("<https://acme.example/x>", "https://acme.example/x"),
        ("<mailto:a@b.example|a@b.example>", "a@b.example"),
        ("<tel:+4930123|+4930123>", "+4930123"),
        ("<http://prod.eu/KEY|prod.eu/KEY>", "prod.eu/KEY"),
        ("<http://prod.eu|Prod.eu>/KEY,", "Prod.eu/KEY,"),
        ("<http://prod.eu/|prod.eu>", "prod.eu"),
        ("<HTTPS://prod.eu/KEY|prod.eu/KEY>", "prod.eu/KEY"),
        ("A,<http://prod.eu/KEY|prod.eu/KEY>,B 1h", "A,prod.eu/KEY,B 1h"),
        ("<http://prod.eu/A,B|prod.eu/A,B>", "prod.eu/A,B"),
        ("<http://a.eu/?b=1&amp;c=2|a.eu/?b=1&amp;c=2>", "a.eu/?b=1&c=2"),
        ("<https://evil.example|good.example>", "https://evil.example"),
        ("<http://prod.eu/KEY|prod.eu/key>", "http://prod.eu/KEY"),
        ("<http://prod.eu/KEY|staging.eu/KEY>", "http://prod.eu/KEY"),
        ("<http://prod.eu.evil.example|prod.eu>", "http://prod.eu.evil.example"),
        ("<http://prod.eu@evil.example|prod.eu>", "http://prod.eu@evil.example"),
        ("<http://evil.example/|>", "http://evil.example/"),
        ("<javascript:alert(1)|STRIPE_KEY>", "javascript:alert(1)"),
        ("<http://STRIPE_KEY|STRIPE_KEY>", "STRIPE_KEY"),
        ("<mailto:STRIPE_KEY|DB_URL>", "mailto:STRIPE_KEY"),
        ("&lt;http://prod.eu|prod.eu&gt;", "<http://prod.eu|prod.eu>"),
        ("1 < 2 > 0", "1 < 2 > 0"),
        ("<>", "<>"),
        ("<|x>", "<|x>"),
        ("<@U1", "<@U1"),
        ("", ""),
    ],
)
def test_slacks_escaping_is_undone_once_and_its_tokens_become_plain_text(slack: str, typed: str) -> None:
    assert decode(slack) == typed


@given(st.text())
def test_what_slack_escapes_is_read_back_to_the_letter(typed: str) -> None:
    """Slack escapes three characters; decoding twice would turn a typed `&lt;` into markup."""
    escaped = typed.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    assert decode(escaped) == typed


@given(st.text(st.characters(exclude_characters="<>|")), st.text(st.characters(exclude_characters="<>|")))
def test_a_label_is_read_only_where_its_link_says_the_same(label: str, link: str) -> None:
    """What an approver reads is where the link goes, or what was typed and became that link."""
    read = decode(f"<http://{link}|{label}>")
    assert read in {decode(f"http://{link}"), f"<http://{decode(link)}|{decode(label)}>"} or (
        link.lower().rstrip("/") == label.lower().rstrip("/")
    )
