"""Hashing passwords: salted, memory-hard, off the event loop, and not more at once than there is room for."""

from __future__ import annotations

import asyncio
import os
import sys
import threading
from collections.abc import Iterator

import pytest

from lobby.auth.passwords import Passwords
from lobby.ports import Unavailable


@pytest.fixture
def passwords() -> Iterator[Passwords]:
    passwords = Passwords(waiting_max=2)
    yield passwords
    passwords.close()


async def test_the_right_password_matches_its_hash_and_no_other_does(passwords: Passwords) -> None:
    hashed = await passwords.hash("sesame")
    assert [await passwords.matches(each, hashed) for each in ("sesame", "Sesame", "sesame ", "")] == [
        True,
        False,
        False,
        False,
    ]


async def test_the_same_password_never_hashes_alike(passwords: Passwords) -> None:
    assert await passwords.hash("sesame") != await passwords.hash("sesame")


async def test_the_hash_is_memory_hard(passwords: Passwords) -> None:
    _, kind, _, parameters, _, _ = (await passwords.hash("sesame")).split("$")
    assert (kind, parameters) == ("argon2id", "m=19456,t=2,p=1")


@pytest.mark.skipif(sys.platform != "linux", reason="priorities of threads are Linux's own")
async def test_hashing_gives_way_to_the_event_loop(passwords: Passwords) -> None:
    usual = os.getpriority(os.PRIO_PROCESS, threading.get_native_id())

    await passwords.hash("sesame")

    nices = {each.name: os.getpriority(os.PRIO_PROCESS, each.native_id or 0) for each in threading.enumerate()}
    assert usual < max(nice for name, nice in nices.items() if name.startswith("passwords"))
    assert os.getpriority(os.PRIO_PROCESS, threading.get_native_id()) == usual


async def test_others_have_their_turns_meanwhile(passwords: Passwords) -> None:
    hashing = asyncio.create_task(passwords.hash("sesame"))
    turns = 0
    while not hashing.done():
        await asyncio.sleep(0)
        turns += 1
    assert turns > 2


async def test_one_too_many_is_turned_away_and_may_come_again(passwords: Passwords) -> None:
    waiting = [asyncio.create_task(passwords.hash("sesame")) for _ in range(2)]
    await asyncio.sleep(0)
    with pytest.raises(Unavailable):
        await passwords.hash("sesame")
    await asyncio.gather(*waiting)
    assert await passwords.hash("sesame")


async def test_who_goes_away_makes_room(passwords: Passwords) -> None:
    waiting = [asyncio.create_task(passwords.hash("sesame")) for _ in range(2)]
    await asyncio.sleep(0)
    for task in waiting:
        task.cancel()
    await asyncio.wait(waiting)
    assert await passwords.hash("sesame")
