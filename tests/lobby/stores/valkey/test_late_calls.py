"""Calls of scripts that arrive twice, or late, change nothing."""

from __future__ import annotations

from collections.abc import AsyncIterator
from functools import partial
from typing import Any

import msgspec
import pytest

from lobby.domain.commands import (
    JoinParty,
)
from lobby.domain.model import Party
from lobby.ports import (
    Commit,
    Conflict,
    PresenceLease,
    Retention,
    Unavailable,
)
from lobby.stores.valkey import scripts
from lobby.stores.valkey.client import Servers
from lobby.stores.valkey.connection import Argument
from lobby.stores.valkey.opening import open_valkey
from lobby.stores.valkey.scripts import (
    CLAIM,
    COMMIT,
    COUNT_ATTEMPT,
    POST_TO_INBOX,
    RECORD_SENT,
    REFUND_ATTEMPT,
    RENEW_LEASE,
    REPLACE_CLAIM,
    REPLAY_EVENTS,
    TAKE_DUE,
    TAKE_OVER_PLAYERS,
    UPDATE_PRESENCE,
    Script,
)
from lobby.stores.valkey.store import ValkeyStore
from tests.lobby.stores.changes import (
    ANA,
    BEN,
    BOUNDS,
    CAT,
    change,
    create,
    do,
)
from tests.lobby.stores.valkey.late_call_scenes import (
    LEASE_S,
    PARTITIONS,
    block_and_unblock,
    change_parties,
    erase_a_player,
    expire_lease,
    leave_a_claim_behind,
    limit_attempts,
    link_and_unlink_identities,
    match_parties,
    moderate,
    move,
    save_and_continue_a_run,
    send_events,
    share_presence,
)
from tests.lobby.stores.valkey.servers import LosingReplies
from tests.manual_clock import ManualClock
from tools.chaos.valkey.server import ValkeyServer

CHANGING = [
    script for script in vars(scripts).values() if isinstance(script, Script) and script not in scripts.READ_ONLY
]
ERASING = (
    scripts.MARK_ERASED,
    scripts.ERASE_INBOX,
    scripts.ERASE_KEYS,
    scripts.ERASE_PARTY,
    scripts.ERASE_MODERATION,
)
MARKS = ("claimed", "open", "abort", "told", "moved", "gone", "refunded", "unblocked", "unlinked", "erased")
"""Keys that expire, and by which scripts recognize a late call."""
PRESENT: dict[Script, tuple[str, ...]] = {
    RENEW_LEASE: ("nodes", "nodes-since", "places", "up-since"),
    TAKE_DUE: ("deadlines",),
    COUNT_ATTEMPT: (),
}
"""Calls that describe the present and are repeated all the time, with the keys that they may change again: a lease is renewed,
and a due party is handed out again. A late call changes nothing at all."""
DUMP_ALL = """
local rows = {}
for _, name in ipairs(redis.call('KEYS', 'lobby:*')) do
    rows[#rows + 1] = name
    rows[#rows + 1] = redis.call('DUMP', name)
end
return rows
"""
BEGAN_AT = {
    RENEW_LEASE: 9,
    UPDATE_PRESENCE: 9,
    REPLACE_CLAIM: 8,
    REFUND_ATTEMPT: 7,
    POST_TO_INBOX: 9,
    RECORD_SENT: 4,
    REPLAY_EVENTS: 4,
}
"""By script: the index of the argument that holds the time when the call began."""


class RecordedCalls:
    """Passes all calls on, and can send the calls of scripts again."""

    def __init__(self, servers: Servers) -> None:
        self.servers = servers
        self.scripts: list[tuple[int, tuple[Argument, ...]]] = []

    async def call(self, slot: int, command: tuple[Argument, ...]) -> Any:
        if command[0] == "EVALSHA":
            self.scripts.append((slot, command))
        return await self.servers.call(slot, command)

    async def close(self) -> None:
        await self.servers.close()

    def of(self, script: Script) -> list[tuple[int, tuple[Argument, ...]]]:
        return [(slot, command) for slot, command in self.scripts if command[1] == script.sha]


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """The commit of a dead node is called off after a short time."""
    monkeypatch.setattr("lobby.stores.valkey.multi_party_commit.OPEN_MS", 100)


@pytest.fixture
async def store(valkey: ValkeyServer) -> AsyncIterator[ValkeyStore]:
    store = await open_valkey(valkey.url, BOUNDS, Retention(), ManualClock(), partitions=PARTITIONS, lease_s=LEASE_S)
    yield store
    await store.close()


def record(store: ValkeyStore) -> RecordedCalls:
    calls = store.client._servers = RecordedCalls(store.client._servers)
    return calls


async def contents(calls: RecordedCalls, *but: str) -> dict[str, bytes]:
    """All keys with what is in them, except the keys of some kinds."""
    rows = await calls.servers.call(0, ("EVAL", DUMP_ALL, 0))
    found = {key.decode(): value for key, value in zip(rows[::2], rows[1::2], strict=True)}
    return {key: found[key] for key in sorted(found) if key.partition("}:")[2].partition(":")[0] not in (*MARKS, *but)}


async def do_everything(store: ValkeyStore, url: str, with_erasure: bool) -> RecordedCalls:
    calls = record(store)
    await save_and_continue_a_run(store)
    await change_parties(store)
    await block_and_unblock(store)
    await link_and_unlink_identities(store)
    await leave_a_claim_behind(store)
    await share_presence(store, url)
    await limit_attempts(store)
    await match_parties(store)
    await moderate(store)
    await send_events(store)
    if with_erasure:
        await erase_a_player(store)
    return calls


@pytest.mark.parametrize("script", CHANGING, ids=lambda script: script.name)
async def test_every_call_that_changes_something_may_arrive_again_or_late(
    store: ValkeyStore, valkey: ValkeyServer, script: Script
) -> None:
    calls = await do_everything(store, valkey.url, script in ERASING)
    recorded = calls.of(script)
    assert recorded, "the scene does not call this script"
    but = PRESENT.get(script, ())
    before, whole = await contents(calls, *but), await contents(calls)
    for slot, command in (*recorded, *reversed(recorded)):
        await calls.servers.call(slot, command)
        assert await contents(calls, *but) == before, command
    if script in BEGAN_AT:
        at = BEGAN_AT[script]
        whole = await contents(calls)
        for slot, command in recorded:
            ago = int(command[at]) - 301_000
            await calls.servers.call(slot, (*command[:at], ago, *command[at + 1 :]))
            assert await contents(calls) == whole, command


async def test_a_node_that_counts_as_gone_publishes_nothing(valkey: ValkeyServer) -> None:
    """Presence that it published late would stay in the store, because other nodes take its players over only once."""
    open_node = partial(
        open_valkey, valkey.url, BOUNDS, Retention(), ManualClock(), partitions=PARTITIONS, lease_s=LEASE_S
    )
    one, frozen = await open_node(), await open_node()
    await one.cluster_presence.heartbeat()
    await frozen.cluster_presence.heartbeat()
    await frozen.cluster_presence.publish("ana", PresenceLease(frozenset({"p1"})))
    await expire_lease(frozen, one)
    assert (await one.cluster_presence.heartbeat()).orphans == ("ana",)
    with pytest.raises(Unavailable):
        await frozen.cluster_presence.publish("ben", PresenceLease(frozenset({"p1"})))
    assert await one.cluster_presence.on_other_nodes("ben") == PresenceLease()
    assert (await frozen.cluster_presence.heartbeat()).lease_was_lost
    await frozen.cluster_presence.publish("ben", PresenceLease(frozenset({"p1"})))
    assert await one.cluster_presence.on_other_nodes("ben") == PresenceLease(frozenset({"p1"}))
    await frozen.close()
    await expire_lease(frozen, one)
    assert (await one.cluster_presence.heartbeat()).orphans == ("ben",)
    await one.close()


async def test_players_of_a_take_over_whose_reply_was_lost_are_returned_by_the_next_heartbeat(
    valkey: ValkeyServer,
) -> None:
    open_node = partial(open_valkey, valkey.url, BOUNDS, Retention(), ManualClock(), lease_s=LEASE_S)
    one, dead = await open_node(), await open_node()
    await one.cluster_presence.heartbeat()
    await dead.cluster_presence.heartbeat()
    await dead.cluster_presence.publish("ana", PresenceLease(frozenset({"p1"})))
    await dead.close()
    await expire_lease(dead, one)
    losing = one.client._servers = LosingReplies(one.client._servers)
    losing.script, losing.count = TAKE_OVER_PLAYERS.sha, 100
    with pytest.raises(Unavailable):
        await one.cluster_presence.heartbeat()
    losing.count = 0
    assert (await one.cluster_presence.heartbeat()).orphans == ("ana",)
    await one.close()


async def test_a_claim_repeated_after_its_use_puts_nobody_in_two_parties(valkey: ValkeyServer) -> None:
    store = await open_valkey(valkey.url, BOUNDS, Retention(), ManualClock(), partitions=16)
    await create(store, ANA, "p1")
    await create(store, CAT, "p2")
    await do(store, "p1", JoinParty(BEN))
    calls = record(store)
    await move(store, "p1", "p2")
    claims = [call for call in calls.scripts if call[1][1] == CLAIM.sha]
    await move(store, "p2", "p1")
    await store._committer.close()
    for slot, command in claims:
        await calls.servers.call(slot, command)
    assert await store.party_of_player("ben") == "p1"
    party: Party | None = await store.party("p2")
    assert party is not None
    for _ in range(5):
        with pytest.raises(Conflict):
            await store.commit(Commit((change(party, JoinParty(BEN)),)))
    await store.close()


async def test_a_commit_of_long_ago_is_not_made(valkey: ValkeyServer) -> None:
    """The node was paused for so long that other nodes may have called its commit off, and the store has forgotten that."""
    store = await open_valkey(valkey.url, BOUNDS, Retention(), ManualClock(), partitions=16)
    await create(store, ANA, "p1")
    await create(store, CAT, "p2")
    await do(store, "p1", JoinParty(BEN))
    calls = record(store)
    await move(store, "p1", "p2")
    before = await contents(calls)
    ago_ms = store.client.server_time.now() - 301_000
    for slot, command in calls.scripts:
        if command[1] in (CLAIM.sha, COMMIT.sha):
            text = command[4]
            assert isinstance(text, bytes)
            plan = msgspec.json.decode(text)
            plan |= {"id": "late", "claimed_at": ago_ms}
            for party in plan["parties"]:
                found = await store.party(party["id"])
                assert found is not None
                party["before"] = found.version
                commit_id = await store.client.call(
                    store.client.partitions.of(found.id), "HGET", f"party:{found.id}", "n"
                )
                party["nonce"] = commit_id.decode()
            answer = await calls.servers.call(slot, (*command[:4], msgspec.json.encode(plan), *command[5:]))
            assert answer == [b"aborted"]
    await store._committer.close()
    assert {key: value for key, value in (await contents(calls)).items() if key in before}.keys() == before.keys()
    await store.close()
