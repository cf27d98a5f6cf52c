"""The outer payload of every event, as documented and recorded.

https://docs.slack.dev/apis/events-api#event_type_structure; recorded: java-slack-sdk,
`json-logs/samples/events`.
"""

from tests.fidelity.shapes import (
    APP,
    FLAG,
    NULL,
    TEAM,
    TEXT,
    TRUE,
    TS,
    USER,
    WHOLE,
    Doc,
    Many,
    What,
    exactly,
    matching,
)

_AUTHORIZATION = Doc(
    {
        "enterprise_id": NULL,
        "team_id": TEAM,
        "user_id": USER,
        "is_bot": TRUE,
        "is_enterprise_install": exactly(wanted=False),
    }
)


def event_payload(kind: str, always: dict[str, What], sometimes: dict[str, What] | None = None) -> Doc:
    """The payload of one type of event; `event_ts` is in every one that was recorded with its values."""
    event = Doc({"type": exactly(kind), **always}, {"event_ts": TS, **(sometimes or {})})
    return Doc(
        {
            "token": TEXT,
            "team_id": TEAM,
            "api_app_id": APP,
            "event": event,
            "type": exactly("event_callback"),
            "event_id": matching("an event id", r"Ev\w+"),
            "event_time": WHOLE,
            "event_context": TEXT,
            "authorizations": Many(_AUTHORIZATION),
            "is_ext_shared_channel": FLAG,
        },
        {"context_team_id": TEAM, "context_enterprise_id": NULL},
    )


ORG_EVENT = Doc(
    {
        "token": TEXT,
        "enterprise_id": matching("an organisation's id", r"E\w+"),
        "api_app_id": APP,
        "event": Doc(
            {
                "type": matching("what happened", r"team_access_(granted|revoked)"),
                "team_ids": Many(TEAM),
                "event_ts": TS,
            }
        ),
        "type": exactly("event_callback"),
        "event_id": matching("an event id", r"Ev\w+"),
        "event_time": WHOLE,
    }
)
