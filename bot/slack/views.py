"""Submitted forms: what was typed is read and ruled here again, and the answer is the form's next state."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from typing import Any

from bot.domain.command import Ask, BadCommand, read_duration, read_names, read_opening, read_reason
from bot.domain.policy.ruling import USUAL
from bot.domain.refusal import Refusal
from bot.services.open_request import open_request
from bot.services.waiting import deny_all, stale_for
from bot.slack.about_request import ABOUT_REQUEST, submit_about_request
from bot.slack.desk import Desk, refuse_other_workspace
from bot.slack.form_answers import Answer, errors, op_of_form, refused_form, turn_into
from bot.slack.handing import push_later
from bot.slack.names import AGE, BULK_FORM, DURATION, NO_MATCH, REASON, REQUEST_FORM, USUAL_TIME, VARIABLES
from bot.slack.payload import Who, chosen, dig, read_who, text
from bot.slack.render import field_error, notice, render_bulk, render_filed

_CHOOSE = "Please choose at least one variable from the list."


async def submit_form(desk: Desk, body: Mapping[str, Any]) -> Answer:
    """Whichever form was sent, what it turns into."""
    submit = _FORMS.get(text(body, "view", "callback_id"))
    return await submit(desk, body) if submit else {}


async def _submit_request(desk: Desk, body: Mapping[str, Any]) -> Answer:
    who = read_who(body, desk.world.ids.operation(), "view", "id")
    if refusal := await refuse_other_workspace(desk, who, REQUEST_FORM):
        return refused_form(refusal, "Not filed")
    values = dig(body, "view", "state", "values")
    ask = _read_ask(values)
    if not isinstance(ask, Ask):
        return errors(ask)
    outcome = await open_request(desk.world, op_of_form(who, values), who.user, ask)
    if isinstance(outcome, Refusal):
        return refused_form(outcome, "Not filed")
    if after := push_later(desk, outcome, who.user):
        desk.background.spawn(after())
    return turn_into(notice("Filed", *render_filed(outcome).blocks))


def _read_ask(values: object) -> Ask | dict[str, str]:
    """The filled-in form, or each wrong field's block id with a sentence."""
    words = chosen(values, VARIABLES, VARIABLES, "selected_options")
    variables = read_names(",".join(words))
    word = text(values, DURATION, DURATION, "selected_option", "value")
    duration = USUAL if word == USUAL_TIME else read_duration(word)
    opening = read_opening(text(values, REASON, REASON, "value"))
    wrong = [part for part in (variables, duration, opening) if isinstance(part, BadCommand)]
    wrongs = {field: told for part in wrong for field, told in field_error(part).items()}
    if not words or NO_MATCH in words:
        wrongs[VARIABLES] = _CHOOSE
    if (
        isinstance(variables, BadCommand)
        or isinstance(duration, BadCommand)
        or isinstance(opening, BadCommand)
    ):
        return wrongs
    return wrongs or Ask(variables, duration, *opening)


async def _submit_bulk(desk: Desk, body: Mapping[str, Any]) -> Answer:
    who = read_who(body, desk.world.ids.operation(), "view", "id")
    if refusal := await refuse_other_workspace(desk, who, BULK_FORM):
        return refused_form(refusal, "Not denied")
    values = dig(body, "view", "state", "values")
    why = read_reason(text(values, REASON, REASON, "value"))
    age = read_duration(text(values, AGE, AGE, "selected_option", "value"))
    if isinstance(why, BadCommand):
        return errors(field_error(why))
    if isinstance(age, BadCommand):
        return errors({AGE: "Please choose how old they must be."})
    older_than = desk.world.clock.now() - age.seconds * 1000
    stale = await stale_for(desk.world, who.user, older_than)
    if stale:
        desk.background.spawn(_deny_all(desk, who, why, stale))
    return turn_into(notice("Denied", *render_bulk(len(stale)).blocks))


async def _deny_all(desk: Desk, who: Who, why: str, stale: Sequence[str]) -> None:
    """After the ack: so many decisions take longer than Slack waits for one."""
    await deny_all(desk.world, who.op, who.user, why, stale)
    await desk.home.opened(who.user)


_FORMS: dict[str, Callable[[Desk, Mapping[str, Any]], Awaitable[Answer]]] = {
    REQUEST_FORM: _submit_request,
    BULK_FORM: _submit_bulk,
    **{name: partial(submit_about_request, name) for name in ABOUT_REQUEST},
}
