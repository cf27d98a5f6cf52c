"""The vendor community's own client and our adapter, on the same server: each sees what the other did."""

import asyncio

import hvac
import pytest

from tests.fakes.openbao import Bao
from tests.fakes.vault import READER, place, spec_of, vault_of


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
async def test_hvac_reads_what_we_wrote_and_we_read_what_hvac_wrote(bao: Bao) -> None:
    client = hvac.Client(url=bao.address, token=bao.token, namespace=bao.namespace)
    kv = client.secrets.kv.v2
    written = {"path": "prod/stripe", "mount_point": "kv"}
    await asyncio.to_thread(
        kv.create_or_update_secret, **written, secret={"STRIPE_KEY": "value-for-tests-1", "kept": "x"}, cas=0
    )
    bao.policy("reader", READER)
    async with vault_of(spec_of(bao, bao.token_with("reader"))) as seat:
        found = await seat.adapter.read(place())
        assert (found.text, found.version) == ("value-for-tests-1", "1")
        await seat.adapter.put("op1", place(), "value-for-tests-2", after="1")
    theirs = (await asyncio.to_thread(kv.read_secret_version, **written, raise_on_deleted_version=True))[
        "data"
    ]
    assert theirs["data"] == {"STRIPE_KEY": "value-for-tests-2", "kept": "x"}
    assert theirs["metadata"]["version"] == 2
    client.adapter.close()
