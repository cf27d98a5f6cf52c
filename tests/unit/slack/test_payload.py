"""Reading payloads: any JSON at all, and never a crash."""

from hypothesis import given
from hypothesis import strategies as st

from bot.slack.payload import chosen, dig, read_press, read_who, text

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
    assert read_who(body, "spare", "trigger_id") == read_who(dict(body), "spare", "trigger_id")


def test_every_team_that_a_payload_names_is_read() -> None:
    body = {"team_id": "T1", "team": {"id": "T2"}, "user": {"id": "U1", "team_id": "T3"}}
    assert read_who(body, "spare", "trigger_id").teams == {"T1", "T2", "T3"}


def test_a_missing_operation_id_is_replaced() -> None:
    assert read_who({"trigger_id": ""}, "spare", "trigger_id").op == "spare"
    assert read_who({"view": {"id": "V1"}}, "spare", "view", "id").op == "V1"


def test_paths_end_where_the_payload_does() -> None:
    body = {"a": [{"b": "c"}], "d": "e"}
    assert text(body, "a", 0, "b") == "c"
    assert text(body, "a", 1, "b") == ""
    assert text(body, "d", "b") == ""
    assert text(body, "a") == ""
    assert dig(body, 0) is None
    assert chosen({"s": [{"value": "x"}, {"value": 7}, None, "y"]}, "s") == ["x"]
