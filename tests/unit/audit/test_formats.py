"""Every tag has a line in every format, no text of somebody's breaks one, and an unknown event is a line."""

import csv
import io
import json
import re
from functools import cache

import pytest
from jsonschema import Draft202012Validator
from ocsf_json_schema import OcsfJsonSchemaEmbedded, get_ocsf_schema

from envaccess.audit.formats import HEADERS, Format, encode, truncated
from envaccess.audit.formats.classes import CLASSES, class_of
from envaccess.audit.formats.ocsf import ocsf_event
from envaccess.audit.formats.table import COLUMNS
from envaccess.domain.audit import Actor, ActorKind, Event, Tag, person
from envaccess.domain.cells import inert

NOON = 1_760_011_200_123
HOSTILE = '=HYPERLINK("http://x.test","a|b=c")\\\r\nnext "line"\u2028\ud83dend\x00'
ACTORS = (person("U1"), Actor(ActorKind.MACHINE, "deploy"), Actor(ActorKind.TIME), Actor("robot", "r2"))


def event(tag: str, *, actor: Actor = ACTORS[0], bare: bool = False, text: str = "a failed refund") -> Event:
    if bare:
        return Event(f"{NOON}-0", tag, NOON, actor)
    return Event(
        id=f"{NOON}-0",
        event=tag,
        at=NOON,
        actor=actor,
        request="k3x9m2aq",
        grant="k3x9m2aq",
        variables=("default/STRIPE_KEY", "staging/DB_URL"),
        requester="U1",
        detail={"reason": text, "why": text, "name": text, "count": "7", "session": text, "to": text},
        other={"n": "12", "s": text},
        number=41,
    )


@cache
def schema_of(uid: int, *profiles: str) -> Draft202012Validator:
    schema = OcsfJsonSchemaEmbedded(get_ocsf_schema(version="1.8.0"))
    return Draft202012Validator(
        schema.get_class_schema(class_name=schema.lookup_class_name_from_uid(uid), profiles=[*profiles])
    )


def faults(found: dict[str, object]) -> list[str]:
    uid = found["class_uid"]
    assert isinstance(uid, int)
    assert isinstance(found["metadata"], dict)
    schema = schema_of(uid, *found["metadata"].get("profiles", ()))
    return [f"{list(error.path)}: {error.message[:120]}" for error in schema.iter_errors(found)]


def extension(line: str) -> dict[str, str]:
    """What a receiver reads of the extension, by the rules of the standard."""
    told = re.split(r"(?<!\\)(?:\\\\)*\|", line, maxsplit=7)[-1]
    pairs = re.findall(r"(\w+)=((?:[^=\\]|\\.)*?)(?= \w+=|$)", told)
    undo = {"\\n": "\n", "\\r": "\r"}
    return {name: re.sub(r"\\(.)", lambda found: undo.get(found[0], found[1]), text) for name, text in pairs}


def test_every_tag_has_its_class_written_down() -> None:
    """A tag that goes to somebody's alarms as an unknown event is one that nobody is woken by."""
    assert set(CLASSES) == set(Tag)


@pytest.mark.parametrize("tag", [*Tag, "another.version"])
def test_every_tag_is_valid_ocsf_with_everything_and_with_nothing(tag: str) -> None:
    for bare in (False, True):
        for actor in ACTORS:
            assert faults(ocsf_event(event(tag, actor=actor, bare=bare, text=HOSTILE))) == []
    assert faults(ocsf_event(truncated(event(tag), 99_999))) == []


def test_ocsf_is_checked_by_a_schema_that_finds_what_is_wrong() -> None:
    wrong = ocsf_event(event(Tag.GRANT_ACTIVATED))
    del wrong["privileges"]
    assert faults(wrong)


def test_the_classes_are_those_that_were_agreed() -> None:
    agreed = {
        Tag.REQUEST_CREATED: (3004, 1, 1),
        Tag.REQUEST_APPROVED: (3004, 3, 1),
        Tag.REQUEST_DENIED: (3004, 3, 1),
        Tag.GRANT_ACTIVATED: (3005, 1, 1),
        Tag.GRANT_EXPIRED: (3005, 2, 1),
        Tag.GRANT_REVEALED: (3004, 2, 1),
        Tag.ACCESS_REFUSED: (3005, 1, 2),
        Tag.GRANT_NEW_HOST: (2004, 1, 1),
        Tag.GRANT_LAPSED: (2008, 1, 1),
        Tag.BOT_STARTED: (6002, 3, 1),
    }
    found = {tag: ocsf_event(event(tag)) for tag in agreed}
    assert {
        tag: (one["class_uid"], one["activity_id"], one["status_id"]) for tag, one in found.items()
    } == agreed


def test_another_version_s_event_is_the_base_event_with_all_that_it_says() -> None:
    found = ocsf_event(event("signal.foreseen"))
    assert (found["class_uid"], found["type_uid"], found["activity_name"]) == (0, 99, "signal.foreseen")
    unmapped = found["unmapped"]
    assert isinstance(unmapped, dict)
    assert unmapped["detail"]["reason"] == "a failed refund"
    assert unmapped["other"] == {"n": "12", "s": "a failed refund"}


@pytest.mark.parametrize("form", list(Format))
@pytest.mark.parametrize("tag", [*Tag, "another.version", HOSTILE])
def test_each_event_is_one_line_of_text_that_names_its_id(form: Format, tag: str) -> None:
    line = encode(form, event(tag, text=HOSTILE))
    assert f"{NOON}-0" in line
    line.encode()
    assert not {"\n", "\r", "\x00"} & set(line)
    assert not {"\x85", "\u2028"} & set(line) or form in {Format.JSONL, Format.OCSF}


@pytest.mark.parametrize("form", [Format.JSONL, Format.OCSF])
def test_whatever_was_typed_is_read_back_from_json(form: Format) -> None:
    found = json.loads(encode(form, event(Tag.REQUEST_DENIED, text=HOSTILE)))
    detail = json.loads(found["detail"]) if form is Format.JSONL else found["unmapped"]["detail"]
    assert detail["reason"] == HOSTILE


def test_cef_escapes_its_header_and_its_extension_each_by_its_own_rules() -> None:
    line = encode(Format.CEF, event("a|b=c\\d", text="a|b=c\\d\nnext"))
    assert line.startswith("CEF:0|envaccess|envaccess|")
    assert r"|a\|b=c\\d|An event of another version|1|" in line
    assert r"reason=a|b\=c\\d\nnext" in line


def test_nothing_that_was_typed_is_a_field_of_cef() -> None:
    forged = r"x suid=person:U9 act=grant.revealed\ msg=\= cs1=none"
    found = extension(encode(Format.CEF, event(Tag.REQUEST_CREATED, text=forged)))
    assert (found["suid"], found["act"], found["reason"]) == ("person:U1", "request.created", forged)
    assert "msg" not in found
    assert json.loads(found["cs4"])["reason"] == forged


@pytest.mark.parametrize("begin", ["=", "+", "-", "@", "\t=", "\r=", "\n=", " =", "\uff1d", "\u00a0="])
def test_no_cell_is_computed(begin: str) -> None:
    text = f'{begin}HYPERLINK("http://x.test";"a")'
    assert inert(text).startswith("'")
    (row,) = csv.reader(io.StringIO(encode(Format.CSV, event(Tag.REQUEST_CREATED, text=text))))
    assert not [cell for cell in row if cell.lstrip().startswith(("=", "+", "-", "@", "\uff1d"))]


def test_a_row_has_a_cell_for_each_column_whatever_was_typed() -> None:
    text = f"{HEADERS[Format.CSV]}\r\n{encode(Format.CSV, event(Tag.REQUEST_CREATED, text=HOSTILE))}\r\n"
    names, cells = csv.reader(io.StringIO(text))
    assert tuple(names) == COLUMNS
    found = dict(zip(names, cells, strict=True))
    assert found["reason"].startswith("'=HYPERLINK")
    assert (found["class"], found["actor"], found["at"]) == ("3004", "U1", "2025-10-09T12:00:00.123Z")


def test_what_is_left_of_a_refused_event_is_small_and_says_who_what_and_when() -> None:
    grave = Event(
        f"{NOON}-0", HOSTILE * 99, NOON, Actor("person", "U1" + HOSTILE * 99), detail={"x": "y" * 9_999}
    )
    for form in Format:
        line = encode(form, truncated(grave, 123_456))
        assert len(line) < 2_000
        assert "U1" in line
        assert f"{NOON}-0" in line
        assert "123456" in line
    assert ocsf_event(truncated(grave, 123_456))["metadata"]["is_truncated"] is True  # type: ignore[index]


@pytest.mark.parametrize(
    ("form", "said"),
    [(Format.OCSF, '"sequence":41,'), (Format.CEF, "cn2Label=number cn2=41 "), (Format.CSV, f"{NOON}-0,41,")],
)
def test_a_receiver_sees_that_an_event_is_missing(form: Format, said: str) -> None:
    """Numbers have no gaps: whoever drops an event on its way, in Redis or in between, leaves one."""
    assert said in encode(form, event(Tag.GRANT_REVEALED))
    assert said in encode(form, truncated(event(Tag.GRANT_REVEALED), 99))
    assert said not in encode(form, event(Tag.GRANT_REVEALED, bare=True))


def test_an_unknown_tag_has_the_class_of_the_base_event() -> None:
    assert class_of("another.version").ocsf == 0
