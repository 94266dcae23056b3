"""A server that is killed at any moment loses no commit that returned, and leaves nothing half written."""

from __future__ import annotations

import random
import subprocess
import sys
from collections.abc import Iterable

from lobby.domain.events import Entry, MemberJoined, MemberLeft
from lobby.ports import Store
from tests.lobby.stores.home import Home
from tests.lobby.stores.sqlite.committing import PAIRS, latest

KILLS = 10
ANSWERS_MAX = 150
COMMAND = (sys.executable, "-m", "tests.lobby.stores.sqlite.committing")


async def test_a_kill_loses_no_finished_commit_and_leaves_no_half(sqlite_home: Home) -> None:
    answered: dict[str, int] = {}
    for kill in range(KILLS):
        answered |= killed_in_the_middle(sqlite_home.url, random.Random(kill).randrange(1, ANSWERS_MAX))
        store = await sqlite_home.open()
        for party_id, version in answered.items():
            assert version <= (await latest(store, party_id)).version
        for pair in range(PAIRS):
            await check_pair(store, pair)
        await store.close()


def killed_in_the_middle(url: str, answers: int) -> dict[str, int]:
    """The last version of each party that a process printed before it was killed, after `count` commits."""
    with subprocess.Popen((*COMMAND, url), stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        lines = [process.stdout.readline() for _ in range(answers)]
        process.kill()
        lines += process.stdout.readlines()
    return versions(lines)


def versions(lines: Iterable[bytes]) -> dict[str, int]:
    create: dict[str, int] = {}
    for line in lines:
        if line.endswith(b"\n"):
            here, here_version, there, there_version = line.decode().split()
            create |= {here: int(here_version), there: int(there_version)}
    return create


async def check_pair(store: Store, pair: int) -> None:
    """The player who left one party has joined the other, in the state and in both logs."""
    wanderer = f"wanderer{pair}"
    parties = [await latest(store, f"{pair}{side}") for side in "ab"]
    homes = [party.id for party in parties if party.member(wanderer)]
    assert homes == [await store.party_of_player(wanderer)]
    events: list[object] = []
    for party in parties:
        entries = await whole_log(store, party.id)
        assert list(range(1, party.version + 1)) == [entry.seq for entry in entries]
        assert party == entries[-1].party
        events += [entry.event for entry in entries]
    joined = sum(isinstance(event, MemberJoined) for event in events)
    left = sum(isinstance(event, MemberLeft) for event in events)
    assert joined == left + 1


async def whole_log(store: Store, party_id: str) -> list[Entry]:
    return list(await store.entries(party_id, 0, 100_000))
