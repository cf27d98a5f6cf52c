"""Alice's terminal in the page: a prompt for `envaccess` and a few harmless commands, and where it runs.

Whoever has the page's address can type there. It is unguessable, and shown to nobody but the person who
started the demo; but a browser keeps it in its history, and with a shell behind it a leaked address would be
this user's account, which made-up values are not worth. So it is no shell: a line is `envaccess` with options
that speak to the demo's own bot only, and behind `run ... --` one of five commands, which lie in the demo's
temporary folder or only wait and print. Nothing is expanded, piped or redirected. The pipeline beside it
knows one word, `push`, and the agent four.
"""

from envaccess_demo.terminal.program import (
    agent_environment,
    agent_terminal,
    alices_environment,
    alices_folder,
    alices_terminal,
    job_environment,
    make_agent,
    make_folder,
    make_job,
    pipeline_terminal,
)

__all__ = [
    "agent_environment",
    "agent_terminal",
    "alices_environment",
    "alices_folder",
    "alices_terminal",
    "job_environment",
    "make_agent",
    "make_folder",
    "make_job",
    "pipeline_terminal",
]
