"""Every script that writes is confirmed by replicas (`ENVACCESS_DURABILITY`), or is not for a reason."""

import re

from envaccess.store.confirmed import CONFIRMED
from envaccess.store.script_text import compose, own_text, script_names

_BY_REASON = {
    "an operator does it while nobody is served, and sees at the next start whether it is done": """
        adopt_secrets begin_restore drop_sessions end_duties end_live finish_restore finish_upgrade
        keep_history
    """,
    "a count or a line about what was refused, which changes nothing": """
        append count_bad_signature note_calls refuse refuse_record throttle
    """,
    "what is shown; `audit.gap` has it drawn again": """
        delay delay_session due due_sessions forget_orphan keep_day session_shown shown
    """,
    "what is looked for goes on from the cursor that is left": """
        follow_signals lose_sink move_cursor restart_cursor tell_gap
    """,
    "a loop does it, and does it again where it was lost": """
        ask_about beat begin_digest due_rotation end_digest escalate lead lease_extended lease_gone
        lease_left lease_over leave_fleet look_rotations mark_left move_rotation note_current
        note_leaver place_variable read_proposals read_sessions relist_seen resign settle
        since_rotation take_leases take_up_lease to_read told_leaver trim_stream wake_leases
    """,
    "the tree's own loop; a head that is lost again begins another one": "fork_tree",
    "waits for a replica by itself before a head is told": "seal_tree",
    "what it follows was confirmed; lost, it is found at the source and ended, or told again": """
        end_leases file_proposal give_back mint_lease
    """,
    "over in minutes; a state that counts again counts in its own browser, and Slack's code counts once": """
        free_installation issue_install_state lease_installation take_install_state
    """,
    "says only what the filing that was confirmed had decided": "seal_automatic",
    "changes nothing but its own outcome": "still",
    "nothing is shown or decided by it; what follows it is confirmed, and confirms it too": """
        bind_token note_host put_ledger_key put_log_key put_seal_key use_session
    """,
    "somebody is asked; lost, the question is not there, and is asked again": """
        offer_agent offer_login propose question start_login
    """,
}

NOT_CONFIRMED = {name: why for why, names in _BY_REASON.items() for name in names.split()}
"""Scripts that write, which no replica is waited for, and why."""

_COMMANDS = r"[HZ]?SET|H?SETNX|P?EXPIRE(?:AT)?|PERSIST|[ZH]?INCR(?:BY)?|H?DEL|ZREM\w*|ZADD|X(?:ADD|TRIM|DEL)"
_WRITES = re.compile(f"'(?:{_COMMANDS})'")


def writes(name: str) -> bool:
    """Whether a script, with what it uses of the shared files, writes anything."""
    return _WRITES.search(compose(name, own_text(name))) is not None


def test_every_script_that_writes_is_confirmed_or_is_not_for_a_reason() -> None:
    """A new one that decides, claims or ends would be told as done, and be undone by a failover."""
    assert {name for name in script_names() if writes(name)} - CONFIRMED - NOT_CONFIRMED.keys() == set()
    assert CONFIRMED & NOT_CONFIRMED.keys() == set()
    assert NOT_CONFIRMED.keys() | CONFIRMED <= set(script_names())
    assert all(NOT_CONFIRMED.values())
