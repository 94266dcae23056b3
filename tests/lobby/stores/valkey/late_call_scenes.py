"""The calls of a store in `test_late_calls.py`. Together they run each script."""

from __future__ import annotations

from dataclasses import replace

import pytest

from lobby.domain.blocks import BlockCheck, BlockList, block_player, unblock_player
from lobby.domain.commands import (
    BeginSession,
    CompleteSession,
    ContinueRun,
    DisbandParty,
    InvitePlayer,
    JoinParty,
    LeaveParty,
    PostMessage,
    RevokeInvite,
    RotateJoinCode,
    SaveCheckpoint,
)
from lobby.domain.identities import Identity
from lobby.domain.moderation import ModerationWrite, Report, ReportedMessage
from lobby.domain.rules.decide import decide_creation
from lobby.limits.attempt_limiter import WINDOW_MS
from lobby.ports import (
    Change,
    Commit,
    Conflict,
    IdempotencyRecord,
    PresenceLease,
    RefreshFamily,
    Retention,
    SentEntries,
    WaitingLog,
)
from lobby.stores.valkey.opening import open_valkey
from lobby.stores.valkey.shared_presence_and_attempts import NodeLeases, SharedAttemptLimiter
from lobby.stores.valkey.store import ValkeyStore
from tests.lobby.stores.changes import (
    ANA,
    AT,
    BEN,
    BOUNDS,
    CAT,
    DAN,
    change,
    create,
    do,
    party_creation,
    party_move,
    player,
    record_of,
    start,
)
from tests.lobby.stores.contract.test_moderation import ban, entry
from tests.lobby.stores.contract.test_searches import accepted, merge, proposed, search
from tests.manual_clock import ManualClock

EVE, YAN, ZOE = player("eve"), player("yan"), player("zoe")
PARTITIONS = 16
LEASE_S = 60.0
"""Longer than any pause of a busy machine. `expire_lease` ends one."""


async def move(store: ValkeyStore, old: str, new: str) -> None:
    left, joined = await store.party(old), await store.party(new)
    assert left is not None
    assert joined is not None
    await store.commit(party_move(BEN, left, joined))


async def change_parties(store: ValkeyStore) -> None:
    await create(store, ANA, "p1")
    await create(store, CAT, "p2")
    await do(store, "p1", JoinParty(BEN))
    for _ in range(2):
        await move(store, "p1", "p2")
        await move(store, "p2", "p1")
    await do(store, "p1", start("s1"))
    assert await store.take_due(AT + 5_000, 10) == ["p1"]
    party = await do(store, "p1", BeginSession("s1"), CompleteSession(ANA, "s1"), at=AT + 60_000)
    await store.commit(Commit((), record_of(party)))
    await do(store, "p1", RotateJoinCode(ANA, "NEWP1"), PostMessage(ANA, "hello"))
    for guest in (DAN, EVE):
        invited = await do(store, "p1", InvitePlayer(ANA, guest))
        await do(store, "p1", RevokeInvite(ANA, invited.pending_invites[0].id))
    await do(store, "p1", InvitePlayer(ANA, EVE), at=AT + 1)
    with pytest.raises(Conflict):
        await create(store, BEN, "p3")
    await do(store, "p2", LeaveParty(CAT))
    await store.save_refresh_family(RefreshFamily("f", "ana", "Ana", 1, 0, 10**14), None)
    await store.save_refresh_family(RefreshFamily("f", "ana", "Ana", 2, 0, 10**14), 1)
    await store._committer.close()
    await store.sweep(AT)


async def save_and_continue_a_run(store: ValkeyStore) -> None:
    await create(store, ANA, "p6")
    await do(store, "p6", JoinParty(BEN), start("s6"))
    party = await do(store, "p6", BeginSession("s6"), at=AT + 60_000)
    for data in ("first", "second"):
        saved = change(party, SaveCheckpoint(ANA, "s6", data), AT + 60_000)
        await store.commit(Commit((saved,), checkpoint_data=data))
        party = saved.after
    await do(store, "p6", CompleteSession(ANA, "s6"), DisbandParty(ANA), at=AT + 60_000)
    run = await store.saved_run("s6")
    assert run is not None
    for party_id in ("p7", "p8"):
        entries = decide_creation(ContinueRun(ANA, run), party_id, "epoch", party_id.upper(), AT + 60_000, BOUNDS)
        assert isinstance(entries, tuple)
        await store.commit(Commit((Change(None, entries),)))
        await do(store, party_id, DisbandParty(ANA), at=AT + 60_000)
    await store.remove_from_run("s6", "ben")
    await store.remove_from_run("s6", "ana")
    await store._committer.close()


async def block_and_unblock(store: ValkeyStore) -> None:
    blocks = BlockList("eve")
    for other in (ANA, BEN):
        added = block_player(blocks, other, AT, BOUNDS)
        assert isinstance(added, BlockList)
        await store.save_block_list(added, IdempotencyRecord("eve", other.id, b"input", "", 0, AT))
        blocks = added
    await store.save_block_list(unblock_player(blocks, "ana"))
    assert not await store.finds_block((BlockCheck("ana", ("eve",)),))
    assert await store.finds_block((BlockCheck("ben", ("eve",)),))


async def link_and_unlink_identities(store: ValkeyStore) -> None:
    for subject in ("1", "2"):
        record = IdempotencyRecord("ana", subject, b"input", "", 0, AT)
        await store.link_identity(Identity("discord", subject, "ana", AT), 8, record)
    with pytest.raises(Conflict):
        await store.link_identity(Identity("discord", "1", "ben", AT), 8, IdempotencyRecord("ben", "1", b"", "", 0, AT))
    await store.unlink_identities("ana")
    await store.link_identity(Identity("discord", "3", "ana", AT), 8)


async def leave_a_claim_behind(store: ValkeyStore) -> None:
    """The node of a commit died after its claims: the next commit repairs them."""
    creation = party_creation(DAN, "p4")
    plan = store._planner.plan(Commit((creation,)), AT, store.client.server_time.now(), {})
    await store._committer._claim(plan, plan.homes[-1])
    assert any(part.takes_claims for number, part in plan.partitions.items() if number != plan.homes[-1])
    with pytest.raises(Conflict):
        await create(store, DAN, "p5")
    await create(store, DAN, "p5")


async def share_presence(store: ValkeyStore, url: str) -> None:
    """Another node with several players dies, and this node takes its players over."""
    presence = store.cluster_presence
    await presence.heartbeat()
    dying = await open_valkey(url, BOUNDS, Retention(), ManualClock(), partitions=PARTITIONS, lease_s=LEASE_S)
    await dying.cluster_presence.heartbeat()
    for name in ("ana", "ben", "cat"):
        await dying.cluster_presence.publish(name, PresenceLease(frozenset({"p1"}), AT))
    await dying.close()
    await expire_lease(dying, store)
    await presence.publish("dan", PresenceLease(frozenset({"p5"}), AT))
    await presence.publish("dan", PresenceLease(frozenset({"p5"}), AT + 5_000))
    await presence.publish("dan", None, last_stream_ended=True)
    await presence.publish("dan", PresenceLease(frozenset({"p5"}), AT + 6_000))
    assert set((await presence.heartbeat()).orphans) == {"ana", "ben", "cat"}
    await presence.publish("ana", None)


async def expire_lease(node: ValkeyStore, other: ValkeyStore) -> None:
    """As if the lease of a node had lasted for its time, and the other node had had one for long enough to take players over."""
    ended, held = node.cluster_presence, other.cluster_presence
    assert isinstance(ended, NodeLeases)
    assert isinstance(held, NodeLeases)
    await other.client.call(0, "ZADD", "nodes", 0, ended.node)
    await other.client.call(0, "HSET", "nodes-since", held.node, 0)


async def limit_attempts(store: ValkeyStore) -> None:
    limiter = SharedAttemptLimiter(store.client, "password", 3, WINDOW_MS)
    await limiter.take(("ana", "p1"), AT)
    await limiter.refund(("ana", "p1"))
    await limiter.take(("ana", "p1"), AT + 1)
    await limiter.take(("ana", "p1"), AT + 2)


async def match_parties(store: ValkeyStore) -> None:
    """Four parties become one."""
    parties = await proposed(store, *[await search(store, f"s{number}") for number in range(4)])
    stays, *others = [await accepted(store, party) for party in parties]
    await store.commit(merge(stays, *others))
    await store.searches.add_waits("kind", {"s1.1": 3})
    await store.searches.hold_lease("test", "holder", 600_000)


async def moderate(store: ValkeyStore) -> None:
    await create(store, ZOE, "p9")
    await do(store, "p9", JoinParty(YAN), InvitePlayer(YAN, player("wim")), PostMessage(ZOE, "hello"))
    await store.save_refresh_family(RefreshFamily("of yan", YAN.id, "Yan", 1, 0, 10**14), None)
    await store.moderation.record(ModerationWrite(entry("k1"), ban=ban(YAN)))
    await store.moderation.record(ModerationWrite(entry("k2", "unbanPlayer"), unbanned=YAN.id))
    party = await store.latest("p9")
    assert party is not None
    message = ReportedMessage(4, AT, ZOE, "rude")
    await store.moderation.add_report(Report("r1", party, YAN, ZOE, "rude", AT, 4, (message,), "key", b"print"))
    await do(store, "p9", LeaveParty(YAN))
    await store._committer.close()


async def send_events(store: ValkeyStore) -> None:
    await create(store, player("uma"), "p11")
    store._planner = replace(store._planner, sends_events=True)
    await create(store, player("vic"), "p12")
    store._planner = replace(store._planner, sends_events=False)
    await store.event_outbox.record([SentEntries(WaitingLog("p12", 0), 1, retry_at=AT + 1)])
    assert await store.event_outbox.replay(AT, AT, "p11") == 1


async def erase_a_player(store: ValkeyStore) -> None:
    await store.erase_player(YAN.id, "someone")
    await store.moderation.erase(YAN.id, "someone")
