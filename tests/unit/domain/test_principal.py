"""Who acts: as text, as records name them, and which person counts for it."""

import pytest

from envaccess.domain.audit import ActorKind, person
from envaccess.domain.phrase import Who, plain
from envaccess.domain.principal import Principal, read_principal

ALICE = Principal(ActorKind.PERSON, "U0ALICE")
AGENT = Principal(ActorKind.AGENT, "ag_7k2p", behalf="U0ALICE")
MACHINE = Principal(ActorKind.MACHINE, "deploy")
STARTED = Principal(ActorKind.MACHINE, "deploy", behalf="U0BOB")


@pytest.mark.parametrize(
    ("principal", "text", "key"),
    [
        (ALICE, "person:U0ALICE", "U0ALICE"),
        (AGENT, "agent:ag_7k2p of person:U0ALICE", "agent:ag_7k2p"),
        (MACHINE, "machine:deploy", "machine:deploy"),
        (STARTED, "machine:deploy of person:U0BOB", "machine:deploy"),
    ],
)
def test_a_principal_says_its_kind_and_who_is_behind_it(principal: Principal, text: str, key: str) -> None:
    assert (str(principal), principal.key) == (text, key)
    assert read_principal(principal.key, principal.behalf) == principal


def test_the_person_behind_counts() -> None:
    assert [who.person for who in (ALICE, AGENT, MACHINE, STARTED)] == ["U0ALICE", "U0ALICE", "", "U0BOB"]
    assert [who.is_person for who in (ALICE, AGENT, MACHINE, STARTED)] == [True, False, False, False]


def test_an_actor_of_the_audit_stream_is_named_without_the_person_behind() -> None:
    assert (str(AGENT.actor), ALICE.actor) == ("agent:ag_7k2p", person("U0ALICE"))


@pytest.mark.parametrize("key", ["U0ALICE", "", "machine", "agent", "<!channel>"])
def test_what_names_no_program_is_a_persons_id(key: str) -> None:
    """0.1.0 wrote the bare id, and knew nobody else; nobody is behind a person."""
    assert read_principal(key, "U0BOB") == Principal(ActorKind.PERSON, key)


@pytest.mark.parametrize(
    ("actor", "told"), [("machine:deploy/9f86d081", "deploy (pipeline)"), ("agent:a", "agent a")]
)
def test_programs_are_told_in_plain_words(actor: str, told: str) -> None:
    assert plain((Who(actor),)) == told
