"""Run the bot of some checkout, and write down what Python calls between each request's arrival and its ack.

Run as a file, `python benchmarks/counted.py OUT`, with the checkout in PYTHONPATH. OUT gets one JSON line an
ack: for each source file that took part, how many calls began in it. What other tasks do meanwhile counts
too, so take the least of several.
"""

import json
import runpy
import sys
from collections import Counter
from pathlib import Path
from types import FrameType
from typing import TextIO

_STARTS = 0b11
"""The low bits of RESUME's argument: 0 where a call begins, else a coroutine or generator goes on
(https://docs.python.org/3/library/dis.html#opcode-RESUME)."""


class CallCounter:
    """Counts from the moment when a timed connection gets data until it writes.

    Args:
        out: gets a line an ack.
    """

    def __init__(self, out: TextIO) -> None:
        self._out = out
        self._calls: Counter[str] | None = None

    def note(self, frame: FrameType, event: str, _: object) -> None:
        """Fits `sys.setprofile`."""
        if event != "call":
            return
        code = frame.f_code
        if code.co_name == "data_received" and code.co_filename.endswith("/connection.py"):
            self._calls = Counter()
        if self._calls is None:
            return
        if not code.co_code[frame.f_lasti + 1] & _STARTS:
            self._calls[code.co_filename] += 1
        if code.co_name == "write" and code.co_filename.endswith("selector_events.py") and _is_answer(frame):
            self._out.write(json.dumps(self._calls) + "\n")
            self._out.flush()
            self._calls = None


def _is_answer(frame: FrameType) -> bool:
    """Whether this writes to a client of ours, and not to Redis or Slack."""
    return type(frame.f_locals["self"].get_protocol()).__module__.endswith(".connection")


if __name__ == "__main__":
    with Path(sys.argv[1]).open("a") as out:
        sys.argv = ["bot"]
        sys.path.pop(0)
        sys.setprofile(CallCounter(out).note)
        runpy.run_module("bot", run_name="__main__", alter_sys=True)
