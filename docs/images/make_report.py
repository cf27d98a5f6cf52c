"""Photograph the first page of a report: `PYTHONPATH=.:bot python docs/images/make_report.py [FOLDER]`.

A month of a small company is written as events, sealed, and told by the parts of `envaccess report`.
"""

import asyncio
import sys
import tempfile
from pathlib import Path
from typing import Any

import pytest
from fakeredis import FakeAsyncRedis
from palette import with_palette

from envaccess.domain.audit import Tag
from tests.browser.demo_browser import chromium
from tests.fakes.lua_scripts import complete_scripts
from tests.store.report_story import DAY, HOUR, MINUTE, ReportStory

WHO = ("U0ALICE", "U0EVE", "U0FRED", "U0GINA", "agent:ag_7k2p9xq4")
VARIABLES = ("production/STRIPE_KEY", "production/DB_URL", "staging/DB_URL", "default/NPM_TOKEN")
DAYS = 30


async def emergency(story: ReportStory) -> None:
    """Taken, used, over, and reviewed an hour later."""
    request = await story.asks("U0EVE")
    said: dict[str, Any] = {"detail_reason": "payments are down"}
    await story.told(Tag.EMERGENCY_USED, request, "person:U0EVE", "U0EVE", **said)
    ends: dict[str, Any] = {"detail_expires_at": str(story.at + 15 * MINUTE)}
    await story.told(Tag.GRANT_ACTIVATED, request, "person:U0EVE", "U0EVE", **ends)
    await story.told(Tag.GRANT_REVEALED, request, "person:U0EVE", "U0EVE")
    await story.told(Tag.GRANT_EXPIRED, request, "time", "U0EVE", after=15 * MINUTE)
    note: dict[str, Any] = {"detail_note": "A real outage, see ticket 4711"}
    await story.told(Tag.EMERGENCY_REVIEWED, request, "person:U0BOB", "U0EVE", after=HOUR, **note)


async def month(story: ReportStory) -> None:
    """Each day a few grants, sometimes an emergency, and a head at its end."""
    begun = story.at
    for day in range(DAYS):
        for turn in range(1 + (day * 7 + day // 3) % 5):
            who = WHO[(day + turn * 3) % len(WHO)]
            behind = {"detail_behind": "U0ALICE"} if ":" in who else {}
            waited = ((day * 11 + turn * 29) % 50 + 1) * 20_000 * (1 + turn)
            variables = VARIABLES[(day + turn) % len(VARIABLES)]
            await story.granted(
                who, "U0BOB" if turn % 2 else "U0CARLA", after=waited, variables=variables, **behind
            )
        if day in {6, 19}:
            await emergency(story)
        await story.seal()
        story.at = begun + (day + 1) * DAY


async def write(folder: Path) -> None:
    """The report of that month."""
    client: Any = FakeAsyncRedis(decode_responses=True)
    story = await ReportStory(client).begin()
    begun = story.at
    await month(story)
    await story.report(
        folder, story.query(start=begun + DAY, end=begun + (DAYS - 1) * DAY, zone="Europe/Berlin")
    )
    await client.aclose()


def main() -> None:
    """Write evidence.png."""
    target = Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).parent) / "evidence.png"
    with pytest.MonkeyPatch.context() as patched, tempfile.TemporaryDirectory() as folder:
        complete_scripts(patched)
        report = Path(folder) / "report"
        asyncio.run(write(report))
        with chromium() as browser:
            page = browser.new_page(viewport={"width": 1180, "height": 830})
            page.goto((report / "report.html").as_uri())
            target.write_bytes(with_palette(page.screenshot(animations="disabled")))


main()
