"""What serving cannot do without."""

from dataclasses import dataclass

from pydantic import SecretStr


@dataclass(frozen=True, slots=True)
class Serving:
    """What serving cannot do without, all of it present.

    Attributes:
        bot_token: the `xoxb-` token.
        app_token: the `xapp-` token of Socket Mode; None means HTTP mode.
        signing_secret: never None in HTTP mode.
        approvers_channel: the id of the channel whose members decide.
        audit_channel: the id of the channel that gets the audit lines.
    """

    bot_token: SecretStr
    app_token: SecretStr | None
    signing_secret: SecretStr | None
    approvers_channel: str
    audit_channel: str
