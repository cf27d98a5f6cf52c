"""The loops of rotation: what is due, what is under way, its messages, and how old values are."""

from functools import partial
from typing import Final

from envaccess.application.rotations.advance import RotationDriver
from envaccess.application.rotations.due import look_at_ages, look_at_event
from envaccess.application.rotations.owners import rotation_owners
from envaccess.domain.variable import Variable
from envaccess.projections.rotations import RotationFollower, RotationLoop
from envaccess.projections.session_cards import SessionCards
from envaccess.projections.workers import Loop, keep_on
from envaccess.store.rotations import RotationCards
from envaccess.wiring.application import Application, Base, tell_refused
from envaccess.wiring.rotators import redis_rotations

_AGES_SECONDS: Final = 3_600.0
_LOOK_SECONDS: Final = 60.0


def rotation_loops(base: Base, application: Application) -> list[Loop]:
    """All of them; each is done by the process that has the lease."""
    journal, outbox, context = base.journal, application.outbox, application.context
    rotations = redis_rotations(
        application.runner,
        application.sealing,
        (base.keyring, application.directory.workspace),
        base.serving.approvers_channel,
        outbox.token,
        partial(tell_refused, journal),
    )
    driver = RotationDriver(
        rotations,
        application.values,
        application.values,
        context.rotators,
        context.ledger,
        context.catalogue,
        context.clock,
        base.ids,
        partial(_called, application),
        journal,
    )
    due = partial(look_at_event, context)
    follower = RotationFollower(outbox, application.cursors, application.trail, due, journal)
    loop = RotationLoop(outbox, rotations, driver, journal)
    cards = SessionCards(
        RotationCards(application.runner, rotations),
        outbox,
        application.messages,
        application.trail,
        application.rate_gate,
        journal,
    )
    return [
        lambda: keep_on("rotation.due", journal, follower.step),
        lambda: loop.run(partial(keep_on, "rotations", journal)),
        lambda: keep_on("rotation_cards", journal, cards.step),
        lambda: keep_on("rotation.ages", journal, partial(_ages, application)),
    ]


def _called(application: Application, variable: Variable) -> str:
    """Whom a message calls: people and groups; the members of a channel read it there."""
    owners = rotation_owners(application.context.rulebook.current, variable)
    return ",".join([*owners.people, *owners.groups])


async def _ages(application: Application) -> float:
    if not await application.outbox.lead():
        return _LOOK_SECONDS
    await look_at_ages(application.context)
    return _AGES_SECONDS
