"""Services: what an agent's broker may call with a value that the agent never sees."""

from dataclasses import dataclass

from envaccess.domain.variable import Variable


@dataclass(frozen=True, slots=True)
class AllowedCall:
    """A method and paths of a service.

    Attributes:
        method: such as `GET`; in capitals.
        path: a glob over the path: `*` is within one segment, `**` any number of them.
    """

    method: str
    path: str

    def __str__(self) -> str:
        """As the policy has it: `GET /repos/acme/**`."""
        return f"{self.method} {self.path}"


@dataclass(frozen=True, slots=True)
class Service:
    """One service of a policy.

    Attributes:
        base: where it is: scheme, host, port and the path before all others; without a slash at its end.
        header: the one header that the broker writes over.
        format: what stands in it; `{value}` is the value.
        allow: what may be called; nothing else may.
        line: where it stands in its file.
    """

    name: str
    base: str
    header: str
    format: str
    variable: Variable
    allow: tuple[AllowedCall, ...]
    line: int = 0
