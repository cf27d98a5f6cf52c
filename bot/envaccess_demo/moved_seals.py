"""Every seal of a workspace as it would be, had everything been done earlier."""

import json
from collections.abc import Mapping
from typing import Any, Final

from envaccess.domain.errors import SealBrokenError
from envaccess.domain.seals.statements import SealMaker, mac_of
from envaccess_demo.moved_baselines import moved_baseline

SEALED_FIELDS: Final = {
    "text": ("filing", "approvals", "passed", "automatic", "review", "tap"),
    "proposal": ("seal",),
    "session": ("login", "offer", "opened", "token_seal"),
    "baseline": ("filed", "denied"),
    "alert": ("seal", "look", "judgement"),
    "rotation": ("seal",),
}
"""By the kind of their key: of a request, a proposal of an agent, a login, an alert, a rotation.

Baselines are no seals; their times stand in a text likewise.

Each stands before what names it.
"""
SEALED_HASHES: Final = ("duty_seals", "hosts")
"""Kinds of keys whose fields all are seals; the script names them, too."""
_TIMES: Final = (
    "at",
    "until",
    "starts_at",
    "ends_at",
    "wait_until",
    "due_at",
    "changed_at",
    "told_at",
    "closed_at",
)


class MovedSeals:
    """Seals the same anew with earlier times.

    Args:
        seals: opens and mints.
        texts: the fields with seals, by key and name.
        hashes: the seals of `SEALED_HASHES`, by key and name.
        milliseconds: how much earlier.
    """

    def __init__(
        self,
        seals: SealMaker,
        texts: Mapping[str, Mapping[str, str]],
        hashes: Mapping[str, Mapping[str, str]],
        milliseconds: int,
    ) -> None:
        self._seals, self._texts, self._hashes = seals, texts, hashes
        self._earlier = milliseconds
        self._macs: dict[str, str] = {}
        self._filings = {
            mac_of(found["filing"]): found["filing"] for found in texts.values() if found.get("filing")
        }

    def all_moved(self) -> dict[str, str]:
        """The new text of each field, by `key|name`; approvals name duties."""
        moved = {
            f"{key}|{name}": self._move(seal)
            for key, found in self._hashes.items()
            for name, seal in found.items()
        }
        for filing in self._filings.values():
            self._move(filing)
        for key, found in self._texts.items():
            for name, text in found.items():
                moved[f"{key}|{name}"] = self._move_field(name, text)
        return moved

    def _move_field(self, name: str, text: str) -> str:
        if name == "approvals":
            return json.dumps([self._move_approval(approval) for approval in json.loads(text)])
        if name == "passed":
            return json.dumps([self._move(seal) for seal in json.loads(text)])
        if name in SEALED_FIELDS["baseline"]:
            return moved_baseline(name, text, self._earlier)
        return self._move(text)

    def _move_approval(self, approval: dict[str, Any]) -> dict[str, Any]:
        return {**approval, "at": approval["at"] - self._earlier, "seal": self._move(approval["seal"])}

    def _move(self, seal: str) -> str:
        """The same seal with earlier times, and the new MACs of what it refers to; a broken one stays.

        A filing comes after the one that it extends.
        """
        kind = seal.partition(".")[0]
        try:
            facts = self._seals.open(kind, seal)
        except SealBrokenError:
            return seal
        if extended := self._filings.get(facts.get("extends_mac", "")):
            self._move(extended)
        for name in _TIMES:
            if facts.get(name):
                facts[name] -= self._earlier
        facts = {name: self._refer(value) for name, value in facts.items() if value is not None}
        moved = self._seals.mint(kind, facts)
        self._macs[mac_of(seal)] = mac_of(moved)
        return moved

    def _refer(self, value: Any) -> Any:  # noqa: ANN401 - JSON has many shapes
        if isinstance(value, list):
            return [self._refer(part) for part in value]
        return self._macs.get(value, value) if isinstance(value, str) else value
