"""Pure rendering: an outcome in, a message of Slack's Block Kit out. No input or output, no clock."""

from bot.slack.render.blocks import Block, Rendered
from bot.slack.render.card import render_card
from bot.slack.render.lines import render_digest, render_line
from bot.slack.render.request import render_request
from bot.slack.render.values import fit_together, fits, render_values

__all__ = [
    "Block",
    "Rendered",
    "fit_together",
    "fits",
    "render_card",
    "render_digest",
    "render_line",
    "render_request",
    "render_values",
]
