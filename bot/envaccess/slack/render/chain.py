"""An approval chain in words: what is done, who is awaited, and why people are called again."""

from envaccess.domain.approval_progress import Approval, Notification
from envaccess.domain.policy.principal_set import PrincipalSet
from envaccess.domain.request import Request, State
from envaccess.domain.text import count
from envaccess.slack.render.blocks import Block, Rendered, code, mention, quote, section, when
from envaccess.slack.render.programs import who_asks
from envaccess.slack.render.terminal import asker_through
from envaccess.slack.render.wanted import wanted
from envaccess.slack.render.words import PEOPLE_SHOWN, capital, chunks, join, names

_GROUP = "<!subteam^{}>"
_GROUPS_SHOWN = 3
_DUTIES_SHOWN = 3


def tell_principals(who: PrincipalSet, channel: str = "", shown: int = PEOPLE_SHOWN, last: str = "or") -> str:
    """A principal set as mentions: people, user groups, a channel's members.

    Args:
        who: the principal set; its owners are named already.
        channel: the channel in which this is read, called `this channel`.
        shown: people who are named at most.
        last: the word before the last of them.
    """
    people = _first([mention(user) for user in who.people], shown, "other")
    groups = _first([_GROUP.format(group) for group in who.groups], _GROUPS_SHOWN, "other group")
    places = ["this channel" if place == channel else f"<#{place}>" for place in who.channels]
    places = _first(places, _GROUPS_SHOWN, "other channel")
    members = [f"anyone in {join(places, 'or')}"] if places else []
    return (join([*people, *groups, *members], last) or "nobody") + _among(who)


def _among(who: PrincipalSet) -> str:
    """Which sister workspaces' people count, too."""
    return f" (people of {join(who.sisters, 'and')} included)" if who.sisters else ""


def _first(told: list[str], shown: int, noun: str) -> list[str]:
    rest = len(told) - shown
    return [*told[:shown], count(rest, noun)] if rest > 0 else told


def progress(request: Request) -> list[Block]:
    """One line a step; nothing for the usual chain of one step that waits for one person."""
    steps = request.ruling.steps
    plain = len(steps) == 1 and steps[0].approvals == 1 and not request.progress.escalated
    if plain or not steps or (request.state is not State.PENDING and not request.progress.approvals):
        return []
    return [section(chunk) for chunk in chunks([_line(request, number) for number in range(len(steps))])]


def _line(request: Request, number: int) -> str:
    step, progress = request.ruling.steps[number], request.progress
    label = f"Step {number + 1} of {len(request.ruling.steps)}"
    given = [approval for approval in progress.approvals if approval.step == number]
    agreed = join(_first([tell_approval(approval) for approval in given], PEOPLE_SHOWN, "other"))
    if number in progress.skipped:
        return f":fast_forward: {label}: passed over, nobody decided in time"
    if len(given) >= step.approvals:
        return f":white_check_mark: {label}: {agreed} agreed"
    if request.state is not State.PENDING:
        return f":white_small_square: {label}: not decided"
    if number != progress.step:
        return (
            f":white_small_square: {label}: then {tell_later(step.approvers)}, called when it is their turn"
        )
    principals = _others(request.awaited, request)
    need = f" ({len(given)} of {step.approvals} agreed: {agreed})" if given else _need(step.approvals)
    late = ", escalated" if progress.escalated else ""
    return f":hourglass_flowing_sand: {label}{late}: waits for {principals}{need}"


def tell_later(who: PrincipalSet) -> str:
    """A principal set that is not awaited yet: how many, since a mention would notify them too early."""
    groups = [count(len(who.groups), "user group")] if who.groups else []
    people = [_people(len(who.people))] if who.people else []
    channels = _first([f"<#{place}>" for place in who.channels], _GROUPS_SHOWN, "other channel")
    places = [f"anyone in {join(channels, 'or')}"] if channels else []
    return (join([*people, *groups, *places], "or") or "nobody") + _among(who)


def _people(number: int) -> str:
    return "1 person" if number == 1 else f"{number} people"


def _need(approvals: int) -> str:
    return f", {approvals} of them" if approvals > 1 else ""


def tell_approval(approval: Approval) -> str:
    """Who agreed, and in whose name."""
    return (
        f"{mention(approval.by)} for {mention(approval.behalf)}" if approval.behalf else mention(approval.by)
    )


def _barred(request: Request) -> list[str]:
    """The requester, who never decides on their own, and whoever counts already: nobody counts twice."""
    counted = (
        person for given in request.progress.approvals for person in (given.by, given.behalf) if person
    )
    return list(dict.fromkeys([*filter(None, [request.principal.person]), *counted]))


def _others(who: PrincipalSet, request: Request) -> str:
    for person in _barred(request):
        who = who.without(person)
    return tell_principals(who, request.channel)


def tell_others(who: PrincipalSet, request: Request) -> str:
    """A principal set without those who may not decide; they are named where they may be in it unnamed."""
    hidden = join([mention(person) for person in _barred(request)])
    unnamed = hidden and (who.groups or who.channels)
    return f"{_others(who, request)}{f' except {hidden}' if unnamed else ''}"


def tell_awaited(request: Request) -> str:
    """Who may decide now."""
    principals = tell_others(request.awaited, request)
    return f"{principals[:1].upper()}{principals[1:]} may decide"


def tell_duties(request: Request) -> str:
    """Who stands in for whom. Who is in a group or a channel is not known here: then everybody's is told."""
    who = request.awaited
    known = [duty for duty in request.duties if who.groups or who.channels or duty.giver in who.people]
    shown = known[:_DUTIES_SHOWN]
    return join([f"{mention(duty.taker)} stands in for {mention(duty.giver)}" for duty in shown])


def questions(request: Request) -> list[Block]:
    """What was asked back, and the answers."""
    return [
        block
        for question in request.progress.questions
        for block in (
            section(f":speech_balloon: {mention(question.by)} asks {who_asks(request)}:"),
            quote("Question:", question.text),
            quote("Answer:", question.answer or "(none yet)"),
        )
    ]


def narrowed(request: Request) -> str:
    """What an approver made smaller; empty where nobody did."""
    if not request.progress.narrowed_by:
        return ""
    gone = [variable for variable in request.asked_variables if variable not in request.variables]
    parts = [f"without {names(gone)}"] if gone else []
    if request.asked_seconds and request.asked_seconds != request.duration.seconds:
        parts.append("for a shorter time than asked")
    return f":scissors: {mention(request.progress.narrowed_by)} approves less: {' and '.join(parts)}"


def render_call(request: Request) -> Rendered:
    """For somebody who is awaited and does not see the channel: where to decide."""
    about = f"{wanted(request, 3)} (request {code(request.id)})"
    who = capital(asker_through(request))
    what = f"{who} took {about} in an emergency" if request.emergency else f"{who} asks for {about}"
    do = "Please close its review" if request.emergency else "It waits for you: please decide"
    told = f":bell: {what}. {do} in the *Home* tab here."
    return Rendered(told, [section(told), quote("Why:", request.reason)])


def render_notification(request: Request) -> Rendered:
    """The message in the thread that notifies people of the request above it, by mentions."""
    told, answered = _told(request), request.progress.last_answered
    said = (
        [quote("Answer:", answered.answer)]
        if answered and request.progress.notification is Notification.ANSWERED
        else []
    )
    return Rendered(told, [section(told), *said])


def _told(request: Request) -> str:
    principals = _others(request.awaited, request)
    about = f"{wanted(request, 3)} for {who_asks(request)} (request {code(request.id)})"
    step = f"Step {request.progress.step + 1} of {len(request.ruling.steps)}"
    lapses = f"It lapses: {when(request.deadline_at)}"
    match request.progress.notification:
        case Notification.STEP:
            return f":bell: {step} waits for {principals}: {about}. Please decide above."
        case Notification.ESCALATED:
            return (
                f":rotating_light: Nobody decided in time, so {principals} may decide now: {about}. {lapses}"
            )
        case Notification.ANSWERED:
            answered = request.progress.last_answered
            asked = mention(answered.by) if answered else "you"
            return f":speech_balloon: {asked}, {who_asks(request)} answered. Please decide above."
        case Notification.REOPENED:
            return (
                f":rewind: An earlier approval does not count any more: {step} waits for {principals} again."
            )
        case Notification.REVIEW:
            review = request.ruling.emergency.review if request.ruling.emergency else PrincipalSet()
            return (
                f":rotating_light: Emergency access of {who_asks(request)} to "
                f"{wanted(request, 3)} is not reviewed yet. It waits for "
                f"{_others(review, request)}: please look at it and press *Close review* above."
            )
        case _:
            return f":bell: Reminder: this still waits for {principals}: {about}. {lapses}"
