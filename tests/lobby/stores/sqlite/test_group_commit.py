"""Group commit: commits that arrive during a write share the next transaction."""

from __future__ import annotations

import asyncio

import pytest

from lobby.domain.commands import PostMessage
from lobby.stores.local import group_commit
from tests.lobby.stores.changes import create, do, player
from tests.lobby.stores.home import Home


async def test_commits_during_a_write_form_one_group(sqlite_home: Home) -> None:
    store = await sqlite_home.open()
    await create(store, None, "p0")
    before = sqlite_home.write_blocker.groups
    sqlite_home.write_blocker.hold()
    first = asyncio.create_task(create(store, None, "first"))
    await sqlite_home.write_blocker.reached()
    others = [asyncio.create_task(create(store, None, f"p{count}")) for count in range(1, 65)]
    await asyncio.sleep(0)
    sqlite_home.write_blocker.release()
    await asyncio.gather(first, *others)
    assert sqlite_home.write_blocker.groups - before == 2
    await store.close()


async def test_commits_of_the_next_turns_of_the_loop_join_a_group(
    sqlite_home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(group_commit, "GATHER_S_MAX", 60)  # however slow this machine is
    store = await sqlite_home.open()
    await create(store, None, "p0")
    before = sqlite_home.write_blocker.groups
    commits = []
    for count in range(1, 9):
        commits += [asyncio.create_task(create(store, None, f"p{count}{name}")) for name in "ab"]
        await asyncio.sleep(0)
        await asyncio.sleep(0)
    await asyncio.gather(*commits)
    assert sqlite_home.write_blocker.groups - before == 1
    await store.close()


async def test_a_commit_alone_waits_for_no_other(sqlite_home: Home) -> None:
    store = await sqlite_home.open()
    await create(store, None, "p0")
    before = sqlite_home.write_blocker.groups
    commit = asyncio.create_task(create(store, None, "p1"))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert sqlite_home.write_blocker.groups - before == 1
    await commit
    await store.close()


async def test_a_stream_of_commits_takes_far_fewer_transactions(sqlite_home: Home) -> None:
    store = await sqlite_home.open()
    for count in range(20):
        await create(store, player(f"leader{count}"), f"p{count}")
    before = sqlite_home.write_blocker.groups

    async def chat(count: int) -> None:
        await do(store, f"p{count}", *(PostMessage(player(f"leader{count}"), "hello") for _ in range(10)))

    await asyncio.gather(*map(chat, range(20)))
    assert sqlite_home.write_blocker.groups - before <= 60
    await store.close()


async def test_a_large_group_is_written_whole(sqlite_home: Home) -> None:
    """More rows than fit into one statement."""
    sqlite_home.waiting_max = 2_000
    store = await sqlite_home.open()
    await asyncio.gather(*(create(store, None, f"p{count}") for count in range(1_500)))
    await store.close()
    store = await sqlite_home.open()
    assert all([await store.party(f"p{count}") for count in range(1_500)])
    await store.close()
