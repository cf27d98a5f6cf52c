"""A proposal, from its seal (law 13): the fields of its record are an index for scripts."""

from dataclasses import replace

from envaccess.domain.duration import Duration
from envaccess.domain.errors import SealBrokenError, SealRefusedError
from envaccess.domain.principal import read_principal
from envaccess.domain.proposal import Proposal, ProposalState
from envaccess.domain.seals.proposals import ProposalSeal
from envaccess.domain.seals.statements import SealMaker, mac_of
from envaccess.store.login_fields import Fields, number, standing
from envaccess.store.opened_seals import opened
from envaccess.store.refusals import refusing


def read_proposal(seals: SealMaker, fields: Fields) -> Proposal:
    """A proposal whose record says nothing else than its seal.

    Raises:
        SealRefusedError: its seal is missing or broken, or the record differs from what is sealed.
    """
    proposal = fields.get("id", "")
    with refusing(SealRefusedError, proposal):
        return _read(seals, proposal, fields)


def _read(seals: SealMaker, proposal: str, fields: Fields) -> Proposal:
    said = opened(ProposalSeal, seals, fields["seal"])
    kept = (proposal, fields["requester"], fields["behind"], fields["variables"])
    if (said.id, said.requester, said.behind, ",".join(map(str, said.variables))) != kept:
        raise SealBrokenError("another proposal")
    told = standing(fields)
    return Proposal(
        id=said.id,
        agent=replace(read_principal(said.requester, said.behind), issuer=said.issuer),
        session=said.agent,
        seal_key=said.session,
        variables=said.variables,
        named=said.named,
        duration=Duration(said.seconds, once=said.once),
        reason=said.reason,
        start=said.start,
        receipt=said.receipt,
        deciders=said.deciders,
        automatic=said.automatic,
        state=ProposalState(fields["state"]),
        created_at=said.at,
        mac=mac_of(fields["seal"]),
        request=fields.get("request", ""),
        how=fields.get("how", ""),
        why=fields.get("why", ""),
        closed_at=number(fields, "closed_at"),
        version=told["version"],
        card=told["card"],
    )
