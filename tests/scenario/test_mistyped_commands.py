"""What is typed wrongly: each new form says what was wrong, shows itself and an example, and does nothing."""

import pytest

from tests.scenario.harness import ScenarioHarness
from tests.scenario.watch import say

WRONG = [
    ("extend 7k2m9xq4", "After the id comes how much longer", "extend ID DURATION REASON"),
    ("extend 7k2m9xq4 soon because", "After the id comes how much longer", "extend ID DURATION REASON"),
    ("extend 7k2m9xq4 1x because", "After the id comes how much longer", "extend ID DURATION REASON"),
    ("extend 7k2m9xq4 1h", "say why", "extend ID DURATION REASON"),
    ("extend 7k2m9xq4 1h ok", "a little more about why", "extend ID DURATION REASON"),
    ("extend <@U0X> 1h because", "no id of a request", "extend ID DURATION REASON"),
    ("emergency", "name the variable after that word", "emergency NAME REASON"),
    ("seen", "name the variable after that word", "seen NAME"),
    ("emergency 1KEY all is down", "no name of a variable", "emergency NAME REASON"),
    ("emergency STRIPE_KEY", "say why you need it, after the name", "emergency NAME REASON"),
    ("emergency STRIPE_KEY no", "a little more about why", "emergency NAME REASON"),
    ("delegate carol 1d", "Name one colleague by a mention", "delegate @PERSON DURATION"),
    ("delegate @carol", "After the colleague comes how long", "delegate @PERSON DURATION"),
    ("delegate @carol for ever", "comes how long", "delegate @PERSON DURATION"),
    ("delegate @carol 3x", "After the colleague comes how long", "delegate @PERSON DURATION"),
    ("delegate @carol once", "That is no duration: type 8h", "delegate @PERSON DURATION"),
    ("delegate 1d @carol", "Name one colleague by a mention", "delegate @PERSON DURATION"),
    ("STRIPE_KEY 1h from 25:00 the migration", "no time of day", "NAME[,NAME...] DURATION REASON"),
    ("STRIPE_KEY 1h from 22:00 CET the migration", "without a zone", "NAME[,NAME...] DURATION REASON"),
    ("emergency STRIPE_KEY from 22:00 all is down", "this cannot begin later", "emergency NAME REASON"),
    ("extend 7k2m9xq4 1h at 22:00 because", "this cannot begin later", "extend ID DURATION REASON"),
    ("STRIPE_KEY 1h from 22:00", "say why", "NAME[,NAME...] DURATION REASON"),
    ("EXTEND", "written in small letters", "extend ID DURATION REASON"),
    ("Emergency", "written in small letters", "emergency NAME REASON"),
    ("Delegate", "written in small letters", "delegate @PERSON DURATION"),
    ("statsu", "Did you mean `status`?", "status"),
    ("revoek 7k2m9xq4", "Did you mean `revoke`?", "revoke ID"),
]


@pytest.mark.parametrize(("typed", "words", "form"), WRONG)
async def test_a_wrong_command_shows_its_form(
    harness: ScenarioHarness, typed: str, words: str, form: str
) -> None:
    async with harness.bot():
        drawn = await say(harness, typed)
    told = drawn.partition("visible to you\n")[2]
    assert words in told
    assert "Nothing was done." in told
    assert f"The form is `/envaccess {form}`, for example `/envaccess " in told
    for odd in ("..", ". .", " ,", "  ", "this variable", "None"):
        assert odd not in told.replace("NAME...", ""), told
    assert await harness.tags() == ["secret.created", "secret.created", "bot.started", "bot.stopped"]


async def test_help_names_every_verb(harness: ScenarioHarness) -> None:
    async with harness.bot():
        told = await say(harness, "help")
    for verb in ("extend ID", "emergency NAME", "delegate @PERSON", "cancel ID", "revoke ID", "from 22:00"):
        assert verb in told
