"""A program in a pseudo-terminal, used from the page: keys, sizes, floods, several browsers, its end."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
import os
import sys
from typing import TYPE_CHECKING

import aiohttp
import pytest

from slack_emulator import SlackEmulator
from slack_emulator.page import Page, PageExtension, TerminalProgram
from slack_emulator.terminal.pty_process import PtyProcess
from tests.slack_emulator.page_browser import Browser, browser, origin_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence
    from pathlib import Path

_SHELL = ("/bin/sh", "-c")


class Programs(PageExtension):
    def __init__(self, programs: Sequence[TerminalProgram]) -> None:
        self._programs = programs

    @property
    def programs(self) -> Sequence[TerminalProgram]:
        return self._programs


@contextlib.asynccontextmanager
async def page_with(folder: Path, *argv: str) -> AsyncIterator[str]:
    """A page with one program, called box."""
    async with SlackEmulator() as slack:
        slack.add_person("alice", "Alice Engineer")
        environment = {"PATH": os.defpath, "TERM": "xterm", "LANG": "C.UTF-8"}
        box = TerminalProgram("box", "alice", argv, environment, folder)
        async with Page(slack, extension=Programs([box])).served() as address:
            yield address


class Screen:
    """What one browser was given of the box."""

    def __init__(self, page: Browser) -> None:
        self._page = page
        self._read = 0
        self.shown = b""
        self.running = True

    async def do(self, what: str, **more: object) -> None:
        await self._page.do("terminal", name="box", what=what, **more)

    async def open(self, columns: int = 80, rows: int = 24) -> Screen:
        await self.do("open", columns=columns, rows=rows)
        return self

    async def look(self) -> None:
        """Take the frames that came, and say that they are drawn."""
        new = [frame for frame in self._page.frames[self._read :] if frame["type"] == "terminal"]
        self._read = len(self._page.frames)
        for frame in new:
            data = base64.b64decode(frame["data"])
            self.shown = data if frame["fresh"] else self.shown + data
            self.running = frame["running"]
            await self.do("drawn", at=frame["at"])

    async def until(self, words: str) -> None:
        """Wait until this is on the screen."""
        async with asyncio.timeout(60):
            while words.encode() not in self.shown:
                await self._page.until(self._more)
                await self.look()

    async def ended(self) -> int:
        """Wait until the program has ended; its code."""
        async with asyncio.timeout(10):
            while self.running:
                await self._page.until(self._more)
                await self.look()
        return int(self._page.last["terminal"]["code"])

    def _more(self) -> bool:
        return any(frame["type"] == "terminal" for frame in self._page.frames[self._read :])


async def test_a_program_runs_in_a_terminal_of_its_own_and_reads_what_is_typed(tmp_path: Path) -> None:
    script = 'test -t 0 && test -t 1 && pwd && read line && echo "heard $line" && exit 7'
    async with page_with(tmp_path, *_SHELL, script) as address, browser(address) as page:
        screen = await Screen(page).open()
        await screen.until(str(tmp_path))
        await screen.do("type", text="grüße\r")
        await screen.until("heard grüße")
        assert await screen.ended() == 7


async def test_it_sees_nothing_of_our_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ONLY_OURS", "1")
    async with page_with(tmp_path, "/usr/bin/env") as address, browser(address) as page:
        screen = await Screen(page).open()
        await screen.ended()
        assert b"TERM=xterm" in screen.shown
        assert b"ONLY_OURS" not in screen.shown


async def test_ctrl_c_reaches_what_runs_in_the_foreground_and_nothing_else(tmp_path: Path) -> None:
    script = "trap 'echo kept; exit 3' INT; echo up; while :; do sleep 60; done"
    async with page_with(tmp_path, *_SHELL, script) as address, browser(address) as page:
        screen = await Screen(page).open()
        await screen.until("up")
        await screen.do("type", text="\x03")
        await screen.until("kept")
        assert await screen.ended() == 3


async def test_it_is_told_of_another_size(tmp_path: Path) -> None:
    script = "trap 'stty size; exit' WINCH; stty size; while :; do sleep 0.02; done"
    async with page_with(tmp_path, *_SHELL, script) as address, browser(address) as page:
        screen = await Screen(page).open(columns=91, rows=17)
        await screen.until("17 91")
        await screen.do("size", columns=50, rows=11)
        await screen.until("11 50")


async def test_characters_that_are_cut_in_two_by_a_read_arrive_whole(tmp_path: Path) -> None:
    script = r"printf '\303'; sleep 0.1; printf '\274 \360\237'; sleep 0.1; printf '\220\263 end'"
    async with page_with(tmp_path, *_SHELL, script) as address, browser(address) as page:
        screen = await Screen(page).open()
        await screen.until("end")
        assert "ü 🐳 end" in screen.shown.decode()


async def test_who_comes_later_sees_what_was_written_and_types_into_the_same(tmp_path: Path) -> None:
    script = 'echo before; while read line; do echo "heard $line"; done'
    async with page_with(tmp_path, *_SHELL, script) as address:
        async with browser(address) as first:
            await (await Screen(first).open()).until("before")
            async with browser(address) as second:
                other = await Screen(second).open(columns=60)
                await other.until("before")
                assert second.last["terminal"]["columns"] == 60
                await other.do("type", text="me\r")
                await Screen(first).until("heard me")
        async with browser(address) as again:
            screen = await Screen(again).open()
            await screen.until("heard me")
            assert [frame["fresh"] for frame in again.frames if frame["type"] == "terminal"] == [True]


async def test_a_program_that_floods_waits_for_who_reads_it(tmp_path: Path) -> None:
    script = 'i=0; while [ $i -lt 200000 ]; do i=$((i + 1)); echo "$i"; done; touch done'
    async with page_with(tmp_path, *_SHELL, script) as address, browser(address) as page:
        screen = await Screen(page).open()
        await page.until(lambda: page.last.get("terminal"))
        for _ in range(100):
            await page.do("terminal", name="box", what="size", columns=80, rows=24)
        frames = [frame for frame in page.frames if frame["type"] == "terminal"]
        assert len(frames) == 1, "nothing more is sent before the first is drawn"
        assert not (tmp_path / "done").exists()
        await screen.until("200000")
        assert await screen.ended() == 0


async def test_a_browser_that_never_draws_is_not_waited_for_where_another_does(tmp_path: Path) -> None:
    script = 'i=0; while [ $i -lt 100000 ]; do i=$((i + 1)); echo "$i"; done; echo last'
    async with (
        page_with(tmp_path, *_SHELL, script) as address,
        browser(address) as deaf,
        browser(address) as page,
    ):
        await Screen(deaf).open()
        await (await Screen(page).open()).until("last")
        late = Screen(deaf)
        await late.until("last")
        assert len(late.shown) < 300_000, "what it missed is not kept for it"


async def test_nobody_needs_to_look_for_it_to_go_on(tmp_path: Path) -> None:
    script = "yes 'many words in one line' | head -n 30000; echo over; read line"
    async with page_with(tmp_path, *_SHELL, script) as address:
        async with browser(address) as page:
            await Screen(page).open()
        async with browser(address) as page:
            await (await Screen(page).open()).until("over")


async def test_an_ended_program_stays_ended_until_it_is_started_again(tmp_path: Path) -> None:
    script = "echo x >> runs; wc -l < runs"
    async with page_with(tmp_path, *_SHELL, script) as address, browser(address) as page:
        screen = await Screen(page).open()
        assert await screen.ended() == 0
        await screen.open()
        assert "box does not run." in await page.refused("terminal", name="box", what="type", text="a")
        assert (tmp_path / "runs").read_text() == "x\n"
        await screen.do("start")
        await screen.until("2\r\n")


async def test_a_program_that_is_not_there_says_so(tmp_path: Path) -> None:
    async with page_with(tmp_path, "/nowhere/program") as address, browser(address) as page:
        screen = await Screen(page).open()
        await screen.until("box cannot be started: not found")
        assert await screen.ended() == 127


async def test_typing_at_a_program_that_does_not_read_is_refused_in_the_end(tmp_path: Path) -> None:
    script = "stty raw -echo; echo up; exec sleep 60"
    async with page_with(tmp_path, *_SHELL, script) as address, browser(address) as page:
        await (await Screen(page).open()).until("up")
        answers = [
            await page.ask(do="terminal", name="box", what="type", text="a" * 20_000) for _ in range(12)
        ]
        assert answers[0]["ok"]
        assert answers[-1]["error"] == "box does not read what is typed."


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"name": "nothing", "what": "open", "columns": 80, "rows": 24},
        {"name": "box", "what": "run"},
        {"name": "box", "what": "open"},
        {"name": "box", "what": "open", "columns": 10_000, "rows": 24},
        {"name": "box", "what": "open", "columns": 80, "rows": 0},
        {"name": "box", "what": "type", "text": 5},
        {"name": "box", "what": "type", "text": "a"},
        {"name": "box", "what": "drawn", "at": 1},
        {"name": ["box"], "what": {}},
    ],
)
async def test_a_malformed_frame_is_refused_and_starts_nothing(
    tmp_path: Path, wrong: dict[str, object]
) -> None:
    async with page_with(tmp_path, *_SHELL, "touch started") as address, browser(address) as page:
        await page.refused("terminal", **wrong)
        assert not page.last.get("terminal")
        assert not (tmp_path / "started").exists()


async def test_who_is_not_at_the_page_cannot_type(tmp_path: Path) -> None:
    """The terminal has no door of its own: the token, the Host and the Origin stand before it."""
    async with page_with(tmp_path, *_SHELL, "touch started") as address, aiohttp.ClientSession() as session:
        for where, origin in (
            (f"{origin_of(address)}/ws", origin_of(address)),
            (f"{origin_of(address)}/{'A' * 43}/ws", origin_of(address)),
            (f"{address}ws", "http://evil.example"),
            (f"{address}ws", "null"),
        ):
            with pytest.raises(aiohttp.WSServerHandshakeError):
                await session.ws_connect(where, headers={"Origin": origin})
        with pytest.raises(aiohttp.WSServerHandshakeError):
            await session.ws_connect(
                f"{address}ws", headers={"Origin": "http://rebound.example", "Host": "rebound.example"}
            )
    assert not (tmp_path / "started").exists()


_STUBBORN = """\
import os, signal, time
for number in (signal.SIGHUP, signal.SIGTERM, signal.SIGINT):
    signal.signal(number, signal.SIG_IGN)
held = os.open("held", os.O_WRONLY)
os.fork()
os.write(held, b".")
time.sleep(300)
"""


async def test_the_page_s_end_leaves_nothing_even_of_programs_that_ignore_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("slack_emulator.terminal.pty_process._GRACE", 0.1)
    os.mkfifo(tmp_path / "held")
    end = os.open(tmp_path / "held", os.O_RDONLY | os.O_NONBLOCK)
    os.set_blocking(end, True)
    async with page_with(tmp_path, sys.executable, "-c", _STUBBORN) as address, browser(address) as page:
        await Screen(page).open()
        written = b""
        while len(written) < 2:
            written += await asyncio.to_thread(os.read, end, 2)
    async with asyncio.timeout(10):
        assert await asyncio.to_thread(os.read, end, 1) == b"", "nobody holds the other end any more"
    os.close(end)


async def test_the_end_of_a_program_that_has_not_taken_its_terminal_yet_kills_nobody_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No group has such a terminal, which is told as 0; and killing the group 0 kills our own."""
    killed: list[int] = []
    monkeypatch.setattr(
        "slack_emulator.terminal.pty_process.os.killpg", lambda group, _: killed.append(group)
    )
    program = TerminalProgram("box", "alice", (sys.executable, "-c", ""), {}, tmp_path)
    process = await PtyProcess.start(program, (80, 24), lambda _: None)
    await process.end()
    assert len(killed) == 1
    assert 0 not in killed


async def test_a_page_without_programs_says_so_and_has_no_terminal() -> None:
    async with SlackEmulator() as slack, Page(slack).served() as address, browser(address) as page:
        assert page.last["workspace"]["terminals"] == []
        assert await page.refused("terminal", name="box", what="open", columns=80, rows=24)
        assert json.dumps(page.frames).count("terminal") == 2
