"""The shape of what the file says of programs: machines, and the services that agents may call."""

from typing import Annotated, Any, Final

from pydantic import BeforeValidator, Field, WithJsonSchema

from envaccess.domain.policy.services import AllowedCall
from envaccess.domain.programs import Platform
from envaccess.domain.variable import Variable
from envaccess.policy_file.program_words import (
    ALGORITHMS,
    ISSUERS,
    read_allowed,
    read_base,
    read_claims,
    read_flags,
    read_format,
    read_header,
    read_ids,
    read_issuer,
    read_key_address,
    read_key_file,
    read_person,
    read_texts,
    read_variable,
)
from envaccess.yaml_file.part import Part
from envaccess.yaml_file.scalars import Flag, Name, Words, one_of

_TEXT: Final[dict[str, Any]] = {"type": "string", "minLength": 1}
_TEXTS: Final[dict[str, Any]] = {"anyOf": [_TEXT, {"type": "array", "items": _TEXT, "minItems": 1}]}
_ID: Final[dict[str, Any]] = {"type": ["string", "integer"], "pattern": "^[1-9][0-9]*$"}
_CLAIM: Final[dict[str, Any]] = {"type": ["string", "integer", "boolean"]}

_Texts = Annotated[tuple[str, ...], BeforeValidator(read_texts), WithJsonSchema(_TEXTS)]
_Ids = Annotated[
    tuple[str, ...],
    BeforeValidator(read_ids),
    WithJsonSchema({"anyOf": [_ID, {"type": "array", "items": _ID, "minItems": 1}]}),
]
_Claims = Annotated[
    dict[str, tuple[str, ...]],
    BeforeValidator(read_claims),
    WithJsonSchema(
        {
            "type": "object",
            "additionalProperties": {"anyOf": [_CLAIM, {"type": "array", "items": _CLAIM, "minItems": 1}]},
        }
    ),
]
_Flags = Annotated[tuple[str, ...], BeforeValidator(read_flags), WithJsonSchema({"type": "boolean"})]
_Issuer = Annotated[
    str,
    BeforeValidator(read_issuer),
    WithJsonSchema({**_TEXT, "examples": [*ISSUERS, "https://k8s.internal"]}),
]
_PlatformWord = Annotated[
    str,
    BeforeValidator(one_of(*Platform)),
    WithJsonSchema({"enum": list(Platform)}),
]
_Algorithm = Annotated[str, BeforeValidator(one_of(*ALGORITHMS)), WithJsonSchema({"enum": list(ALGORITHMS)})]
_KeyAddress = Annotated[str, BeforeValidator(read_key_address), WithJsonSchema(_TEXT)]
_KeyFile = Annotated[str, BeforeValidator(read_key_file), WithJsonSchema({**_TEXT, "pattern": "^/"})]
PersonId = Annotated[str, BeforeValidator(read_person), WithJsonSchema({**_TEXT, "pattern": "^[UW]"})]


class MachinePart(Part):
    """A machine: a pipeline, by what the tokens of its platform say. A claim that is missing means no."""

    issuer: _Issuer = Field(description="Who signs its tokens: github, gitlab, or the exact `iss`.")
    platform: _PlatformWord = Field("", description="What an issuer that is named by its URL runs.")
    jwks_uri: _KeyAddress = Field("", description="Where the issuer's keys are.")
    jwks_file: _KeyFile = Field("", description="A file with the issuer's keys, instead of an address.")
    algorithm: _Algorithm = Field("RS256", description="What its tokens are signed with; RS256 unless said.")
    private: Flag = Field(default=False, description="Whether the keys may be at a private address.")
    repository_id: _Ids = Field((), description="GitHub: the repository's number.")
    owner_id: _Ids = Field((), description="GitHub: the number of the repository's owner.")
    workflow_ref: _Texts = Field((), description="GitHub: the workflow's file, such as acme/shop/.github/...")
    job_workflow_ref: _Texts = Field((), description="GitHub: the reusable workflow's file.")
    events: _Texts = Field((), description="GitHub: what may start it; push and others unless said.")
    runner: _Texts = Field(
        (), description="Whose runners: github-hosted unless said, gitlab-hosted, self-hosted."
    )
    project_id: _Ids = Field((), description="GitLab: the project's number.")
    ref_protected: _Flags = Field((), description="Whether the branch must be a protected one.")
    ref: _Texts = Field((), description="The branch or tag: refs/heads/main on GitHub, main on GitLab.")
    environment: _Texts = Field((), description="The environment that the job deploys to.")
    claims: _Claims = Field(default_factory=dict, description="Other claims, exactly as tokens have them.")
    run: Words = Field((), description="The claims that name one run, where the platform is not known.")
    actor: Name = Field(
        "", description="The claim that says who started a run, where the platform is not known."
    )
    reruns: Flag = Field(
        default=False,
        description="GitHub: whether a run counts as its first starter's when it is started again.",
    )


class ProfilePart(Part):
    """What is known of a service."""

    base: Annotated[str, BeforeValidator(read_base), WithJsonSchema(_TEXT)] = Field(
        "", description="Where it is: https://HOST, and the path before all others."
    )
    header: Annotated[str, BeforeValidator(read_header), WithJsonSchema(_TEXT)] = Field(
        "", description="The header that the value stands in."
    )
    format: Annotated[str, BeforeValidator(read_format), WithJsonSchema(_TEXT)] = Field(
        "", description="What stands in it; {value} is the value."
    )
    allow: Annotated[tuple[AllowedCall, ...], BeforeValidator(read_allowed), WithJsonSchema(_TEXTS)] = Field(
        (), description="What may be called: `GET /repos/acme/**`. Nothing else may."
    )


class ServicePart(ProfilePart):
    """A service that agents may call; the value stands in one header that the broker writes over."""

    profile: Name = Field("", description="A known service: base, header, format and what may be called.")
    variable: Annotated[Variable, BeforeValidator(read_variable), WithJsonSchema(_TEXT)] = Field(
        description="Whose value it is: environment/NAME."
    )
