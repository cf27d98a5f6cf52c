"""The message about an alert: every kind of fact in words, and nothing of what somebody typed is markup."""

import pytest

from envaccess.domain.signals.alerts import Alert, Disposition, Judgement, NoticedFact
from envaccess.domain.signals.facts import Fact
from envaccess.slack.render.alerts import found_form, render_alert

HOSTILE = "<!channel> *bold* `code` <@U0BOSS>"


def alert(fact: str, note: str = "") -> Alert:
    facts = (NoticedFact(fact, 1, "1-0", "0000000a", (HOSTILE, "production/A"), 3, "U0EVE"),)
    looked = Judgement(Disposition.LOOK_INTO_IT, "U0DANA", 2)
    said = (looked, Judgement(Disposition.EXPECTED, "U0DANA", 3, note)) if note else ()
    return Alert("4hx0w1zk", "U0EVE", ("U0EVE",), facts, 2, judgements=said)


@pytest.mark.parametrize("fact", Fact)
def test_every_kind_of_fact_has_words(fact: Fact) -> None:
    drawn = str(render_alert(alert(fact)).blocks)
    assert "does not know" not in drawn
    assert "<!channel>" not in drawn


def test_a_fact_of_another_version_is_told_by_its_code() -> None:
    assert "does not know: `of_tomorrow`" in str(render_alert(alert("of_tomorrow")).blocks)


def test_what_was_found_is_plain_text() -> None:
    drawn = render_alert(alert(Fact.BURST, HOSTILE)).blocks
    (note,) = [block["text"] for block in drawn if "What was found" in str(block)]
    assert (note["type"], note["text"].count("<")) == ("plain_text", 0)


def test_the_form_carries_the_alert_s_id_and_nothing_else() -> None:
    assert found_form(alert(Fact.BURST), "1.000001")["private_metadata"] == "4hx0w1zk 1.000001"
