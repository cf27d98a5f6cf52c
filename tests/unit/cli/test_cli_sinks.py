"""`sinks`: whether each takes events, how far behind it is, and how to give one up."""

from envaccess.domain.errors import SettingsError
from envaccess.domain.sinks import SinkKind, SinkLag, SinkSpec
from tests.unit.cli.cli_front import FakeFront, run
from tests.unit.cli.sink_tools import FakeSinks

FILES = SinkSpec("files", SinkKind.FOLDER, "/var/log/envaccess", "jsonl")


def test_check_says_of_each_sink_whether_it_took_a_test_event_and_why_not() -> None:
    ended = run(FakeFront(tried={"files": "", "splunk": "it answered 403"}), "sinks", "check")
    assert (ended.code, ended.err) == (1, "")
    assert ended.out == "ok files: it took a test event\nFAULT splunk: it answered 403\n"
    assert run(FakeFront(tried={"files": ""}), "sinks", "check").code == 0


def test_without_sinks_there_is_nothing_to_check() -> None:
    ended = run(FakeFront(), "sinks", "check")
    assert (ended.code, ended.out, ended.err) == (0, "", "ENVACCESS_SINKS_FILE declares no sinks.\n")


def test_a_file_that_is_wrong_is_told_as_wherever_it_is_read() -> None:
    wrong = SettingsError("ENVACCESS_SINKS_FILE names a file that is wrong in line 3: `sinks` must be a list")
    ended = run(FakeFront(fault=wrong), "sinks", "check")
    assert (ended.code, ended.out) == (2, "")
    assert "line 3" in ended.err


def test_status_says_how_far_behind_each_sink_is_and_what_is_kept_for_nobody() -> None:
    lags = [
        SinkLag("files", True, "1760000000123-0", 0, archived="1750000000123-4"),
        SinkLag("new", False, "", 0),
        SinkLag("old", True, "1760000000123-0", 86_400),
        SinkLag("odd", True, "", 5),
    ]
    front = FakeFront(fed=FakeSinks([FILES, SinkSpec("new", SinkKind.FOLDER, "/x", "csv")], lags))
    ended = run(front, "sinks", "status", "--workspace", "T0ACME")
    assert (ended.code, ended.err, front.named) == (0, "", "T0ACME")
    files, new, old, odd = ended.out.splitlines()
    older = "it still gets what is older from the archive, after event 1750000000123-4"
    assert files == f"files: it has every event, up to 1760000000123-0; {older}"
    assert new.startswith("new: it has not begun")
    assert old.startswith("old: 86400 s behind, after event 1760000000123-0; it is in no file")
    assert old.endswith("`envaccess sinks drop old`")
    assert "not to be believed" in odd


def test_without_sinks_there_is_no_status() -> None:
    assert "There are no sinks." in run(FakeFront(), "sinks", "status").err


def test_a_sink_is_dropped_by_its_name_and_no_other() -> None:
    front = FakeFront(fed=FakeSinks([], [SinkLag("old", True, "1-0", 9)]))
    ended = run(front, "sinks", "drop", "old")
    assert (ended.code, ended.out, front.fed.dropped) == (0, "", ["old"])
    assert "sink.lost" in ended.err
    ended = run(front, "sinks", "drop", "none")
    assert ended.code == 1
    assert "There is no such sink" in ended.err
