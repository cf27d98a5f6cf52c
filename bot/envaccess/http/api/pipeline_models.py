"""What a pipeline sends to begin a session, and what it is answered."""

from typing import Final, Literal, Self

from pydantic import Field, model_validator

from envaccess.http.api.models import ApiAnswer, NewClientInput, PublicKey

TOKEN_MAX: Final = 16_384
"""Characters of an identity token."""


class TokenInput(NewClientInput):
    """A pipeline that wants a session (RFC 8693, in JSON)."""

    grant_type: Literal["urn:ietf:params:oauth:grant-type:token-exchange"]
    subject_token: str = Field(
        min_length=1,
        max_length=TOKEN_MAX,
        repr=False,
        description="The identity token (OIDC) that the pipeline's platform gave it for this server's URL.",
    )
    subject_token_type: Literal["urn:ietf:params:oauth:token-type:jwt"]
    job_key: PublicKey | None = Field(
        default=None, description="The key of the whole job (Ed25519), to which the token is bound then."
    )
    job_signature: str | None = Field(
        default=None,
        pattern=r"^[A-Za-z0-9_-]{86}$",
        description="By `job_key`, of `envaccess job key 1`, a newline, and the SHA-256 of each of "
        "`subject_token`, `sign_key` and `seal_key`.",
    )

    @model_validator(mode="after")
    def _both_or_none(self) -> Self:
        """A key that has signed nothing is nobody's."""
        if (self.job_key is None) != (self.job_signature is None):
            raise ValueError("job_key and job_signature come together")
        return self


class MachineSessionInfo(ApiAnswer):
    """The session of a pipeline's run."""

    id: str
    ends_in: int = Field(description="Seconds until it ends, as the identity token does that opened it.")


class ExchangedInfo(ApiAnswer):
    """What an identity token was exchanged for."""

    token: str = Field(
        description="A box (HPKE) with the session's token, sealed to `seal_key` for this session."
    )
    token_type: Literal["DPoP"] = "DPoP"  # noqa: S105 - a scheme's name
    principal: str = Field(examples=["machine:deploy"])
    session: MachineSessionInfo
    server_key: str
    workspace: str
    workspace_name: str
