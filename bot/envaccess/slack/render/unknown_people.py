"""Slack refuses to say who somebody is, or who is in a group: which, why, and whom to tell."""

from envaccess.domain.refusal import Refusal
from envaccess.slack.render.blocks import code, escape

_NO_USE = "Nothing was done, and doing it again will not help: please tell whoever runs envaccess"


def tell_directory_refused(refusal: Refusal) -> str:
    """About people or channels."""
    which = f" ({code(refusal.hint)})" if refusal.hint else ""
    return (
        f"Slack refuses to tell envaccess who may do this{which}. {_NO_USE}; `envaccess doctor` may say why."
    )


def tell_group_refused(refusal: Refusal) -> str:
    """About a user group that the policy names."""
    group = code(refusal.target) if refusal.target else "one of the user groups"
    why = escape(refusal.hint, 300) or "Slack refuses to say"
    which = f" (Slack's code: {code(refusal.state)})" if refusal.state else ""
    return (
        f"Who may do this is not known, because nobody can say who is in the user group {group}, which the "
        f"policy names: {why}{which}. {_NO_USE}, or whoever looks after the policy."
    )
