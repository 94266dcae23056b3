"""Commits of one party that are sent one behind the other, each decided on the state that the one before will make."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence

import pytest

from lobby.domain.commands import JoinParty, PostMessage
from lobby.ports import Commit, Conflict, IdempotencyRecord, Retention
from lobby.stores.valkey.opening import open_valkey
from lobby.stores.valkey.pending_states import PendingStates
from lobby.stores.valkey.scripts import COMMIT
from lobby.stores.valkey.store import ValkeyStore
from tests.lobby.stores.changes import ANA, BEN, BOUNDS, CAT, change, create, do, party_creation
from tests.lobby.stores.valkey.servers import LateReply, LosingReplies
from tests.manual_clock import ManualClock
from tools.chaos.valkey.server import ValkeyServer

WAIT_S = 10.0


@pytest.fixture
async def nodes(valkey: ValkeyServer) -> AsyncIterator[tuple[ValkeyStore, ValkeyStore]]:
    nodes = [await open_valkey(valkey.url, BOUNDS, Retention(), ManualClock()) for _ in range(2)]
    yield nodes[0], nodes[1]
    for node in nodes:
        await node.close()


@pytest.fixture
async def node_of_cluster(valkey: ValkeyServer) -> AsyncIterator[ValkeyStore]:
    """Its keys of parties and players lie in several partitions."""
    node = await open_valkey(valkey.url, BOUNDS, Retention(), ManualClock(), partitions=16)
    yield node
    await node.close()


async def commit_with_keys(node: ValkeyStore, keys: Sequence[str]) -> list[asyncio.Task[None]]:
    """As `commit_messages`, each with an idempotency key of Ben, which lies in another partition than the party."""
    partitions = node.client.partitions
    assert partitions.of("p1") != partitions.of(BEN.id)
    commits: list[asyncio.Task[None]] = []
    for key in keys:
        latest = await node.latest("p1")
        assert latest is not None
        posted = change(latest, PostMessage(ANA, key))
        record = IdempotencyRecord(BEN.id, key, b"digest", "p1", posted.after.version, posted.after.changed_at)
        commits.append(asyncio.create_task(node.commit(Commit((posted,), record))))
        await asyncio.sleep(0)  # so that its claim is sent
    return commits


async def commit_messages(node: ValkeyStore, count: int) -> list[asyncio.Task[None]]:
    """Commits on their way to the servers, each decided on the latest state."""
    commits: list[asyncio.Task[None]] = []
    for number in range(count):
        latest = await node.latest("p1")
        assert latest is not None
        posted = change(latest, PostMessage(ANA, f"{number}"))
        commits.append(asyncio.create_task(node.commit(Commit((posted,)))))
        await asyncio.sleep(0)  # so that it is sent
    return commits


async def test_commits_at_the_same_time_take_one_call_each(nodes: tuple[ValkeyStore, ValkeyStore]) -> None:
    node, _ = nodes
    made = await create(node)
    calls = node.client.calls
    async with asyncio.timeout(WAIT_S):
        await asyncio.gather(*await commit_messages(node, 5))
    assert node.client.calls - calls == 5
    party = await node.party("p1")
    assert party is not None
    assert party.version == made.version + 5


async def test_commits_over_partitions_lose_to_none_of_their_node(node_of_cluster: ValkeyStore) -> None:
    """Each takes a call for its key, and one that decides."""
    node = node_of_cluster
    made = await create(node)
    calls = node.client.calls
    async with asyncio.timeout(WAIT_S):
        await asyncio.gather(*await commit_with_keys(node, "abcde"))
    assert node.client.calls - calls == 10
    party = await node.party("p1")
    assert party is not None
    assert party.version == made.version + 5


async def test_commits_behind_one_whose_key_was_used_fail_too(node_of_cluster: ValkeyStore) -> None:
    """It never comes to the call that decides, for which the others wait."""
    node = node_of_cluster
    await create(node)
    async with asyncio.timeout(WAIT_S):
        await asyncio.gather(*await commit_with_keys(node, "a"))
        newest = await node.party("p1")
        outcomes = await asyncio.gather(*await commit_with_keys(node, "abc"), return_exceptions=True)
        assert [type(outcome) for outcome in outcomes] == [Conflict] * 3
        assert await node.latest("p1") == newest == await node.party("p1")
        assert await node.find_idempotency_record(BEN.id, "b") is None
        await asyncio.gather(*await commit_with_keys(node, "bc"))


async def test_a_state_whose_claims_are_being_taken_is_verified_after_its_commit(node_of_cluster: ValkeyStore) -> None:
    node = node_of_cluster
    await create(node)
    late = node.client._servers = LateReply(node.client._servers)
    [commit] = await commit_with_keys(node, "a")
    async with asyncio.timeout(WAIT_S):
        await late.is_held.wait()
        pending = await node.latest("p1")
        assert pending is not None
        verification = asyncio.create_task(node.verify_latest(pending))
        late.arrive()
        await verification
        await commit
    assert await node.party("p1") == pending


async def test_only_durable_states_are_shown(nodes: tuple[ValkeyStore, ValkeyStore]) -> None:
    node, _ = nodes
    made = await create(node)
    late = node.client._servers = LateReply(node.client._servers)
    [commit] = await commit_messages(node, 1)
    async with asyncio.timeout(WAIT_S):
        await late.is_held.wait()
    assert await node.party_at("p1", made.version) == made
    late.arrive()
    await commit


async def test_commits_on_top_of_a_failed_one_fail_too(nodes: tuple[ValkeyStore, ValkeyStore]) -> None:
    node, other = nodes
    await create(node)
    newest = await do(other, "p1", JoinParty(BEN))
    commits = await commit_messages(node, 3)
    async with asyncio.timeout(WAIT_S):
        outcomes = await asyncio.gather(*commits, return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [Conflict] * 3
    assert await node.latest("p1") == newest == await node.party("p1")
    assert (await do(node, "p1", JoinParty(CAT))).version == newest.version + 1


def test_a_late_failure_does_not_drop_states_that_were_decided_anew() -> None:
    """The second commit is told of the failure of the first one only after a third one was sent."""
    states = PendingStates()
    made = party_creation().after
    posted, joined = change(made, PostMessage(ANA, "hello")), change(made, JoinParty(BEN))
    first = states.add(posted, "1")
    second = states.add(change(posted.after, JoinParty(CAT)), "2")
    assert first is not None
    assert second is not None
    states.remove_failed(first)
    assert states.newest("p1") is None
    third = states.add(joined, "3")
    states.remove_failed(second)
    assert third is not None
    assert states.newest("p1") is third


async def test_commits_return_in_the_order_of_the_log(nodes: tuple[ValkeyStore, ValkeyStore]) -> None:
    """The reply to the first of two commits is lost, so its call is repeated."""
    node, _ = nodes
    await create(node)
    losing = node.client._servers = LosingReplies(node.client._servers)
    losing.script, losing.count = COMMIT.sha, 1
    ended: list[int] = []
    commits = await commit_messages(node, 2)
    for number, commit in enumerate(commits):
        commit.add_done_callback(lambda _, number=number: ended.append(number))  # type: ignore[misc]
    async with asyncio.timeout(WAIT_S):
        await asyncio.gather(*commits)
    assert losing.count == 0
    assert ended == [0, 1]


async def test_a_commit_that_was_given_up_is_built_on_no_more(nodes: tuple[ValkeyStore, ValkeyStore]) -> None:
    """Its request was cancelled. Whether it stands is unknown, and the next reader finds out."""
    node, _ = nodes
    made = await create(node)
    [commit] = await commit_messages(node, 1)
    commit.cancel()
    with pytest.raises(asyncio.CancelledError):
        await commit
    assert await node.latest("p1") == made
    party = await node.party("p1")
    assert party is not None
    assert party.version == made.version + 1


async def test_a_state_is_not_verified_by_another_one_of_the_same_version(
    nodes: tuple[ValkeyStore, ValkeyStore],
) -> None:
    """The decision on it must not be shown: another node's commit came first, and led to the same version."""
    node, other = nodes
    await create(node)
    newest = await do(other, "p1", JoinParty(BEN))
    [commit] = await commit_messages(node, 1)
    pending = await node.latest("p1")
    assert pending is not None
    assert pending.version == newest.version
    async with asyncio.timeout(WAIT_S):
        with pytest.raises(Conflict):
            await node.verify_latest(pending)
        with pytest.raises(Conflict):
            await commit


async def test_a_pending_state_is_verified_once_it_is_durable(nodes: tuple[ValkeyStore, ValkeyStore]) -> None:
    node, _ = nodes
    await create(node)
    [commit] = await commit_messages(node, 1)
    pending = await node.latest("p1")
    assert pending is not None
    async with asyncio.timeout(WAIT_S):
        await node.verify_latest(pending)
        assert await node.party("p1") == pending
        await commit
