from dataclasses import FrozenInstanceError, replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from envaccess.crypto.identified_key import KEY_BYTES
from envaccess.crypto.seals import SealKey, Seals
from envaccess.domain.approval_progress import Approval
from envaccess.domain.errors import SealBrokenError
from envaccess.domain.policy.principal_set import PrincipalSet
from envaccess.domain.policy.rules import DeliveryMode
from envaccess.domain.policy.ruling import Limit
from envaccess.domain.seals import statements
from envaccess.domain.seals.statements import (
    AnswerSeal,
    ApprovalSeal,
    AutomaticSeal,
    CatalogueSeal,
    DutySeal,
    EpochSeal,
    FilingSeal,
    HostSeal,
    LeaseSeal,
    PassedBy,
    PassedSeal,
    ReturnSeal,
    ReviewSeal,
    Right,
    TalkSeal,
    TapSeal,
    mac_of,
)
from envaccess.domain.variable import Variable
from tests.unit.domain.seals.made import EMERGENCY, LEADS, NOON, A, B, approval, as_history, filing, passed
from tests.unit.domain.seals.strategies import RULINGS, ruling_of

SEALS = Seals("T0ACME", "U0BOT", SealKey(bytes(KEY_BYTES)))
RULING = replace(
    ruling_of(b"\x02\x00\x01\x01\x09abc"),
    rules=("r", "s"),
    requesters=(LEADS, PrincipalSet(("S0TEAM",))),
    limits=(Limit("r", open_max=2, per=60),),
    delivery=(DeliveryMode.PUSH,),
    emergency=EMERGENCY,
)
FILING = filing(ruling=RULING, extends="rq_0", extends_mac="before", starts_at=NOON, session="s", once=True)
SAID: list[Any] = [
    FILING,
    as_history(
        FILING,
        asked_variables=(A, B),
        asked_seconds=7_200,
        approvals=(Approval("U0CARLA", 1, NOON, "U0DANA"),),
        reviewed_by="U0CARLA",
    ),
    approval(behalf="U0DANA", duty="d", right=Right.DUTY, talk="t", counted=("a", "b"), skipped=(0, 2)),
    AutomaticSeal("mac", NOON),
    passed(1, PassedBy.ESCALATE),
    DutySeal("U0CARLA", "U0DANA", NOON, NOON + 1),
    ReviewSeal("mac", "U0CARLA", NOON),
    TalkSeal("rq_1", "U0ALICE", "mac", "of Monday", NOON),
    TapSeal("mac", "op", "se_1", "lenovo-7", "U0ALICE", NOON),
    HostSeal("U0ALICE", "lenovo-7", NOON),
    ReturnSeal("mac", "op", NOON),
    AnswerSeal("members", "S0TEAM", "U0CARLA,U0DANA", NOON),
    CatalogueSeal("production/A", "sealed", "cli:root", "0f", NOON),
    LeaseSeal("ev_t1_rq1_0_1", "production/A", "pg", (("server", "10.0.0.1"),), NOON),
    EpochSeal(1, NOON),
]
every_kind = pytest.mark.parametrize("said", SAID, ids=lambda said: said.KIND)


def test_every_kind_is_here_and_has_a_name_of_its_own() -> None:
    kinds = {kind for kind in vars(statements).values() if hasattr(kind, "KIND")}
    assert kinds == {type(said) for said in SAID}
    assert len({kind.KIND for kind in kinds}) == len(kinds)


@every_kind
def test_what_is_sealed_is_what_is_read(said: Any) -> None:
    found = type(said).opened(SEALS, said.sealed(SEALS))
    assert (type(found), found) == (type(said), said)
    assert hash(found) == hash(said)


@every_kind
def test_a_statement_is_never_changed(said: Any) -> None:
    with pytest.raises(FrozenInstanceError):
        said.at = 0


@every_kind
def test_no_kind_is_read_as_another(said: Any) -> None:
    """A request from before seals would be believed, an approval would be a review."""
    for other in {type(one) for one in SAID} - {type(said)}:
        with pytest.raises(SealBrokenError):
            other.opened(SEALS, said.sealed(SEALS))


@every_kind
def test_a_later_version_s_field_is_not_passed_over(said: Any) -> None:
    seal = SEALS.mint(said.KIND, {**said.facts(), "region": "eu"})
    with pytest.raises(SealBrokenError):
        type(said).opened(SEALS, seal)


@every_kind
def test_a_missing_field_has_no_usual_value(said: Any) -> None:
    for name in said.facts():
        facts = {other: value for other, value in said.facts().items() if other != name}
        with pytest.raises(SealBrokenError):
            type(said).opened(SEALS, SEALS.mint(said.KIND, facts))


@pytest.mark.parametrize(
    ("said", "name", "word"),
    [
        (approval(), "right", "quorum"),
        (approval(), "right", None),
        (approval(), "right", []),
        (passed(0, PassedBy.SKIP), "how", "forward"),
        (approval(), "variables", ["A"]),
        (approval(), "variables", [7]),
        (approval(), "variables", 7),
        (approval(), "counted", 7),
        (FILING, "incarnations", None),
        (FILING, "ruling", None),
        (FILING, "ruling", []),
        (FILING, "ruling", {}),
        (FILING, "ruling", "x"),
        (FILING, "ruling", {**FILING.facts()["ruling"], "region": "eu"}),
        (FILING, "ruling", {**FILING.facts()["ruling"], "starts": "monday"}),
        (FILING, "ruling", {**FILING.facts()["ruling"], "delivery": ["pigeon"]}),
        (FILING, "ruling", {**FILING.facts()["ruling"], "steps": [{"approvers": ["U0A"], "then": "vote"}]}),
        (FILING, "ruling", {**FILING.facts()["ruling"], "steps": [{"approvers": ["U0A"], "quorum": 1}]}),
        (FILING, "ruling", {**FILING.facts()["ruling"], "steps": 7}),
        (FILING, "ruling", {**FILING.facts()["ruling"], "limits": [{"rule": "r", "yearly": 1}]}),
    ],
    ids=repr,
)
def test_a_later_version_s_word_is_refused_and_not_guessed(said: Any, name: str, word: object) -> None:
    with pytest.raises(SealBrokenError) as caught:
        type(said).opened(SEALS, SEALS.mint(said.KIND, {**said.facts(), name: word}))
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


@given(st.text(st.characters(codec=None), max_size=60))
@settings(max_examples=40)
def test_any_reason_is_read_as_it_was_given(reason: str) -> None:
    found = FilingSeal.opened(SEALS, replace(FILING, reason=reason).sealed(SEALS))
    assert found.reason.encode("utf-16", "surrogatepass") == reason.encode("utf-16", "surrogatepass")
    assert replace(found, reason="") == replace(FILING, reason="")


@given(RULINGS)
@settings(max_examples=40)
def test_any_ruling_is_read_as_it_was_given(code: bytes) -> None:
    asked = replace(FILING, ruling=ruling_of(code))
    assert FilingSeal.opened(SEALS, asked.sealed(SEALS)) == asked


def test_names_are_read_with_whatever_points_and_strokes_they_have() -> None:
    names = (Variable("a.b", "C"), Variable("default", "D/E"))
    said = replace(approval(), variables=names)
    assert ApprovalSeal.opened(SEALS, said.sealed(SEALS)).variables == names


def test_one_vote_is_used_up_of_both_who_agreed_and_whose_duty_it_was() -> None:
    assert approval("U0BOB", behalf="U0DANA").people == {"U0BOB", "U0DANA"}
    assert approval("U0BOB").people == {"U0BOB"}


def test_requests_that_differ_in_anything_have_different_macs() -> None:
    """An approval names its filing by that alone."""

    def but(**said: Any) -> FilingSeal:
        return replace(FILING, **said)

    changed = [
        FILING,
        *(but(**{name: "other"}) for name in ("id", "requester", "behind", "issuer", "reason")),
        *(but(**{name: "other"}) for name in ("extends", "extends_mac", "surface", "session")),
        *(but(**{name: 1}) for name in ("seconds", "starts_at", "at")),
        but(variables=(B, A)),
        but(variables=(A,)),
        but(incarnations=("1", "3")),
        but(once=False),
        but(emergency=True),
        but(ruling=replace(RULING, max_seconds=1)),
    ]
    assert len({mac_of(one.sealed(SEALS)) for one in changed}) == len(changed)


def test_a_step_that_was_passed_is_read_in_the_way_it_was() -> None:
    said = [passed(1, how) for how in PassedBy]
    assert [PassedSeal.opened(SEALS, one.sealed(SEALS)) for one in said] == said


def test_what_is_written_stays_readable() -> None:
    """These words are in every store."""
    said = approval(behalf="U0DANA", duty="d", right=Right.DUTY, counted=("a",), skipped=(0,))
    assert SEALS.mint("approval", said.facts()).split(".", 3)[3] == (
        '{"app":"U0BOT","at":1767614460000,"behalf":"U0DANA","by":"U0CARLA","counted":["a"],"duty":"d",'
        '"filing":"mac","right":"duty","seconds":3600,"skipped":[0],"step":0,"talk":"",'
        '"variables":["production/A","default/B"],"workspace":"T0ACME"}'
    )
    assert [*Right] == ["own", "duty", "escalation"]
    assert [*PassedBy] == ["skip", "escalate"]
    kinds = (
        "filing",
        "history",
        "approval",
        "automatic",
        "passed",
        "duty",
        "review",
        "talk",
        "tap",
        "host",
        "returned",
        "answer",
        "catalogue",
        "lease",
        "epoch",
    )
    assert tuple(said.KIND for said in SAID) == kinds


@pytest.mark.parametrize("text", ["", "filing", "filing.0", "filing.0.", "a.b..{}"])
def test_what_is_no_seal_has_no_mac(text: str) -> None:
    assert mac_of(text) == ""


def test_the_mac_is_named_whatever_points_the_facts_have() -> None:
    seal = SEALS.mint("filing", {"reason": "a.b.c"})
    assert mac_of(seal) == seal.split(".")[2]
