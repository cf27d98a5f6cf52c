"""A value that a terminal was given lies in the command that it was for, and nowhere else."""

import asyncio
import json
import os
import pty
import sys
from base64 import urlsafe_b64encode
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from envaccess.client.session_file import SessionFile
from envaccess.run.forms import forms_of
from tests.scenario import processes
from tests.scenario.command_line import Process, line_with, sign_in, start
from tests.scenario.harness import DB, STRIPE, ScenarioHarness
from tests.scenario.policies import write_policy
from tests.scenario.processes import Bot
from tests.scenario.recording_proxy import RecordingProxy
from tests.scenario.terminal import LOGIN_CODE, approve
from tests.scenario.test_http_mode import free_port
from tests.scenario.watch import everything_stored, server_files
from tests.sentences.leaves import texts_sent

POLICY = """
version: 1
owners: {{'*/*': ['{alice}']}}
rules:
  - {{match: 'staging/*', approvers: ['{bob}', '{carol}'], tap: true}}
  - {{match: '*/*', approvers: ['{bob}', '{carol}']}}
"""
WHY = "debugging a failed refund"
VALUE = 'value for tests "\u00e9"/+?& {} 0123456789'
SHOWS = 'echo "$STRIPE_KEY"; printf %s "$STRIPE_KEY" | base64; echo ready; read line'
FINGERPRINT = 'printf %s "$STRIPE_KEY" | cksum; kill -SEGV $$'


@pytest.fixture
def state(tmp_path: Path) -> Path:
    return tmp_path / "state"


@dataclass
class Evidence:
    """All that somebody could look at, by what it is."""

    values: Sequence[str]
    seen: dict[str, bytes] = field(default_factory=dict)

    def keep(self, **found: bytes) -> None:
        for what, data in found.items():
            self.seen[what] = self.seen.get(what, b"") + data

    def keep_files(self, harness: ScenarioHarness, folder: Path) -> None:
        """What the terminal and the server wrote, and where value files lie."""
        memory = Path("/dev/shm").glob("envaccess*")  # noqa: S108 - only looked at
        paths = [*server_files(harness), *folder.rglob("*"), *memory]
        self.seen |= {str(path): path.read_bytes() for path in paths if path.is_file()}

    def found(self) -> list[str]:
        """Where a value is, in any form that programs write."""
        return self.holds(*forms_of(("V", value) for value in self.values).forms)

    def holds(self, *forms: bytes) -> list[str]:
        """Where any of these is."""
        return [what for what, data in self.seen.items() if any(form in data for form in forms)]


def running() -> Iterator[tuple[int, bytes]]:
    """Each process with its arguments and its environment, as far as this user may read them."""
    for folder in Path("/proc").iterdir():
        if folder.name.isdecimal():
            shown = b""
            for name in ("cmdline", "environ"):
                try:
                    shown += (folder / name).read_bytes()
                except OSError:
                    continue
            yield int(folder.name), shown


def children(pid: int) -> list[int]:
    return [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


async def answered(process: Process, evidence: Evidence) -> tuple[int | None, str]:
    """Its exit code and its stdout, which may be a command's; stderr is our own."""
    out, err = await asyncio.wait_for(process.communicate(b""), 60)
    evidence.keep(stderr=err)
    return process.returncode, out.decode()


async def opened_by(reader: Sequence[str], paths: Sequence[str]) -> set[str]:
    """Which of these files somebody can open."""
    script = 'for f; do (exec 3<"$f") 2>/dev/null && echo "$f"; done; true'
    process = await asyncio.create_subprocess_exec(
        *reader, "sh", "-c", script, "sh", *paths, stdout=asyncio.subprocess.PIPE
    )
    out, _ = await process.communicate()
    assert process.returncode == 0
    return set(out.decode().split())


def readers() -> list[list[str]]:
    """Another process of the same user, and where that can be, one of another user.

    Root's needs no permission of a process, unless it has none of its capabilities (capabilities(7)).
    """
    if os.getuid():
        return [[]]
    return [["setpriv", "--bounding-set", "-all"], ["setpriv", "--reuid", "65534", "--clear-groups"]]


async def piped(harness: ScenarioHarness, state: Path, evidence: Evidence) -> None:
    """A command in a pipe, looked at from outside while it runs."""
    process = await start(state, "run", "STRIPE_KEY", "1h", WHY, "--", "sh", "-c", SHOWS)
    await approve(harness)
    assert process.stdout
    shown = b""
    while not shown.endswith(b"ready\n"):
        shown += await process.stdout.readline()
    evidence.keep(redacted=shown)
    (guard,) = children(process.pid)
    (child,) = children(guard)
    forms = forms_of([("V", evidence.values[0])]).forms
    holders = {pid for pid, told in running() if any(form in told for form in forms)}
    assert holders == {child}
    hidden = [f"/proc/{pid}/{name}" for pid in (process.pid, guard) for name in ("environ", "mem", "maps")]
    same_user, *others = [await opened_by(each, [*hidden, f"/proc/{child}/environ"]) for each in readers()]
    assert same_user == (set() if os.getuid() == 0 else {f"/proc/{child}/environ"}), "docs say what remains"
    assert others in ([], [set()])
    assert (await answered(process, evidence))[0] == 1, "read met the end of its input"


async def on_a_terminal(state: Path, evidence: Evidence) -> None:
    """A command on a terminal, which crashes."""
    screen, theirs = pty.openpty()
    process = await asyncio.create_subprocess_exec(
        *("setsid", "--ctty", "--wait", sys.executable, "-m", "envaccess", "run"),
        *("STRIPE_KEY", "1h", WHY, "--", "sh", "-c", FINGERPRINT),
        env={"PATH": os.defpath, "HOME": str(state), "ENVACCESS_STATE_DIR": str(state)},
        cwd=state,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
    )
    os.close(theirs)
    shown = await asyncio.to_thread(_read_all, screen)
    assert await process.wait() == 139
    assert b"access" not in shown
    evidence.keep(screen=shown)


def _read_all(screen: int) -> bytes:
    shown = b""
    try:
        while data := os.read(screen, 4096):
            shown += data
    except OSError:  # Linux says EIO once nobody has the other side
        pass
    os.close(screen)
    return shown


async def tapped(harness: ScenarioHarness, state: Path, evidence: Evidence) -> None:
    """A value in a file, after a press in Slack, for a script that cannot begin once all is there."""
    script = state.parent / "script"
    script.write_text("#!/nonexistent/interpreter\n")
    script.chmod(0o755)
    process = await start(
        state, "run", "staging/DB_URL", "1h", WHY, "--file", "DB_URL", "--file-on-disk", "--", str(script)
    )
    await approve(harness)
    await line_with(process, "Press Release")
    message = await harness.until(lambda: harness.alice.find("[ Release ]"))
    await harness.heeded(lambda: harness.alice.press(message, "Release"))
    assert (await answered(process, evidence))[0] == 127


async def owned(state: Path, value: str, evidence: Evidence) -> None:
    """An owner stores a value, and reads another of hers as it is."""
    process = await start(state, "secrets", "set", "OWNED")
    assert process.stdin
    process.stdin.write(value.encode())
    process.stdin.write_eof()
    assert (await answered(process, evidence))[0] == 0, evidence.seen
    process = await start(state, "get", "STRIPE_KEY", "--stdout")
    assert await answered(process, evidence) == (0, evidence.values[0])


async def killed(state: Path, proxy: RecordingProxy, bot: Bot, evidence: Evidence) -> Process:
    """The bot is killed with the values under way."""
    proxy.on_values = bot.kill
    process = await start(state, "run", "STRIPE_KEY", "1h", WHY, "--", "true")
    assert process.stderr
    evidence.keep(stderr=await process.stderr.readline())
    evidence.keep(log=log_of(bot))
    return process


async def replayed(proxy: RecordingProxy) -> None:
    """Whoever has all the traffic, the token in it too, gets nothing with it: each proof is for one call."""
    call = bytes(proxy.asked[proxy.asked.rindex(b"GET /v1/") :])
    call = call[: call.index(b"\r\n\r\n") + 4]
    reading, writing = await asyncio.open_connection("127.0.0.1", int(proxy.url.rpartition(":")[2]))
    writing.write(call)
    assert b" 401 " in await reading.readline()
    writing.close()


def log_of(bot: Bot) -> bytes:
    """What it wrote, as it was read and as it was written."""
    return "\n".join(f"{line}\n{json.dumps(line)}" for line in bot.log).encode()


async def test_a_value_and_a_login_are_in_no_log_answer_file_store_or_process_but_the_command_s(
    harness: ScenarioHarness, state: Path, tmp_path: Path
) -> None:
    values = [VALUE.format("one"), VALUE.format("two"), VALUE.format("three")]
    for variable, value in zip((STRIPE, DB), values, strict=False):
        await harness.store(variable, value)
    evidence, port = Evidence(values), free_port()
    proxy = RecordingProxy(port)
    told = {"PORT": str(port), "ENVACCESS_API_URL": proxy.url, "ENVACCESS_LOG_LEVEL": "debug"}
    told["ENVACCESS_POLICY_FILE"] = str(write_policy(harness, POLICY))
    async with proxy.serving():
        async with processes.running(harness, **told) as bot:
            await sign_in(harness, state, proxy.url)
            (session,) = SessionFile(state).load().values()
            assert session.token.encode() not in proxy.answered, "a token comes in a box"
            await piped(harness, state, evidence)
            await on_a_terminal(state, evidence)
            await tapped(harness, state, evidence)
            await owned(state, values[2], evidence)
            process = await killed(state, proxy, bot, evidence)
        async with processes.running(harness, **told) as bot:
            assert (await answered(process, evidence))[0] in {0, 75}
            await replayed(proxy)
    evidence.keep(log=log_of(bot), asked=bytes(proxy.asked), answered=bytes(proxy.answered))
    evidence.keep(store=str(await everything_stored(harness)).encode())
    evidence.keep_files(harness, tmp_path)
    assert evidence.found() == []
    looked_at = {"redacted", "screen", "stderr", "log", "asked", "answered", "store"}
    assert all(evidence.seen.get(what) for what in looked_at), "nothing was seen there"
    assert b"/values" in evidence.seen["asked"]
    file = str(SessionFile(state).path)
    for key in (session.sign_key.to_bytes(), session.seal_key.to_bytes()):
        assert set(evidence.holds(key, key.hex().encode(), urlsafe_b64encode(key).rstrip(b"="))) == {file}
    token = session.token.encode()
    assert set(evidence.holds(token)) == {file, "asked"}
    assert proxy.asked.count(token) == proxy.asked.count(b"Authorization: DPoP " + token)
    (code,) = {found for text in texts_sent(harness.slack) for found in LOGIN_CODE.findall(text)}
    secret = code.partition("-")[2]
    assert evidence.holds(secret.encode(), secret.replace("-", "").encode()) == []
