"""Values in what a command writes: taken out in every usual form, however the stream is cut."""

import base64
import html
import json
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from envaccess.run.forms import forms_of
from envaccess.run.redactor import Redactor

VALUE = 'p%ss/w"ord+&<\\é'
LINES = "first-line-1\r\nsecond-line-2\nthird\n"


def redact(data: bytes, *values: str, cut: int = 0) -> bytes:
    redactor = Redactor(forms_of((f"V{number}", value) for number, value in enumerate(values)))
    parts = [data[:cut], data[cut:]] if cut else [data]
    return b"".join([*map(redactor.feed, parts), redactor.finish()])


FORMS = [
    VALUE.encode(),
    quote(VALUE, safe="").encode(),
    quote(VALUE).lower().encode(),
    json.dumps(VALUE)[1:-1].encode(),
    json.dumps(VALUE, ensure_ascii=False)[1:-1].encode(),
    json.dumps(VALUE)[1:-1].replace("/", "\\/").encode(),
    json.dumps(VALUE)[1:-1].replace("<", "\\u003c").replace("&", "\\u0026").encode(),
    json.dumps(VALUE)[1:-1]
    .replace("+", "\\u002B")
    .replace("<", "\\u003C")
    .replace("&", "\\u0026")
    .replace('\\"', "\\u0022")
    .replace("u00e9", "u00E9")
    .encode(),
    json.dumps(json.dumps(VALUE)[1:-1])[1:-1].encode(),
    quote(quote(VALUE, safe=""), safe="").encode(),
    html.escape(VALUE).encode(),
    html.escape(VALUE, quote=False).encode(),
]


@pytest.mark.parametrize("form", FORMS)
def test_every_form_is_taken_out_at_every_cut(form: bytes) -> None:
    """A value that two reads share is the report goreleaser#6938."""
    data = b"before " + form + b" after"
    assert {redact(data, VALUE, cut=cut) for cut in range(len(data))} == {b"before *** after"}


@pytest.mark.parametrize("before", [b"", b"u", b"us", b"user:"])
@pytest.mark.parametrize("encode", [base64.b64encode, base64.urlsafe_b64encode])
def test_base64_of_a_text_around_the_value_shows_none_of_it(before: bytes, encode: object) -> None:
    assert callable(encode)
    data = encode(before + b"value?>for~tests" + b"@host")
    out = redact(data, "value?>for~tests")
    assert b"***" in out
    assert len(out) < len(data) - 16


def test_base64_as_the_tool_wraps_it_is_taken_out() -> None:
    value = "".join(f"line-{number:02}/" for number in range(20))
    wrapped = base64.encodebytes(value.encode()).rstrip()
    assert not redact(wrapped, value).replace(b"***", b"").strip()


def test_each_line_of_a_value_is_taken_out() -> None:
    assert redact(b"> second-line-2 <", LINES) == b"> *** <"


def test_value_without_the_newline_at_its_end_is_taken_out() -> None:
    assert redact(b"[value-1]", "value-1\n") == b"[***]"


def test_short_values_stay_and_are_named() -> None:
    assert redact(b"a 12345 b", "12345") == b"a 12345 b"
    assert forms_of([("PIN", "12345")]).too_short == ("PIN",)


def test_six_characters_are_enough() -> None:
    assert redact(b"a 123456 b", "123456") == b"a *** b"


def test_what_may_begin_a_value_is_held_back_and_nothing_else() -> None:
    redactor = Redactor(forms_of([("V", "secret-value")]))
    assert redactor.feed(b"Password: ") == b"Password: "
    assert redactor.feed(b"the sec") == b"the "
    assert redactor.feed(b"ond") == b"second"


def test_value_byte_by_byte_with_pauses_shows_none_of_it() -> None:
    redactor = Redactor(forms_of([("V", "secret-value")]))
    out = [redactor.feed(bytes([byte])) for byte in b"<secret-value>"]
    assert b"".join(out) == b"<***>"
    assert set(out[1:-2]) == {b""}


def test_beginning_of_a_value_at_the_end_of_the_stream_is_not_shown() -> None:
    assert redact(b"a secret-valu", "secret-value") == b"a ***"


def test_short_beginning_at_the_end_is_shown() -> None:
    assert redact(b"a sec", "secret-value") == b"a sec"


def test_one_value_within_another_is_taken_out_with_it() -> None:
    assert (
        redact(b"x postgres://u:inner-value@h y", "inner-value", "postgres://u:inner-value@h") == b"x *** y"
    )


def test_values_that_overlap_are_both_taken_out() -> None:
    assert redact(b"_abcdefghij_", "abcdefg", "efghij") == b"_***_"


def test_bytes_that_are_no_text_pass_unchanged() -> None:
    data = bytes(range(256)) * 40
    assert redact(data, VALUE, cut=5000) == data


def test_value_of_a_megabyte_is_taken_out() -> None:
    value = base64.b64encode(bytes(range(256)) * 3000).decode()
    out = redact(b"<" + value.encode() + b">", value, cut=500_001)
    assert not out.replace(b"***", b"").strip(b"<>")


def test_value_of_one_repeated_letter_takes_no_longer_than_another() -> None:
    assert redact(b"a" * 20_000, "a" * 10_000, cut=7_000).replace(b"***", b"") == b""


def test_forms_are_in_no_repr() -> None:
    assert "secret-value" not in repr(forms_of([("V", "secret-value")]))


def masked(data: bytes, forms: frozenset[bytes]) -> bytes:
    """The same by the definition: everything that a form covers is taken out, what overlaps as one."""
    found = sorted(
        (at, at + len(form)) for form in forms for at in range(len(data)) if data.startswith(form, at)
    )
    out, shown, end = b"", 0, 0
    for begins, ends in found:
        if begins >= end:
            out += data[shown:begins] + b"***"
        shown = end = max(end, ends)
    return out + data[shown:]


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.text(alphabet="ab/", min_size=6, max_size=12), min_size=1, max_size=12),
    st.lists(st.binary(max_size=4), max_size=8),
    st.lists(st.integers(1, 9), min_size=1),
)
def test_cuts_change_nothing(values: list[str], between: list[bytes], cuts: list[int]) -> None:
    forms = forms_of((f"V{number}", value) for number, value in enumerate(values))
    pieces = zip(between, [*values, *values] * 8, strict=False)
    data = b"".join(noise + value.encode()[: len(value) - len(noise) % 2] for noise, value in pieces) + b"!"
    redactor, out, place = Redactor(forms), b"", 0
    while place < len(data):
        cut = cuts[place % len(cuts)]
        out += redactor.feed(data[place : place + cut])
        place += cut
    assert out + redactor.finish() == masked(data, forms.forms)
