"""Why Slack does not say who is in a user group, by its code: what is wrong, and what to do about it.

Source: the errors of https://docs.slack.dev/reference/methods/usergroups.list and of the methods beside it,
and those of every method. No page lists `paid_teams_only`, `permission_denied` and `user_is_bot` for reading,
but Slack has answered questions about user groups with them (grafana-cold-storage/oncall#4793,
jmatsu/terraform-provider-slack#56, slack-ruby/slack-ruby-client#75).
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

_INSTEAD: Final = "name people (`U...`) or a private channel (`C...`) in the policy instead"

NO_GROUP: Final = frozenset(
    {"no_such_subteam", "subteam_deactivated", "subteam_disabled", "subteam_not_found", "usergroup_not_found"}
)
"""There is no such group, or it is disabled."""


@dataclass(frozen=True, slots=True)
class GroupFault:
    """Why nobody in a group counts, as a part of a sentence, and what to do, as one without its stop."""

    problem: str
    mend: str


_PLAN: Final = GroupFault("this workspace's Slack plan has no user groups", _INSTEAD)
_SCOPE: Final = GroupFault(
    "the app lacks the scope usergroups:read",
    "add the scope, as manifest.yml has it, and install the app again",
)
_RULE: Final = GroupFault(
    "a setting of this workspace or its organisation keeps user groups from the app",
    f"ask an admin of the workspace to allow it, or {_INSTEAD}",
)
_TOKEN: Final = GroupFault(
    "Slack does not accept the bot's token for it",
    "run envaccess doctor, which says what to mend about the token",
)
_GONE: Final = GroupFault(
    "Slack knows no such user group, or it is disabled", "copy its id again, or enable it"
)
_OTHER: Final = GroupFault("Slack refuses it", f"look the code up in Slack's documentation, or {_INSTEAD}")

_CODES: Final[tuple[tuple[GroupFault, Collection[str]], ...]] = (
    (_PLAN, ("plan_upgrade_required", "paid_teams_only", "team_not_eligible", "feature_not_enabled")),
    (_SCOPE, ("missing_scope",)),
    (
        _RULE,
        (
            "access_denied",
            "accesslimited",
            "ekm_access_denied",
            "enterprise_is_restricted",
            "no_permission",
            "org_login_required",
            "permission_denied",
            "restricted_action",
            "team_access_not_granted",
            "user_is_restricted",
            "user_is_ultra_restricted",
        ),
    ),
    (
        _TOKEN,
        (
            "account_inactive",
            "invalid_auth",
            "not_allowed_token_type",
            "not_authed",
            "token_expired",
            "token_revoked",
            "two_factor_setup_required",
            "user_is_bot",
        ),
    ),
    (_GONE, NO_GROUP),
)
_TABLE: Final = {code: unread for unread, codes in _CODES for code in codes}


def why_unread(code: str) -> GroupFault:
    """What a refusal with this code means for the policy that names the group."""
    return _TABLE.get(code, _OTHER)
