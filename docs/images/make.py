"""Draw the messages of one story as pictures: `python docs/images/make.py FOLDER`.

The real bot posts them to the local Slack server; this only turns their blocks into a page as Slack would
show it, and headless Chromium (Debian's `chromium`) takes the picture. Nothing in them is typed by hand.
"""

import asyncio
import html
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from bot import wiring
from bot.domain.variable import Variable
from bot.playground import Channel, Message, Person, Playground
from bot.settings import Settings

STYLE = """
body { margin: 0; padding: 18px 20px; width: 640px; background: #fff; color: #1d1c1d;
       font: 15px/1.46 Lato, 'Noto Color Emoji', sans-serif; }
.head b { font-weight: 900 } .head span { color: #616061; font-size: 12px; margin-left: 6px }
.app { background: #ddd; color: #616061; font-size: 10px; border-radius: 2px; padding: 1px 3px;
       margin-left: 4px }
.private { color: #616061; font-size: 12px }
.at { background: #e8f5fa; color: #1264a3; border-radius: 3px; padding: 0 2px }
code { font: 12px Menlo, 'DejaVu Sans Mono', monospace; color: #e01e5a; background: #f6f6f6;
       border: 1px solid #ddd; border-radius: 3px; padding: 1px 3px }
pre { font: 12px 'DejaVu Sans Mono', monospace; background: #f8f8f8; border: 1px solid #ddd;
      border-radius: 4px; padding: 8px; margin: 4px 0 }
.context { color: #616061; font-size: 13px; margin: 6px 0 } .section { margin: 4px 0 }
button { font: 700 13px Lato, sans-serif; padding: 5px 12px; margin: 6px 8px 0 0; border-radius: 4px;
         border: 1px solid #bbb; background: #fff; color: #1d1c1d }
.primary { background: #007a5a; border-color: #007a5a; color: #fff }
.danger { border-color: #e01e5a; color: #e01e5a }
"""

EMOJI = {"white_check_mark": "✅", "key": "🔑", "warning": "⚠️", "no_entry": "⛔", "lock": "🔒"}


def mrkdwn(slack: Playground, text: str) -> str:
    """Slack's mark-up to HTML, as far as the bot uses it; the text arrives escaped."""
    names = {person.id: person.name for person in slack.stage.workspace.members.values()}
    text = re.sub(r"<@(\w+)>", lambda m: f'<span class="at">@{html.escape(names[m[1]])}</span>', text)
    text = re.sub(r"<!date\^\d+\^[^|>]*\|([^>]*)>", r"\1", text)
    text = re.sub(r"`([^`]+)`", r"<code>\1</code>", text)
    text = re.sub(r"(?<!\w)\*([^*\n]+)\*", r"<b>\1</b>", text)
    text = re.sub(r":(\w+):", lambda m: EMOJI.get(m[1], m[0]), text)
    return text.replace("\n", "<br>")


def element(slack: Playground, given: dict[str, Any]) -> str:
    """A text object or a button."""
    if given["type"] == "button":
        return f'<button class="{given.get("style", "")}">{html.escape(given["text"]["text"])}</button>'
    return mrkdwn(slack, given["text"]) if given["type"] == "mrkdwn" else html.escape(given["text"])


def block(slack: Playground, given: dict[str, Any]) -> str:
    """One block as HTML."""
    match given["type"]:
        case "section":
            texts = [given["text"]] if "text" in given else []
            inside = "<br>".join(element(slack, text) for text in [*texts, *given.get("fields", [])])
            return f'<div class="section">{inside}</div>'
        case "context":
            inside = " &nbsp; ".join(element(slack, text) for text in given["elements"])
            return f'<div class="context">{inside}</div>'
        case "actions":
            return "<div>" + "".join(element(slack, button) for button in given["elements"]) + "</div>"
        case "rich_text":
            return "".join(rich_part(part) for part in given["elements"])
    raise ValueError(given["type"])


def rich_part(part: dict[str, Any]) -> str:
    """A paragraph or a preformatted part of rich text."""
    inside = "".join(
        f"<b>{html.escape(text['text'])}</b>" if text.get("style") else html.escape(text["text"])
        for text in part["elements"]
    )
    return f"<pre>{inside}</pre>" if part["type"] == "rich_text_preformatted" else f"<div>{inside}</div>"


def page(slack: Playground, message: Message) -> str:
    """One message as a page."""
    private = '<div class="private">Only visible to you</div>' if message.is_ephemeral else ""
    inside = "".join(block(slack, given) for given in message.blocks)
    head = '<div class="head"><b>envaccess</b><span class="app">APP</span><span>9:41 AM</span></div>'
    return f"<!doctype html><meta charset=utf-8><style>{STYLE}</style>{private}{head}{inside}"


def chromium(folder: Path, source: Path, *options: str) -> str:
    """Run headless Chromium on a page; returns what it printed."""
    done = subprocess.run(  # noqa: S603 - fixed arguments
        ["/usr/bin/chromium", "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic",
         "--no-first-run", "--disable-background-networking", "--disable-component-update",
         "--disable-sync", "--hide-scrollbars", f"--user-data-dir={folder}/profile", *options,
         source.as_uri()],
        check=True, capture_output=True, text=True,
    )  # fmt: skip
    return done.stdout


def photograph(slack: Playground, message: Message, target: Path) -> None:
    """Write a PNG, as high as the message."""
    with tempfile.TemporaryDirectory() as name:
        folder, source = Path(name), Path(name) / "page.html"
        source.write_text(
            page(slack, message) + "<script>document.title = document.body.scrollHeight</script>"
        )
        measured = re.search(r"<title>(\d+)", chromium(folder, source, "--window-size=680,10", "--dump-dom"))
        assert measured
        chromium(folder, source, f"--window-size=680,{measured[1]}", f"--screenshot={target}")


async def story(folder: Path) -> None:
    """Live the story and photograph what people see."""
    with tempfile.TemporaryDirectory(prefix="envaccess-") as home:
        async with Playground() as slack:
            alice, bob = slack.add_person("alice"), slack.add_person("bob")
            general = slack.add_channel("general", [alice, bob])
            approvers = slack.add_channel("approvers", [bob], private=True)
            settings = Settings.explicit(
                home=Path(home),
                slack_bot_token=slack.bot_token,
                slack_app_token=slack.app_token,
                slack_api_url=slack.api_url,
                approvers_channel=approvers.id,
                audit_channel=slack.add_channel("audit", [bob], private=True).id,
                port=0,
            )
            await live(slack, settings, (alice, bob), (general, approvers), folder)
        await asyncio.to_thread(wiring.wait_gone, settings, 10)


async def live(
    slack: Playground,
    settings: Settings,
    people: tuple[Person, Person],
    channels: tuple[Channel, Channel],
    folder: Path,
) -> None:
    """Request, approval, reveal."""
    (alice, bob), (general, approvers) = people, channels
    async with wiring.operator_desk(settings) as desk:
        variable = Variable("production", "STRIPE_KEY")
        await desk.values.write("picture", variable, "a-made-up-value", desk.actor, replace=True)
    stop = asyncio.Event()
    serving = asyncio.create_task(wiring.serve(settings, stop))
    await slack.connected()
    await alice.command(
        "/envaccess", "production/STRIPE_KEY 1h debugging a failed refund, ticket PAY-412", channel=general
    )
    request = await slack.until(lambda: bob.find("[ Approve ]", approvers))
    assert request
    await asyncio.to_thread(photograph, slack, request, folder / "approval.png")
    await bob.press(request, "Approve")
    card = await slack.until(lambda: alice.find("[ Reveal ]"))
    assert card
    await asyncio.to_thread(photograph, slack, card, folder / "card.png")
    await alice.press(card, "Reveal")
    value = await slack.until(lambda: alice.find("a-made-up-value"))
    assert value
    await asyncio.to_thread(photograph, slack, value, folder / "reveal.png")
    stop.set()
    await serving


if __name__ == "__main__":
    asyncio.run(story(Path(sys.argv[1]).absolute()))
