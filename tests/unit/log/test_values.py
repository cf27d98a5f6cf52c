"""The fields of a line: plain ones pass; private ones, secrets and whatever may hold one do not."""

import io
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING
from uuid import UUID

import pydantic
import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from envaccess.log import configure
from envaccess.log.clean import Cleaner
from tests.unit.log.failures import KEY, TYPED, slack_error
from tests.unit.log.output import Log, assert_clean

if TYPE_CHECKING:
    from collections.abc import Mapping

log = structlog.get_logger()


class Tag(StrEnum):
    DENIED = "request.denied"


@dataclass
class Holder:
    value: str


def test_plain_values_pass_and_anything_else_is_only_its_type(written: Log) -> None:
    log.info(
        "fields",
        request="r1",
        tag=Tag.DENIED,
        count=3,
        ratio=0.5,
        yes=True,
        nothing=None,
        id=UUID(int=1),
        at_time=datetime(2026, 1, 2, tzinfo=UTC),
        path=Path("/run/socket"),
        variables=("production/STRIPE_KEY", "DB_URL"),
        raw=TYPED.encode(),
        holder=Holder(TYPED),
        secret_text=pydantic.SecretStr(TYPED),
        response=slack_error().response,
        stream=io.StringIO(TYPED),
        members={TYPED: 1}.values(),
    )
    line = written.line()
    assert_clean(json.dumps(line))
    assert line["tag"] == "request.denied"
    assert (line["count"], line["ratio"], line["yes"], line["nothing"]) == (3, 0.5, True, None)
    assert line["id"] == "00000000-0000-0000-0000-000000000001"
    assert line["at_time"].startswith("2026-01-02")
    assert line["variables"] == ["production/STRIPE_KEY", "DB_URL"]
    assert line["raw"] == "[bytes]"
    assert line["holder"] == "[Holder]"
    assert line["response"] == "[AsyncSlackResponse]"


@pytest.mark.parametrize(
    "key",
    [
        *("value", "values", "secret", "token", "text", "reason", "body", "blocks", "req_args", "password"),
        *(
            "botToken",
            "deny_reason",
            "new-value",
            "raw_body",
            "VALUE",
            "Authorization",
            "headers",
            "plaintext",
        ),
    ],
)
def test_nothing_passes_under_a_private_word_at_any_depth(written: Log, key: str) -> None:
    nested: Mapping[str, object] = MappingProxyType({"list": [{"deep": ({key: [TYPED]},)}]})
    log.info("nested", nested=nested, **{key: {"inner": TYPED}})
    line = written.line()
    assert_clean(json.dumps(line))
    assert line[key] == "[withheld]"
    assert line["nested"]["list"][0]["deep"][0][key] == "[withheld]"


def test_words_that_only_contain_a_private_word_pass(written: Log) -> None:
    log.info(
        "fields",
        context="relay",
        reasonable="yes",
        variable="STRIPE_KEY",
        key="envaccess:{T0ACME}:request:r1",
    )
    line = written.line()
    assert (line["context"], line["reasonable"], line["variable"]) == ("relay", "yes", "STRIPE_KEY")
    assert line["key"] == "envaccess:{T0ACME}:request:r1"


def test_bottomless_data_ends(written: Log) -> None:
    loop: dict[str, object] = {"typed": 1}
    loop["again"] = loop
    log.info("a loop", loop=loop)
    assert "[dict]" in written.text()


@pytest.mark.parametrize(
    "secret",
    [
        *(
            "xoxb-123-456-abc",
            "xoxp-1-2-3",
            "xapp-1-A0-9-abc",
            "xoxe.xoxp-1-abc",
            "xoxe-1-abc",
            "XOXB-123-ABC",
        ),
        *("xoxa-2-abc", "xoxs-abc", "xwfp-abc", KEY, KEY.rstrip("=")),
        *("user:password-for-tests", ":password-for-tests"),
        "commands/T0ACME/1/abcdef",
    ],
)
def test_what_looks_like_a_secret_is_cut_out_of_any_text(written: Log, secret: str) -> None:
    prefix, suffix = (
        ("redis://", "@redis.example/0") if "password" in secret else ("https://hooks.slack.com/", " ")
    )
    hidden = f"{prefix}{secret}{suffix}" if ":" in secret or "/" in secret else f"({secret}),"
    log.info(f"said {hidden}", note=hidden, **{hidden: [hidden]})  # noqa: G004
    text = written.text()
    assert secret not in text
    assert "[withheld]" in text


def test_ids_and_digests_are_not_taken_for_secrets(written: Log) -> None:
    ids = {
        "request": "0123456789abcdef",
        "channel": "C0123ABCD",
        "ts": "1700000000.000100",
        "sha1": "da39a3ee5e6b4b0d3255bfef95601890afd80709",
        "sha256": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "address": "redis://localhost:6379/0",
        "stream_id": "1700000000000-0",
    }
    log.info("ids", **ids)
    assert ids.items() <= written.line().items()


def test_known_secrets_are_removed_wherever_they_turn_up(capsys: pytest.CaptureFixture[str]) -> None:
    configure("json", secrets=("signing-for-tests", "signing-for-tests-longer", "abc", ""))
    log.info("abc got signing-for-tests-longer", path=Path("/x/signing-for-tests/y"))
    line = Log(capsys).line()
    assert line["event"] == "abc got [withheld]"
    assert line["path"] == "/x/[withheld]/y"


@given(
    st.recursive(
        st.none() | st.text() | st.binary() | st.floats(), lambda inner: st.dictionaries(st.text(), inner)
    )
)
def test_nothing_breaks_the_cleaner_and_all_that_it_gives_is_plain(data: object) -> None:
    json.dumps(Cleaner(())(None, "info", {"event": "e", "data": data}))
