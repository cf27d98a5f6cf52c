"""`audit tail` is for people, `audit export` for programs; neither loses, repeats or mangles an event."""

import json
from collections.abc import Sequence

import pytest

from envaccess.cli.audit import read_id, read_since, readable
from envaccess.cli.output import Misuse
from envaccess.domain.audit import Actor, ActorKind, Event, export_line, person
from envaccess.domain.errors import StoreUnavailableError
from tests.unit.cli.cli_front import NOON, FakeDesk, FakeFront, FakeTrail, run


def event(number: int, **fields: str) -> Event:
    return Event(
        id=f"{NOON + number}-0",
        event="request.created",
        at=NOON + number,
        actor=person("U1"),
        request="k3x9m2aq",
        variables=("default/STRIPE_KEY", "staging/DB_URL"),
        requester="U1",
        detail=fields or {"reason": "debugging a failed refund"},
    )


def stream(count: int, coming: Sequence[Event] = ()) -> FakeFront:
    return FakeFront(FakeDesk(trail=FakeTrail([event(n) for n in range(count)], list(coming))))


def test_tail_prints_the_newest_events_oldest_first() -> None:
    ended = run(stream(30), "audit", "tail", "-n", "2")
    assert (ended.code, ended.err) == (0, "")
    assert ended.out == (
        "2025-10-09T12:00:00.151Z request.created      person:U1 STRIPE_KEY,staging/DB_URL"
        ' request=k3x9m2aq requester=U1 reason="debugging a failed refund"\n'
        "2025-10-09T12:00:00.152Z request.created      person:U1 STRIPE_KEY,staging/DB_URL"
        ' request=k3x9m2aq requester=U1 reason="debugging a failed refund"\n'
    )


def test_tail_prints_twenty_unless_told_otherwise() -> None:
    assert len(run(stream(30), "audit", "tail").out.splitlines()) == 20


def test_tail_of_an_empty_stream_prints_nothing() -> None:
    ended = run(stream(0), "audit", "tail")
    assert (ended.code, ended.out, ended.err) == (0, "", "")


@pytest.mark.parametrize("count", ["-1", "10001", "many"])
def test_tail_refuses_a_senseless_number(count: str) -> None:
    assert run(stream(1), "audit", "tail", "-n", count).code == 2


@pytest.mark.parametrize(("before", "lines", "printed"), [(3, 2, 2), (3, 0, 0), (0, 5, 0), (0, 0, 0)])
def test_follow_prints_each_later_event_once_until_interrupted(before: int, lines: int, printed: int) -> None:
    front = stream(before, [event(100), event(101)])
    ended = run(front, "audit", "tail", "-n", str(lines), "--follow")
    assert ended.code == 130
    times = [line.split()[0] for line in ended.out.splitlines()]
    assert len(times) == printed + 2
    assert times[-2:] == ["2025-10-09T12:00:00.223Z", "2025-10-09T12:00:00.224Z"]
    assert "Traceback" not in ended.err


def test_an_interrupt_is_quiet() -> None:
    ended = run(FakeFront(fault=KeyboardInterrupt()), "audit", "tail", "--follow")
    assert (ended.code, ended.out, ended.err.strip()) == (130, "", "")


def test_what_somebody_typed_cannot_move_the_cursor_or_start_a_line() -> None:
    hostile = "\x1b[2J\x9b31m\nfake line\r\u202eover \u2028new\x00"
    line = readable(event(1, reason=hostile, **{"na\x1bme": hostile}))
    assert not any(ord(letter) < 32 or 0x7F <= ord(letter) < 0xA0 for letter in line)
    assert not set(line) & set("\u202e\u2028")


def test_an_event_without_particulars_is_a_short_line() -> None:
    line = readable(Event("1-0", "bot.started", NOON, Actor(ActorKind.BOT)))
    assert line.split() == ["2025-10-09T12:00:00.123Z", "bot.started", "bot"]


def test_a_word_that_could_be_read_as_another_fact_is_quoted() -> None:
    assert readable(event(1, reason="x request=forged")).endswith('reason="x request=forged"')


@pytest.mark.parametrize("count", [0, 1, 999, 1_000, 1_001, 2_000, 2_500])
def test_export_prints_every_event_once_in_order_and_in_pages(count: int) -> None:
    front = stream(count)
    ended = run(front, "audit", "export", "--format", "jsonl")
    assert (ended.code, ended.err) == (0, "")
    assert ended.out.splitlines() == [export_line(one) for one in front.inside.trail.events]
    assert max(front.inside.trail.pages) <= 1_000


def test_every_exported_line_is_one_flat_object() -> None:
    hostile = FakeFront(FakeDesk(trail=FakeTrail([event(1, reason='a\nb"c\u2028d')])))
    (line,) = run(hostile, "audit", "export").out.rstrip("\n").split("\n")
    found = json.loads(line)
    assert all(isinstance(value, str) for value in found.values())
    assert json.loads(found["detail"]) == {"reason": 'a\nb"c\u2028d'}


def test_export_goes_on_after_an_id() -> None:
    ended = run(stream(5), "audit", "export", "--after", f"{NOON + 2}-0")
    assert [json.loads(line)["id"] for line in ended.out.splitlines()] == [f"{NOON + 3}-0", f"{NOON + 4}-0"]


@pytest.mark.parametrize(
    "since",
    ["2025-10-09T12:00:00.126Z", "2025-10-09T14:00:00.126+02:00", "2025-10-09 12:00:00.126000+00:00"],
)
def test_export_since_includes_that_very_millisecond(since: str) -> None:
    ended = run(stream(5), "audit", "export", "--since", since)
    assert [json.loads(line)["id"] for line in ended.out.splitlines()] == [f"{NOON + 3}-0", f"{NOON + 4}-0"]


@pytest.mark.parametrize("since", ["1970-01-01T00:00:00Z", "1969-12-31T00:00:00Z", "0001-01-01T00:00:00Z"])
def test_a_time_before_all_events_means_all_events(since: str) -> None:
    assert read_since(since) == "0-0"


@pytest.mark.parametrize(
    "since", ["", "yesterday", "2025-10-09", "2025-10-09T12:00:00", "1760000000", "\x1b[2J"]
)
def test_what_is_no_time_in_utc_is_refused(since: str) -> None:
    with pytest.raises(Misuse):
        read_since(since)


@pytest.mark.parametrize("after", ["", "1", "a-b", "1-2-3", "-1-0", "1-18446744073709551616", "(1-0", "٣-0"])
def test_what_is_no_id_is_refused(after: str) -> None:
    with pytest.raises(Misuse):
        read_id(after)


def test_two_beginnings_are_refused() -> None:
    ended = run(stream(1), "audit", "export", "--after", "0-0", "--since", "2025-10-09T12:00:00Z")
    assert ended.code == 2


def test_a_store_that_is_down_is_one_line() -> None:
    front = FakeFront(fault=StoreUnavailableError("Redis cannot be reached"))
    for command in (["audit", "tail"], ["audit", "export"]):
        ended = run(front, *command)
        assert (ended.code, ended.out, ended.err) == (1, "", "envaccess: Redis cannot be reached\n")


@pytest.mark.parametrize("form", ["ocsf", "cef", "csv"])
def test_export_prints_every_event_in_another_system_s_format(form: str) -> None:
    lines = run(stream(1_001), "audit", "export", "--format", form).out.splitlines()
    assert len(lines) == 1_001 + (form == "csv")
    assert [f"{NOON + n}-0" in line for n, line in enumerate(lines[-1_001:])] == [True] * 1_001


@pytest.mark.parametrize(("to", "count"), [("12:00:00.125", 2), ("12:00:01", 5), ("11:00:00", 0)])
def test_export_ends_before_the_time_that_it_is_given(to: str, count: int) -> None:
    ended = run(stream(5), "audit", "export", "--to", f"2025-10-09T{to}Z")
    assert len(ended.out.splitlines()) == count


def test_export_from_one_checkpoint_to_the_next_repeats_and_leaves_out_nothing() -> None:
    noon = "2025-10-09T12:00:00.125Z"
    first = run(stream(5), "audit", "export", "--to", noon).out
    second = run(stream(5), "audit", "export", "--from", noon).out
    assert first + second == run(stream(5), "audit", "export").out


def test_an_end_that_is_no_time_is_refused_by_its_own_name() -> None:
    assert "--to must be a time" in run(stream(1), "audit", "export", "--to", "noon").err
