"""The gate before everything typed: who it is, and how much they did, come before any reading (law 16)."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import pytest

from envaccess.domain.errors import DirectoryError
from envaccess.domain.person import Person
from envaccess.domain.refusal import Reason
from envaccess.slack import commands, options, request_forms, views
from envaccess.slack.names import PAGE
from tests.fakes.context import WORKSPACE
from tests.unit.slack.front import ALICE, BOB, CAROL, Front, wanted

ASK = "STRIPE_KEY 1h debugging a refund"
OUTSIDERS: tuple[dict[str, Any], ...] = (
    {"guest": True},
    {"stranger": True},
    {"bot": True},
    {"deleted": True},
    {"invited": True},
    {"team": "T0ELSEWHERE"},
)


def never(*_: object) -> Any:
    raise AssertionError("what this person typed was read")


@pytest.fixture
def unreadable(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever is read of what somebody typed breaks the handler."""
    monkeypatch.setattr(commands, "read_command", never)
    monkeypatch.setattr(options, "search_variables", never)
    for module in (views, request_forms):
        for reader in ("read_reason", "read_duration"):
            monkeypatch.setattr(module, reader, never)
    monkeypatch.setattr(views, "read_names", never)


def filled() -> dict[str, Any]:
    return {**wanted(), "age": {"age": {"type": "static_select", "selected_option": {"value": "1d"}}}}


FORMS = tuple(views._FORMS)


async def typed(front: Front, text: str, user: str = ALICE) -> str:
    return await front.type(text, user)


async def sent(front: Front, form: str, user: str = ALICE, number: int = 0) -> dict[str, Any]:
    body = front.submission(
        form, filled(), user, id=f"V{number}", private_metadata='{"id": "zzzzzzzz", "ts": ""}'
    )
    return await front.ack(body)


@pytest.mark.parametrize("outsider", OUTSIDERS, ids=lambda who: next(iter(who)))
@pytest.mark.usefixtures("unreadable")
async def test_an_outsiders_text_is_never_read(front: Front, outsider: dict[str, Any]) -> None:
    """Nobody's text costs the others anything before we know whose it is."""
    front.directory.people[ALICE] = replace(Person(ALICE, WORKSPACE), **outsider)
    for text in (ASK, "help", "show " + "a" * 3_000, "extend 7k2m9xq4 1h why"):
        assert "Nothing was done" in await typed(front, text)
    for number, form in enumerate(FORMS):
        assert await sent(front, form, number=number)
    assert "options" in await front.ack(front.suggestion("STRIPE"))
    assert front.books.requests == {}
    assert len(front.books.refused) == 4 + len(FORMS) + 1


@pytest.mark.usefixtures("unreadable")
async def test_nobodys_text_is_read_while_slack_does_not_say_who_they_are(front: Front) -> None:
    front.directory.fault = DirectoryError("no answer")
    assert "could not check who you are" in await typed(front, ASK)
    for number, form in enumerate(FORMS):
        assert "errors" in await sent(front, form, number=number)
    assert "options" in await front.ack(front.suggestion("STRIPE"))


async def test_what_one_has_is_given_up_while_slack_does_not_say_who_one_is(front: Front) -> None:
    """On the worst of days as well: by id, and nothing else of it is read."""
    held, pending = await front.granted(), await front.filed()
    front.directory.fault = DirectoryError("no answer")
    assert "is ended" in await typed(front, f"revoke {held}")
    assert "Withdrawn" in await typed(front, f" cancel {pending} ")
    assert "could not check who you are" in await typed(front, f"revoke {held} please")


async def test_text_above_the_limit_is_never_read(front: Front, monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(20):
        await typed(front, "help")
    monkeypatch.setattr(commands, "read_command", never)
    monkeypatch.setattr(views, "read_reason", never)
    assert "more than 20 commands" in await typed(front, ASK)
    told = await sent(front, "request_form")
    assert "in a minute" in str(told["errors"]), "the form stays, with what was typed into it"


Do = Callable[[Front, int], Awaitable[object]]


async def by_command(front: Front, _: int) -> object:
    return await typed(front, "status")


async def by_asking_again(front: Front, _: int) -> object:
    return await front.press("again", "7k2m9xq4")


def by_form(name: str) -> Do:
    async def do(front: Front, number: int) -> object:
        return await sent(front, name, number=number)

    return do


def by_button(action: str, value: str = "7k2m9xq4", **fields: Any) -> Do:
    async def do(front: Front, _: int) -> object:
        return await front.press(action, value, **fields)

    return do


FILING: dict[str, Do] = {
    "command": by_command,
    "ask again": by_asking_again,
    **{form: by_form(form) for form in FORMS},
}
AT_HOME: dict[str, Any] = {"view": {"type": "home", "private_metadata": "{}"}}
PRESSING: dict[str, Do] = {
    **{action: by_button(action) for action in ("approve", "deny", "reveal", "end", "cancel", "extend",
                                                "approve_less", "ask", "answer", "review")},
    "page": by_button(f"{PAGE}:waiting:next", "1", **AT_HOME),
    "new": by_button("new", "-", **AT_HOME),
    "bulk": by_button("bulk", "-", **AT_HOME),
    "unlock": by_button("unlock", "7k2m9xq4", **AT_HOME),
}  # fmt: skip


@pytest.mark.parametrize("way", FILING)
async def test_by_whatever_way_one_files_twenty_a_minute_is_all(front: Front, way: str) -> None:
    """Law 12: twenty of one kind leave no room for another, however it is filed."""
    for number in range(20):
        await FILING[way](front, number)
    assert "more than 20 commands" in await typed(front, ASK)
    (told,) = (await front.press("again", "7k2m9xq4"))[-1:]
    assert "more than 20 commands" in told
    assert "in a minute" in str(await sent(front, "request_form", number=99))
    assert "Filed" in await typed(front, ASK, CAROL), "only this person is slowed"


@pytest.mark.parametrize("way", PRESSING)
async def test_a_hundred_and_twenty_presses_a_minute_is_all(front: Front, way: str) -> None:
    front.books.presses[ALICE] = {f"op-{number}" for number in range(119)}
    await PRESSING[way](front, 0)
    assert len(front.books.presses[ALICE]) == 120, "every button counts"
    held = dict(front.books.requests)
    opened, refused = len(front.forms.opened), len(front.books.refused)
    await PRESSING[way](front, 1)
    assert (front.books.requests, len(front.books.refused)) == (held, refused)
    shown = str(front.forms.opened[opened:]) + str(front.responder.answers[-1:])
    assert "more than 120 presses" in shown


async def test_an_approver_with_a_long_queue_denies_all_of_it(front: Front) -> None:
    """Twenty is for what is filed; refusing is never held up by having refused often."""
    await front.filed()
    for number in range(60):
        await front.press("deny", "7k2m9xq4", BOB)
        await sent(front, "deny_form", BOB, number)
    assert len(front.books.presses[BOB]) == 120
    assert "in a minute" in str(await sent(front, "deny_form", BOB, 99))


async def test_whoever_filed_twenty_times_still_ends_and_withdraws(front: Front) -> None:
    held, pending = await front.granted(), await front.filed()
    for _ in range(25):
        await typed(front, "help")
    assert "is ended" in await typed(front, f"revoke {held}")
    assert await front.press("cancel", pending) == []
    assert front.books.requests[pending].state == "cancelled"


async def test_a_repeat_is_not_counted_and_gets_its_first_answer(front: Front) -> None:
    body = front.command("help")
    for _ in range(30):
        await front.ack(body)
    assert len(front.books.commands[ALICE]) == 1
    for _ in range(20):
        await typed(front, "help")
    over = front.command(ASK)
    for _ in range(3):
        assert "more than 20 commands" in str(await front.ack(over))
    assert "more than 20" not in str(await front.ack(body))


async def test_searching_does_not_use_up_what_an_approver_may_press(front: Front) -> None:
    for number in range(241):
        answer = await front.ack(front.suggestion("STRIPE", trigger_id=f"letter-{number}"))
        assert ("STRIPE_KEY" in str(answer)) is (number < 240)
    assert front.books.presses == {}


async def test_a_select_in_a_form_is_not_counted(front: Front) -> None:
    """Slack tells of every choice; nothing is done for it."""
    await front.press("duration", "1h")
    await front.press("no such button", "7k2m9xq4")
    assert (front.books.presses, front.books.commands) == ({}, {})


async def test_another_workspaces_press_is_refused_before_it_is_counted(front: Front) -> None:
    told = await front.press("new", "-", team={"id": "T0OTHER"}, **AT_HOME)
    assert front.books.presses == {}
    assert [why for _, why in front.books.refused] == [Reason.OTHER_WORKSPACE]
    assert told
