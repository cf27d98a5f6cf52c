"""Alerts: the message in the audit channel, drawn from their seals, and the form that says what was found."""

from collections.abc import Mapping
from typing import Final

from envaccess.domain.principal import read_principal
from envaccess.domain.signals.alerts import Alert, Disposition, Judgement, NoticedFact
from envaccess.domain.variable import parse_variable
from envaccess.slack.names import ALERT_EXPECTED, ALERT_FOUND, ALERT_LOOK, FINDING, FOUND_FORM
from envaccess.slack.render.blocks import (
    TITLE_LIMIT,
    Block,
    Rendered,
    actions,
    button,
    code,
    context,
    fit,
    mention,
    plain,
    quote,
    say,
    section,
    when,
)
from envaccess.slack.render.fields import choice, reason_field, select
from envaccess.slack.render.words import actor_told, labels, people

_FACTS: Final[Mapping[str, str]] = {
    "first_variable": "asked for {names} for the first time in a long while",
    "first_environment": "asked for something in `{environment}` for the first time",
    "odd_hour": "asked at an hour at which they usually do not{clock}",
    "burst": "asked for many things within an hour",
    "more_variables": "asked for more variables than usual",
    "asked_after_denial": "asked again for what was denied",
    "refusals": "was refused several times within an hour",
    "new_or_silent": "asked for the first time, or after a long silence",
    "longer": "asked for longer than usual",
    "extended_twice": "had the same access extended twice",
    "revealed_more": "revealed values far more often than usual",
    "new_host": "had values go to a host where nothing of theirs went before",
}
"""What each kind of fact says of somebody; `facts.Fact` has the kinds."""
_JUDGED: Final[Mapping[Disposition, str]] = {
    Disposition.LOOK_INTO_IT: ":mag: *{by} looks into it* since {at}.",
    Disposition.EXPECTED: ":white_check_mark: *Expected*, says {by}, {at}.",
    Disposition.NOT_EXPECTED: ":rotating_light: *Not expected*, found {by}, {at}.",
}


def render_alert(alert: Alert) -> Rendered:
    """The message about an alert."""
    blocks = [
        section(f":eyes: *Unusual*: within an hour {tell_about(alert)}\n{tell_facts(alert)}"),
        *(block for judgement in alert.judgements for block in _judged(judgement)),
        *alert_buttons(alert),
        context(*_small_print(alert)),
    ]
    return Rendered(f"Something unusual about {tell_about(alert)}", fit(blocks))


def brief_alert(alert: Alert) -> Rendered:
    """The same in words that are ours alone."""
    return Rendered(f"An alert about something unusual · {code(alert.id)}", [])


def tell_about(alert: Alert) -> str:
    """Whom it is about."""
    told = actor_told(read_principal(alert.about).actor)
    return (
        told
        if alert.about in alert.people or not alert.people
        else f"{told}, started by {people(alert.people)},"
    )


def tell_facts(alert: Alert) -> str:
    """A line for each fact."""
    return "\n".join(f"• {_fact(fact)}" for fact in alert.facts)


def found_form(alert: Alert, ts: str) -> Block:
    """Say what was found, and close the alert."""
    choices = [
        choice("It was expected", Disposition.EXPECTED),
        choice("It was not expected", Disposition.NOT_EXPECTED),
    ]
    return {
        "type": "modal",
        "callback_id": FOUND_FORM,
        "private_metadata": f"{alert.id} {ts}".strip(),
        "title": plain("What was found", TITLE_LIMIT),
        "submit": plain("Close the alert", TITLE_LIMIT),
        "close": plain("Back", TITLE_LIMIT),
        "blocks": [
            section(f"Within an hour {tell_about(alert)}\n{tell_facts(alert)}"),
            select(FINDING, "What was it?", choices, choices[0]),
            reason_field("What did you find?"),
        ],
    }


def render_judged(alert: Alert) -> Rendered:
    """An alert is closed."""
    return say(f"Alert {code(alert.id)} about {tell_about(alert)} is closed; the audit channel shows it.")


def _fact(fact: NoticedFact) -> str:
    form = _FACTS.get(fact.fact)
    first = parse_variable(fact.variables[0]) if fact.variables else None
    read = [(parse_variable(text), text) for text in fact.variables]
    names = labels([variable.label if variable else text for variable, text in read])
    told = (
        form.format(
            names=names or "something",
            environment=first.environment if first else "an environment",
            clock=f" ({fact.hour:02d} o'clock, where they are)" if fact.hour >= 0 else "",
        )
        if form
        else f"something that this version does not know: {code(fact.fact, 60)}"
    )
    request = f" · request {code(fact.request, 60)}" if fact.request else ""
    return f"{told}{request} · {when(fact.at)}"


def _judged(judgement: Judgement) -> list[Block]:
    told = section(_JUDGED[judgement.disposition].format(by=mention(judgement.by), at=when(judgement.at)))
    return [told, quote("What was found:", judgement.note)] if judgement.note else [told]


def alert_buttons(alert: Alert) -> list[Block]:
    """What can be done about it."""
    if alert.judged is None:
        look = button(ALERT_LOOK, "Look into it", alert.id, "primary")
        return [actions(look, button(ALERT_EXPECTED, "Expected", alert.id))]
    return [actions(button(ALERT_FOUND, "Say what was found", alert.id, "primary"))] if alert.is_open else []


def _small_print(alert: Alert) -> list[str]:
    known = people(alert.people)
    told = f"Alert {code(alert.id)} · {when(alert.at)}"
    return [told, f"Not to be judged by {known}."] if alert.is_open and known else [told]
