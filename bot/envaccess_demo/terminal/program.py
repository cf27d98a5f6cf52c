"""Where Alice's terminal runs: a folder of the demo's home, with nothing of our environment."""

import os
from pathlib import Path
from typing import Final

from envaccess_demo.child import command, environment
from slack_emulator.page import TerminalProgram

# `wait`, since a shell would print a line about a sleep that is ended before it.
_DEPLOY: Final = """\
#!/bin/sh
[ -n "$STRIPE_KEY" ] || { echo "deploy: STRIPE_KEY is not set" >&2; exit 2; }
echo "deploying with a STRIPE_KEY of ${#STRIPE_KEY} characters"
for step in build test upload migrate warm switch check drain clean tell; do
  sleep 1 &
  wait $!
  echo "  $step"
done
echo "deployed"
"""

_WORKER: Final = """\
#!/bin/sh
trap 'echo "worker: access is over, I end"; exit 0' TERM
[ -n "$STRIPE_KEY" ] || { echo "worker: STRIPE_KEY is not set" >&2; exit 2; }
echo "worker: I have a STRIPE_KEY of ${#STRIPE_KEY} characters"
count=0
while :; do
  sleep 1 &
  wait $!
  count=$((count + 1))
  echo "worker: paid out refund $count"
done
"""

_ORDERS: Final = """\
#!/bin/sh
psql='PSQL'
[ -n "$psql" ] || { echo "orders: there is no PostgreSQL on this machine" >&2; exit 2; }
[ -n "$DB_URL" ] || { echo "orders: DB_URL is not set" >&2; exit 2; }
login=${DB_URL#postgresql://}
secret=${login#*:}
export PGUSER="${login%%:*}" PGPASSWORD="${secret%%@*}" PGHOST="${DB_URL##*host=}" PGDATABASE=shop
echo "orders: I am $PGUSER"
while sleep 1; do echo "SELECT 'orders: there are ' || count(*) FROM orders;"; done | "$psql" -X -A -t -q
"""

_RELEASE: Final = """\
#!/bin/sh
[ -n "$DEPLOY_KEY" ] || { echo "release: DEPLOY_KEY is not set" >&2; exit 2; }
echo "release: I have a DEPLOY_KEY of ${#DEPLOY_KEY} characters, and print it: $DEPLOY_KEY"
echo "release: v42 is out"
"""

_EXAMPLES: Final = (
    "envaccess login",
    'envaccess run STRIPE_KEY 1m "debugging a failed refund" -- ./worker',
    'envaccess run staging/DB_URL 1m "counting orders" -- ./orders',
    "envaccess broker triage --for 1h",
    "help",
)


def alices_folder(home: Path) -> Path:
    """Alice's folder in the demo's home."""
    return home / "alice"


def make_folder(home: Path, psql: str = "") -> Path:
    """Make it, with her programs; `psql`: PostgreSQL's program, where there is a database."""
    folder = alices_folder(home)
    folder.mkdir(mode=0o700)
    for name, text in (
        ("deploy", _DEPLOY),
        ("worker", _WORKER),
        ("orders", _ORDERS.replace("PSQL", psql)),
    ):
        script = folder / name
        script.write_text(text, encoding="utf-8")
        script.chmod(0o700)
    return folder


def alices_environment(folder: Path, server: str) -> dict[str, str]:
    """What her commands see: their server, her folder, and nothing of our environment."""
    return environment(
        {
            "HOME": str(folder),
            "USER": "alice",
            "LOGNAME": "alice",
            "LANG": "C.UTF-8",
            "TERM": "xterm-256color",
            "PATH": os.defpath,
            "ENVACCESS_URL": server,
            "ENVACCESS_STATE_DIR": str(folder / "state"),
        }
    )


def make_job(home: Path) -> Path:
    """The folder of the pipeline's job in the demo's home, with what it runs."""
    folder = home / "job"
    folder.mkdir(mode=0o700)
    script = folder / "release"
    script.write_text(_RELEASE, encoding="utf-8")
    script.chmod(0o700)
    return folder


def job_environment(folder: Path, server: str) -> dict[str, str]:
    """What the job sees: its server, its folder, and nothing of our environment."""
    return environment(
        {
            "CI": "true",
            "HOME": str(folder),
            "USER": "runner",
            "LOGNAME": "runner",
            "LANG": "C.UTF-8",
            "PATH": os.defpath,
            "ENVACCESS_URL": server,
            "ENVACCESS_STATE_DIR": str(folder / "state"),
        }
    )


def make_agent(home: Path) -> Path:
    """The agent's folder in the demo's home, which stays empty."""
    folder = home / "agent"
    folder.mkdir(mode=0o700)
    return folder


def agent_environment(home: Path) -> dict[str, str]:
    """What the agent sees: where Alice's broker listens, as that says it, and nothing of our environment."""
    return environment(
        {
            "HOME": str(home / "agent"),
            "LANG": "C.UTF-8",
            "PATH": os.defpath,
            "ENVACCESS_BROKER": f"unix:{alices_folder(home)}/state/broker/broker.sock",
        }
    )


def alices_terminal(home: Path, server: str, psql: str = "") -> TerminalProgram:
    """Her prompt, which signs in to this server only."""
    folder, argv = make_folder(home, psql), command("envaccess_demo.terminal.prompt", server)
    given, about = alices_environment(folder, server), "the real envaccess command"
    return TerminalProgram("terminal", "alice", argv, given, folder, about, _EXAMPLES)


def pipeline_terminal(home: Path, server: str) -> TerminalProgram:
    """The pipeline that Alice's pushes start, which asks this server only."""
    folder, argv = make_job(home), command("envaccess_demo.terminal.job", server, str(home))
    given, about = {**job_environment(folder, server), "TERM": "xterm-256color"}, "a pipeline of the demo"
    return TerminalProgram("pipeline", "alice", argv, given, folder, about, ("push",))


def agent_terminal(home: Path) -> TerminalProgram:
    """The agent that has the address of Alice's broker."""
    folder, argv = make_agent(home), command("envaccess_demo.terminal.agent")
    given, about = (
        {**agent_environment(home), "TERM": "xterm-256color"},
        "a program that never sees the value",
    )
    return TerminalProgram("agent", "alice", argv, given, folder, about, ("ask", "issues", "print"))
