"""An auditor checks, with what lies in Slack and a noted key, that no event was changed or is missing."""

from pathlib import Path

from tests.scenario.harness import ScenarioHarness
from tests.scenario.policies import audit_says, write_policy
from tests.scenario.test_backup import command
from tests.scenario.test_emergency import AT_NIGHT, taken

HEAD = "audit.checkpoint"


async def test_an_emergency_is_sealed_at_once_and_an_auditor_finds_what_is_changed_later(
    harness: ScenarioHarness, tmp_path: Path
) -> None:
    async with harness.bot(policy_file=write_policy(harness, AT_NIGHT)):
        await taken(harness)
        posted = await audit_says(harness, HEAD, "the events so far are sealed", "envaccess/T")
        noted = (await command(harness, "audit", "keys", "show")).stdout.strip()
        assert noted.startswith(f"envaccess/{harness.slack.team_id}/")
        valid = await command(harness, "audit", "verify", "--key", noted)
        assert valid.exit_code == 0, valid.output
        assert valid.stdout.endswith("\nvalid\n")
        assert noted in (await command(harness, "doctor")).output
    heads = tmp_path / "heads.txt"
    (raw,) = [line.text for line in harness.slack.messages(harness.audit) if HEAD in line.text]
    heads.write_text(raw.replace("```", "\n"))
    assert posted
    with_slack = await command(harness, "audit", "verify", "--key", noted, "--heads", heads)
    assert with_slack.exit_code == 0, with_slack.output
    events = await harness.events()
    await harness.redis.xdel(harness.runner.key("audit"), events[2].id)
    changed = await command(harness, "audit", "verify", "--heads", heads)
    assert changed.exit_code == 3
    assert "missing: 2" in changed.stdout
    assert changed.stdout.endswith("\nALTERED\n")


async def test_a_store_that_lost_its_tree_is_told_from_one_that_never_had_one(
    harness: ScenarioHarness, tmp_path: Path
) -> None:
    async with harness.bot(policy_file=write_policy(harness, AT_NIGHT)):
        await taken(harness)
        await audit_says(harness, HEAD)
    (raw,) = [line.text for line in harness.slack.messages(harness.audit) if HEAD in line.text]
    heads = tmp_path / "heads.txt"
    heads.write_text(raw.replace("```", "\n"))
    noted = (await command(harness, "audit", "keys", "show")).stdout.strip()
    state, archive, cosigned = tmp_path / "witness", tmp_path / "archive", tmp_path / "cosigned.txt"
    begun = await command(
        harness, "audit", "witness", "--state", state, "--begin", "w.example/1", "--key", noted
    )
    asked = ("audit", "verify", "--key", noted, "--heads", cosigned, "--witness", begun.stdout.strip())
    assert (await command(harness, "audit", "archive", archive)).exit_code == 0
    cosigned.write_text((await command(harness, "audit", "witness", "--state", state, archive)).stdout)
    seen = await command(harness, *asked)
    assert seen.exit_code == 0, seen.output
    await harness.redis.delete(harness.runner.key("tree"), harness.runner.key("tree_tiles"))
    lost = await command(harness, "audit", "verify", "--heads", heads)
    assert lost.exit_code == (await command(harness, *asked)).exit_code == 4
    assert "of which nothing is here any more" in lost.stdout


async def test_after_a_rotation_the_first_key_that_was_noted_still_checks_everything(
    harness: ScenarioHarness,
) -> None:
    async with harness.bot(policy_file=write_policy(harness, AT_NIGHT)):
        await taken(harness)
        await audit_says(harness, HEAD)
    first = (await command(harness, "audit", "keys", "show")).stdout.strip()
    both = (await command(harness, "audit", "keys", "rotate")).stdout.split()
    assert both[0] == first
    assert len(set(both)) == 2
    async with harness.bot(policy_file=write_policy(harness, AT_NIGHT)):
        await harness.ask("emergency STRIPE_KEY payments are down again", harness.bob)
        await audit_says(harness, "audit.key_rotated")

        def sealed_twice() -> bool:
            return sum(HEAD in line.text for line in harness.slack.messages(harness.audit)) > 1

        await harness.until(sealed_twice)
    checked = await command(harness, "audit", "verify", "--key", first)
    assert checked.exit_code == 0, checked.output
    assert all(f"checked with {key}" in checked.stdout for key in both)
