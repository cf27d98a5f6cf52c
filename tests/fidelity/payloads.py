"""What Slack's payloads have in common, as documented and as recorded.

https://docs.slack.dev/reference/interaction-payloads; recorded: the test data of slackapi/bolt-python
(`tests/scenario_tests`), slackapi/java-slack-sdk (`slack-app-backend/src/test`) and slackapi/python-slack-sdk
(`mock_socket_mode_server.py`).
"""

from tests.fidelity.objects import PLAIN, VIEW
from tests.fidelity.shapes import (
    ANYTHING,
    APP,
    CHANNEL,
    FALSE,
    NULL,
    TEAM,
    TEXT,
    TRIGGER,
    TS,
    URL,
    USER,
    VIEW_ID,
    Doc,
    Map,
    What,
    exactly,
)

WHO = Doc({"id": USER, "username": TEXT, "name": TEXT, "team_id": TEAM})


def interaction(kind: str, always: dict[str, What], sometimes: dict[str, What] | None = None) -> Doc:
    """An interaction of this type outside an enterprise."""
    common: dict[str, What] = {
        "type": exactly(kind),
        "user": WHO,
        "api_app_id": APP,
        "token": TEXT,
        "team": Doc({"id": TEAM, "domain": TEXT}),
        "enterprise": NULL,
        "is_enterprise_install": FALSE,
    }
    return Doc({**common, **always}, sometimes or {})


STATE = Doc({"values": Map(Map(ANYTHING))})
CHANNEL_OF_A_MESSAGE = Doc({"id": CHANNEL, "name": TEXT})


def on_a_message(*, ephemeral: bool) -> dict[str, What]:
    """Where the controls of a message are."""
    container = Doc(
        {
            "type": exactly("message"),
            "message_ts": TS,
            "channel_id": CHANNEL,
            "is_ephemeral": exactly(ephemeral),
        },
        {"thread_ts": TS},
    )
    return {"container": container, "channel": CHANNEL_OF_A_MESSAGE}


ON_A_VIEW: dict[str, What] = {
    "container": Doc({"type": exactly("view"), "view_id": VIEW_ID}),
    "view": VIEW,
}

CONFIRM = Doc({"title": PLAIN, "text": ANYTHING}, {"confirm": PLAIN, "deny": PLAIN, "style": TEXT})
_ACTED: dict[str, What] = {"action_id": TEXT, "block_id": TEXT, "action_ts": TS}
OPTION = Doc({"text": PLAIN, "value": TEXT}, {"description": ANYTHING, "url": URL})
BUTTON_ACTION = Doc(
    {"type": exactly("button"), "text": PLAIN, **_ACTED}, {"value": TEXT, "style": TEXT, "confirm": CONFIRM}
)


def choice_action(kind: str, field: str, what: What) -> Doc:
    """The `actions` entry of a select or menu."""
    return Doc({"type": exactly(kind), field: what, **_ACTED}, {"placeholder": PLAIN, "confirm": CONFIRM})


ACTED = {"trigger_id": TRIGGER}
