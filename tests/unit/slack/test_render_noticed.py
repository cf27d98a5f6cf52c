"""What is unusual, as those who decide read it: neutral, three facts at most, in one line."""

from dataclasses import replace

import pytest

from envaccess.domain.duration import Duration
from envaccess.domain.request import Request
from envaccess.domain.signals.facts import Fact, Noticed
from envaccess.domain.variable import Variable
from envaccess.slack.render.noticed import tell_noticed
from envaccess.slack.render.request import render_request
from tests.unit.slack.checker import check_message, drawn
from tests.unit.slack.samples import APPROVED, PENDING, PEOPLE

TWO = (Variable("default", "A"), Variable("prod", "B"))
ALL_FACTS = Noticed(
    tuple(Fact), 3, 12, (9, 18), in_hour=5, silent_days=52, first=1, usual_variables=2, usual_minutes=60
)


def line(request: Request) -> str:
    """The one line that tells what is unusual."""
    (block,) = tell_noticed(request)
    (element,) = block["elements"]
    return str(element["text"])


@pytest.mark.parametrize(
    ("noticed", "variables", "told"),
    [
        (Noticed((Fact.NEW_OR_SILENT,)), TWO, "First request of <@U0ALICE>"),
        (Noticed((Fact.NEW_OR_SILENT,), silent_days=52), TWO, "First request of <@U0ALICE> in 52 days"),
        (Noticed((Fact.FIRST_VARIABLE,), first=2), TWO, "First time for <@U0ALICE>"),
        (Noticed((Fact.FIRST_VARIABLE,), first=1), TWO, "First time for <@U0ALICE>: 1 of 2"),
        (
            Noticed((Fact.FIRST_VARIABLE, Fact.FIRST_ENVIRONMENT), first=1),
            TWO[1:],
            "First time for <@U0ALICE> in `prod`",
        ),
        (
            Noticed((Fact.FIRST_VARIABLE, Fact.FIRST_ENVIRONMENT), first=1),
            TWO,
            "First time for <@U0ALICE> in one of these environments",
        ),
        (Noticed((Fact.ODD_HOUR,), 3, 12, (9, 18)), TWO, "03:12 their time, usually 09-18"),
        (
            Noticed((Fact.ODD_HOUR,), 11, 5, (9, 18), other_zone=True),
            TWO,
            "11:05 their time, in another time zone than usual",
        ),
        (Noticed((Fact.BURST,), in_hour=5), TWO, "5 requests within an hour"),
        (Noticed((Fact.MORE_VARIABLES,), usual_variables=1), TWO, "2 variables, usually 1 at most"),
        (Noticed((Fact.LONGER,), usual_minutes=30), TWO, "1 hour, usually 30 minutes at most"),
        (Noticed((Fact.ASKED_AFTER_DENIAL,)), TWO, "Asked again after a denial"),
        (
            Noticed((Fact.FIRST_VARIABLE, Fact.ODD_HOUR), 3, 12, (9, 18), first=1),
            TWO[:1],
            "First time for <@U0ALICE> · 03:12 their time, usually 09-18",
        ),
    ],
)
def test_each_fact_is_told_in_plain_words(
    noticed: Noticed, variables: tuple[Variable, ...], told: str
) -> None:
    assert line(replace(PENDING, variables=variables, noticed=noticed)) == told


def test_three_facts_are_told_at_most_and_the_message_stays_one_that_slack_takes() -> None:
    request = replace(PENDING, noticed=ALL_FACTS)
    assert line(request).count(" · ") == 2
    check_message(render_request(request), *PEOPLE)


def test_where_nothing_is_unusual_there_is_no_line() -> None:
    assert tell_noticed(PENDING) == []
    assert tell_noticed(replace(PENDING, noticed=Noticed((Fact.NEW_HOST,)))) == []


def test_once_it_is_decided_the_facts_are_history() -> None:
    assert "First request" not in drawn(render_request(replace(APPROVED, noticed=ALL_FACTS)))


def test_a_program_is_named_as_what_it_is_counted_under() -> None:
    """Each run asks for itself, and each session of an agent: all of them would be the first."""
    first = Noticed((Fact.FIRST_VARIABLE,), first=1)
    request = replace(PENDING, noticed=first, behind="U0BOB")
    run = replace(request, requester="machine:deploy/9f86d081")
    assert line(run) == "First time for `deploy` (pipeline)"
    assert line(replace(request, requester="agent:ag_7k2p")) == "First time for agents of <@U0BOB>"


def test_less_was_approved_than_what_the_facts_are_about() -> None:
    less = replace(
        PENDING,
        variables=TWO[:1],
        asked_variables=TWO,
        asked_seconds=7_200,
        duration=Duration(600),
        noticed=Noticed((Fact.MORE_VARIABLES, Fact.LONGER), usual_variables=1, usual_minutes=60),
    )
    assert line(less) == "2 variables, usually 1 at most · 2 hours, usually 1 hour at most"
