"""Programs that run in a pseudo-terminal and are used from the page: what they write, and who reads it."""

from slack_emulator.terminal.program import TerminalProgram
from slack_emulator.terminal.reader import TerminalReader
from slack_emulator.terminal.scrollback import Scrollback
from slack_emulator.terminal.terminal import Terminal, TerminalError

__all__ = ["Scrollback", "Terminal", "TerminalError", "TerminalProgram", "TerminalReader"]
