"""Whoever writes to Redis opens nothing for a pipeline: changes to its sessions and requests (law 13).

`pytest --changes-tried=-1 tests/attack` tries all of them; else a sample, always the same.
"""

from dataclasses import replace

import pytest

from envaccess.domain.audit import person
from envaccess.domain.errors import EnvaccessError
from envaccess.domain.policy.principal_set import PrincipalSet
from envaccess.domain.policy.rules import PER_RUN, DeliveryMode
from envaccess.domain.policy.ruling import Limit
from envaccess.domain.refusal import Reason, Refusal
from envaccess.domain.session import Session, SessionEnd
from tests.attack.changes import PREFIX
from tests.attack.clock import MovedClock
from tests.attack.enumeration import LivedStore
from tests.attack.lives import live
from tests.attack.oracle import Oracle
from tests.attack.pipelines import HandedToRun, PipelineWorkspace
from tests.attack.trying import try_changes
from tests.attack.workspace import ALICE, EVE, Workspace
from tests.fakes.rulings import CHANNEL, RULE, ruled, usual
from tests.store.pipelines import OTHER_RUN, Pipeline

SAMPLE = 4
"""Changes that are tried to each moment, unless all are."""
TO_CI = (DeliveryMode.CI,)
WHO = (PrincipalSet(("machine:deploy", "machine:test")),)
ASKED = replace(usual(CHANNEL), delivery=TO_CI, requesters=WHO)
ONE_A_RUN = (Limit(RULE, automatic=1, per=PER_RUN),)
ALONE = replace(ruled(automatic=True, limits=ONE_A_RUN), delivery=TO_CI, requesters=WHO)


async def in_pipelines(work: Workspace) -> None:
    """Runs of two machines, two of the one: asked, approved, let through alone, prolonged, signed out."""
    assert isinstance(work, PipelineWorkspace)
    mine = await work.sign_in(Pipeline(work.store), 600)
    later = await work.sign_in(Pipeline(work.store, run=OTHER_RUN), 900)
    eves = await work.sign_in(Pipeline(work.store, "test", behind=EVE), 900)
    asked = await work.ask(mine, "A", ASKED)
    work.mark()
    await work.approve(asked)
    alone = await work.ask(eves, "B", ALONE, 900)
    others = await work.ask(later, "staging/C", ASKED, 600)
    work.mark()
    await work.approve(others)
    for pipeline, request in ((mine, asked), (eves, alone), (later, others)):
        assert isinstance(await work.claim(pipeline, request), HandedToRun)
    work.mark()
    work.clock.pass_(300)
    await work.sign_in(mine, 600)
    await work.store.sessions.end(
        work.store.op(), person(EVE), eves.principal.key, eves.session, SessionEnd.BUTTON
    )
    work.mark()


async def look(work: PipelineWorkspace) -> list[str]:
    """Ask for everything by every run, now and right after its token's end."""
    opened = []
    for pipeline in work.pipelines:
        for request in work.acts.asked:
            try:
                handed = await work.claim(pipeline, request)
            except EnvaccessError:
                continue
            if isinstance(handed, HandedToRun):
                opened += [f"{pipeline.principal} {request}: {fault}" for fault in work.faults(handed)]
    now = work.clock.ms
    for pipeline in work.pipelines:
        work.clock.ms = max(now, work.ends[pipeline.sign.public] + 60_000)
        if isinstance(await called(pipeline), Session):
            opened.append(f"{pipeline.principal}: a session after its token's end")
    return opened


async def called(pipeline: Pipeline) -> Session | Refusal | None:
    try:
        return await pipeline.call()
    except EnvaccessError:
        return None


async def test_no_single_change_gives_a_pipeline_more_than_its_token_and_people_agreed_to(
    clock: MovedClock, pytestconfig: pytest.Config
) -> None:
    work = PipelineWorkspace(clock)
    await live(work, in_pipelines)
    await try_changes(work, look, pytestconfig.getoption("--changes-tried") or SAMPLE)


async def test_what_is_changed_has_the_sessions_the_tokens_and_the_runs(clock: MovedClock) -> None:
    """A list that lost them would open nothing either."""
    work = PipelineWorkspace(clock)
    await live(work, in_pipelines)
    told = " ".join(change.name for change in LivedStore(work).all_changes(2))
    kinds = ("session:ci_", "session-token:", "session-pipeline-token:", " opened ", " ends_at ", " behind ")
    for kind in kinds:
        assert kind in told, kind


@pytest.fixture
async def lived(clock: MovedClock) -> PipelineWorkspace:
    """The life as it was before anybody signed out."""
    work = PipelineWorkspace(clock)
    await live(work, in_pipelines)
    Oracle(work, work.moments[2]).reset()
    return work


def fields(work: PipelineWorkspace, pipeline: Pipeline) -> str:
    del work
    return f"{PREFIX}session:{pipeline.session}"


@pytest.mark.parametrize(
    "names", [("opened",), ("opened", "token_seal"), ("opened", "person", "behind")], ids=str
)
async def test_a_session_of_one_run_copied_to_another_opens_nothing(
    lived: PipelineWorkspace, names: tuple[str, ...]
) -> None:
    """A pipeline of Eve's own, whose record says that it is the one that Alice started."""
    alices, _, eves = lived.pipelines
    for name in names:
        kept = await lived.client.hget(fields(lived, alices), name)
        await lived.client.hset(fields(lived, eves), name, kept)
    assert isinstance(await called(eves), Refusal)


async def test_a_whole_session_under_another_id_and_token_opens_nothing(lived: PipelineWorkspace) -> None:
    alices, _, eves = lived.pipelines
    whole = await lived.client.hgetall(fields(lived, alices))
    own = await lived.client.hgetall(fields(lived, eves))
    for kept in ({}, {"sign_key": own["sign_key"], "token": own["token"], "token_seal": own["token_seal"]}):
        await lived.client.hset(fields(lived, eves), mapping={**whole, **kept})
        assert isinstance(await called(eves), Refusal)


@pytest.mark.parametrize(
    "forged",
    [
        {"person": "machine:deploy/60303ae22b998861"},
        {"person": "machine:admin/9f86d081884c7d65"},
        {"behind": ALICE},
        {"behind": ""},
        {"ends_at": "9999999999999"},
        {"state": "asked"},
    ],
    ids=str,
)
async def test_a_changed_fact_of_a_session_ends_it(lived: PipelineWorkspace, forged: dict[str, str]) -> None:
    *_, eves = lived.pipelines
    await lived.client.hset(fields(lived, eves), mapping=forged)
    assert isinstance(await called(eves), Refusal)


async def test_what_a_run_asked_for_is_never_another_runs(lived: PipelineWorkspace) -> None:
    """Neither by the record nor by its key: the filing says which run."""
    mine, later, _ = lived.pipelines
    request = next(iter(lived.acts.asked))
    await lived.client.hset(f"{PREFIX}request:{request}", "requester", later.principal.key)
    await lived.client.set(f"{PREFIX}grant:{request}", later.principal.key)
    for pipeline in (later, mine):
        try:
            handed = await lived.claim(pipeline, request)
        except EnvaccessError:
            continue
        assert not isinstance(handed, HandedToRun)


async def test_a_forgotten_token_is_exchanged_anew_by_whoever_has_it_and_that_remains(
    lived: PipelineWorkspace,
) -> None:
    """What remains, as SECURITY.md says: a token that leaked, and was used, within its own time."""
    mine = lived.pipelines[0]
    await mine.signed_in(replay="leaked", seconds=300)
    thief = Pipeline(lived.store)
    refused = await thief.bring("leaked", seconds=300)
    assert isinstance(refused, Refusal)
    assert refused.reason is Reason.TOKEN_USED
    await lived.client.delete(f"{PREFIX}session-pipeline-token:leaked")
    assert isinstance(await thief.bring("leaked", seconds=300), Session)
