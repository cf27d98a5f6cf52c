"""Every single change that somebody who writes to Redis could make to a store, and what they put back."""

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from operator import methodcaller
from typing import Any

from envaccess.domain.request import GrantState, State
from tests.attack.workspace import BOB, EVE, NAMES, PEOPLE, SEAL
from tests.store.harness import WORKSPACE

PREFIX = f"envaccess:{{{WORKSPACE}}}:"
FAR = 400 * 24 * 3_600_000
STATES = tuple(map(str, (*State, *GrantState)))
_TEXTS = ("", "0", "1", "anything")

Client = Any
"""A client of the store that answers with text."""


@dataclass(frozen=True)
class Change:
    """One thing that a writer does.

    Attributes:
        name: what it is, for whoever reads a failure.
        key: whose key, without the workspace's prefix.
        write: does it.
    """

    name: str
    key: str
    write: Callable[[Client], object]

    @property
    def about(self) -> str:
        """The request that it is about; empty where it is about all."""
        kind, _, name = self.key.partition(":")
        return name if kind in {"request", "request-text", "grant"} else ""


def _numbers(value: str) -> Iterator[str]:
    number = int(value)
    yield from map(str, (0, 1, number + 1, number - 1, number * 2, number + FAR, number - 3_600_000, -number))


def other_values(value: str) -> list[str]:
    """What a field could say instead."""
    found = list(_TEXTS)
    if value.lstrip("-").isdigit():
        found += _numbers(value)
    if value in PEOPLE:
        found += PEOPLE
    if value in STATES:
        found += STATES
    if any(name in value for name in NAMES):
        found += [*NAMES, ",".join(NAMES), ",".join(reversed(value.split(",")))]
    if value.startswith("["):
        found += _lists(value)
    if SEAL.fullmatch(value):
        found += _seals(value)
    return [text for text in dict.fromkeys(found) if text != value]


def _lists(value: str) -> Iterator[str]:
    """One entry less, one twice, turned round, and each of their texts by somebody else."""
    entries = json.loads(value)
    for place in range(len(entries)):
        yield json.dumps(entries[:place] + entries[place + 1 :])
        yield json.dumps([*entries, entries[place]])
        if isinstance(entries[place], dict):
            for name, changed in (
                ("by", EVE),
                ("step", 0),
                ("step", 1),
                ("behalf", BOB),
                ("at", 0),
                ("seal", ""),
            ):
                yield json.dumps([*entries[:place], {**entries[place], name: changed}, *entries[place + 1 :]])
    yield json.dumps(entries[::-1])
    yield "[]"


def _seals(value: str) -> Iterator[str]:
    """Another fact under the same MAC; another kind, key or MAC."""
    kind, key, mac, facts = value.split(".", 3)
    read = json.loads(facts)
    for name, fact in read.items():
        other = fact + 3_600 if isinstance(fact, int) and not isinstance(fact, bool) else not fact
        yield f"{kind}.{key}.{mac}." + json.dumps(
            {**read, name: other}, sort_keys=True, separators=(",", ":")
        )
    yield f"{kind}.{key}.{'0' * 32}.{facts}"
    yield f"{kind}.{'0' * 16}.{mac}.{facts}"
    yield f"approval.{key}.{mac}.{facts}"


COUNTED = ("refused-count:", "command-count:", "outcome:")
"""Keys that only hold up or answer again; a forged answer to a claim has a test of its own."""


def read(client: Client) -> dict[str, Any]:
    """Every key with what it holds, but the stream of events, whose entries nothing is concluded from."""
    found: dict[str, Any] = {}
    for key in sorted(client.keys()):
        kind = "" if _short(key).startswith(COUNTED) else client.type(key)
        if kind == "string":
            found[key] = client.get(key)
        elif kind == "hash":
            found[key] = client.hgetall(key)
        elif kind == "zset":
            found[key] = dict(client.zrange(key, 0, -1, withscores=True))
    return found


def _short(key: str) -> str:
    return key.removeprefix(PREFIX)


def whole_keys(store: Mapping[str, Any]) -> Iterator[Change]:
    """Keys deleted, kept for ever, kept no longer, and standing in for others of their kind."""
    kinds: dict[str, list[str]] = defaultdict(list)
    for key in store:
        kinds[_short(key).partition(":")[0]].append(key)
    for key, kept in store.items():
        yield Change(f"DEL {_short(key)}", _short(key), methodcaller("delete", key))
        yield Change(f"PERSIST {_short(key)}", _short(key), methodcaller("persist", key))
        for other in kinds[_short(key).partition(":")[0]]:
            if other != key:
                yield Change(
                    f"COPY {_short(other)} over {_short(key)}",
                    _short(key),
                    methodcaller("copy", other, key, replace=True),
                )
        if isinstance(kept, str):
            for text in other_values(kept):
                yield Change(
                    f"SET {_short(key)} {text!r}",
                    _short(key),
                    methodcaller("set", key, text),
                )


def set_field(key: str, name: str, text: str) -> Change:
    """A field says something else."""
    return Change(f"HSET {_short(key)} {name} {text!r}", _short(key), methodcaller("hset", key, name, text))


def fields(store: Mapping[str, Any]) -> Iterator[Change]:
    """Fields deleted, changed, added, and exchanged with those of others of their kind."""
    hashes = {key: kept for key, kept in store.items() if isinstance(kept, dict) and not _is_zset(kept)}
    known: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for key, kept in hashes.items():
        for name, text in kept.items():
            known[_short(key).partition(":")[0]][name].append(text)
    for key, kept in hashes.items():
        for name in kept:
            yield Change(
                f"HDEL {_short(key)} {name}",
                _short(key),
                methodcaller("hdel", key, name),
            )
        for name, texts in known[_short(key).partition(":")[0]].items():
            given = kept.get(name)
            for text in dict.fromkeys([*texts, *(other_values(given) if given is not None else ())]):
                if text != given:
                    yield set_field(key, name, text)


def _is_zset(kept: Mapping[str, Any]) -> bool:
    return all(isinstance(score, float) for score in kept.values())


def members(store: Mapping[str, Any], ids: Sequence[str]) -> Iterator[Change]:
    """Members of sorted sets removed, moved and added."""
    for key, kept in store.items():
        if not (isinstance(kept, dict) and _is_zset(kept)):
            continue
        for member, score in kept.items():
            yield Change(f"ZREM {_short(key)} {member}", "", methodcaller("zrem", key, member))
            for other in (0, score + FAR):
                yield add_member(key, member, other)
        last = max(kept.values()) + FAR
        others = [pair for pair in (f"{BOB}:{EVE}", f"{EVE}:{BOB}") if _short(key) == "delegations"]
        for member in [*ids, *others]:
            if member not in kept:
                yield add_member(key, member, last)


def add_member(key: str, member: str, score: float) -> Change:
    """A sorted set has a member, or has it elsewhere."""
    return Change(f"ZADD {_short(key)} {member} {score:.0f}", "", methodcaller("zadd", key, {member: score}))


def own_earlier(store: Mapping[str, Any], before: Iterable[Mapping[str, Any]]) -> Iterator[Change]:
    """What a key, or a field, said earlier."""
    seen: set[tuple[str, str, str]] = set()
    for earlier in before:
        for key, kept in earlier.items():
            now = store.get(key)
            if not isinstance(kept, dict) or _is_zset(kept):
                continue
            for name, text in kept.items():
                if (isinstance(now, dict) and now.get(name) == text) or (key, name, text) in seen:
                    continue
                seen.add((key, name, text))
                yield set_field(key, name, text)


def _index(client: Client, request: str, **said: str | int) -> None:
    client.hset(f"{PREFIX}request:{request}", mapping=said)
    for kind in ("request", "request-text"):
        client.persist(f"{PREFIX}{kind}:{request}")


def live_for_ever(client: Client, request: str, who: str, now: int) -> None:
    """An index that says all that the scripts ask for, so that seals alone stand in the way."""
    times = {"expires_at": now + FAR, "lapses_at": 0, "warn_at": 0, "starts_at": 0}
    kept = client.hget(f"{PREFIX}request:{request}", "starts_at")
    times["starts_at"] = int(kept or 0)
    _index(client, request, state="approved", grant="active", **times)
    client.set(f"{PREFIX}grant:{request}", who)
    client.zadd(f"{PREFIX}person-grants:{who}", {request: now + FAR})
    client.delete(f"{PREFIX}locks")


def pend_again(client: Client, request: str, now: int) -> None:
    """An index that says that everybody is still awaited, at the first step."""
    times = {"deadline_at": now + FAR, "step_deadline": 0}
    _index(client, request, state="pending", step=0, escalated="0", skipped="", **times)
    client.hdel(f"{PREFIX}request:{request}", "grant")
    client.delete(f"{PREFIX}grant:{request}", f"{PREFIX}locks")


def with_index(change: Change, who: str, now: int, *, lives: bool) -> Change:
    """The same to a request whose index is forged besides."""

    def write(client: Client) -> None:
        if lives:
            live_for_ever(client, change.about, who, now)
        else:
            pend_again(client, change.about, now)
        change.write(client)

    return Change(f"{'LIVE' if lives else 'PEND'} and {change.name}", change.key, write)


def heard_seals(store: Mapping[str, Any], ids: Sequence[str], heard: Iterable[str]) -> Iterator[Change]:
    """Every seal that was ever on its way to a script, wherever a seal is looked for."""
    for seal in sorted(heard):
        for request in ids:
            key = f"{PREFIX}request-text:{request}"
            text = store.get(key, {})
            given = json.loads(text.get("approvals", "[]"))
            by = json.loads(seal.split(".", 3)[3])
            vote = {"by": by.get("by", EVE), "step": by.get("step", 0), "at": by.get("at", 0), "seal": seal}
            for name in ("filing", "automatic", "review"):
                yield set_field(key, name, seal)
            if seal.startswith("tap."):
                yield set_field(key, "tap", seal)
            yield set_field(key, "passed", json.dumps([seal]))
            for votes in ([vote], [*given, vote], [vote, *given]):
                yield set_field(key, "approvals", json.dumps(votes))


def duties_again(heard: Iterable[str], now: int) -> Iterator[Change]:
    """Duties that were handed over once stand again, and for ever."""
    for seal in sorted(found for found in heard if found.startswith("duty.")):
        said = json.loads(seal.split(".", 3)[3])
        pair = f"{said['giver']}:{said['taker']}"

        def write(client: Client, pair: str = pair, seal: str = seal) -> None:
            client.hset(f"{PREFIX}delegation-seals", pair, seal)
            client.zadd(f"{PREFIX}delegations", {pair: now + FAR})

        yield Change(f"DUTY {pair} again", "delegations", write)


KINDS_OF_REQUEST = ("request:", "request-text:", "grant:")


def parts_of(store: Iterable[bytes], ids: Sequence[str]) -> Iterator[tuple[str, frozenset[bytes]]]:
    """What belongs together: a request, a person, the locks, the duties, a variable, everything."""
    names = {key: key.decode().removeprefix(PREFIX) for key in store}
    for request in ids:
        yield request, frozenset(f"{PREFIX}{kind}{request}".encode() for kind in KINDS_OF_REQUEST)
    for who in PEOPLE:
        yield who, frozenset(key for key, name in names.items() if name.startswith("person-") and who in name)
    for variable in NAMES:
        yield f"secret:{variable}", frozenset({f"{PREFIX}secret:{variable}".encode()})
    for single in ("locks", "delegations", "delegation-seals", "request-dirty", "audit", "stream-cursors"):
        yield single, frozenset({f"{PREFIX}{single}".encode()})
    yield "everything", frozenset(store)
