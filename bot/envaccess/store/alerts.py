"""Alerts: fits `ports.signals.Alerts`, and `projections.session_cards.CardOutbox`.

What an alert says, and who judged it, comes from its seals (law 13): the fields of its record are an index
for scripts. A record that says something else is refused alone, with `seal.broken` and an alarm.
"""

import secrets as randomness
from collections.abc import Mapping, Sequence
from typing import Final

from envaccess.domain.audit_line import digest_of
from envaccess.domain.errors import RecordRefusedError, SealBrokenError, SealRefusedError
from envaccess.domain.proposal import Proposal
from envaccess.domain.refusal import Reason, Refusal
from envaccess.domain.rotation_record import Rotation
from envaccess.domain.seals.alerts import AlertSeal, JudgementSeal
from envaccess.domain.seals.statements import SealMaker, mac_of
from envaccess.domain.session import Login, LoginCard
from envaccess.domain.signals.alerts import Alert, Disposition, Judgement, may_follow
from envaccess.store.login_fields import number
from envaccess.store.opened_seals import opened
from envaccess.store.refusals import Alarm, Refusals, refusing, silent, with_keys_of_now
from envaccess.store.requests import read_refusal
from envaccess.store.runner import Runner
from envaccess.store.sealing import Sealing

RAISED: Final = "raised"
"""How an alert stands that nobody has judged."""
_PUT_ASIDE: Final = 300.0
"""Seconds after which one that cannot be relied on is looked at again."""
_SALT_BYTES: Final = 16


class RedisAlerts:
    """One workspace's alerts.

    Args:
        runner: the workspace's scripts.
        sealing: seals who judges what, and opens it.
        channel: the audit channel, where messages about them are.
        alarm: tells whoever runs this process of a record that does not hold.
    """

    def __init__(self, runner: Runner, sealing: Sealing, channel: str = "", alarm: Alarm = silent) -> None:
        self._runner = runner
        self._sealing = sealing
        self._channel = channel
        self._refusals = Refusals(runner, alarm)

    async def open(self, limit: int) -> Sequence[Alert]:
        """Those that nobody has closed, the newest first."""
        found = await self._runner.read("ZREVRANGE", self._runner.key("alerts"), 0, limit - 1)
        return [alert for alert in (await self._all_of(found)).values() if alert.is_open]

    async def get(self, alert: str) -> Alert | None:
        """One alert; None where there is none, or none that can be relied on."""
        return (await self._all_of([alert])).get(alert)

    async def judge(
        self, op: str, alert: Alert, by: str, disposition: Disposition, note: str, message: str
    ) -> Alert | Refusal:
        """Judge it as it was shown: refused as `ALERT_JUDGED` where somebody else was faster."""
        salt = randomness.token_hex(_SALT_BYTES)
        last = alert.judged
        said = JudgementSeal(
            alert=alert.mac,
            before=last.mac if last else "",
            disposition=disposition,
            by=by,
            note=digest_of(salt, note) if note else "",
            at=self._sealing.clock(),
        )
        outcome = await self._runner.outcome(
            "judge_alert",
            op=op,
            id=alert.id,
            actor=by,
            before=last.disposition if last else RAISED,
            disposition=disposition,
            note=note,
            note_salt=salt,
            seal=said.sealed(self._sealing.seals),
            ts=message,
            clock=said.at,
        )
        unknown = Refusal(Reason.ALERT_UNKNOWN, request=alert.id)
        return read_refusal(outcome, alert.id) or await self.get(alert.id) or unknown

    async def due(self, limit: int) -> tuple[Sequence[Alert], float]:
        """What is to be drawn now, and seconds until the next is, one at most."""
        answer = await self._runner.outcome("due_sessions", limit=limit, kind="alert")
        ids = [alert for alert in answer["ids"].split(",") if alert]
        found = await self._all_of(ids)
        for alert in ids:
            if alert not in found:
                await self.delay(alert, _PUT_ASIDE)
        return list(found.values()), 1.0 if answer["wait"] < 0 else min(answer["wait"] / 1_000, 1.0)

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
        await self._runner.run("session_shown", kind="alert", shown=version, **facts)

    async def delay(self, login: str, seconds: float) -> None:
        """Try this one again later."""
        await self._runner.run(
            "delay_session", session=login, milliseconds=int(seconds * 1_000), kind="alert"
        )

    async def _all_of(self, alerts: Sequence[str]) -> dict[str, Alert]:
        """Those of these that are there and hold, by their ids."""
        records = await self._runner.read_all([("HGETALL", self._runner.key("alert", one)) for one in alerts])
        pairs = zip(alerts, records, strict=True)
        read = {one: await self._opened(one, fields) for one, fields in pairs if fields}
        return {one: alert for one, alert in read.items() if alert}

    async def _opened(self, alert: str, fields: Mapping[str, str]) -> Alert | None:
        """What its seals say; None where they do not hold, which is told of."""
        try:
            return await with_keys_of_now(
                self._sealing, lambda: read_alert(self._sealing.seals, alert, fields, self._channel)
            )
        except RecordRefusedError as refused:
            await self._refusals.tell(refused)
            return None


def read_alert(seals: SealMaker, alert: str, fields: Mapping[str, str], channel: str = "") -> Alert:
    """An alert whose record says nothing else than its seals.

    Raises:
        SealRefusedError: a seal is missing or broken, or the record differs from what is sealed.
    """
    with refusing(SealRefusedError, alert):
        return _read(seals, alert, fields, channel)


def _read(seals: SealMaker, alert: str, fields: Mapping[str, str], channel: str) -> Alert:
    said = opened(AlertSeal, seals, fields["seal"])
    if (said.id, said.about, ",".join(said.people)) != (alert, fields["about"], fields["people"]):
        raise SealBrokenError("another alert")
    judgements = _read_judgements(seals, said, mac_of(fields["seal"]), fields)
    strays = tuple(filter(None, fields.get("strays", "").split(",")))
    place = fields.get("dm") or channel
    return Alert(
        id=said.id,
        about=said.about,
        people=said.people,
        facts=said.noticed,
        at=said.at,
        mac=mac_of(fields["seal"]),
        judgements=judgements,
        version=number(fields, "version"),
        card=LoginCard(place, fields.get("ts", ""), number(fields, "shown"), strays),
    )


def _read_judgements(
    seals: SealMaker, said: AlertSeal, mac: str, fields: Mapping[str, str]
) -> tuple[Judgement, ...]:
    """What was made of it, where each one who did may have, and each follows the one before."""
    texts = [text for name in ("look", "judgement") if (text := fields.get(name))]
    found: list[Judgement] = []
    before = ""
    for text in texts:
        one = opened(JudgementSeal, seals, text)
        allowed = may_follow(found[-1].disposition if found else None, one.disposition)
        if (one.alert, one.before) != (mac, before) or one.by in said.people or not allowed:
            raise SealBrokenError("judged by nobody")
        found.append(Judgement(one.disposition, one.by, one.at, _note_of(one, fields), mac_of(text)))
        before = mac_of(text)
    stands = (str(found[-1].disposition), found[-1].by) if found else (RAISED, "")
    if (fields["state"], fields.get("judged_by", "")) != stands:
        raise SealBrokenError("it stands otherwise than it was judged")
    return tuple(found)


def _note_of(said: JudgementSeal, fields: Mapping[str, str]) -> str:
    """What they wrote; empty where it was taken away."""
    if not said.note or "note" not in fields:
        return ""
    if digest_of(fields["note_salt"], fields["note"]) != said.note:
        raise SealBrokenError("another note")
    return fields["note"]
