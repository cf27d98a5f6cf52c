"""The settings about Slack: whose tokens and secrets, where Slack is, and which channels are used."""

from pydantic import Field
from pydantic_settings import BaseSettings

from envaccess.settings.kinds import (
    AppToken,
    BotToken,
    ChannelId,
    ClientId,
    ClientSecret,
    SigningSecret,
    SlackUrl,
)


class SlackFields(BaseSettings):
    """A part of `Settings`."""

    slack_bot_token: BotToken | None = Field(
        None, validation_alias="SLACK_BOT_TOKEN", description="must be a bot token, which begins with xoxb-"
    )
    slack_app_token: AppToken | None = Field(
        None, validation_alias="SLACK_APP_TOKEN", description="must be an app token, which begins with xapp-"
    )
    slack_signing_secret: SigningSecret | None = Field(
        None,
        validation_alias="SLACK_SIGNING_SECRET",
        description="must be the Signing Secret of the app's page Basic Information, not a token",
    )
    slack_client_id: ClientId | None = Field(
        None,
        validation_alias="SLACK_CLIENT_ID",
        description="must be the Client ID of the app's page Basic Information, two numbers with a dot",
    )
    slack_client_secret: ClientSecret | None = Field(
        None,
        validation_alias="SLACK_CLIENT_SECRET",
        description="must be the Client Secret of the app's page Basic Information, not a token",
    )
    slack_api_url: SlackUrl = Field(
        "https://slack.com/api/",
        validation_alias="SLACK_API_URL",
        description="must be an https:// URL without a query (http:// only for this machine)",
    )
    approvers_channel: ChannelId | None = Field(
        None,
        validation_alias="ENVACCESS_APPROVERS_CHANNEL",
        description="must be a channel's id, such as C0123ABCD, not its name",
    )
    audit_channel: ChannelId | None = Field(
        None,
        validation_alias="ENVACCESS_AUDIT_CHANNEL",
        description="must be a channel's id, such as C0123ABCD, not its name",
    )

    @property
    def oauth(self) -> bool:
        """Whether every workspace that installs the app is served, each with a token of its own."""
        return self.slack_client_id is not None and self.slack_client_secret is not None
