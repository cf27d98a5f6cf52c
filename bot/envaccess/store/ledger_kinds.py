"""Keys of the exposure ledger: who has seen which value (docs/explanation/exposure.md)."""

from typing import Final

LEDGER_KINDS: Final = {
    # hash: a value, as variable~mark: who has seen it -> first, last and how often
    "seen": "value-seen:",
    # zset: people who have seen it, and nobody knows who, by when last
    "seen_people": "value-seen-people:",
    # zset: processes that used it, by when last
    "seen_processes": "value-seen-processes:",
    # zset: the current values that somebody, or a process of theirs, has seen, by when first
    "exposed": "person-value-seen:",
    # hash: a leaver whose list is being told -> where it was posted
    "leaver_told": "leaver-exposure-told:",
    # hash: the mark of each current value of a variable -> since when, of which kind, the source's id
    "current": "value-current:",
}
"""Kinds of keys that take an id."""
LEDGER_SINGLES: Final = {
    # zset: variables whose current value somebody has seen, by how many
    "exposures": "values-exposed",
    # zset: people who have seen what is current, or whose processes have, by when they were last asked about
    "exposed_people": "person-values-looked-at",
    # zset, by name: what is current and who has left knows, as variable~mark~person
    "left_exposed": "values-exposed-to-leavers",
    # hash: who left and had seen what is current -> since when that is known; their list is told once
    "leavers": "leavers-exposure",
    # zset: leavers whose lists are to be told, by since when
    "leaver_lists": "leavers-exposure-due",
    # zset: variables kept elsewhere whose value somebody has seen, by when it was last read or tried
    "reread": "values-exposed-read",
    # zset: values whose lists are to be written anew from a place on
    "relist": "value-seen-relist",
    # hash: the key that marks values: its id, and itself wrapped by a master key
    "ledger_key": "value-seen-key",
}
"""Keys of which a workspace has one."""
