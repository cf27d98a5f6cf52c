"""Reading and writing KV v2, against a real OpenBao."""

import pytest

from envaccess.domain.rotation import PublishConflictError
from envaccess.domain.sources.faults import SourceFault, SourceFaultError
from tests.fakes.openbao import Bao
from tests.fakes.vault import READER, STRIPE, place, spec_of, vault_of

SECRET = "value-for-tests-1"


def reader(bao: Bao, *more: str) -> str:
    bao.policy("reader", READER + "".join(more))
    return bao.token_with("reader")


async def fault(bao: Bao, token: str, asked: str = "kv/prod/stripe", **options: str) -> SourceFaultError:
    async with vault_of(spec_of(bao, token)) as seat:
        with pytest.raises(SourceFaultError) as failed:
            await seat.adapter.read(place(asked, **options))
    assert SECRET not in str(failed.value)
    return failed.value


async def test_a_field_is_read_with_the_number_of_its_version(bao: Bao) -> None:
    bao.store("prod/stripe", {"STRIPE_KEY": "value-for-tests-0"})
    bao.store("prod/stripe", {"STRIPE_KEY": SECRET, "other": "x"})
    async with vault_of(spec_of(bao, reader(bao))) as seat:
        found = await seat.adapter.read(place())
        assert (found.text, found.version) == (SECRET, "2")
        assert (await seat.adapter.read(place(field="other"))).text == "x"
    assert SECRET not in repr(found)


@pytest.mark.parametrize(("stored", "text"), [(5432, "5432"), (-1, "-1"), (True, "true"), (False, "false")])
async def test_a_short_number_is_shown_as_it_is(bao: Bao, stored: object, text: str) -> None:
    bao.store("prod/stripe", {"STRIPE_KEY": stored})
    async with vault_of(spec_of(bao, reader(bao))) as seat:
        assert (await seat.adapter.read(place())).text == text


@pytest.mark.parametrize("stored", [12345678901234567890, 1e21, 1.5, -12345678901234567890])
async def test_a_number_that_the_server_may_have_rounded_is_not_shown(bao: Bao, stored: object) -> None:
    """OpenBao itself answers 12345678901234567000: a key that is shown like that would not work."""
    bao.store("prod/stripe", {"STRIPE_KEY": stored})
    failed = await fault(bao, reader(bao))
    assert (failed.fault, "store it as a text" in str(failed)) == (SourceFault.MALFORMED, True)


@pytest.mark.parametrize("stored", [None, {"a": "b"}, ["a"]])
async def test_what_is_no_text_is_malformed(bao: Bao, stored: object) -> None:
    bao.store("prod/stripe", {"STRIPE_KEY": stored})
    assert (await fault(bao, reader(bao))).fault is SourceFault.MALFORMED


async def test_each_way_to_have_no_value_is_its_own_fault(bao: Bao) -> None:
    token = reader(bao)
    bao.store("deleted", {"STRIPE_KEY": SECRET})
    bao.store("destroyed", {"STRIPE_KEY": SECRET})
    bao.store("old", {"STRIPE_KEY": SECRET})
    bao.do("DELETE", "kv/data/deleted")
    bao.do("PUT", "kv/destroy/destroyed", {"versions": [1]})
    assert (await fault(bao, token, "kv/none")).fault is SourceFault.MISSING
    assert (await fault(bao, token, "kv/deleted")).fault is SourceFault.DELETED
    assert (await fault(bao, token, "kv/destroyed")).fault is SourceFault.DELETED
    assert (await fault(bao, token, "kv/old", field="none")).fault is SourceFault.MALFORMED
    assert (await fault(bao, token, "secret/old")).fault is SourceFault.DENIED
    assert (await fault(bao, bao.token, "nowhere/old")).fault is SourceFault.MISSING


async def test_a_deleted_newest_version_falls_back_to_no_older_one(bao: Bao) -> None:
    """hvac#906: the 404 of a deleted version has a body that says so."""
    bao.store("prod/stripe", {"STRIPE_KEY": "value-for-tests-0"})
    bao.store("prod/stripe", {"STRIPE_KEY": SECRET})
    bao.do("DELETE", "kv/data/prod/stripe")
    assert (await fault(bao, reader(bao))).fault is SourceFault.DELETED


@pytest.mark.parametrize("path", ["kv/../sys/raw", "kv/./a", "kv//a", "kv", "", "kv/a/../../sys/health"])
async def test_a_path_never_leaves_its_mount(bao: Bao, path: str) -> None:
    bao.store("a", {"STRIPE_KEY": SECRET})
    assert (await fault(bao, reader(bao), path)).fault is SourceFault.MISSING


@pytest.mark.parametrize("name", ["with space", "per%cent", "a?b=c", "a#b", "ümlaut", "a+b", "a&b"])
async def test_a_name_means_itself_whatever_signs_it_has(bao: Bao, name: str) -> None:
    async with vault_of(spec_of(bao, bao.token)) as seat:
        api = seat.adapter._session
        written = await api.ask("POST", ["kv/data", name], body={"data": {"STRIPE_KEY": SECRET}})
        assert written.ok
        listed = await api.ask("GET", ["kv/metadata"], query="list=true")
        assert name in api.api.told(listed)["data"]["keys"]
        assert (await seat.adapter.read(place(f"kv/{name}"))).text == SECRET


async def test_a_mount_of_several_parts_is_named(bao: Bao) -> None:
    bao.do("POST", "sys/mounts/teams/a/kv", {"type": "kv", "options": {"version": "2"}})
    bao.do("POST", "teams/a/kv/data/prod/x", {"data": {"STRIPE_KEY": SECRET}})
    async with vault_of(spec_of(bao, bao.token)) as seat:
        assert (await seat.adapter.read(place("prod/x", mount="teams/a/kv"))).text == SECRET
        names = await seat.adapter.names()
    assert [(one.options, one.key) for one in names] == [
        ({"mount": "teams/a/kv", "path": "prod/x", "field": "STRIPE_KEY"}, "STRIPE_KEY")
    ]


async def test_kv_of_version_1_is_not_taken_for_version_2(bao: Bao) -> None:
    bao.do("POST", "sys/mounts/old", {"type": "kv", "options": {"version": "1"}})
    bao.do("POST", "old/stripe", {"STRIPE_KEY": SECRET})
    assert (await fault(bao, bao.token, "old/stripe")).fault is SourceFault.MISSING


async def test_another_namespace_sees_nothing(server: Bao, bao: Bao) -> None:
    bao.store("prod/stripe", {"STRIPE_KEY": SECRET})
    token = reader(bao)
    other = server.inside()
    failed = await fault(other, token)
    assert failed.fault is SourceFault.DENIED


async def test_writing_replaces_one_field_where_the_version_is_the_one_that_was_read(bao: Bao) -> None:
    bao.store("prod/stripe", {"STRIPE_KEY": SECRET, "count": 5432, "on": True, "kept": "x"})
    async with vault_of(spec_of(bao, reader(bao))) as seat:
        version = await seat.adapter.put("op1", place(), "value-for-tests-2", after="1", fields={"id": "k2"})
        assert version == "2"
        found = await seat.adapter.read(place())
        assert (found.text, found.version) == ("value-for-tests-2", "2")
        assert (await seat.adapter.read(place(field="count"))).text == "5432"
        assert (await seat.adapter.read(place(field="on"))).text == "true"
        assert (await seat.adapter.read(place(field="kept"))).text == "x"
        assert (await seat.adapter.read(place(field="id"))).text == "k2"


async def test_writing_again_after_a_lost_answer_is_success(bao: Bao) -> None:
    bao.store("prod/stripe", {"STRIPE_KEY": SECRET})
    async with vault_of(spec_of(bao, reader(bao))) as seat:
        first = await seat.adapter.put("op1", place(), "value-for-tests-2", after="1")
        assert await seat.adapter.put("op1", place(), "value-for-tests-2", after="1") == first == "2"


async def test_writing_over_somebody_elses_version_is_refused(bao: Bao) -> None:
    bao.store("prod/stripe", {"STRIPE_KEY": SECRET})
    bao.store("prod/stripe", {"STRIPE_KEY": "value-for-tests-other"})
    async with vault_of(spec_of(bao, reader(bao))) as seat:
        with pytest.raises(PublishConflictError) as failed:
            await seat.adapter.put("op1", place(), "value-for-tests-2", after="1")
        assert "value-for-tests" not in str(failed.value)
        assert (await seat.adapter.read(place())).text == "value-for-tests-other"


async def test_writing_without_the_capability_says_so(bao: Bao) -> None:
    bao.store("prod/stripe", {"STRIPE_KEY": SECRET})
    bao.policy("only", 'path "kv/data/*" { capabilities = ["read"] }')
    async with vault_of(spec_of(bao, bao.token_with("only"))) as seat:
        with pytest.raises(SourceFaultError, match="does not let us patch kv/data/prod/stripe") as failed:
            await seat.adapter.put("op1", place(), "value-for-tests-2", after="1")
    assert failed.value.fault is SourceFault.DENIED


async def test_what_there_is_is_listed_without_any_value(bao: Bao) -> None:
    bao.store("prod/stripe", {"STRIPE_KEY": SECRET, "WEBHOOK": SECRET})
    bao.store("prod/deep/er", {"A": SECRET})
    bao.policy(
        "lister",
        'path "kv/metadata/*" { capabilities = ["list"] } path "kv/metadata" { capabilities = ["list"] } '
        'path "kv/subkeys/prod/stripe" { capabilities = ["read"] }',
    )
    async with vault_of(spec_of(bao, bao.token_with("lister"))) as seat:
        found = await seat.adapter.names()
    assert sorted((one.title, one.key, one.closed) for one in found) == [
        ("kv/prod/deep/er", "", True),
        ("kv/prod/stripe", "STRIPE_KEY", False),
        ("kv/prod/stripe", "WEBHOOK", False),
    ]
    assert SECRET not in repr(found)


async def test_check_names_the_capability_that_is_missing_and_the_line_to_add(bao: Bao) -> None:
    bao.policy("half", 'path "kv/data/prod/other" { capabilities = ["read"] }')
    async with vault_of(spec_of(bao, bao.token_with("half"))) as seat:
        found = [
            *await seat.adapter.check_place(place()),
            *await seat.adapter.check_place(place("kv/prod/other")),
        ]
    lacking = [one for one in found if not one.ok]
    assert [one.said for one in lacking] == [
        f"`read` of kv/data/prod/stripe is missing, to read {STRIPE.label}"
    ]
    assert lacking[0].mend == 'Add to our policy: path "kv/data/prod/stripe" { capabilities = ["read"] }'
    assert lacking[0].grave


async def test_check_warns_of_a_root_token(server: Bao) -> None:
    async with vault_of(spec_of(server, server.token)) as seat:
        found = await seat.adapter.check()
    assert [one.said for one in found if not one.ok] == ["we log in with a root token"]
