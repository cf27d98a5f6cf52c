"""Which workspace a payload is for: by its documented shapes, and never an exception for any other."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from envaccess.slack.workspace_of import is_org_wide, workspace_of

Json = dict[str, Any]
OURS, SISTER, ORG = "T0OURS", "T0SISTER", "E0ORG"


def event(*heard: object, **outside: object) -> Json:
    authorizations: Json = {"authorizations": list(heard)} if heard else {}
    return {"type": "event_callback", "event": {"type": "x"}, **authorizations, **outside}


def heard(team: object, enterprise: object = None, *, org_wide: object = False) -> Json:
    return {"team_id": team, "enterprise_id": enterprise, "is_enterprise_install": org_wide}


@pytest.mark.parametrize(
    ("body", "wanted"),
    [
        (event(heard(OURS), team_id=OURS), (OURS, "")),
        # slackapi/bolt-js#935: it happened on the other side of a shared channel, in an organisation
        (event(heard(OURS), team_id=SISTER, enterprise_id=ORG), (OURS, "")),
        (event(heard(OURS, ORG), team_id=SISTER), (OURS, ORG)),
        # slackapi/bolt-python, test_events_org_apps.py
        (event(heard(None, ORG, org_wide=True), team_id=OURS, enterprise_id=ORG), (OURS, ORG)),
        (event(heard(None, ORG, org_wide=True), team_id="T0PARTNER", context_team_id=OURS), (OURS, ORG)),
        (event(heard(OURS), heard(SISTER)), (OURS, "")),
        (event(team_id=OURS, enterprise_id=ORG), (OURS, ORG)),
        (event(enterprise_id=ORG), ("", ORG)),
        ({"type": "event_callback", "authorizations": [], "team_id": OURS}, (OURS, "")),
        ({"type": "event_callback", "authorizations": None, "team_id": OURS}, (OURS, "")),
        ({"type": "event_callback", "authorizations": "T0SISTER", "team_id": OURS}, (OURS, "")),
        (event(heard({"id": SISTER}), team_id=OURS), (OURS, "")),
        (event(heard("' OR 1"), team_id=OURS), (OURS, "")),
    ],
)
def test_an_event_is_for_whom_it_was_sent(body: Json, wanted: tuple[str, str]) -> None:
    assert workspace_of(body) == wanted


@pytest.mark.parametrize(
    ("body", "wanted"),
    [
        ({"team_id": OURS, "command": "/x"}, (OURS, "")),
        ({"team_id": OURS, "enterprise_id": ORG, "is_enterprise_install": "true"}, (OURS, ORG)),
        ({"team": {"id": OURS}, "user": {"team_id": SISTER}}, (OURS, "")),
        ({"team": OURS}, (OURS, "")),
        ({"team": {"id": OURS, "enterprise_id": ORG}, "enterprise": {"id": ORG}}, (OURS, ORG)),
        # slackapi/bolt-python#1229: the Home tab names the workspace where the app was installed first
        ({"team": {"id": OURS}, "view": {"app_installed_team_id": SISTER}}, (OURS, "")),
        # org-wide: no team; the view has the organisation's id, as Slack's page on Work Objects shows
        ({"team": None, "enterprise": {"id": ORG}, "user": {"team_id": OURS}}, (OURS, ORG)),
        (
            {"team": None, "view": {"app_installed_team_id": ORG}, "user": {"team_id": OURS}},
            (OURS, ""),
        ),
        ({"team": None, "view": {"app_installed_team_id": OURS}, "user": {"team_id": SISTER}}, (OURS, "")),
        ({"team": None, "message": {"team": OURS}, "user": {"team_id": SISTER}}, (OURS, "")),
        ({"enterprise": None, "team": {"id": OURS}}, (OURS, "")),
        ({"enterprise": ORG, "team": {"id": OURS}}, (OURS, ORG)),
        ({"enterprise": [ORG], "team": {"id": OURS}}, (OURS, "")),
        ({"enterprise": {"id": "E1"}, "enterprise_id": "E2", "team": {"id": OURS}}, (OURS, "")),
        ({"team": {"id": OURS}, "team_id": SISTER}, ("", "")),
        ({"team": {"id": ""}, "team_id": ""}, ("", "")),
        ({}, ("", "")),
    ],
)
def test_what_people_do_is_for_the_workspace_that_it_names(body: Json, wanted: tuple[str, str]) -> None:
    assert workspace_of(body) == wanted


@pytest.mark.parametrize(
    ("body", "wanted"),
    [
        ({"is_enterprise_install": True}, True),
        ({"is_enterprise_install": "true"}, True),
        ({"is_enterprise_install": "false"}, False),
        ({"is_enterprise_install": False}, False),
        ({"is_enterprise_install": 1}, False),
        ({"is_enterprise_install": ["true"]}, False),
        ({}, False),
        (event(heard(None, ORG, org_wide=True), is_enterprise_install=False), True),
        (event(heard(OURS, ORG), is_enterprise_install=True), False),
    ],
)
def test_the_word_false_is_no_org_wide_installation(body: Json, wanted: bool) -> None:
    assert is_org_wide(body) is wanted


_ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.sampled_from([OURS, SISTER, ORG]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["id", "team_id"]), inner),
    max_leaves=6,
)
_FIELDS = (
    "team",
    "team_id",
    "context_team_id",
    "enterprise",
    "enterprise_id",
    "authorizations",
    "view",
    "message",
    "user",
    "is_enterprise_install",
)


@given(
    st.fixed_dictionaries(
        {"type": st.sampled_from(["event_callback", "block_actions"])}, optional=dict.fromkeys(_FIELDS, _ANY)
    )
)
def test_no_shape_raises_and_only_ids_come_out(body: Json) -> None:
    team, enterprise = workspace_of(body)
    assert team in {"", OURS, SISTER} or (team[0] == "T" and team.isalnum())
    assert enterprise in {"", ORG} or (enterprise[0] == "E" and enterprise.isalnum())
    assert is_org_wide(body) in {True, False}
