"""One org-wide installation serves the workspaces of an Enterprise Grid that it reaches, and no other."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from envaccess import wiring
from envaccess.domain.audit import BOT
from envaccess.domain.installation import Installation
from envaccess.domain.workspaces import NO_WORKSPACES_FILE
from envaccess.store.client import Client
from envaccess.wiring.workspaces.chosen import by_team, choose
from slack_emulator import SCOPES, Json, SlackEmulator
from slack_emulator.organisation_administration import OrganisationAdministration
from tests.scenario.conftest import note_sentences
from tests.scenario.workspaces import Company

ORG = "E0ORG"


@pytest.fixture
async def company(
    redis: Client, valkey: str, tmp_path: Path, request: pytest.FixtureRequest
) -> AsyncIterator[Company]:
    """Three workspaces of one organisation, of which the installation reaches two; each has a value."""
    async with SlackEmulator(bot_name="envaccess", patience=60.0, installed=False) as slack:
        company = Company(slack, redis, valkey, tmp_path, tmp_path / "workspaces.yml")
        grid = slack.add_organisation(ORG, home=True)
        one = company.add()
        two, three = (company.add(team, organisation=grid) for team in ("T0SISTER", "T0THREE"))
        for each in (one, two, three):
            each.team.install()
            await company.store(each)
            slack.teams.installations.end(each.id)
        token = grid.install(slack, two.team)
        await company.installations.save(
            Installation(
                "A0PLAYGROUND",
                ORG,
                "",
                org_wide=True,
                bot_user=slack.bot.id,
                scopes=SCOPES,
                token=token,
                installed_by=one.dana.id,
                teams=(one.id, two.id),
            )
        )
        company.write_file(one, two, three)
        yield company
        note_sentences(request, slack)


async def test_each_workspace_is_served_as_if_it_were_alone(company: Company) -> None:
    one, two, three = company.workspaces
    async with company.bot(one, two):
        first, second = await one.shown(), await two.shown()
        assert "the app is not installed here" in await three.heard()
    assert (one.value in first, two.value in second) == (True, True)
    assert (two.value in first, one.value in second) == (False, False)
    for each in (one, two):
        assert (await company.tags(each)).count("grant.revealed") == 1
    assert not [call for call in company.slack.calls if call.answer and not call.answer.get("ok")]


async def test_a_press_that_names_another_workspace_of_the_person_finds_its_request(company: Company) -> None:
    """Org-wide, `team` is null and `user.team_id` any workspace of the person (slackapi/bolt-js#1875)."""
    one, two, _ = company.workspaces
    for person in (one.alice, one.bob):
        person.member.acts_from = two.id
    async with company.bot(one, two):
        assert one.value in await one.shown()
        await company.untouched(two)


async def test_an_approver_of_a_sister_workspace_decides_where_the_policy_of_that_workspace_says_so(
    company: Company, tmp_path: Path
) -> None:
    """They press in their own workspace, and that of the request answers."""
    one, two, _ = company.workspaces
    grid = OrganisationAdministration(
        company.slack.state, company.slack.dispatcher, company.slack.teams.organisations[ORG]
    )
    sister = grid.add_person("sister", teams=[two.team])
    one.approvers.members.append(sister.id)
    company.slack.state.workspace.share(one.approvers, two.team.state.workspace)
    company.slack.state.workspace.members[sister.id] = sister.member
    policy = tmp_path / "policy.yml"
    policy.write_text('version: 1\nrules:\n  - {match: "*/*", approvers: [approvers, T0SISTER]}\n')
    text = company.file.read_text().replace(f"  {one.id}:\n", f"  {one.id}:\n    policy_file: {policy}\n")
    company.file.write_text(text)
    async with company.bot(one, two):
        assert "Filed" in await one.heard()
        message = await one.slack.until(one.waiting)
        assert (await sister.press(message, "Approve")).error is None
        await one.slack.until(lambda: one.alice.find("[ Reveal ]"))
        await company.untouched(two)


async def test_a_press_that_names_no_workspace_and_no_request_of_ours_changes_nothing(
    company: Company,
) -> None:
    one, two, three = company.workspaces
    async with company.bot(one, two):
        assert "Filed" in await one.heard()
        message = await one.slack.until(one.waiting)

        def nobodys(body: Json) -> Json:
            body["actions"][0]["value"] = "zzzzzzzz"
            return body | {"user": {**body["user"], "team_id": three.id}}

        assert (await one.bob.press(message, "Approve", change=nobodys)).error is None
        tags = await company.tags(one)
        assert "request.approved" not in tags
        await company.untouched(two)


async def test_an_operators_command_is_about_a_workspace_and_never_about_its_organisation(
    company: Company,
) -> None:
    """Slack names the organisation as the team of its token: a value that is set must not lie there."""
    _, two, three = company.workspaces
    async with wiring.operator_context(company.settings(), two.id) as operator:
        assert operator.workspace == two.id
    await company.installations.change_teams(ORG, lambda _: frozenset({three.id}), BOT)
    async with wiring.operator_context(company.settings()) as operator:
        assert operator.workspace == three.id


async def test_no_workspace_is_served_with_the_channels_of_another_of_its_organisation(
    company: Company,
) -> None:
    """A token of the organisation reads the settings' channels from each workspace, wherever they are."""
    one, two, _ = company.workspaces
    channels = {"approvers_channel": one.entry.approvers_channel, "audit_channel": one.entry.audit_channel}
    settings = company.settings(**channels)
    installed = by_team(await company.installations.all())
    assert set(installed) == {one.id, two.id}
    assert not choose(settings, NO_WORKSPACES_FILE, installed)
    (wide,) = await company.installations.all()
    assert set(choose(settings, NO_WORKSPACES_FILE, by_team([wide.for_teams([one.id])]))) == {one.id}
    own = replace(wide, team=two.id, org_wide=False, teams=())
    assert set(choose(settings, NO_WORKSPACES_FILE, by_team([own]))) == {two.id}
