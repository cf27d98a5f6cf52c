"""What begins like a time is understood or refused, never read as a reason."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from envaccess.domain.command import Ask, Extend, parse_command
from envaccess.domain.start_time import NoStart, Start, read_start
from envaccess.domain.typed_parts import BadCommand, Problem, read_opening

WHY = "the nightly migration"
UNDERSTOOD = {
    "from 22:00": 1320,
    "from 22:00,": 1320,
    "from 22:00:": 1320,
    "from 22:00 -": 1320,
    "from: 22:00": 1320,
    "from (22:00)": 1320,
    "\u201cfrom 22:00\u201d": 1320,
    "'From 22:00',": 1320,
    "From 22:00": 1320,
    "FROM 22:00": 1320,
    "from 22.00": 1320,
    "from \uff12\uff12\uff1a00": 1320,
    "from 22:00h": 1320,
    "from 22:00 h": 1320,
    "from 22:00 o'clock": 1320,
    "from 22:00 local time,": 1320,
    "from 22h": 1320,
    "from 22 h": 1320,
    "from 22h15": 1335,
    "from 2200h": 1320,
    "from 2200 hrs": 1320,
    "from 10pm": 1320,
    "from 10PM,": 1320,
    "from 10 pm": 1320,
    "from 10 P.M.": 1320,
    "from 10:15 pm": 1335,
    "from 12am": 0,
    "from 12 pm": 720,
    "from 12:30am": 30,
    "from noon": 720,
    "from midnight": 0,
    "from 0:00": 0,
    "from 9:05": 545,
    "from:22:00": 1320,
    "from=22:00": 1320,
    "from22:00": 1320,
    "from-10pm": 1320,
    "from 10 p. m.": 1320,
    "from 10 o clock": 600,
    "from 8o'clock": 480,
    "from 22\u223600": 1320,
    "from \u06f2\u06f2:\u06f0\u06f0": 1320,
    "from <22:00>": 1320,
    "from {22:00}": 1320,
}
REFUSED = {
    "from 25:00": Problem.START,
    "from 24:00": Problem.START,
    "from 22:61": Problem.START,
    "from 22:0": Problem.START,
    "from 122:00": Problem.START,
    "from 22:00:30": Problem.START,
    "from 22:00pm": Problem.START,
    "from 13pm": Problem.START,
    "from 0 am": Problem.START,
    "from 2200": Problem.START,
    "from 22,": Problem.START,
    "from 22": Problem.START,
    "from ten": Problem.START,
    "from ten pm": Problem.START,
    "from half past ten": Problem.START,
    "from about 22:00": Problem.START,
    "from at 22:00": Problem.START,
    "from in 2 hours": Problem.START,
    "from 10:00 in the evening": Problem.START,
    "from 10:00 at night": Problem.START,
    "from 10:00 p": Problem.START,
    "from 10ish": Problem.START,
    "from - 22:00": Problem.START,
    "from c. 22:00": Problem.START,
    "from after 22:00": Problem.START,
    "from roughly 10 pm": Problem.START,
    "from 22 00": Problem.START,
    "from 22;00": Problem.START,
    "from 22,00": Problem.START,
    "from 10,30am": Problem.START,
    "from 930pm": Problem.START,
    "from 10p": Problem.START,
    "from T22:00": Problem.START,
    "from +2h": Problem.START,
    "from 2 hours from now": Problem.START,
    "from ten-thirty": Problem.START,
    "from ten thirty": Problem.START,
    "from 10 in the evening": Problem.START,
    "from 8 in the morning": Problem.START,
    "from this evening": Problem.START_DAY,
    "from 1st of December": Problem.START_DAY,
    "@ 22:00": Problem.START_FROM,
    "start=22:00": Problem.START_FROM,
    "at22:00": Problem.START_FROM,
    "ab 22 Uhr": Problem.START_FROM,
    "um 22:00": Problem.START_FROM,
    "from 22:00ish": Problem.START,
    "from 5pm-ish": Problem.START,
    "from 2200Z": Problem.START,
    "from 22:00 UTC": Problem.START_ZONE,
    "from 22:00 CET": Problem.START_ZONE,
    "from 22:00 cet,": Problem.START_ZONE,
    "from 22:00 (UTC)": Problem.START_ZONE,
    "from 22:00 UTC+2": Problem.START_ZONE,
    "from 22:00 +0200": Problem.START_ZONE,
    "from 22:00+02:00": Problem.START_ZONE,
    "from 22:00Z": Problem.START_ZONE,
    "from 10pm PT": Problem.START_ZONE,
    "from 10 pm PST": Problem.START_ZONE,
    "from 22:00 Europe/Berlin": Problem.START_ZONE,
    "from 22:00 Berlin time": Problem.START_ZONE,
    "from 22:00 in UTC": Problem.START_ZONE,
    "from 22:00 CET/CEST": Problem.START_ZONE,
    "from 22 Uhr MEZ": Problem.START_ZONE,
    "from tomorrow 9:00": Problem.START_DAY,
    "from tomorrow": Problem.START_DAY,
    "from Monday,": Problem.START_DAY,
    "from tonight": Problem.START_DAY,
    "from next week": Problem.START_DAY,
    "from 2026-11-27": Problem.START_DAY,
    "from 2026-11-27T22:00": Problem.START_DAY,
    "from 27.11.": Problem.START_DAY,
    "from 27/11": Problem.START_DAY,
    "from Nov 27": Problem.START_DAY,
    "from 27th November": Problem.START_DAY,
    "from 22:00 tomorrow": Problem.START_DAY,
    "from 22:00 the next day": Problem.START_DAY,
    "from 22:00 in 2 days": Problem.START_DAY,
    "from 22:00 on Friday": Problem.START_DAY,
    "from 22:00-23:00": Problem.START_END,
    "from 22:00 to 23:00": Problem.START_END,
    "from 22:00 until midnight": Problem.START_END,
    "from 9am-5pm": Problem.START_END,
    "from 22 to 23": Problem.START_END,
    "from 22.00-23.00": Problem.START_END,
    "from 22h-23h": Problem.START_END,
    "at 22:00": Problem.START_FROM,
    "At 10 pm": Problem.START_FROM,
    "@22:00": Problem.START_FROM,
    "around 22:00": Problem.START_FROM,
    "not before 22:00": Problem.START_FROM,
    "starting at 22:00": Problem.START_FROM,
    "as of 22:00": Problem.START_FROM,
    "after 22:00": Problem.START_FROM,
    "until 22:00": Problem.START_FROM,
    "22:00": Problem.START_FROM,
    "10pm": Problem.START_FROM,
    "tomorrow at 9": Problem.START_FROM,
    "on Friday at 22:00": Problem.START_FROM,
    "in 2 hours": Problem.START_FROM,
    "in half an hour": Problem.START_FROM,
}
REASONS = [
    "from 22 on it is quiet",
    "from the dashboard",
    "from scratch",
    "from-scratch setup",
    "from10.2.3.4 nothing answers",
    "from 3 of 5 pods we hear nothing",
    "from 10 in 20 users we heard of it",
    "from ten hosts",
    "from this release on it fails",
    "ab 3 Kunden",
    "von 3 Kunden",
    "from the old key to the new",
    "from 22 customers we heard of it",
    "from 3 to 5 replicas",
    "from 2-3 customers",
    "from 1.2 of the chart",
    "from 1.20.3 to 1.21.0",
    "from 10.2.3.4 nothing answers",
    "from 3 hours ago on it fails",
    "from 3h of logs",
    "from 1999 invoices",
    "from now on it is quiet",
    "from monday's meeting",
    "from may release",
    "from sun microsystems",
    "from us/eu customers",
    "at the request of bob",
    "at 3 places",
    "about the refund",
    "around 300 requests fail",
    "not before the release",
    "after 2 hours of debugging",
    "starting the server",
    "in 2 regions",
    "until it works",
    "tomorrow's release",
    "since 22:00 payments fail",
    "7.75 EUR refund",
    "from",
]


@pytest.mark.parametrize("typed", UNDERSTOOD)
def test_an_hour_that_is_clear_is_understood(typed: str) -> None:
    found = parse_command(f"STRIPE_KEY 1h {typed} {WHY}")
    assert isinstance(found, Ask), found
    assert (found.start, found.reason) == (UNDERSTOOD[typed], WHY)


@pytest.mark.parametrize("typed", REFUSED)
@pytest.mark.parametrize("why", [f" {WHY}", " because of it"])
def test_an_hour_that_is_not_clear_is_refused(typed: str, why: str) -> None:
    assert isinstance(found := parse_command(f"STRIPE_KEY 1h {typed}{why}"), BadCommand), found
    assert found.problem is REFUSED[typed]


@pytest.mark.parametrize("typed", REASONS)
def test_a_reason_may_begin_with_almost_a_time(typed: str) -> None:
    assert read_start(typed) is None


@pytest.mark.parametrize(
    "typed", ["from 22:00 get the data", "from 22:00 west region fails over", "from 22:00 to fix the queue"]
)
def test_words_after_the_hour_are_no_zones(typed: str) -> None:
    assert read_start(typed) == Start(1320, typed.removeprefix("from 22:00 "))


@pytest.mark.parametrize("typed", [*UNDERSTOOD, *REFUSED])
@pytest.mark.parametrize("verb", ["extend 7k2m9xq4 1h", "emergency STRIPE_KEY"])
def test_what_begins_at_once_takes_no_hour(verb: str, typed: str) -> None:
    found = parse_command(f"{verb} {typed} {WHY}")
    assert found == BadCommand(Problem.START_NOW, verb=verb.split(maxsplit=1)[0])


def test_other_verbs_keep_reasons_that_are_almost_times() -> None:
    assert isinstance(parse_command(f"extend 7k2m9xq4 1h {REASONS[0]}"), Extend)


@pytest.mark.parametrize("typed", ["1h, from 22:00,", "1h; From 22:00", "once, from 22:00"])
def test_a_comma_after_the_duration_hides_no_hour(typed: str) -> None:
    found = parse_command(f"STRIPE_KEY {typed} {WHY}")
    assert isinstance(found, Ask)
    assert (found.start, found.reason) == (1320, WHY)


def test_an_hour_alone_is_no_reason() -> None:
    assert read_opening("from 22:00") == BadCommand(Problem.REASON_MISSING)
    assert read_opening("from 22:00,") == BadCommand(Problem.REASON_MISSING)


@given(st.text(max_size=200))
def test_no_text_breaks_the_reading(text: str) -> None:
    assert isinstance(read_start(" ".join(text.split())), Start | NoStart | None)


@given(
    st.integers(0, 23), st.integers(0, 59), st.sampled_from([":", ".", "h"]), st.sampled_from(["", ",", ";"])
)
def test_every_minute_of_a_day_is_understood(hour: int, minute: int, between: str, after: str) -> None:
    found = read_start(f"from {hour}{between}{minute:02d}{after} {WHY}")
    assert found == Start(hour * 60 + minute, WHY)
