"""Reading payloads: any JSON at all, and never a crash."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from envaccess.slack.payload import chosen, dig, read_caller, read_press, read_ts, text
from envaccess.slack.render.forms import read_metadata

anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=9),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["user", "team", "id", "team_id", "actions", "value", "action_id", "container", "x"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)
bodies = st.dictionaries(
    st.sampled_from(
        ["user", "user_id", "team", "team_id", "actions", "trigger_id", "response_url", "container"]
    ),
    anything,
)


@given(bodies)
def test_no_payload_crashes_the_reading(body: dict[str, object]) -> None:
    press = read_press(body, "spare")
    assert press.who.op
    assert len(press.who.user) <= 64
    assert all(isinstance(part, str) for part in (press.who.user, press.action, press.ts, press.who.trigger))


@given(bodies)
def test_no_payload_passes_as_two_people(body: dict[str, object]) -> None:
    assert read_caller(body, "spare", "trigger_id") == read_caller(dict(body), "spare", "trigger_id")


@pytest.mark.parametrize(
    ("body", "teams"),
    [
        ({"team_id": "T1", "team": {"id": "T2"}, "user": {"id": "U1", "team_id": "T3"}}, {"T1", "T2"}),
        ({"team": {"id": "T1"}, "view": {"app_installed_team_id": "T2"}}, {"T1"}),
        ({"team": None, "view": {"app_installed_team_id": "T2", "team_id": "T3"}}, {"T2"}),
        ({"team": None, "user": {"id": "U1", "team_id": "T3"}, "enterprise": {"id": "E1"}}, set()),
        ({"team": None, "view": {"app_installed_team_id": "E1"}, "user": {"team_id": "T3"}}, set()),
        ({"team": [], "team_id": 7, "view": "x"}, set()),
    ],
)
def test_where_it_was_done_is_read_and_whose_workspace_the_person_names_is_not(
    body: dict[str, object], teams: set[str]
) -> None:
    """On Enterprise Grid a press carries any workspace of the person (slackapi/bolt-js#1875)."""
    assert read_caller(body, "spare", "trigger_id").teams == teams


def test_a_missing_operation_id_is_replaced() -> None:
    assert read_caller({"trigger_id": ""}, "spare", "trigger_id").op == "spare"
    assert read_caller({"view": {"id": "V1"}}, "spare", "view", "id").op == "V1"


def test_paths_end_where_the_payload_does() -> None:
    body = {"a": [{"b": "c"}], "d": "e"}
    assert text(body, "a", 0, "b") == "c"
    assert text(body, "a", 1, "b") == ""
    assert text(body, "d", "b") == ""
    assert text(body, "a") == ""
    assert dig(body, 0) is None
    assert chosen({"s": [{"value": "x"}, {"value": 7}, None, "y"]}, "s") == ["x"]


NO_STAMPS = [
    "", "1", "1.1", "1760000000.00010", "1760000000.0001000", "1" * 13 + ".000100", "1760000000.000100 ",
    "1760000000.000100\n", "9.9,message:1760000000.000100", "\u0661760000000.000100", "x" * 200_000,
]  # fmt: skip


@pytest.mark.parametrize("ts", NO_STAMPS)
def test_what_is_no_stamp_of_a_message_is_not_kept(ts: str) -> None:
    """It would be stored with the request, and the message that it names be deleted as a stray."""
    assert read_press({"container": {"message_ts": ts}}, "spare").ts == ""
    assert read_metadata(f"4kq7m2xz {ts}") == ("4kq7m2xz", "")


@given(st.integers(0, 10**12 - 1), st.integers(0, 999_999))
def test_every_stamp_of_slack_is_read(seconds: int, microseconds: int) -> None:
    ts = f"{seconds}.{microseconds:06}"
    assert read_ts(ts) == ts
    assert read_press({"message": {"ts": ts}}, "spare").ts == ts
    assert read_metadata(f"4kq7m2xz {ts}") == ("4kq7m2xz", ts)
