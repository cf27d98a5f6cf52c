"""An auditor is handed a folder: who had what, who decided, what was reviewed, and that all is there."""

import csv
import json
from pathlib import Path

from envaccess.domain.audit import rfc3339
from tests.independent import tree_verifier as independent
from tests.scenario.harness import STRIPE, ScenarioHarness
from tests.scenario.policies import audit_says, card, revealed, write_policy
from tests.scenario.test_backup import command
from tests.scenario.test_emergency import AT_NIGHT, reviews, taken

HEAD = "audit.checkpoint"


def rows(folder: Path, name: str) -> list[dict[str, str]]:
    with (folder / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def sealed_so_far(harness: ScenarioHarness) -> int:
    """How many events the furthest head in the audit channel stands for."""
    told = (line.text.split("\n") for line in harness.slack.messages(harness.audit) if HEAD in line.text)
    return max((int(word) for words in told for word in words if word.isdecimal()), default=0)


async def test_an_auditor_is_told_an_emergency_from_its_use_to_its_review_and_checks_it_alone(
    harness: ScenarioHarness, tmp_path: Path
) -> None:
    policy = write_policy(harness, AT_NIGHT)
    async with harness.bot(policy_file=policy):
        message = await taken(harness)
        shown = await card(harness, "*Emergency access*", "[ Reveal ]")
        assert harness.values[STRIPE] in await revealed(harness, shown)
        await reviews(harness, message)
        await audit_says(harness, "emergency.reviewed")
        reviewed = len(await harness.events())
        await harness.ask("emergency STRIPE_KEY payments are down again", harness.bob)  # sealed at once
        await harness.until(lambda: sealed_so_far(harness) >= reviewed or None)
    events = await harness.events()
    sealed = max(int(event.detail["size"]) for event in events if event.event == HEAD)
    begin, end = rfc3339(events[0].at), rfc3339(int(events[sealed - 1].id.partition("-")[0]) + 1)
    key = (await command(harness, "audit", "keys", "show")).stdout.strip()
    out = tmp_path / "evidence"
    asked = ("report", "evidence", "--from", begin, "--to", end, "--out", out, "--policy", policy)
    made = await command(harness, *asked, "--key", key)
    assert made.exit_code == 0, made.output
    assert independent.check_report(out, key)
    taken_by_alice = rows(out, "emergencies")[0]
    assert taken_by_alice["reason"] == "payments are down"
    assert taken_by_alice["uses"] == "1"
    assert taken_by_alice["reviewer"] == harness.carol.id
    assert taken_by_alice["note"] == "A real outage, see ticket 4711"
    assert {row["who"]: row["by"] for row in rows(out, "administrators")}[
        harness.dana.id
    ] == "policy: security"
    assert json.loads((out / "manifest.json").read_text("utf-8"))["complete"] is True
    everything = b"".join(path.read_bytes() for path in out.iterdir())
    assert not any(value.encode() in everything for value in harness.values.values())
    again = await command(harness, *asked)
    assert again.exit_code == 1
    assert "holds files already" in again.stderr
