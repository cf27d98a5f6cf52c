"""The names that Slack sends back to us: the command, buttons, forms and their fields.

The manifest, the listeners, the demo's story and the tests agree on these and on nothing else.
"""

from typing import Final

COMMAND: Final = "/envaccess"

# Buttons: `action_id`. Each carries a request id as its value and nothing else (law 8).
APPROVE: Final = "approve"
DENY: Final = "deny"
REVEAL: Final = "reveal"
END: Final = "end"
CANCEL: Final = "cancel"
HIDE: Final = "hide"

APPROVE_LESS: Final = "approve_less"
ASK: Final = "ask"
ANSWER: Final = "answer"
EXTEND: Final = "extend"
AGAIN: Final = "again"
REVIEW: Final = "review"

# Buttons about a release to a terminal: a request's id, and which release was shown.
RELEASE: Final = "release"
NO_RELEASE: Final = "no_release"

# Buttons of the Home tab about no request: `page:PART:back` and `page:PART:on` carry a page's number.
NEW: Final = "new"
BULK: Final = "bulk"
PAGE: Final = "page"
UNLOCK: Final = "unlock"
"""Carries the id of a lock."""

# Buttons of a page of events: `history:older` and `history:newer` carry an event's id, and what was typed.
HISTORY: Final = "history"

# Buttons about terminals. `pick:PLACE` carries a login's id, the place of a number, and the MAC of the offer.
PICK: Final = "pick"
END_SESSION: Final = "end_session"
END_TERMINAL: Final = "end_terminal"
"""Carries a session's id."""

# Buttons about agents: an agent's id, and the MAC of the offer that was shown.
START_AGENT: Final = "start_agent"
NO_AGENT: Final = "no_agent"

# Buttons about alerts: an alert's id.
ALERT_EXPECTED: Final = "alert_expected"
ALERT_LOOK: Final = "alert_look"
ALERT_FOUND: Final = "alert_found"
# Buttons about rotations: a rotation's id.
ROTATED: Final = "rotation_done"
ROTATE_AGAIN: Final = "rotation_again"

# Buttons about what an agent wants to ask for: its id, and the MAC of what was shown.
LET_ASK: Final = "let_ask"
NOT_ASK: Final = "not_ask"

# Buttons about an access review: its id; those to judge carry a number, too, after which to begin.
JUDGE: Final = "judge"
CLOSE_REVIEW: Final = "close_review"

# Forms: a view's `callback_id`.
REQUEST_FORM: Final = "request_form"
DENY_FORM: Final = "deny_form"
LESS_FORM: Final = "less_form"
QUESTION_FORM: Final = "question_form"
ANSWER_FORM: Final = "answer_form"
EXTEND_FORM: Final = "extend_form"
BULK_FORM: Final = "bulk_form"
REVIEW_FORM: Final = "review_form"
JUDGE_FORM: Final = "judge_form"
FOUND_FORM: Final = "found_form"
NOTICE: Final = "notice"
"""What a form turns into after it was sent: words and a Close button, nothing to submit."""

# Fields of the forms: `block_id` and `action_id` are the same word.
AGE: Final = "age"
VARIABLES: Final = "variables"
DURATION: Final = "duration"
REASON: Final = "reason"
OTHERS: Final = "others"
"""What is said about all items of a page of which nothing else is said."""
ITEM: Final = "item"
"""`item:NUMBER`: what is said about one of them."""
FINDING: Final = "finding"

USUAL_TIME: Final = "usual"
"""The value of the choice that leaves the time to the policy."""
NO_MATCH: Final = "-"
"""The value of the one option shown when nothing matches: no variable's name."""
