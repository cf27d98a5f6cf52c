"""What is said privately in a workspace that is not served."""

from envaccess.slack.render.blocks import Rendered, code, say

NOTHING_DONE = "Nothing was done."


def render_not_installed() -> Rendered:
    """The app is not installed there, as far as we know."""
    return say(
        f"envaccess does not serve this workspace: the app is not installed here, or no longer. "
        f"{NOTHING_DONE} Whoever looks after apps here can install it again from the install page."
    )


def render_without_settings(team: str) -> Rendered:
    """It is installed, and nobody said which channels it uses: what whoever runs it has to add."""
    lines = (
        f"{team}:",
        "  approvers_channel: C...  # the private channel whose members decide",
        "  audit_channel: C...  # the channel that gets the audit lines",
    )
    return say(
        f"envaccess is installed here, and not set up yet. {NOTHING_DONE} Ask whoever runs it to add this "
        f"workspace, {code(team)}, to their file of workspaces:\n"
        + "\n".join(f"> {code(line)}" for line in lines)
    )


def render_away() -> Rendered:
    """It is being started, or something is wrong with it that others see to."""
    return say(
        f"envaccess does not serve this workspace just now. {NOTHING_DONE} Try again in a minute; if it "
        "stays so, tell whoever runs it."
    )


def render_unclear() -> Rendered:
    """What came names two workspaces, or none."""
    return say(f"Slack did not say clearly which workspace this is. {NOTHING_DONE} Try again.")
