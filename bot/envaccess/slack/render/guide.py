"""Help, and what was wrong with a command: the form, an example, the nearest variable."""

from collections.abc import Sequence

from envaccess.domain.command_words import WRONG
from envaccess.domain.text import REASON_MAX, REASON_MIN
from envaccess.domain.typed_parts import BadCommand, Problem
from envaccess.domain.variable import Variable
from envaccess.slack.names import (
    ANSWER_FORM,
    BULK_FORM,
    COMMAND,
    DENY_FORM,
    DURATION,
    EXTEND_FORM,
    FOUND_FORM,
    JUDGE_FORM,
    QUESTION_FORM,
    REASON,
    REQUEST_FORM,
    REVIEW_FORM,
    VARIABLES,
)
from envaccess.slack.render.blocks import ERROR_LIMIT, Rendered, code, context, say, section

_OWNED_SHOWN = 8
"""Variables that are named to their owner."""
_FORMS = {
    "": ("NAME[,NAME...] DURATION REASON", "STRIPE_KEY 1h debugging a failed refund"),
    "show": ("show NAME", "show STRIPE_KEY"),
    "cancel": ("cancel ID", "cancel 7k2m9xq4"),
    "revoke": ("revoke ID", "revoke 7k2m9xq4"),
    "extend": ("extend ID DURATION REASON", "extend 7k2m9xq4 30m the refund takes longer"),
    "emergency": ("emergency NAME REASON", "emergency STRIPE_KEY payments are down"),
    "delegate": ("delegate @PERSON DURATION", "delegate @bob 3d"),
    "lock": ("lock @PERSON|NAME|machine:NAME|agent:ID REASON", "lock @bob laptop stolen"),
    "unlock": ("unlock @PERSON|NAME|machine:NAME|agent:ID [REASON]", "unlock @bob laptop found"),
    "review": ("review start [WHAT] [TIME] [@PERSON...]|status|close", "review start everything 14d"),
    "audit": ("audit NAME|@PERSON|machine:NAME|agent:ID|ID", "audit @bob"),
    "seen": ("seen NAME", "seen STRIPE_KEY"),
    "rotate": ("rotate NAME", "rotate STRIPE_KEY"),
    "help": ("help", "help"),
    "list": ("list", "list"),
    "status": ("status", "status"),
    "login": ("login", "login"),
    "sessions": ("sessions", "sessions"),
}
_WRONG = {
    **WRONG,
    Problem.REASON_SECRET: f"{WRONG[Problem.REASON_SECRET]}. "
    "If it is a real one, replace it: Slack may keep what was typed",
}
_WRONG_FOR = {
    (Problem.DURATION_MISSING, "extend"): "After the id comes how much longer: 30m, 1h or 1h30m",
    (Problem.DURATION, "extend"): "That is no duration: type 30m, 1h or 1h30m",
    (Problem.DURATION_MISSING, "delegate"): "After the colleague comes how long: 8h, 3d or 1d12h",
    (Problem.DURATION, "delegate"): "That is no duration: type 8h, 3d or 1d12h",
    (Problem.REASON_MISSING, "emergency"): "Please say why you need it, after the name",
    (Problem.REASON_MISSING, "lock"): "Please say why, after the name",
}
"""The same where a verb has a form of its own."""
_FIELDS = {
    Problem.NAME: VARIABLES,
    Problem.NAMES_TOO_MANY: VARIABLES,
    Problem.DURATION_MISSING: DURATION,
    Problem.DURATION: DURATION,
}
_ASKS = {
    REQUEST_FORM: "Please say why you need it",
    DENY_FORM: "Please say why not",
    BULK_FORM: "Please say why not",
    QUESTION_FORM: "Please type your question",
    ANSWER_FORM: "Please type your answer",
    EXTEND_FORM: "Please say why you need it longer",
    REVIEW_FORM: "Please say what you found",
    JUDGE_FORM: "Please say why you do not keep it",
    FOUND_FORM: "Please say what you found",
}
"""What the one text of a form is."""
_TEXT_WRONG = {
    Problem.REASON_MISSING: "{ask}",
    Problem.REASON_SHORT: f"{{ask}} in at least {REASON_MIN} characters",
    Problem.REASON_LONG: f"{{ask}} in {REASON_MAX} characters or fewer",
    Problem.REASON_SECRET: "It has something like a secret in it; write it without. If it is a real one, "
    "replace it: Slack may keep what was typed",
}
_HELP = (
    ("", "Ask for access. Several names with commas; `once` is one reveal; `from 22:00` before why: later."),
    ("show", "See a value you have live access to, in your direct messages."),
    ("status", "Your requests and live access, with the time left."),
    ("list", "What you may ask for."),
    ("cancel", "Withdraw a request that nobody has decided on."),
    ("revoke", "End access before its time."),
    ("extend", "Ask for more time before access ends."),
    ("emergency", "At once, where the policy allows it; announced to all and reviewed afterwards."),
    ("delegate", "Let a colleague decide in your place; `delegate off` ends it."),
    ("login", "A code for signing in at a terminal."),
    ("sessions", "Your terminals and agents, with a button to end each, and pipeline runs that you started."),
    (
        "lock",
        "For security people: end access of a person, machine or agent, or to a variable, until `unlock`.",
    ),
    (
        "review",
        "For security people: have who may have what looked at, item by item; `review` shows your part.",
    ),
    (
        "audit",
        "For security people: the newest events about a variable, a set, somebody, or a request.",
    ),
    ("seen", "For a variable's owners and security people: who has seen the value that is current."),
    ("rotate", "For owners: have a value replaced that people have seen."),
)


def render_bad_command(
    bad: BadCommand, nearest: Variable | None = None, owned: Sequence[Variable] = ()
) -> Rendered:
    """What was wrong, the form, an example; what is nearest to a wrong name or verb, or what they own."""
    form, example = _FORMS.get(bad.verb, _FORMS[""])
    wrong = _WRONG_FOR.get((bad.problem, bad.verb), _WRONG[bad.problem])
    word = f" You typed {code(bad.word, 100)}." if bad.word else ""
    meant = nearest.label if nearest else bad.verb if bad.problem is Problem.VERB_LIKE else ""
    like = f" Did you mean {code(meant)}?" if meant else ""
    yours = ", ".join(code(one.label) for one in owned[:_OWNED_SHOWN])
    more = " and more" if len(owned) > _OWNED_SHOWN else ""
    own = f" You own {yours}{more}." if yours else ""
    return say(
        f"{wrong}.{word} Nothing was done.{like}{own}\n"
        f"The form is {code(f'{COMMAND} {form}')}, for example {code(f'{COMMAND} {example}')}"
    )


def field_error(bad: BadCommand, form: str = REQUEST_FORM) -> dict[str, str]:
    """The same as a form's error: the field's block id and one plain sentence of that form."""
    told = _WRONG[bad.problem]
    if form in _ASKS and bad.problem in _TEXT_WRONG:
        told = _TEXT_WRONG[bad.problem].format(ask=_ASKS[form])
    return {_FIELDS.get(bad.problem, REASON): f"{told}."[:ERROR_LIMIT]}


def render_help() -> Rendered:
    """All commands."""
    lines = [f"{code(f'{COMMAND} {_FORMS[verb][0]}')}\n{told}" for verb, told in _HELP]
    _, example = _FORMS[""]
    blocks = [
        section(
            "*envaccess* lends you a variable for a time, once a colleague agrees. "
            f"{code(COMMAND)} alone opens a form."
        ),
        section("\n".join(lines)),
        context(f"For example {code(f'{COMMAND} {example}')}"),
    ]
    return Rendered(f"How to use {COMMAND}", blocks)
