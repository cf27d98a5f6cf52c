"""Buttons that turn the pages of a list in the Home tab."""

from envaccess.slack.names import PAGE
from envaccess.slack.render.blocks import Block, actions, button, context


def turner(part: str, page: int, last: int) -> list[Block]:
    """Which page of a list is shown, and its neighbours; nothing where it has one page."""
    if not last:
        return []
    back = [button(f"{PAGE}:{part}:back", "Back", str(page - 1))] if page else []
    on = [button(f"{PAGE}:{part}:on", "More", str(page + 1))] if page < last else []
    return [context(f"Page {page + 1} of {last + 1}"), actions(*back, *on)]
