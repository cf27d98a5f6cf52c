"""Slack's calls about installations: a code or a refresh token becomes a token, one is taken back.

They are made as the app, by its Client ID and Client Secret in the header, or with the token that they are
about. The code and the tokens are in bodies and headers only: a URL would be in logs on the way.
"""

import base64
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlencode, urljoin

from envaccess.slack.calls import Answer, Done, Refused, call
from envaccess.slack.client import SlackClient
from envaccess.slack.installation import SCOPES

REDIRECT_PATH: Final = "/slack/oauth_redirect"
_PAGES_MOST: Final = 20
GONE: Final = frozenset(
    {"account_inactive", "token_revoked", "invalid_auth", "not_authed", "app_not_installed", "team_not_found"}
)
"""Codes of `auth.test` that say that a token never works again; `token_expired` is not one of them."""


class SlackOAuth:
    """The app, to Slack.

    Args:
        slack: the connections; their own token is not used.
        api_url: `https://slack.com/api/`, or another that ends with a slash.
        client_id: the app's Client ID.
        client_secret: its Client Secret.
        redirect_url: where Slack sends the browser back to; the app's page lists the same.
    """

    def __init__(
        self, slack: SlackClient, api_url: str, client_id: str, client_secret: str, redirect_url: str
    ) -> None:
        self._slack, self._page = slack, urljoin(api_url, "../oauth/v2/authorize")
        self._client_id = client_id
        # slack-sdk's own way (`auth=`) uses a class that aiohttp deprecates.
        self._app = f"Basic {base64.b64encode(f'{client_id}:{client_secret}'.encode()).decode()}"
        self._redirect_url = redirect_url

    def authorize_url(self, state: str) -> str:
        """Slack's page for a yes to the scopes of manifest.yml, and to none of a person's."""
        asked = {
            "client_id": self._client_id,
            "scope": ",".join(sorted(SCOPES)),
            "user_scope": "",
            "redirect_uri": self._redirect_url,
            "state": state,
        }
        return f"{self._page}?{urlencode(asked)}"

    async def exchange(self, code: str) -> Answer:
        """What the code of a yes stands for; a code counts once."""
        return await self._as_app({"code": code, "redirect_uri": self._redirect_url})

    async def refresh(self, refresh_token: str) -> Answer:
        """The next token; Slack takes a refresh token back once it was used."""
        return await self._as_app({"grant_type": "refresh_token", "refresh_token": refresh_token})

    async def revoke(self, token: str) -> Answer:
        """Give a token back that is not to be kept."""
        return await self._with(token, "auth.revoke")

    async def whose(self, token: str) -> Answer:
        """Whose a token is, and whether it works."""
        return await self._with(token, "auth.test")

    async def teams(self, token: str) -> frozenset[str] | Answer:
        """The workspaces that an organisation granted the app; Slack's answer where it does not say."""
        found: set[str] = set()
        cursor = ""
        for _ in range(_PAGES_MOST):
            answer = await self._with(token, "auth.teams.list", {"limit": 1000, "cursor": cursor})
            if not isinstance(answer, Done):
                return answer
            listed = answer.data.get("teams")
            if not isinstance(listed, list):
                return Refused("no_list")  # not known is not none: what is not listed any more ends
            found |= {_text(team, "id") for team in listed}
            cursor = _text(answer.data.get("response_metadata"), "next_cursor")
            if not cursor:
                return frozenset(found - {""})
        return Refused("too_many_pages")

    async def _as_app(self, said: dict[str, Any]) -> Answer:
        return await call(
            self._slack.for_app_token(""), "oauth.v2.access", data=said, headers={"Authorization": self._app}
        )

    async def _with(self, token: str, method: str, said: Mapping[str, Any] | None = None) -> Answer:
        return await call(self._slack.for_app_token(token), method, data=dict(said or {}))


def _text(place: object, name: str) -> str:
    found = place.get(name) if isinstance(place, Mapping) else None
    return found if isinstance(found, str) else ""
