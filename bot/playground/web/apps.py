"""`api.test` and `auth.test`: is Slack there, and who am I."""

from bot.playground.shapes import Json, RefusalError
from bot.playground.web.asking import Ask


def test(ask: Ask) -> Json:
    """`api.test`: gives the arguments back, or the `error` asked for."""
    if error := ask.text("error"):
        raise RefusalError(error, args=ask.args)
    return {"args": ask.args} if ask.args else {}


def auth_test(ask: Ask) -> Json:
    """`auth.test` for the bot token."""
    workspace = ask.workspace
    return {
        "url": f"https://{workspace.domain}.slack.com/",
        "team": workspace.domain.capitalize(),
        "user": workspace.bot.name,
        "team_id": workspace.team_id,
        "user_id": workspace.bot.id,
        "bot_id": workspace.bot_id,
        "is_enterprise_install": False,
    }
