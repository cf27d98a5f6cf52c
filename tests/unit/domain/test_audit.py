"""Ids, actors and the export: one flat object a line, whatever is in an event."""

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from envaccess.domain.audit import (
    BOT,
    TIME,
    Actor,
    ActorKind,
    Event,
    Tag,
    export_line,
    person,
    read_actor,
    rfc3339,
    stream_order,
)
from envaccess.domain.ids import ALPHABET, LENGTH, make_id, parse_id

KEYS = ["id", "event", "at", "actor_kind", "actor", "request", "grant", "variables", "requester", "detail"]
words = st.text(max_size=40)


@pytest.mark.parametrize(
    ("milliseconds", "text"),
    [
        (0, "1970-01-01T00:00:00.000Z"),
        (1_760_000_000_123, "2025-10-09T08:53:20.123Z"),
        (1_760_000_000_999, "2025-10-09T08:53:20.999Z"),
        (1_760_000_000_001, "2025-10-09T08:53:20.001Z"),
        (4_102_444_800_000, "2100-01-01T00:00:00.000Z"),
    ],
)
def test_times_are_rfc_3339_in_utc_with_milliseconds(milliseconds: int, text: str) -> None:
    assert rfc3339(milliseconds) == text


@given(st.integers(0, 4_102_444_800_000))
def test_no_millisecond_is_lost(milliseconds: int) -> None:
    """Floating point must not move an event by one."""
    read = datetime.fromisoformat(rfc3339(milliseconds))
    since = read - datetime(1970, 1, 1, tzinfo=UTC)
    assert (since.days * 86_400 + since.seconds) * 1000 + since.microseconds // 1000 == milliseconds


@given(st.builds(Actor, st.sampled_from(ActorKind), words))
def test_actors_read_back(actor: Actor) -> None:
    assert read_actor(str(actor)) == actor


def test_actors_are_written_kind_first() -> None:
    assert (str(person("U0BOB")), str(TIME), str(Actor(ActorKind.CLI, "a:b"))) == (
        "person:U0BOB",
        "time",
        "cli:a:b",
    )


events = st.builds(
    Event,
    id=st.just("1760000000000-0"),
    event=st.sampled_from([str(tag) for tag in Tag]),
    at=st.integers(0, 4_102_444_800_000),
    actor=st.builds(Actor, st.sampled_from(ActorKind), words),
    request=words,
    grant=words,
    variables=st.lists(st.sampled_from(["default/A", "staging/B"])).map(tuple),
    requester=words,
    detail=st.dictionaries(words, words, max_size=4),
)


@given(events)
def test_an_event_is_one_flat_line_with_every_key(event: Event) -> None:
    """A table can be made of it, and no reason that somebody typed can begin a second line."""
    line = export_line(event)
    assert "\n" not in line
    assert "\r" not in line
    flat = json.loads(line)
    assert list(flat) == KEYS
    assert all(isinstance(value, str) for value in flat.values())
    assert json.loads(flat["detail"]) == event.detail
    assert flat["variables"] == ",".join(event.variables)


def test_an_event_without_anything_still_has_every_key() -> None:
    line = export_line(Event("1-0", "bot.started", 0, TIME))
    assert json.loads(line)["detail"] == "{}"
    assert list(json.loads(line)) == KEYS


def test_stream_ids_sort_as_numbers() -> None:
    ids = ["100-0", "10-10", "9-0", "10-2"]
    assert sorted(ids, key=stream_order) == ["9-0", "10-2", "10-10", "100-0"]
    assert stream_order("100") == stream_order("100-0")


@given(st.binary(min_size=5, max_size=5))
def test_an_id_reads_back_however_it_is_typed(random_bytes: bytes) -> None:
    made = make_id(random_bytes)
    assert len(made) == LENGTH
    assert set(made) <= set(ALPHABET)
    typed = [made, made.upper(), f" {made} ", f"`{made}`", f"#{made}", f"{made[:4]}-{made[4:]}"]
    typed += [made.replace("0", "O"), made.replace("1", "l"), made.replace("1", "I")]
    assert {parse_id(text) for text in typed} == {made}


@pytest.mark.parametrize(
    ("random_bytes", "text"),
    [
        ("0000000000", "00000000"),
        ("000000001f", "0000000z"),
        ("f800000000", "z0000000"),
        ("ffffffffff", "zzzzzzzz"),
    ],
)
def test_an_id_is_forty_bits_in_eight_letters(random_bytes: str, text: str) -> None:
    assert make_id(bytes.fromhex(random_bytes)) == text


@given(st.binary(min_size=5, max_size=5), st.binary(min_size=5, max_size=5))
def test_different_randomness_is_a_different_id(one: bytes, other: bytes) -> None:
    assert (make_id(one) == make_id(other)) is (one == other)


@pytest.mark.parametrize(
    "text", ["", "7k2m9xq", "7k2m9xq44", "7k2m9xqu", "7k2m 9xq", "../../..", "7k2m9xqé", "*" * 8]
)
def test_anything_else_is_no_id(text: str) -> None:
    assert parse_id(text) is None


@given(st.text(max_size=20))
def test_no_text_breaks_the_reading_of_an_id(text: str) -> None:
    found = parse_id(text)
    assert found is None or (len(found) == LENGTH and set(found) <= set(ALPHABET))


def test_a_forged_event_of_no_calendar_or_with_half_a_character_is_exported_all_the_same() -> None:
    event = Event("1-0", "made.up", 10**18, BOT, detail={"said": "\ud800"})
    line = export_line(event)
    line.encode()
    found = json.loads(line)
    assert found["at"].startswith("9999-12-31T23:59:59")
    assert json.loads(found["detail"]) == {"said": "\ud800"}
