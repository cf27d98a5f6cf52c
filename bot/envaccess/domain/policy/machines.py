"""Machines: pipelines that the policy knows by what the tokens of their platform say."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from envaccess.domain.programs import Platform


@dataclass(frozen=True, slots=True)
class Issuer:
    """Who signs tokens, and how that is checked.

    Attributes:
        url: the exact `iss` of its tokens.
        jwks_uri: where its keys are; empty where a file has them.
        jwks_file: a file with its keys; empty where they are fetched.
        algorithm: the one asymmetric algorithm that its tokens are signed with.
        private: whether its address may be a private one.
        actor: the claim that says who started a run, where the platform is none that is known.
    """

    url: str
    platform: Platform
    jwks_uri: str = ""
    jwks_file: str = ""
    algorithm: str = "RS256"
    private: bool = False
    actor: str = ""


@dataclass(frozen=True, slots=True)
class Machine:
    """One machine of a policy.

    Attributes:
        name: how rules, records and messages call it.
        claims: what a token must say exactly, by claim; a missing one means no. Several texts: any of them.
        run: the claims that name one run, in order; without any, nothing can be counted by run.
        reruns: whether a run that is started again counts as that of whoever started it first.
        line: where it stands in its file.
    """

    name: str
    issuer: Issuer
    claims: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}))
    run: tuple[str, ...] = ()
    reruns: bool = False
    line: int = 0
