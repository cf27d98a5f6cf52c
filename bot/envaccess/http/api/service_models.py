"""What the API takes and answers about services that agents' brokers call."""

from typing import Annotated

from pydantic import Field

from envaccess.http.api.models import ApiAnswer, ApiInput, ReceiptInput, RequestId, Said


class ServiceInfo(ApiAnswer):
    """A service of the policy; never a value."""

    name: str
    base: str
    variable: str = Field(description="The variable that it needs, as it is asked for.")
    allow: list[str] = Field(examples=[["GET /repos/acme/**"]])


class ServicesInfo(ApiAnswer):
    """The services that agents' brokers may call."""

    services: list[ServiceInfo]


class UseServiceInput(ApiInput):
    """A use of a grant for one service."""

    receipt: ReceiptInput = ReceiptInput()


class SealedServiceInfo(ApiAnswer):
    """A service with its value, for nobody but the agent that asked."""

    grant: RequestId
    operation: str = Field(description="The Idempotency-Key, for which the box is sealed, too.")
    service: str = Field(
        description="A box (HPKE) for the agent's key, with an object: `value`, `base`, `header`, `format`, "
        "`allow`."
    )
    once: bool
    ends_in: int = Field(description="Seconds that it may be used.")


class BrokerCallInput(ApiInput):
    """Calls that were all the same."""

    method: str = Field(pattern=r"^[A-Z]{1,16}$")
    host: Said
    path: str = Field(max_length=2_000)
    status: int = Field(ge=0, le=999)
    blocked: str = Field("", pattern=r"^[a-z_]{0,40}$", description="Why; empty where it was let through.")
    times: int = Field(1, ge=1, le=1_000_000)


class CallsInput(ApiInput):
    """What a broker called with one grant, for one service."""

    grant: RequestId
    service: Annotated[str, Field(min_length=1, max_length=64)]
    calls: list[BrokerCallInput] = Field(min_length=1, max_length=250)


class NotedInfo(ApiAnswer):
    """They are written down."""

    noted: int
