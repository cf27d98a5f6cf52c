"""The file of sinks: whatever is wrong with it stops the start with one sentence, its line and no secret."""

from pathlib import Path

import pytest

from envaccess.domain.errors import SettingsError
from envaccess.domain.sinks import SinkKind, SinkSpec
from envaccess.settings import Settings
from envaccess.settings.sinks_file import SinksFileError, read_sinks
from tests.fakes.tls import local_certificate

SECRET = "whsec_dmFsdWUtZm9yLXRlc3Rz"
ENVIRONMENT = {"HOOK": SECRET, "EMPTY": "", "ODD": "no webhook's secret"}
HOOK = "sinks:\n  - name: hook\n    type: webhook\n    url: https://siem.example.com/x\n"
DATADOG = "sinks:\n  - name: a\n    type: datadog\n    api_key_env: ODD\n"
SPLUNK = "sinks:\n  - name: a\n    type: splunk\n    url: https://x.test\n    token_env: ODD\n"


def read(tmp_path: Path, text: str) -> tuple[SinkSpec, ...]:
    file = tmp_path / "sinks.yml"
    file.write_text(text.replace("FOLDER", str(tmp_path)))
    return read_sinks(file, ENVIRONMENT)


def test_sinks_are_read_with_their_secrets_from_elsewhere(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text(f"{SECRET}\n")
    found = read(
        tmp_path,
        f"""
sinks:
  - {{name: files, type: folder, path: FOLDER, format: csv}}
  - name: hook
    type: webhook
    url: http://127.0.0.1:9/hook
    private: true
    secret_file: {tmp_path}/secret
  - {{name: other, type: webhook, url: https://siem.example.com/, secret_env: HOOK, format: ocsf}}
""",
    )
    assert [(one.name, one.kind, one.form, one.private) for one in found] == [
        ("files", SinkKind.FOLDER, "csv", False),
        ("hook", SinkKind.WEBHOOK, "jsonl", True),
        ("other", SinkKind.WEBHOOK, "ocsf", False),
    ]
    assert [one.secret for one in found] == ["", SECRET, SECRET]


def test_vendors_sinks_are_read_with_their_own_fields(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text(local_certificate("localhost")[1])
    found = read(
        tmp_path,
        """
sinks:
  - name: splunk
    type: splunk
    url: https://splunk.example.com:8088
    token_env: ODD
    index: security
    ca_file: FOLDER/ca.pem
  - {name: dd, type: datadog, site: datadoghq.eu, api_key_env: ODD, tags: "env:prod,team:sec"}
  - {name: sys, type: syslog, host: logs.example.com, format: cef, ca_file: FOLDER/ca.pem, hostname: bot-1}
""",
    )
    assert [(one.place, dict(one.further), bool(one.authority)) for one in found] == [
        ("https://splunk.example.com:8088", {"index": "security"}, True),
        ("https://http-intake.logs.datadoghq.eu/api/v2/logs", {"tags": "env:prod,team:sec"}, False),
        ("logs.example.com:6514", {"hostname": "bot-1"}, True),
    ]


@pytest.mark.parametrize("text", ["", "sinks: []", "# none\n"])
def test_no_sinks_are_no_fault(tmp_path: Path, text: str) -> None:
    assert read(tmp_path, text) == ()


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("sinks: [", 1, "no YAML"),
        ("sinks:\n  x: 1", 2, "a list"),
        ("other: 1", 1, "only `sinks`"),
        ("- 1", 1, "fields"),
        ("sinks:\n  - 1", 2, "fields"),
        ("sinks:\n  - name: [a]", 2, "one text"),
        ("sinks:\n  - name: a\n    name: b", 3, "given twice"),
        ("sinks:\n  - type: folder", 2, "no name"),
        ("sinks:\n  - name: a", 2, "no type"),
        ("sinks:\n  - name: A b\n    type: folder", 2, "small letters"),
        ("sinks:\n  - name: a\n    type: kafka", 3, "datadog, folder"),
        ("sinks:\n  - name: a\n    type: folder\n    path: relative", 4, "a folder that exists"),
        ("sinks:\n  - name: a\n    type: folder\n    path: /nowhere/at/all", 4, "a folder that exists"),
        ("sinks:\n  - name: a\n    type: folder\n    path: FOLDER\n    format: xml", 5, "format must be"),
        ("sinks:\n  - name: a\n    type: folder\n    path: FOLDER\n    url: x", 5, "no field url"),
        ("sinks:\n" + "  - {name: a, type: folder, path: FOLDER}\n" * 2, 3, "another sink"),
        (HOOK, 2, "secret_file or secret_env"),
        (HOOK + "    secret_env: HOOK\n    secret_file: /x", 2, "one of them"),
        (HOOK + "    secret_env: EMPTY", 5, "empty"),
        (HOOK + "    secret_env: UNSET", 5, "empty"),
        (HOOK + "    secret_env: ODD", 5, "`whsec_` and base64"),
        (HOOK + f"    secret_env: {SECRET}-", 5, "not the secret itself"),
        (HOOK + "    secret_file: /nowhere", 5, "is not there"),
        (HOOK + "    secret: x", 5, "no field secret"),
        (HOOK + "    format: cef", 5, "jsonl, ocsf"),
        (HOOK + "    secret_env: HOOK\n    archive: /nowhere", 6, "archive must be a folder that exists"),
        (HOOK + "    secret_env: HOOK\n    private: yes", 6, "true or false"),
        (HOOK.replace("https:", "http:") + "    secret_env: HOOK", 4, "https://"),
        (HOOK.replace("https:", "http:") + "    secret_env: HOOK\n    private: true", 4, "https://"),
        (HOOK + "    secret_env: HOOK\n    ca_file: FOLDER/sinks.yml", 6, "no certificates"),
        (SPLUNK + "    index: a b", 6, "index may have"),
        (DATADOG + "    site: x/y", 5, "datadoghq.eu"),
        ("sinks:\n  - name: a\n    type: syslog\n    host: a b", 4, "host must be"),
        ("sinks:\n  - name: a\n    type: syslog\n    host: a\n    port: 0", 5, "port must be"),
        ("sinks:\n  - name: a\n    type: syslog", 2, "no host"),
        (HOOK.replace("siem.", "user:pass@siem.") + "    secret_env: HOOK", 4, "no password"),
    ],
)  # fmt: skip
def test_whatever_is_wrong_is_told_with_its_line(tmp_path: Path, text: str, line: int, said: str) -> None:
    with pytest.raises(SinksFileError) as raised:
        read(tmp_path, text)
    assert str(raised.value).startswith(f"ENVACCESS_SINKS_FILE names a file that is wrong in line {line}: ")
    assert said in str(raised.value)
    assert "\n" not in str(raised.value)
    assert SECRET[6:] not in str(raised.value)


def test_a_wrong_file_stops_whatever_would_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "sinks.yml"
    file.write_text("sinks:\n  - name: a\n    type: kafka")
    monkeypatch.setenv("ENVACCESS_SINKS_FILE", str(file))
    with pytest.raises(SettingsError) as raised:
        Settings.load()
    (sentence,) = raised.value.sentences
    assert sentence.startswith("ENVACCESS_SINKS_FILE names a file that is wrong in line 3: type must be")
    with pytest.raises(SettingsError, match="line 3"):
        Settings.explicit(home=tmp_path, sinks_file=file)


def test_a_file_that_is_not_there_stops_it_too(tmp_path: Path) -> None:
    with pytest.raises(
        SettingsError, match="ENVACCESS_SINKS_FILE names a file that cannot be used: the file is not"
    ):
        Settings.explicit(home=tmp_path, sinks_file=tmp_path / "none.yml")


def test_the_log_removes_the_secrets_of_sinks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "sinks.yml"
    file.write_text(HOOK + "    secret_env: HOOK")
    monkeypatch.setenv("HOOK", SECRET)
    monkeypatch.setenv("ENVACCESS_SINKS_FILE", str(file))
    settings = Settings.load()
    assert SECRET in settings.secret_texts()
    assert SECRET[6:] not in repr(settings)
