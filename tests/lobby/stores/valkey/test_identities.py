"""Links of identities that a dead node has begun are finished or taken back by the next node that reads them."""

from __future__ import annotations

from collections.abc import AsyncIterator

import msgspec
import pytest

from lobby.domain.identities import Identity
from lobby.ports import IdempotencyRecord, Retention
from lobby.stores.valkey.commit_planner import record_claim
from lobby.stores.valkey.identities import IdentityPlan, ListedIdentity, account_digest
from lobby.stores.valkey.opening import open_valkey
from lobby.stores.valkey.scripts import PREPARE_IDENTITY
from lobby.stores.valkey.store import ValkeyStore
from tests.lobby.stores.changes import AT, BOUNDS
from tests.manual_clock import ManualClock
from tools.chaos.valkey.server import ValkeyServer

ACCOUNT = Identity("discord", "1", "ana", AT)
RECORD = IdempotencyRecord("ana", "key", b"input", "", 0, AT)


@pytest.fixture
async def store(valkey: ValkeyServer) -> AsyncIterator[ValkeyStore]:
    store = await open_valkey(valkey.url, BOUNDS, Retention(), ManualClock(), partitions=16)
    yield store
    await store.close()


async def begin_link(store: ValkeyStore) -> None:
    """The first step of a link. Then its node dies."""
    digest, at = account_digest("discord", "1"), store.client.server_time.now()
    claim = record_claim(RECORD, "call", stands=True, at=at, retention=Retention())
    text = msgspec.json.encode(ListedIdentity(ACCOUNT, "call", claim.name)).decode()
    plan = IdentityPlan("call", at, "ana", digest, text, 8, claim)
    home = store.client.partitions.of("ana")
    assert await store.client.run(PREPARE_IDENTITY, home, msgspec.json.encode(plan)) == b"done"


async def test_a_link_that_was_begun_is_finished_by_the_next_reader(store: ValkeyStore) -> None:
    await begin_link(store)
    assert await store.identity("discord", "1") is None
    assert list(await store.identities_of("ana")) == [ACCOUNT]
    assert await store.identity("discord", "1") == ACCOUNT
    assert await store.find_idempotency_record("ana", "key") == RECORD


async def test_a_link_that_lost_its_account_meanwhile_goes_with_its_record(store: ValkeyStore) -> None:
    await begin_link(store)
    taken = Identity("discord", "1", "ben", AT)
    await store.link_identity(taken, 8)
    assert list(await store.identities_of("ana")) == []
    assert await store.identity("discord", "1") == taken
    assert await store.find_idempotency_record("ana", "key") is None
