"""AWS in the file: Secrets Manager, Parameter Store, sessions of STS, keys of IAM."""

import json
import re
from typing import Annotated, Any, Final, Self

from pydantic import BeforeValidator, Field, ValidationInfo, WithJsonSchema, model_validator

from envaccess.domain.sources.aws_policies import session_policy
from envaccess.domain.sources.kinds.aws import AwsSpec
from envaccess.domain.sources.specs import SourceKind
from envaccess.sources_file.kinds.base import Kind, OptionsPart, SourcePart
from envaccess.sources_file.scalars import Address, Lookup, Option, Secret
from envaccess.yaml_file.scalars import TEXT, FieldError, numbers, one_of, read_seconds, read_text, shown

_ENVIRONMENT: Final = {"access_key_id": "AWS_ACCESS_KEY_ID", "secret_access_key": "AWS_SECRET_ACCESS_KEY"}
_TOKEN: Final = "AWS_SESSION_TOKEN"  # noqa: S105 - a variable's name
_CREDENTIALS: Final = ("environment", "chain")
_REGION: Final = re.compile(r"[a-z]{2,4}(-[a-z]{2,12}){1,3}-[0-9]{1,2}", re.ASCII)
_ROLE: Final = re.compile(r"arn:aws(-[a-z]{2,6}){0,2}:iam::([0-9]{12}):role/[\w+=,.@/{}-]{1,600}", re.ASCII)
_SESSION: Final = (900, 43_200)
"""Seconds that AWS lets a role's sessions last, as the role says."""


def _region(value: object) -> str:
    text = read_text(value, "a region", "such as `eu-central-1`")
    if not _REGION.fullmatch(text):
        raise FieldError(f"{shown(text)} is no region", "write such as `eu-central-1`")
    return text


def _role(value: object) -> str:
    text = read_text(value, "the ARN of a role", "such as `arn:aws:iam::123456789012:role/deploy`")
    if not _ROLE.fullmatch(text):
        mend = "write `arn:aws:iam::` with the account's number, `:role/` and its name"
        raise FieldError(f"{shown(text)} is no ARN of a role", mend)
    return text


def _policy(value: object) -> str:
    text = json.dumps(value, separators=(",", ":")) if isinstance(value, dict) else ""
    if session_policy(text, 0) is None or not text:
        problem = "this is no policy, or it has no room for the end of the session"
        raise FieldError(problem, "write `Statement: [{Effect: Allow, Action: ..., Resource: ...}]`, short")
    return text


def _longest(value: object) -> str:
    found = read_seconds(value)
    if not _SESSION[0] <= found <= _SESSION[1]:
        raise FieldError("no session lasts so long", "write 15m to 12h: MaxSessionDuration of the role")
    return str(found)


def _words(*words: str) -> tuple[BeforeValidator, WithJsonSchema]:
    return BeforeValidator(one_of(*words)), WithJsonSchema({"enum": list(words)})


class AwsPart(SourcePart):
    """One account and region."""

    region: Annotated[str, BeforeValidator(_region), WithJsonSchema(TEXT)] = Field(
        description="The region, such as eu-central-1."
    )
    endpoint: Address = Field("", description="The address to call instead of AWS's own.")
    credentials: Annotated[str, *_words(*_CREDENTIALS)] = Field(
        "environment", description="chain: as boto finds them (the extra envaccess[aws])."
    )
    access_key_id: Secret | None = Field(None, description="env: or file:; unless said AWS_ACCESS_KEY_ID.")
    secret_access_key: Secret | None = Field(None, description="Unless said AWS_SECRET_ACCESS_KEY.")
    session_token: Secret | None = Field(None, description="Of a session; unless said AWS_SESSION_TOKEN.")

    @model_validator(mode="before")
    @classmethod
    def _standard(cls, said: Any, info: ValidationInfo) -> Any:  # noqa: ANN401 - as YAML has it
        """The standard variables of the environment, where nothing else is said."""
        if not isinstance(said, dict) or {*_ENVIRONMENT, "session_token"} & said.keys():
            return said
        if said.get("credentials", "environment") != "environment":
            return said
        lookup = info.context
        assert isinstance(lookup, Lookup)
        found = {field: f"env:{name}" for field, name in _ENVIRONMENT.items()}
        return {**said, **found, **({"session_token": f"env:{_TOKEN}"} if lookup.environment(_TOKEN) else {})}

    @model_validator(mode="after")
    def _whole(self) -> Self:
        said = (self.access_key_id, self.secret_access_key)
        if self.credentials == "chain" and any((*said, self.session_token)):
            raise FieldError("`chain` finds its own key", "leave out `credentials`, or the key")
        if self.credentials != "chain" and not all(said):
            mend = "write both `access_key_id` and `secret_access_key`"
            raise FieldError("an access key has two parts", mend)
        return self

    def spec(self, name: str) -> AwsSpec:
        """What its adapter is given."""
        return AwsSpec(
            name,
            SourceKind(self.kind),
            self.region,
            self.endpoint,
            self.access_key_id,
            self.secret_access_key,
            self.session_token,
        )


class AwsSecretOptions(OptionsPart):
    """Where a secret of Secrets Manager is."""

    secret: Option = Field(description="Its name or ARN.")
    field: Option = Field("", description="One field of it, where it is JSON.")
    stage: Option = Field("", description="Another stage than AWSCURRENT.")
    encoding: Annotated[str, *_words("base64")] = Field("", description="base64: bytes that are no text.")


class AwsParameterOptions(OptionsPart):
    """Where a parameter of Parameter Store is."""

    parameter: Option = Field(description="Its name, whole, such as /prod/db/url, or ARN.")
    field: Option = Field("", description="One field of it, where it is JSON.")
    version: Option = Field("", description="A version's number or label; unless said the newest.")


class AwsSessionOptions(OptionsPart):
    """Which sessions are made."""

    role: Annotated[str, BeforeValidator(_role), WithJsonSchema(TEXT)] = Field(
        description="The ARN of the role to assume."
    )
    policy: Annotated[str, BeforeValidator(_policy), WithJsonSchema({"type": "object"})] = Field(
        "", description="What of the role's rights a session has; unless said all."
    )
    external_id: Option = Field("", description="What the role's trust policy asks for.")
    longest: Annotated[str, BeforeValidator(_longest), WithJsonSchema(numbers(*_SESSION))] = Field(
        "", description="MaxSessionDuration of the role; 1h unless said."
    )
    format: Annotated[str, *_words("json", "env")] = Field(
        "", description="json: as a credential_process prints; env: lines of an environment."
    )


SECRETS_MANAGER: Final = Kind(AwsPart, read=AwsSecretOptions, writes=True)
PARAMETER_STORE: Final = Kind(AwsPart, read=AwsParameterOptions, writes=True)
SESSIONS: Final = Kind(AwsPart, lease=AwsSessionOptions)
ACCESS_KEYS: Final = Kind(AwsPart)
