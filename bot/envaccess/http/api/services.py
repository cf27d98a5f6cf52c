"""Services: list them, use a grant for one, and report what was called."""

import json
from collections.abc import Callable, Mapping

from envaccess.application.agents.services import claim_for_service, note_calls, services_now
from envaccess.application.gate import refuse_pressed, refuse_typed
from envaccess.application.grants.reveal import hand_over
from envaccess.domain.broker_calls import BrokerCall
from envaccess.domain.delivery import Delivered, NotDelivered, Outcome
from envaccess.domain.errors import BoxError
from envaccess.domain.limits import Act
from envaccess.domain.outcome import Claim, Failure
from envaccess.domain.policy.services import Service
from envaccess.domain.refusal import Refusal
from envaccess.domain.sources.places import LeasePlace
from envaccess.domain.variable import Variable
from envaccess.http.api.context import Answered, ApiContext, CheckedCall, Reply
from envaccess.http.api.requests import receipt_of
from envaccess.http.api.service_models import (
    CallsInput,
    NotedInfo,
    SealedServiceInfo,
    ServiceInfo,
    ServicesInfo,
    UseServiceInput,
)
from envaccess.http.api.value_answer import failure_problem
from envaccess.http.api.views import seconds_until
from envaccess.identity.boxes import ClientBoxes


class SealedService:
    """One service with its value, sealed to the agent's key: fits `ports.delivery.Way`.

    What the value is for is in the same box: nothing between can lead it elsewhere.

    Args:
        boxes: makes the box.
        service: what it is for.
        key: the call's Idempotency-Key.
        gone: whether the client has hung up, so that nothing can leave.
        leased: whether the value is made for this use, and works as long as its grant lasts.
    """

    def __init__(
        self, boxes: ClientBoxes, service: Service, key: str, gone: Callable[[], bool], *, leased: bool
    ) -> None:
        self._boxes, self._service, self._key, self._gone = boxes, service, key, gone
        self._leased = leased
        self.box = ""

    async def deliver(self, claim: Claim, values: Mapping[Variable, str]) -> Outcome:
        """Seal it; the answer follows at once."""
        if self._gone():
            return NotDelivered(Failure.CLIENT_GONE)
        service = self._service
        told = {
            "value": values[service.variable],
            "base": service.base,
            "header": service.header,
            "format": service.format,
            "allow": [str(call) for call in service.allow],
            "leased": self._leased,
        }
        try:
            self.box = self._boxes.seal_service(
                claim.origin.seal_key, claim.id, service.name, self._key, json.dumps(told)
            )
        except BoxError:
            return NotDelivered(Failure.SEALED)
        return Delivered()


async def list_all(api: ApiContext, asked: CheckedCall) -> Reply:
    """The services of the policy."""
    call = asked.call(api.verbs.ids.operation())
    if refusal := await refuse_typed(api.verbs, call, "list", Act.PRESS):
        return refusal
    listed = [
        ServiceInfo(
            name=one.name, base=one.base, variable=one.variable.label, allow=[str(call) for call in one.allow]
        )
        for one in services_now(api.verbs)
    ]
    return Answered(200, ServicesInfo(services=listed))


async def use(api: ApiContext, asked: CheckedCall) -> Reply:
    """Use a grant for one service: its value leaves in this answer, sealed to the agent's key."""
    body = asked.read(UseServiceInput, asked.body)
    call = asked.call(receipt=receipt_of(asked, body.receipt))
    claimed = await claim_for_service(api.verbs, call, asked.path["id"], asked.path["name"])
    if isinstance(claimed, Refusal):
        return claimed
    claim, service = claimed
    place = api.verbs.lease_sources.place_of(service.variable)
    way = SealedService(api.boxes, service, asked.key, asked.gone, leased=isinstance(place, LeasePlace))
    if failure := await hand_over(api.verbs, claim, way):
        return failure_problem(failure, claim.id)
    assert claim.request
    left = seconds_until(claim.expires_at, api.verbs.clock.now())
    return Answered(
        200,
        SealedServiceInfo(
            grant=claim.id,
            operation=asked.key,
            service=way.box,
            once=claim.once,
            ends_in=claim.request.duration.seconds if claim.once else left,
        ),
    )


async def report(api: ApiContext, asked: CheckedCall) -> Reply:
    """Write down what the agent's broker called."""
    body, call = asked.read(CallsInput, asked.body), asked.call()
    if refusal := await refuse_pressed(api.verbs, call, "calls", Act.REPORT):
        return refusal
    calls = [BrokerCall(**one.model_dump()) for one in body.calls]
    refusal = await note_calls(api.verbs, call, body.grant, body.service, calls)
    return refusal or Answered(200, NotedInfo(noted=sum(one.times for one in calls)))
