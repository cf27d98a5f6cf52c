"""`api.test` and `auth.test`: is Slack there, and who am I."""

from slack_emulator.types import Json, RefusalError
from slack_emulator.web.api_call import ApiCall


def test(ask: ApiCall) -> Json:
    """`api.test`: gives the arguments back, or the `error` asked for."""
    if error := ask.text("error"):
        raise RefusalError(error, args=ask.args)
    return {"args": ask.args} if ask.args else {}


def auth_test(ask: ApiCall) -> Json:
    """`auth.test`; of an app-level token it says only whose it is (java-slack-sdk, `AuthTestResponse`)."""
    workspace = ask.workspace
    if ask.token == "app":  # noqa: S105 - a kind of token
        return {"app_id": workspace.app_id, "app_name": workspace.bot.name}
    if ask.grant is not None and ask.grant.is_org_wide:
        return _of_an_organisation(ask, ask.grant.enterprise)
    organisation = ask.state.teams.organisation_of(workspace.team_id)
    enterprise = {"enterprise_id": organisation.id} if organisation else {}
    return enterprise | {
        "url": f"https://{workspace.domain}.slack.com/",
        "team": workspace.domain.capitalize(),
        "user": workspace.bot.name,
        "team_id": workspace.team_id,
        "user_id": workspace.bot.id,
        "bot_id": workspace.bot_id,
        "is_enterprise_install": False,
    }


def _of_an_organisation(ask: ApiCall, enterprise_id: str) -> Json:
    """An org-wide token belongs to no workspace; what stands for one is the organisation."""
    organisation = ask.state.teams.organisations[enterprise_id]
    return {
        "url": f"https://{organisation.name.lower().replace(' ', '-')}.enterprise.slack.com/",
        "team": organisation.name,
        "user": organisation.bot.name,
        "team_id": organisation.id,
        "user_id": organisation.bot.id,
        "bot_id": organisation.bot_id,
        "enterprise_id": organisation.id,
        "is_enterprise_install": True,
    }
