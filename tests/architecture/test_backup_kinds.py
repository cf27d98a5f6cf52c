"""Every kind of key is in a backup, or left out for a reason: nobody adds one without deciding which."""

from envaccess.store.keys import LEFT_OUT, NAMES

BACKED_UP = {
    "request", "text", "asked", "automatic", "secret", "catalogue", "barred", "raised", "over", "audit",
    "reviews", "delegations", "locks", "deadlines", "dirty", "names", "versions", "cursor", "cursors",
    "epoch", "epoch_seal", "seal_keys", "duty_seals",
    "access_review", "access_reviews", "review_items", "judgements",
    "event_number", "typed", "tree", "tree_tiles", "log_keys", "digests", "baseline",
    "rotation", "rotated", "rotations", "rotation_cards",
    "alert", "alerts", "alert_cards", "watched", "followed",
    "seen", "seen_people", "seen_processes", "exposed", "current", "exposures", "relist",
    "exposed_people", "ledger_key", "leavers", "leaver_lists", "leaver_told", "left_exposed", "reread",
    "archive", "archive_held", "archive_redacted",
    "source_lease", "leases_at", "leased", "leasing",
}  # fmt: skip
"""Kinds that come back with a restore. What lives, or is of this minute, belongs to `LEFT_OUT`."""


def test_every_kind_of_key_is_backed_up_or_left_out_for_a_reason() -> None:
    """A backup takes whatever is not left out, so a new kind of key that gives access would come back."""
    assert NAMES.keys() - BACKED_UP - LEFT_OUT.keys() == set()
    assert LEFT_OUT.keys() & BACKED_UP == set()
    assert LEFT_OUT.keys() <= NAMES.keys()
    assert all(LEFT_OUT.values())
