"""A call that waits is let in once; once its session has ended, it gets what a new call would get."""

from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest

from envaccess.application.grants.tap import press_tap
from envaccess.application.people.sessions import end_session
from envaccess.domain.call import by_person
from envaccess.domain.receipt import Receipt
from envaccess.domain.session import Login, LoginState, Offer, SessionEnd
from envaccess.domain.tap import TapState
from tests.fakes.api import ALICE, ApiClient, ApiHarness, ApiReply
from tests.unit.http.api.test_requests import FILING, approve
from tests.unit.http.api.test_values import granted

Meanwhile = Callable[[], Awaitable[object]]


def session_of(api: ApiHarness) -> str:
    (session,) = api.sessions.sessions.values()
    return session.id


def ending(api: ApiHarness, *also: Meanwhile) -> Meanwhile:
    """The session ends, after whatever else."""

    async def happen() -> None:
        for other in also:
            await other()
        ended = await end_session(api.context.verbs, by_person("end", ALICE), "", SessionEnd.BUTTON)
        assert ended == 1

    return happen


def check_over(api: ApiHarness, answer: ApiReply, *never: str) -> None:
    assert (answer.status, answer.reason) == (401, "no_session")
    assert answer.headers["WWW-Authenticate"] == 'DPoP algs="EdDSA", error="invalid_token"'
    assert not any(told in answer.text for told in never)
    assert len(api.watches.waited) == 1
    assert session_of(api) in api.watches.watched[-1]


async def waiting(api: ApiHarness, alice: ApiClient, of: str, meanwhile: Meanwhile) -> ApiReply:
    """Wait for news of a request, or of a grant, while this happens."""
    filed = await (alice.post("/v1/requests", FILING) if of == "requests" else live(api, alice))
    path = f"/v1/{of}/{filed.json['id']}"
    known = (await alice.get(path)).json["version"]
    api.watches.meanwhile = meanwhile
    return await alice.get(f"{path}?wait=25&version={known}")


async def live(api: ApiHarness, alice: ApiClient) -> ApiReply:
    return await alice.get(f"/v1/requests/{await granted(api, alice)}")


@pytest.mark.parametrize("of", ["requests", "grants"])
async def test_a_poll_whose_session_ends_is_answered_at_once_as_a_new_call_would_be(
    api: ApiHarness, of: str
) -> None:
    alice = api.client()
    check_over(api, await waiting(api, alice, of, ending(api)), "STRIPE_KEY", ALICE)


async def test_a_poll_tells_nothing_that_happened_before_its_session_ended(api: ApiHarness) -> None:
    async def decide() -> None:
        await approve(api, next(iter(api.books.requests)))

    answer = await waiting(api, api.client(), "requests", ending(api, decide))
    check_over(api, answer, "STRIPE_KEY", "approved")


async def test_a_poll_of_a_session_whose_time_is_over_tells_nothing(api: ApiHarness) -> None:
    async def week() -> None:
        api.books.now += 7 * 24 * 3_600_000

    check_over(api, await waiting(api, api.client(), "requests", week), "timed_out")


async def test_a_session_that_lives_is_told_the_news_of_its_request(api: ApiHarness) -> None:
    async def decide() -> None:
        await approve(api, next(iter(api.books.requests)))

    answer = await waiting(api, api.client(), "requests", decide)
    assert (answer.status, answer.json["state"]) == (200, "approved")


@pytest.mark.parametrize("pressed", [False, True])
async def test_a_release_that_waits_for_its_press_gives_nothing_to_a_session_that_ended(
    api: ApiHarness, pressed: bool
) -> None:
    alice = api.client()
    grant = await granted(api, alice)
    found = api.books.requests[grant]
    api.books.requests[grant] = replace(found, ruling=replace(found.ruling, tap=True))

    async def press() -> None:
        tap = api.books.requests[grant].tap
        assert tap
        await press_tap(api.context.verbs, by_person("press", ALICE), grant, tap.mark, TapState.RELEASED)

    api.watches.meanwhile = ending(api, *[press] * pressed)
    check_over(api, await alice.post(f"/v1/grants/{grant}/values?wait=25"), "values", grant)
    assert not api.books.requests[grant].reveals


async def test_a_login_whose_session_ended_while_it_was_polled_gives_no_token(api: ApiHarness) -> None:
    alice = api.client()
    (session,) = api.sessions.sessions.values()
    offer = Offer(Receipt(), session.sign_key, session.seal_key, "", 42, (42, 43, 44), "")

    def confirmed() -> Login:
        return replace(api.signed_in._logins[session.id], offer=offer)

    api.signed_in.put(
        replace(confirmed(), state=LoginState.OFFERED, session=None, expires_at=session.ends_at)
    )

    async def pick_and_end() -> None:
        api.signed_in.confirm(session)
        api.signed_in.put(confirmed())
        await ending(api)()

    api.watches.meanwhile = pick_and_end
    answer = await alice.get(f"/v1/logins/{session.id}?wait=25")
    assert answer.status == 200
    assert (answer.json["state"], answer.json["session"], answer.json["token"]) == ("ended", None, None)
