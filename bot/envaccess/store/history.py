"""What a record from before there were seals says, so that it can be sealed as what is over."""

import json

from envaccess.domain.approval_progress import Approval, Review
from envaccess.domain.errors import RecordRefusedError
from envaccess.domain.policy import pinned_v1
from envaccess.domain.policy.pinned import read_ruling
from envaccess.domain.seals.statements import HistorySeal
from envaccess.store.keys import SCHEMA
from envaccess.store.opened_seals import sealed
from envaccess.store.record_seals import StoredRequest
from envaccess.store.records import UNREADABLE, build, read_variables
from envaccess.store.sealing import Sealing


def history_seal(stored: StoredRequest, sealing: Sealing) -> str:
    """The seal of a request that is over, which makes its record readable; empty where nothing does."""
    try:
        seal = sealed(_history(stored), sealing.seals)
        fields = {**stored.fields, "schema": str(SCHEMA)}
        text = {name: held for name, held in stored.text.items() if name != "approvals"}
        build(StoredRequest(stored.id, fields, {**text, "filing": seal}), sealing)
    except (*UNREADABLE, RecordRefusedError):
        return ""
    return seal


def _history(stored: StoredRequest) -> HistorySeal:
    fields, text = stored.fields, stored.text
    approvals = json.loads(text.get("approvals", "[]"))
    return HistorySeal(
        id=stored.id,
        requester=fields["requester"],
        behind=fields.get("behind", ""),
        issuer="",
        variables=read_variables(fields["variables"]),
        incarnations=tuple(fields["born"].split(",")) if fields.get("born") else (),
        seconds=int(fields["seconds"]),
        once=stored.is_marked("once"),
        reason=text["reason"],
        ruling=read_ruling(pinned_v1.make_whole(json.loads(text["ruling"]))),
        extends=fields.get("extends", ""),
        extends_mac="",
        starts_at=stored.number("starts_at"),
        emergency=stored.is_marked("emergency"),
        surface="slack",
        session="",
        at=int(fields["created_at"]),
        asked_variables=read_variables(fields.get("asked_variables", "")),
        asked_seconds=stored.number("asked_seconds"),
        approvals=tuple(
            Approval(one["by"], one["step"], one.get("at", 0), one.get("behalf", "")) for one in approvals
        ),
        reviewed_by=fields.get("reviewed_by", "") if fields.get("review") == Review.CLOSED else "",
    )
