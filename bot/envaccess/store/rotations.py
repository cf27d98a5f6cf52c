"""Rotations: fits `ports.rotations.Rotations`, and `projections.session_cards.CardOutbox`.

What a rotation is, comes from its seal alone (law 13); the fields of its record are an index for the scripts.
"""

import base64
import json
from collections.abc import Mapping, Sequence
from typing import Final, Protocol

from envaccess.domain.audit import Actor
from envaccess.domain.errors import RecordRefusedError, SealBrokenError, SealError, SealRefusedError
from envaccess.domain.exposure import mark_of, seers_of
from envaccess.domain.proposal import Proposal
from envaccess.domain.refusal import Refusal
from envaccess.domain.rotation_record import Rotation, RotationMove, RotationSecrets
from envaccess.domain.seals.rotations import RotationSeal, RotationStage
from envaccess.domain.seals.statements import SealMaker, mac_of
from envaccess.domain.session import Login, LoginCard
from envaccess.domain.signals.alerts import Alert
from envaccess.domain.variable import Variable, parse_variable
from envaccess.store.login_fields import number
from envaccess.store.opened_seals import opened, sealed
from envaccess.store.refusals import Alarm, Refusals, refusing, silent, with_keys_of_now
from envaccess.store.requests import read_refusal
from envaccess.store.runner import Runner
from envaccess.store.sealing import Sealing

_PUT_ASIDE: Final = 300.0
"""Seconds after which one that cannot be relied on is looked at again."""


_UNKNOWN: Final = "0"
"""The mark of a value that nobody has read yet."""


class SecretCipher(Protocol):
    """Encrypts and opens; `crypto.Sealer` fits."""

    def seal(self, plaintext: bytes, *, workspace: str, name: str, version: int) -> bytes:
        """Plaintext to ciphertext, bound to all three."""
        ...

    def open(self, blob: bytes, *, workspace: str, name: str, version: int) -> bytes:
        """Ciphertext to plaintext. Raises `SealError`."""
        ...


class RedisRotations:
    """One workspace's rotations.

    Args:
        runner: the workspace's scripts.
        sealing: seals each change, and opens it.
        cipher: encrypts what is to be published.
        workspace: what it is bound to.
        token: names this process in the lease; empty for who only looks or presses.
        channel: where the owners are told.
        alarm: tells whoever runs this process of a record that does not hold.
    """

    def __init__(
        self,
        runner: Runner,
        sealing: Sealing,
        cipher: SecretCipher,
        workspace: str,
        token: str = "",
        channel: str = "",
        alarm: Alarm = silent,
    ) -> None:
        self._runner, self._sealing, self._cipher = runner, sealing, cipher
        self._workspace, self._token, self._channel = workspace, token, channel
        self._refusals = Refusals(runner, alarm)

    async def add(self, op: str, new: RotationSeal, actor: Actor, seen_at: int) -> str | Refusal:
        """The id of the rotation that makes this worthless, or did so since it was seen."""
        new = new.moved(at=self._sealing.clock())
        await self._sealing.ready()
        outcome = await self._runner.outcome(
            "due_rotation",
            op=op,
            id=new.id,
            name=new.variable,
            mark=mark_of(new.seen) or "-",
            seal=sealed(new, self._sealing.seals),
            why=new.why,
            actor=str(actor),
            same="",
            seen_at=seen_at,
            clock=new.at,
        )
        return read_refusal(outcome) or str(outcome["id"])

    async def due(self, limit: int) -> tuple[Sequence[Rotation], float]:
        """Those to be looked at now, and seconds until the next is, one at most."""
        answer = await self._runner.outcome("look_rotations", limit=limit)
        ids = [one for one in answer["ids"].split(",") if one]
        found = await self._all_of(ids)
        if unread := set(ids) - {one.id for one in found}:
            aside = ",".join(sorted(unread))
            await self._runner.outcome("look_rotations", limit=int(_PUT_ASIDE * 1_000), aside=aside)
        return found, 1.0 if answer["wait"] < 0 else min(answer["wait"] / 1_000, 1.0)

    async def open(self) -> Sequence[Rotation]:
        """All that are not over, the oldest first."""
        found = await self._all_of(await self._runner.read("ZRANGE", self._runner.key("rotations"), 0, -1))
        return sorted(found, key=lambda rotation: (rotation.state.due_at, rotation.id))

    async def of(self, variable: Variable) -> Sequence[Rotation]:
        """Those of a variable that are not over, the oldest first."""
        entries = await self._runner.read("HVALS", self._runner.key("rotated", str(variable)))
        ids = [entry.partition(":")[0] for entry in entries if entry.endswith(":0")]
        found = [
            one for one in await self._all_of(ids) if not one.state.is_closed and one.variable == variable
        ]
        return sorted(found, key=lambda rotation: (rotation.state.due_at, rotation.id))

    async def get(self, rotation: str) -> Rotation | None:
        """One; None where there is none, or none that can be relied on."""
        return next(iter(await self._all_of([rotation])), None)

    async def holders(self, variable: Variable) -> int:
        """How many live grants hold what was shown of it."""
        answer = await self._runner.outcome("look_rotations", limit=0, of=str(variable))
        return int(answer["holders"])

    async def exposed_to(self, person: str) -> Sequence[tuple[Variable, str]]:
        """What somebody, or a program for them, has seen that is current, each with its version."""
        lists = [("ZRANGE", self._runner.key("exposed", str(seer)), 0, -1) for seer in seers_of(person)]
        values = {value for found in await self._runner.read_all(lists) for value in found}
        named = [
            (parse_variable(name), mark) for name, _, mark in (one.partition("~") for one in sorted(values))
        ]
        return [(variable, f"~{mark}") for variable, mark in named if variable]

    async def since(self, variable: Variable, mark: str, begun: int) -> int:
        """Since when a value is current, as far as that was looked at; `begun` for the first one."""
        given = {"name": str(variable), "mark": mark or _UNKNOWN}
        return int(await self._runner.run("since_rotation", begun=begun, **given))

    async def wake(self, variable: Variable) -> None:
        """Look at those of a variable now."""
        await self._runner.outcome("look_rotations", limit=0, name=str(variable))

    async def secrets(self, rotation: Rotation) -> RotationSecrets:
        """What is kept encrypted of it."""
        names = ("fresh", "slot")
        kept = await self._runner.read("HMGET", self._runner.key("rotation", rotation.id), *names)
        texts = {
            name: self._opened(rotation.state, name, text) for name, text in zip(names, kept, strict=True)
        }
        return RotationSecrets(**texts)

    async def move(
        self, rotation: Rotation, move: RotationMove, *, by: Actor, press: str | None = None
    ) -> Rotation | None:
        """Store what it comes to; None where somebody else was faster, or this process does not lead."""
        state = move.state.moved(number=rotation.state.number + 1, at=self._sealing.clock())
        seal = sealed(state, self._sealing.seals)
        kept = {name: self._encrypted(state, name, text) for name, text in move.secrets.items()}
        written = await self._runner.run(
            "move_rotation",
            id=state.id,
            name=state.variable,
            mark=mark_of(state.seen) or "-",
            before=rotation.mac,
            seal=seal,
            stage=state.stage,
            next=int(move.seconds * 1_000),
            kept=kept,
            draw=int(move.draw),
            anew=int(move.anew),
            closed=int(state.is_closed),
            waits=int(state.for_owners),
            ts=press or "",
            token=self._token if press is None else "",
            actor=str(by),
            event=move.event or "",
            detail={"rotation": state.id, **move.detail} if move.event else {},
            holders=int(move.tells_holders),
            lives=int(move.lives * 1_000),
            clock=state.at,
        )
        version = rotation.version + int(move.draw)
        return Rotation(state, mac_of(seal), version, rotation.card) if int(written) == 1 else None

    async def shown(
        self,
        login: Login | Proposal | Alert | Rotation,
        version: int,
        place: str,
        message: str,
        deleted: str = "",
    ) -> None:
        """Store what the message shows, and one that is deleted."""
        facts = {"session": login.id, "dm": place, "ts": message, "deleted": deleted}
        await self._runner.run("session_shown", kind="rotation", shown=version, **facts)

    async def delay(self, login: str, seconds: float) -> None:
        """Try to draw this one again later."""
        await self._runner.run(
            "delay_session", session=login, milliseconds=int(seconds * 1_000), kind="rotation"
        )

    def _encrypted(self, state: RotationSeal, name: str, text: str) -> str:
        if not text:
            return ""
        blob = self._cipher.seal(
            text.encode(), workspace=self._workspace, name=_place(state, name), version=0
        )
        return base64.b64encode(blob).decode()

    def _opened(self, state: RotationSeal, name: str, text: str | None) -> str:
        """Empty where it is not what was encrypted for this operation, or its key is not here."""
        try:
            blob = base64.b64decode(text or "", validate=True)
            return self._cipher.open(
                blob, workspace=self._workspace, name=_place(state, name), version=0
            ).decode()
        except (SealError, ValueError):
            return ""

    async def _all_of(self, rotations: Sequence[str]) -> list[Rotation]:
        commands = [("HGETALL", self._runner.key("rotation", one)) for one in rotations]
        records = await self._runner.read_all(commands)
        read = [
            await self._read(one, fields) for one, fields in zip(rotations, records, strict=True) if fields
        ]
        return [rotation for rotation in read if rotation]

    async def _read(self, rotation: str, fields: Mapping[str, str]) -> Rotation | None:
        """What its seal says; None where it does not hold, which is told of."""
        try:
            return await with_keys_of_now(
                self._sealing, lambda: read_rotation(self._sealing.seals, rotation, fields, self._channel)
            )
        except RecordRefusedError as refused:
            await self._refusals.tell(refused)
            return None


class RotationCards:
    """Messages about rotations that are still to be drawn: fits `projections.session_cards.CardOutbox`."""

    def __init__(self, runner: Runner, rotations: RedisRotations) -> None:
        self._runner, self._rotations = runner, rotations
        self.shown, self.delay = rotations.shown, rotations.delay

    async def due(self, limit: int) -> tuple[Sequence[Rotation], float]:
        """What is to be drawn now, and seconds until the next is, one at most."""
        answer = await self._runner.outcome("due_sessions", limit=limit, kind="rotation")
        found = []
        for one in filter(None, answer["ids"].split(",")):
            rotation = await self._rotations.get(one)
            if rotation:
                found.append(rotation)
            else:
                await self.delay(one, _PUT_ASIDE)
        return found, 1.0 if answer["wait"] < 0 else min(answer["wait"] / 1_000, 1.0)


def read_rotation(seals: SealMaker, rotation: str, fields: Mapping[str, str], channel: str = "") -> Rotation:
    """A rotation whose record says nothing else than its seal.

    Raises:
        SealRefusedError: the seal is missing or broken, or the record differs from what is sealed.
    """
    with refusing(SealRefusedError, rotation):
        said = opened(RotationSeal, seals, fields["seal"])
        RotationStage(said.stage)
        if (said.id, said.variable, str(said.stage)) != (rotation, fields["variable"], fields["stage"]):
            raise SealBrokenError("another rotation")
        strays = tuple(filter(None, fields.get("strays", "").split(",")))
        card = LoginCard(fields.get("dm") or channel, fields.get("ts", ""), number(fields, "shown"), strays)
        return Rotation(said, mac_of(fields["seal"]), number(fields, "version"), card)


def _place(state: RotationSeal, name: str) -> str:
    """No variable's name has such a text: nothing else opens here, and this nowhere else."""
    return json.dumps(["rotation", state.op, name])


async def waiting_rotations(runner: Runner) -> tuple[int, Sequence[str]]:
    """How many rotations are not over, and whose variables wait for a person: by their index alone."""
    ids = await runner.read("ZRANGE", runner.key("rotations"), 0, -1)
    records = await runner.read_all(
        [("HMGET", runner.key("rotation", one), "variable", "waits") for one in ids]
    )
    return len(ids), sorted(variable for variable, waits in records if variable and waits == "1")
