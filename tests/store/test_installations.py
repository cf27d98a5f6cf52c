"""Installations in Redis: sealed, each in its own place, changed by who read what is there."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from envaccess.crypto.keys import Keyring, MasterKey
from envaccess.domain.audit import Actor, ActorKind, Event
from envaccess.domain.installation import Installation, digest_of_token
from envaccess.store import health
from envaccess.store.client import Client
from envaccess.store.installation_kinds import INSTALLATIONS
from envaccess.store.trail import RedisTrail
from envaccess.wiring.installations import SealedInstallations

OLD, NEW = MasterKey(b"o" * 32), MasterKey(b"n" * 32)
OPERATOR = Actor(ActorKind.CLI, "operator")
CLIENT_ID = "111.222"
ACME = Installation(
    "A0APP",
    "",
    "T0ACME",
    False,
    "U0BOT",
    ("chat:write", "commands"),
    "token-for-tests-1",
    "refresh-1",
    9,
    "U0ALICE",
)
GRID = Installation(
    "A0APP", "E0ORG", "", True, "U0BOT", ("commands",), "token-for-tests-2", installed_by="U0BOSS"
)


def installations(client: Client, *keys: MasterKey, client_id: str = CLIENT_ID) -> SealedInstallations:
    return SealedInstallations(client, Keyring(keys or (OLD,)), client_id)


async def told(kept: SealedInstallations) -> list[Event]:
    return list(await RedisTrail(kept.runner).after("0", 99))


async def test_what_was_saved_is_found_whole_by_its_workspace(client: Client) -> None:
    kept = installations(client)
    await kept.save(ACME)
    assert await kept.all() == [ACME]
    assert await kept.find("T0ACME", "") == await kept.find("T0ACME", "E0ORG") == ACME
    assert await kept.find("T0OTHER", "") is None
    (event,) = await told(kept)
    assert (event.event, str(event.actor), event.detail["team"]) == (
        "app.installed",
        "person:U0ALICE",
        "T0ACME",
    )


async def test_no_token_is_in_redis_nor_in_an_event_nor_in_a_repr(client: Client) -> None:
    kept, raw = installations(client), client_of(client)
    await kept.save(ACME)
    found = str(await raw.hgetall(kept.runner.key("installations"))) + repr(ACME) + str(await told(kept))
    assert "token-for-tests" not in found
    assert "refresh-1" not in found


def client_of(client: Client) -> Any:
    return client


@pytest.mark.parametrize(
    "to", ["111.222//T0EVIL", "111.222/E0ORG/T0ACME", "333.444//T0ACME", "111.222/E0ORG/"]
)
async def test_what_is_copied_to_another_place_does_not_open(client: Client, to: str) -> None:
    """Who writes to Redis could let one workspace's people work with another's token."""
    kept, raw = installations(client), client_of(client)
    await kept.save(ACME)
    name = kept.runner.key("installations")
    await raw.hset(name, to, await raw.hget(name, "111.222//T0ACME"))
    seen: list[str] = []
    other = SealedInstallations(client, Keyring((OLD,)), to.partition("/")[0], seen.append)
    assert [one.team for one in await other.all()] == (["T0ACME"] if to.startswith(CLIENT_ID) else [])
    assert seen == [to.rpartition("/")[2] or "E0ORG"]


async def test_one_that_is_changed_in_redis_is_told_and_stops_no_other(client: Client) -> None:
    kept, raw = installations(client), client_of(client)
    await kept.save(ACME)
    await kept.save(replace(ACME, team="T0BETA"))
    name = kept.runner.key("installations")
    for broken in ("no base64", "", "AAAA"):
        await raw.hset(name, "111.222//T0ACME", broken)
        assert [one.team for one in await kept.all()] == ["T0BETA"]
        assert list(await kept.unopened()) == ["T0ACME"]


async def test_what_another_app_installed_is_not_seen(client: Client) -> None:
    await installations(client).save(ACME)
    assert not await installations(client, client_id="333.444").all()


async def test_an_organisations_one_serves_the_workspaces_that_it_was_granted_and_no_other(
    client: Client,
) -> None:
    kept = installations(client)
    await kept.save(GRID)
    assert await kept.find("T0ACME", "E0ORG") is None
    assert await kept.change_teams("E0ORG", lambda teams: teams | {"T0ACME", "T0BETA"}, OPERATOR)
    assert (await kept.find("T0ACME", "E0ORG")) == GRID.for_teams(["T0ACME", "T0BETA"])
    assert await kept.find("T0ACME", "E0EVIL") is None
    assert (await kept.find("", "E0ORG")) is not None
    assert await kept.find("", "") is None
    assert await kept.change_teams("E0ORG", lambda teams: teams - {"T0BETA"}, OPERATOR)
    assert not await kept.change_teams("E0ORG", lambda teams: teams - {"T0BETA"}, OPERATOR)
    assert [(one.event, one.detail.get("teams")) for one in await told(kept)] == [
        ("app.installed", None),
        ("app.installed", "T0ACME,T0BETA"),
        ("app.uninstalled", "T0BETA"),
    ]


async def test_a_workspace_that_is_swapped_for_another_is_told_as_taken(client: Client) -> None:
    """An organisation's admin could keep access alive where the app is no more, by giving it elsewhere."""
    kept = installations(client)
    await kept.save(GRID.for_teams(["T0ACME"]))
    assert await kept.change_teams("E0ORG", lambda _: frozenset({"T0BETA"}), OPERATOR)
    assert (await kept.all())[0].teams == ("T0BETA",)
    assert [(one.event, one.detail.get("teams")) for one in await told(kept)][1:] == [
        ("app.uninstalled", "T0ACME"),
        ("app.installed", "T0BETA"),
    ]


async def test_installing_again_for_fewer_workspaces_takes_the_others(client: Client) -> None:
    kept = installations(client)
    await kept.save(GRID.for_teams(["T0ACME", "T0BETA"]))
    await kept.save(replace(GRID, token="token-for-tests-5").for_teams(["T0BETA", "T0GAMMA"]))
    (one,) = await kept.all()
    assert (one.token, one.teams) == ("token-for-tests-5", ("T0BETA", "T0GAMMA"))
    events = [(event.event, event.detail.get("teams")) for event in await told(kept)]
    assert ("app.uninstalled", "T0ACME") in events


async def test_a_workspaces_own_one_comes_before_its_organisations(client: Client) -> None:
    kept = installations(client)
    await kept.save(GRID.for_teams(["T0ACME"]))
    own = replace(ACME, enterprise="E0ORG")
    await kept.save(own)
    assert await kept.find("T0ACME", "E0ORG") == own


async def test_a_workspace_that_moved_into_an_organisation_has_one_installation(client: Client) -> None:
    kept = installations(client)
    await kept.save(ACME)
    await kept.save(replace(ACME, enterprise="E0ORG", token="token-for-tests-9"))
    assert [one.enterprise for one in await kept.all()] == ["E0ORG"]
    assert [one.detail.get("again") for one in await told(kept)] == [None, "1"]


async def test_a_token_is_swapped_once_and_only_from_the_one_that_is_there(client: Client) -> None:
    kept = installations(client)
    await kept.save(ACME)
    after = replace(ACME, token="token-for-tests-7", refresh_token="refresh-7", expires_at=99)
    assert not await kept.swap(digest_of_token("another"), after)
    assert await kept.swap(ACME.token_sha256, after)
    assert not await kept.swap(ACME.token_sha256, replace(after, token="token-for-tests-8"))
    assert await kept.all() == [after]
    assert [one.event for one in await told(kept)] == ["app.installed", "app.token_rotated"]


async def test_of_many_that_swap_at_once_one_wins_and_a_grant_meanwhile_is_not_lost(client: Client) -> None:
    kept = installations(client)
    await kept.save(GRID)
    new = [replace(GRID, token=f"token-for-tests-{n}") for n in range(10, 16)]
    grants = [kept.change_teams("E0ORG", lambda teams, n=n: teams | {f"T{n}"}, OPERATOR) for n in range(6)]  # type: ignore[misc]
    won = await asyncio.gather(*(kept.swap(GRID.token_sha256, one) for one in new), *grants)
    assert won[:6].count(True) == 1
    (left,) = await kept.all()
    assert left.token == new[won.index(True)].token
    assert left.teams == tuple(f"T{n}" for n in range(6))


async def test_what_was_removed_is_gone_with_its_token_and_comes_back_by_installing(client: Client) -> None:
    kept = installations(client)
    await kept.save(ACME)
    await kept.save(replace(ACME, team="T0BETA"))
    assert await kept.remove("T0ACME", "", OPERATOR, "operator")
    assert not await kept.remove("T0ACME", "", OPERATOR, "operator")
    assert not await kept.remove("", "", OPERATOR, "operator")
    assert [one.team for one in await kept.all()] == ["T0BETA"]
    assert not await kept.swap(ACME.token_sha256, ACME)
    await kept.save(ACME)
    assert len(await kept.all()) == 2


async def test_an_old_master_key_opens_and_resealing_moves_each_once(client: Client) -> None:
    before = installations(client, OLD)
    await before.save(ACME)
    await before.save(GRID)
    both = installations(client, NEW, OLD)
    assert await both.needed_keys() == {OLD.id}
    assert len(await both.all()) == 2
    assert await both.reseal("op", OPERATOR) == 2
    assert await both.reseal("op-2", OPERATOR) == 0
    after = installations(client, NEW)
    assert await after.needed_keys() == {NEW.id}
    assert sorted(await after.all(), key=lambda one: one.team) == [GRID, ACME]
    assert not await before.all()


async def test_one_that_no_master_key_opens_holds_up_no_other(client: Client) -> None:
    await installations(client, OLD).save(ACME)
    await installations(client, NEW).save(GRID)
    third = MasterKey(b"t" * 32)
    assert await installations(client, third, OLD).reseal("op", OPERATOR) == 1
    assert await installations(client, third).all() == [ACME]
    assert await installations(client, NEW).all() == [GRID]


async def test_the_slot_of_installations_is_no_workspace(client: Client) -> None:
    await installations(client).save(ACME)
    assert not await health.workspaces(client)


@pytest.mark.real
async def test_all_keys_are_in_one_slot_apart_from_every_workspace(redis: Client) -> None:
    """A Redis Cluster refuses a script that touches two slots."""
    await installations(redis).save(ACME)
    raw = client_of(redis)
    keys = await raw.keys("*")
    assert {await raw.execute_command("CLUSTER", "KEYSLOT", key) for key in keys} == {
        await raw.execute_command("CLUSTER", "KEYSLOT", f"{{{INSTALLATIONS}}}")
    }
